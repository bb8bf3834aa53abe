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
///
/// Held in a byte a line: the lengths of lines, the start of every 32nd, and the few lengths that need more.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(into = "Vec<u32>", try_from = "Vec<u32>")]
pub struct LineTable {
    /// Where each block of lines starts; none where there is no line.
    blocks: Box<[u32]>,
    /// How long each line but the last is; [`LONG`]: look in `long`.
    lengths: Box<[u8]>,
    /// Lines that are longer, and their lengths.
    long: Box<[(u32, u32)]>,
}

/// Lines of a block.
const BLOCK: usize = 32;
/// A length that stands elsewhere.
const LONG: u8 = u8::MAX;

impl From<LineTable> for Vec<u32> {
    fn from(table: LineTable) -> Self {
        let mut before = 0;
        table.starts().map(|start| start - std::mem::replace(&mut before, start)).collect()
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
        Ok(Self::new(&lengths))
    }
}

impl LineTable {
    /// Builds the table from the offsets at which lines start (the first is 0).
    pub fn new(starts: &[u32]) -> Self {
        debug_assert!(starts.first().is_none_or(|first| *first == 0) && starts.is_sorted());
        let mut long = Vec::new();
        let length = |(ix, pair): (usize, &[u32])| {
            let length = pair[1] - pair[0];
            u8::try_from(length).ok().filter(|short| *short < LONG).unwrap_or_else(|| {
                long.push((ix as u32, length));
                LONG
            })
        };
        let lengths = starts.windows(2).enumerate().map(length).collect();
        Self { blocks: starts.iter().step_by(BLOCK).copied().collect(), lengths, long: long.into() }
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        if self.blocks.is_empty() { 0 } else { self.lengths.len() + 1 }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The length of a line that is not the last.
    fn length(&self, line: usize) -> u32 {
        match self.lengths[line] {
            LONG => self.long.binary_search_by_key(&(line as u32), |l| l.0).map_or(0, |at| self.long[at].1),
            short => u32::from(short),
        }
    }

    /// Where a line (from 0) starts, if there is one.
    pub fn start(&self, line: usize) -> Option<u32> {
        if line >= self.len() {
            return None;
        }
        let block = line / BLOCK;
        Some(self.blocks[block] + (block * BLOCK..line).map(|line| self.length(line)).sum::<u32>())
    }

    /// The line and column of a byte offset.
    pub fn position(&self, offset: u32) -> Position {
        let block = self.blocks.partition_point(|s| *s <= offset).max(1) - 1;
        let mut start = self.blocks.get(block).copied().unwrap_or(0);
        let mut line = block * BLOCK;
        while line < self.lengths.len() {
            let next = start + self.length(line);
            if next > offset {
                break;
            }
            (start, line) = (next, line + 1);
        }
        Position { line: line as u32 + 1, col: offset - start + 1 }
    }

    /// The line (from 1) of a byte offset.
    pub fn line(&self, offset: u32) -> u32 {
        self.position(offset).line
    }

    /// The byte offset of a place, if the line exists.
    pub fn offset(&self, position: Position) -> Option<u32> {
        let start = self.start(position.line.checked_sub(1)? as usize)?;
        start.checked_add(position.col.checked_sub(1)?)
    }

    /// Where lines start, in order.
    pub fn starts(&self) -> impl Iterator<Item = u32> + '_ {
        let mut start = 0;
        let next = move |line: usize| {
            if line > 0 {
                start += self.length(line - 1);
            }
            start
        };
        (0..self.len()).map(next)
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.blocks.len() * 4 + self.lengths.len() + self.long.len() * 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_and_back() {
        let t = LineTable::new(&[0, 3, 4]);
        for (offset, line, col) in [(0, 1, 1), (2, 1, 3), (3, 2, 1), (4, 3, 1), (9, 3, 6)] {
            assert_eq!(t.position(offset), Position { line, col });
            assert_eq!(t.offset(Position { line, col }), Some(offset));
        }
        assert_eq!(t.offset(Position { line: 4, col: 1 }), None);
    }

    /// Against the starts themselves, with lines of all lengths and tables around the size of a block.
    #[test]
    fn is_what_the_starts_say() {
        let mut random = 1u32;
        for lines in [0, 1, 2, 31, 32, 33, 64, 65, 200] {
            let mut starts = Vec::new();
            let mut start = 0;
            for _ in 0..lines {
                starts.push(start);
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                start += [1, 40, 253, 254, 255, 256, 70_000, 1 + (random >> 27)][(random >> 20) as usize % 8];
            }
            let table = LineTable::new(&starts);
            assert_eq!(table.starts().collect::<Vec<_>>(), starts);
            assert_eq!((table.len(), table.is_empty()), (lines, lines == 0));
            let stored = Vec::from(table.clone());
            assert_eq!(LineTable::try_from(stored), Ok(table.clone()));
            for (line, start) in starts.iter().enumerate() {
                assert_eq!(table.start(line), Some(*start));
                let next = starts.get(line + 1).copied().unwrap_or(start + 9);
                for offset in [*start, (start + next) / 2, next - 1] {
                    let expected = Position { line: line as u32 + 1, col: offset - start + 1 };
                    assert_eq!(table.position(offset), expected);
                }
            }
            assert_eq!(table.start(lines), None);
        }
    }
}
