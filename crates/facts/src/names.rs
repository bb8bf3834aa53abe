//! The names of one file: each once, in order of first occurrence, with its key.

use lodemap_base::{NameKey, name_key};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::texts::{Texts, TextsBuilder};

/// Index of a string in [`Names`].
pub type NameIx = u32;

/// A packed table of names. Stored without keys, which follow from them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "Texts", from = "Texts")]
pub struct Names {
    texts: Texts,
    keys: Box<[NameKey]>,
}

impl Names {
    /// The name.
    pub fn get(&self, ix: NameIx) -> &str {
        self.texts.get(ix)
    }

    /// The name's bytes.
    #[inline]
    pub fn bytes(&self, ix: NameIx) -> &[u8] {
        self.texts.bytes(ix)
    }

    /// Where the name begins in [`Names::all`].
    pub fn start(&self, ix: NameIx) -> u32 {
        self.texts.start(ix)
    }

    /// All names, one after the other.
    pub fn all(&self) -> &str {
        self.texts.all()
    }

    /// The name's key.
    pub fn key(&self, ix: NameIx) -> NameKey {
        self.keys[ix as usize]
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.texts.heap_bytes() + self.keys.len() * 8
    }
}

impl From<Names> for Texts {
    fn from(names: Names) -> Self {
        names.texts
    }
}

impl From<Texts> for Names {
    fn from(texts: Texts) -> Self {
        Self { keys: texts.iter().map(name_key).collect(), texts }
    }
}

/// Builds a [`Names`].
#[derive(Default)]
pub(crate) struct NamesBuilder<'s> {
    texts: TextsBuilder,
    keys: Vec<NameKey>,
    by_slice: FxHashMap<&'s [u8], NameIx>,
    by_text: FxHashMap<String, NameIx>,
}

impl<'s> NamesBuilder<'s> {
    /// A table for a text of so many bytes; a new name comes about every hundred.
    pub(crate) fn for_text(bytes: usize) -> Self {
        let names = bytes / 100;
        Self {
            texts: TextsBuilder::with_capacity(names, bytes / 10),
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

    fn add(&mut self, text: &str) -> NameIx {
        self.keys.push(name_key(text));
        self.texts.add(text)
    }

    /// Enters all names into `other`, in order, as they were entered here; gives their places there.
    pub(crate) fn move_to(self, other: &mut Self) -> Vec<NameIx> {
        let mut slices: Vec<Option<&'s [u8]>> = vec![None; self.texts.len()];
        self.by_slice.iter().for_each(|(slice, ix)| slices[*ix as usize] = Some(slice));
        let enter = |ix: usize| match slices[ix] {
            Some(slice) => other.slice(slice),
            None => other.owned(self.get(ix as NameIx)),
        };
        (0..self.texts.len()).map(enter).collect()
    }

    pub(crate) fn key(&self, ix: NameIx) -> NameKey {
        self.keys[ix as usize]
    }

    pub(crate) fn get(&self, ix: NameIx) -> &str {
        self.texts.get(ix)
    }

    pub(crate) fn finish(self) -> Names {
        Names { texts: self.texts.finish(), keys: self.keys.into() }
    }
}
