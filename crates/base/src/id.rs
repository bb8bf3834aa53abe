//! Dense ids and the generation counter.

use serde::{Deserialize, Serialize};

/// A slot in the table of files.
///
/// Slots are reused and depend on history, so they identify within one snapshot and order nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FileId(pub u32);

impl FileId {
    /// The slot as an array index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A slot in the table of symbols.
///
/// It stays with a symbol as long as path, qualified name and kind do; otherwise as [`FileId`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SymbolId(pub u32);

impl SymbolId {
    /// The slot as an array index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A slot in the table of graph nodes (files, symbols and shared names).
///
/// Like [`FileId`] it identifies within one snapshot and orders nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NodeId(pub u32);

impl NodeId {
    /// The slot as an array index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Counts the published states of one index; 0 where there is no index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
pub struct Generation(pub u64);
