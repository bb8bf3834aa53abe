//! Places in a file.

use serde::{Deserialize, Serialize};

/// A half-open range of bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// Whether `offset` lies inside.
    pub fn contains(self, offset: u32) -> bool {
        self.start <= offset && offset < self.end
    }
}

/// A line and a column, both from 1; the column counts bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Position {
    /// From 1.
    pub line: u32,
    /// From 1, in bytes.
    pub col: u32,
}

/// Where the lines of a file start. Lines end at `\n`, as in git and grep. Stored as the lengths of lines.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(into = "Vec<u32>", try_from = "Vec<u32>")]
pub struct LineTable(Box<[u32]>);

impl From<LineTable> for Vec<u32> {
    fn from(table: LineTable) -> Self {
        let before = std::iter::once(0).chain(table.0.iter().copied());
        table.0.iter().zip(before).map(|(start, before)| start - before).collect()
    }
}

impl TryFrom<Vec<u32>> for LineTable {
    type Error = &'static str;

    fn try_from(mut lengths: Vec<u32>) -> Result<Self, Self::Error> {
        let mut start = 0u32;
        for (ix, length) in lengths.iter_mut().enumerate() {
            start = start.checked_add(*length).ok_or("lines that are too long")?;
            if ix == 0 && start != 0 {
                return Err("a first line that does not start at 0");
            }
            *length = start;
        }
        Ok(Self(lengths.into()))
    }
}

impl LineTable {
    /// Builds the table from the offsets at which lines start (the first is 0) .
    pub fn new(starts: Vec<u32>) -> Self {
        debug_assert!(starts.first() == Some(&0) && starts.is_sorted());
        Self(starts.into())
    }

    /// The line and column of a byte offset.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.0.partition_point(|s| *s <= offset).max(1);
        Position { line: line as u32, col: offset - self.0.get(line - 1).copied().unwrap_or(0) + 1 }
    }

    /// The line (from 1) of a byte offset.
    pub fn line(&self, offset: u32) -> u32 {
        self.position(offset).line
    }

    /// The byte offset of a place, if the line exists.
    pub fn offset(&self, position: Position) -> Option<u32> {
        let start = self.0.get(position.line.checked_sub(1)? as usize)?;
        start.checked_add(position.col.checked_sub(1)?)
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.0.len() * 4
    }

    /// The starts themselves.
    pub fn starts(&self) -> &[u32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_and_back() {
        let t = LineTable::new(vec![0, 3, 4]);
        for (offset, line, col) in [(0, 1, 1), (2, 1, 3), (3, 2, 1), (4, 3, 1), (9, 3, 6)] {
            assert_eq!(t.position(offset), Position { line, col });
            assert_eq!(t.offset(Position { line, col }), Some(offset));
        }
        assert_eq!(t.offset(Position { line: 4, col: 1 }), None);
    }
}
