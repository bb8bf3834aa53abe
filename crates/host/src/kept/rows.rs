//! The files of a stored state: each row is read by itself, when it is needed.

use lodemap_base::{ContentHash, RelPath};
use lodemap_disk::Stamp;
use lodemap_grammar::Lang;
use serde::{Deserialize, Serialize};

/// A file of the state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) path: RelPath,
    pub(super) content: ContentHash,
    pub(super) lang: Lang,
    /// None where an equal stamp later would not prove an equal content.
    pub(super) stamp: Option<Stamp>,
}

/// Rows in the order of their paths, as bytes: the rows, where each ends, and how many there are.
pub(super) struct Rows {
    bytes: Vec<u8>,
    ends_at: usize,
    count: usize,
}

impl Rows {
    /// Rows that are sorted by path, as bytes; `None` where they are too many to be stored.
    pub(super) fn encode(rows: &[Row]) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut ends = Vec::with_capacity(rows.len() * 4 + 4);
        for row in rows {
            bytes = postcard::to_extend(row, bytes).ok()?;
            ends.extend_from_slice(&u32::try_from(bytes.len()).ok()?.to_le_bytes());
        }
        ends.extend_from_slice(&u32::try_from(rows.len()).ok()?.to_le_bytes());
        bytes.append(&mut ends);
        Some(bytes)
    }

    pub(super) fn open(bytes: Vec<u8>) -> Option<Self> {
        let count_at = bytes.len().checked_sub(4)?;
        let count = u32::from_le_bytes(*bytes.get(count_at..)?.first_chunk()?) as usize;
        let ends_at = count_at.checked_sub(count.checked_mul(4)?)?;
        Some(Self { bytes, ends_at, count })
    }

    fn end(&self, at: usize) -> Option<usize> {
        let bytes = self.bytes.get(self.ends_at + at * 4..)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes) as usize)
    }

    /// A row; `None` where there is none, or its bytes are not those of one.
    pub(super) fn get(&self, at: usize) -> Option<Row> {
        if at >= self.count {
            return None;
        }
        let start = if at == 0 { 0 } else { self.end(at - 1)? };
        postcard::from_bytes(self.bytes.get(start..self.end(at)?.min(self.ends_at))?).ok()
    }

    /// All rows; `None` where any cannot be read.
    pub(super) fn all(&self) -> Option<Vec<Row>> {
        (0..self.count).map(|at| self.get(at)).collect()
    }

    /// The row of a path.
    pub(super) fn at_path(&self, path: &RelPath) -> Option<Row> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = (low + high) / 2;
            let row = self.get(middle)?;
            match row.path.cmp(path) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(row),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(path: &str, n: u8) -> Row {
        let stamp = (n < 20).then(|| Stamp { size: u64::from(n) << 30, ino: 7, ..Stamp::default() });
        let path = RelPath::parse(path).unwrap();
        Row { path, content: ContentHash::of(&[n]), lang: Lang(n % 5), stamp }
    }

    #[test]
    fn rows_come_back_one_by_one() {
        let all: Vec<Row> = (0..40).map(|n| row(&format!("a/{n:02}.py"), n)).collect();
        let bytes = Rows::encode(&all).unwrap();
        let rows = Rows::open(bytes.clone()).unwrap();
        assert_eq!(rows.all().unwrap(), all);
        for r in &all {
            assert_eq!(rows.at_path(&r.path).as_ref(), Some(r));
        }
        assert_eq!((rows.at_path(&RelPath::parse("a/2").unwrap()), rows.get(40)), (None, None));
        assert_eq!(Rows::open(Rows::encode(&[]).unwrap()).unwrap().all(), Some(vec![]));
        // Whatever the bytes, nothing but rows or none.
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x41;
            if let Some(rows) = Rows::open(damaged) {
                _ = (rows.all(), rows.at_path(&all[20].path));
            }
            if let Some(rows) = Rows::open(bytes[..at].to_vec()) {
                _ = (rows.all(), rows.at_path(&all[20].path));
            }
        }
    }
}
