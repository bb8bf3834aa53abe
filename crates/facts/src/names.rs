//! The strings of one file: each once, in order of first occurrence, with its key.

use lodemap_base::{NameKey, name_key};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::packed::Packed;

/// Index of a string in [`Names`].
pub type NameIx = u32;

/// A packed table of strings. Stored without keys, which follow from them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "Stored", try_from = "Stored")]
pub struct Names {
    text: Box<str>,
    ends: Packed<u32>,
    keys: Box<[NameKey]>,
}

impl Names {
    /// The string.
    pub fn get(&self, ix: NameIx) -> &str {
        let start = if ix == 0 { 0 } else { self.ends.at(ix - 1) };
        &self.text[start as usize..self.ends.at(ix) as usize]
    }

    /// The string's bytes.
    #[inline]
    pub fn bytes(&self, ix: NameIx) -> &[u8] {
        let start = if ix == 0 { 0 } else { self.ends.at(ix - 1) };
        &self.text.as_bytes()[start as usize..self.ends.at(ix) as usize]
    }

    /// The string's key.
    pub fn key(&self, ix: NameIx) -> NameKey {
        self.keys[ix as usize]
    }

    /// How many strings there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.text.len() + self.ends.heap_bytes() + self.keys.len() * 8
    }
}

/// What is stored of a table: its text, and the lengths of the strings in it.
#[derive(Serialize, Deserialize)]
struct Stored {
    text: Box<str>,
    lengths: Vec<u32>,
}

impl From<Names> for Stored {
    fn from(names: Names) -> Self {
        let starts = std::iter::once(0).chain(names.ends.iter());
        Self {
            lengths: names.ends.iter().zip(starts).map(|(end, start)| end - start).collect(),
            text: names.text,
        }
    }
}

impl TryFrom<Stored> for Names {
    type Error = &'static str;

    fn try_from(Stored { text, lengths }: Stored) -> Result<Self, Self::Error> {
        let (mut ends, mut keys) = (Vec::with_capacity(lengths.len()), Vec::with_capacity(lengths.len()));
        let mut start = 0;
        for length in lengths {
            let end = start + length as usize;
            let name = text.get(start..end).ok_or("a name that is not within the text")?;
            ends.push(end as u32);
            keys.push(name_key(name));
            start = end;
        }
        match start == text.len() {
            true => Ok(Self { text, ends: Packed::new(&ends), keys: keys.into() }),
            false => Err("text that belongs to no name"),
        }
    }
}

/// Builds a [`Names`].
#[derive(Default)]
pub(crate) struct NamesBuilder<'s> {
    text: String,
    ends: Vec<u32>,
    keys: Vec<NameKey>,
    by_slice: FxHashMap<&'s [u8], NameIx>,
    by_text: FxHashMap<String, NameIx>,
}

impl<'s> NamesBuilder<'s> {
    /// A table for a text of so many bytes; a new name comes about every hundred.
    pub(crate) fn for_text(bytes: usize) -> Self {
        let names = bytes / 100;
        Self {
            text: String::with_capacity(bytes / 10),
            ends: Vec::with_capacity(names),
            keys: Vec::with_capacity(names),
            by_slice: FxHashMap::with_capacity_and_hasher(names, Default::default()),
            by_text: FxHashMap::default(),
        }
    }

    /// Interns a slice of the source.
    pub(crate) fn slice(&mut self, slice: &'s [u8]) -> NameIx {
        if let Some(ix) = self.by_slice.get(slice) {
            return *ix;
        }
        let ix = match std::str::from_utf8(slice) {
            // One text has one index, however it came in: names are compared by their indices.
            Ok(text) => self.by_text.get(text).copied().unwrap_or_else(|| self.add(text)),
            Err(_) => self.owned(&String::from_utf8_lossy(slice)),
        };
        self.by_slice.insert(slice, ix);
        ix
    }

    /// Interns a text that is not a slice of the source.
    pub(crate) fn owned(&mut self, text: &str) -> NameIx {
        if let Some(ix) = self.by_slice.get(text.as_bytes()).or_else(|| self.by_text.get(text)) {
            return *ix;
        }
        let ix = self.add(text);
        self.by_text.insert(text.into(), ix);
        ix
    }

    /// Adds a text without looking whether it is there: for signatures, which rarely repeat.
    pub(crate) fn add(&mut self, text: &str) -> NameIx {
        let ix = self.ends.len() as NameIx;
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        self.keys.push(name_key(text));
        ix
    }

    /// Enters all names into `other`, in order, as they were entered here; gives their places there.
    pub(crate) fn move_to(self, other: &mut Self) -> Vec<NameIx> {
        let mut slices: Vec<Option<&'s [u8]>> = vec![None; self.ends.len()];
        self.by_slice.iter().for_each(|(slice, ix)| slices[*ix as usize] = Some(slice));
        let mut is_owned = vec![false; self.ends.len()];
        self.by_text.values().for_each(|ix| is_owned[*ix as usize] = true);
        let enter = |ix: usize| match slices[ix] {
            Some(slice) => other.slice(slice),
            None if is_owned[ix] => other.owned(self.get(ix as NameIx)),
            None => other.add(self.get(ix as NameIx)),
        };
        (0..self.ends.len()).map(enter).collect()
    }

    pub(crate) fn key(&self, ix: NameIx) -> NameKey {
        self.keys[ix as usize]
    }

    pub(crate) fn get(&self, ix: NameIx) -> &str {
        let ix = ix as usize;
        let start = if ix == 0 { 0 } else { self.ends[ix - 1] };
        &self.text[start as usize..self.ends[ix] as usize]
    }

    pub(crate) fn finish(self) -> Names {
        Names { text: self.text.into(), ends: Packed::new(&self.ends), keys: self.keys.into() }
    }
}
