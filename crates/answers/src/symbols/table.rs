//! All definitions by name, in bytes that can be stored: `symbols` without a snapshot.
//!
//! Definitions are numbered by their rank among all: importance, then path, then position. The table has the distinct
//! names, each with the ranks that have it, and of each rank its kind and its place. What a definition looks like is not
//! in it: that is in the facts of its file. Most questions read little of it, so its parts are asked for as they are
//! needed.

mod build;
mod find;

use std::ops::Range;

use lodemap_base::RelPath;

/// Definitions by name, wherever their bytes are.
#[derive(Clone, Copy)]
pub struct SymbolTable<'s>(pub &'s dyn TableSource);

/// Where the bytes of a table come from.
pub trait TableSource: Sync {
    /// The length of a part in bytes; 0 where there is none.
    fn len(&self, part: TablePart) -> u64;

    /// Some bytes of a part; `None` where they cannot be had as they were written.
    fn read(&self, part: TablePart, range: Range<u64>) -> Option<Vec<u8>>;
}

/// The parts of a table. Numbers have four bytes, little-endian, but for varints among the names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TablePart {
    /// Per block of names, where it begins among them, and the number of the first row of its first name.
    Blocks,
    /// Each name as the length of what it shares with the one before in its block, its own length, how many rows it has,
    /// and the rest of it.
    Names,
    /// The ranks of definitions, by name; those of one name ascend.
    Rows,
    /// Of each rank, the number of its place in the order of paths and positions.
    Places,
    /// Of each rank, its kind as its place in `SymbolKind::ALL`, a byte.
    Kinds,
    /// The number of the first place in each file, in the order of paths.
    Files,
}

impl TablePart {
    /// All parts, in the order in which [`SymbolTable::build`] gives them.
    pub const ALL: [Self; 6] =
        [Self::Blocks, Self::Names, Self::Rows, Self::Places, Self::Kinds, Self::Files];
}

/// Definitions that were found: the number of the file in the order of paths, and that of the definition in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundSymbols {
    /// The best, best first.
    pub places: Vec<(u32, u32)>,
    /// How many more match, and as well as the last of them.
    pub omitted: usize,
}

/// What came of a question.
pub enum Asked {
    /// The answer.
    Found(FoundSymbols),
    /// The table cannot tell: its bytes cannot be had, or what stands around a definition is asked for.
    Unknown,
}

/// The paths of all files, in their order.
pub(crate) type Paths<'p> = &'p (dyn Fn() -> Option<Vec<RelPath>> + Sync);
