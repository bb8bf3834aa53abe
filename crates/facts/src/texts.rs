//! Strings of one file, one after the other.

use serde::{Deserialize, Serialize};

use crate::packed::Packed;

/// A packed table of strings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "Stored", try_from = "Stored")]
pub struct Texts {
    text: Box<str>,
    ends: Packed<u32>,
}

impl Texts {
    /// The string at an index.
    pub fn get(&self, ix: u32) -> &str {
        &self.text[self.start(ix) as usize..self.ends.at(ix) as usize]
    }

    /// Where the string begins in [`Texts::all`].
    #[inline]
    pub(crate) fn start(&self, ix: u32) -> u32 {
        if ix == 0 { 0 } else { self.ends.at(ix - 1) }
    }

    /// All strings, one after the other.
    pub(crate) fn all(&self) -> &str {
        &self.text
    }

    /// The string's bytes.
    #[inline]
    pub fn bytes(&self, ix: u32) -> &[u8] {
        &self.text.as_bytes()[self.start(ix) as usize..self.ends.at(ix) as usize]
    }

    /// How many strings there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter());
        self.ends.iter().zip(starts).map(|(end, start)| &self.text[start as usize..end as usize])
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.text.len() + self.ends.heap_bytes()
    }
}

/// What is stored of a table: its text, and the lengths of the strings in it.
#[derive(Serialize, Deserialize)]
struct Stored {
    text: Box<str>,
    lengths: Vec<u32>,
}

impl From<Texts> for Stored {
    fn from(texts: Texts) -> Self {
        Self { lengths: texts.iter().map(|text| text.len() as u32).collect(), text: texts.text }
    }
}

impl TryFrom<Stored> for Texts {
    type Error = &'static str;

    fn try_from(Stored { text, lengths }: Stored) -> Result<Self, Self::Error> {
        let mut ends = Vec::with_capacity(lengths.len());
        let mut start = 0;
        for length in lengths {
            let end = start + length as usize;
            text.get(start..end).ok_or("a string that is not within the text")?;
            ends.push(end as u32);
            start = end;
        }
        match start == text.len() {
            true => Ok(Self { text, ends: Packed::new(&ends) }),
            false => Err("text that belongs to no string"),
        }
    }
}

/// Builds [`Texts`].
#[derive(Default)]
pub(crate) struct TextsBuilder {
    text: String,
    ends: Vec<u32>,
}

impl TextsBuilder {
    /// An empty table with room for so many strings and bytes.
    pub(crate) fn with_capacity(texts: usize, bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), ends: Vec::with_capacity(texts) }
    }

    /// Adds a string; gives its index.
    pub(crate) fn add(&mut self, text: &str) -> u32 {
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        self.ends.len() as u32 - 1
    }

    /// Adds all strings of another table but for its first ones, in order.
    pub(crate) fn append(&mut self, other: Self, but: usize) {
        let (before, start) = (self.text.len() as u32, if but == 0 { 0 } else { other.ends[but - 1] });
        self.text.push_str(&other.text[start as usize..]);
        self.ends.extend(other.ends.into_iter().skip(but).map(|end| before + (end - start)));
    }

    pub(crate) fn get(&self, ix: u32) -> &str {
        let ix = ix as usize;
        let start = if ix == 0 { 0 } else { self.ends[ix - 1] };
        &self.text[start as usize..self.ends[ix] as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn finish(self) -> Texts {
        Texts { text: self.text.into(), ends: Packed::new(&self.ends) }
    }
}
