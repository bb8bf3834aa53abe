//! Tables of small records, in as many bits as their numbers need.
//!
//! Facts are held for as long as a repository is open, and most of their numbers are small: an index into a table of
//! a few hundred, a place in a file of a few thousand bytes. A table gives each column as many bits as its largest
//! number needs, and reads a record where it stands, column by column; what a reader does not use is not read.
//!
//! It is for what is read often and written once. The walk and the codec use plain vectors ([`crate::draft`]).

mod records;

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

/// The most columns that a record has.
pub const MAX_COLUMNS: usize = 16;

/// A record that is so many numbers. One that may be [`crate::NONE`] is best given as the one after it, which is 0.
pub trait Record: Copy {
    /// How many numbers it is, at most 16.
    const COLUMNS: usize;

    /// The numbers, the first [`Record::COLUMNS`] of `out`.
    fn put(&self, out: &mut [u32; MAX_COLUMNS]);

    /// The record of the numbers that `row` has.
    fn of(row: Row<'_>) -> Self;
}

/// A table of records that never changes.
///
/// Equal tables are equal bytes: the number of rows, that of bits in a row, for each column where it begins in
/// a row and how many bits it has, then the rows without gaps, and room for reading beyond the last one.
pub struct Packed<T> {
    bytes: Box<[u8]>,
    of: PhantomData<T>,
}

/// Bytes before those of the columns: the number of rows, and the bits of one.
const HEAD: usize = 6;
/// The most bits of a column, which its place in a row is written above.
const WIDTH_BITS: u32 = 6;
/// A number is read with the eight bytes from its first one on.
const MARGIN: usize = 7;

/// One record of a table.
#[derive(Clone, Copy)]
pub struct Row<'t> {
    bytes: &'t [u8],
    /// Where it begins, in bits.
    bit: usize,
}

impl Row<'_> {
    /// The number in a column.
    #[inline(always)]
    pub fn number(&self, column: usize) -> u32 {
        // Reading never fails, so that what nobody uses costs nothing; a table is always as long as it says.
        let at = HEAD + 2 * column;
        let layout = self.bytes.get(at..at + 2).map_or(0, |b| u32::from(b[0]) | u32::from(b[1]) << 8);
        let bit = self.bit + (layout >> WIDTH_BITS) as usize;
        let mask = (1u64 << (layout & ((1 << WIDTH_BITS) - 1))) - 1;
        let word = self.bytes.get(bit / 8..bit / 8 + 8).and_then(|b| b.try_into().ok());
        (word.map_or(0, u64::from_le_bytes) >> (bit % 8) & mask) as u32
    }

    /// An index that may be none, put as the number after it.
    #[inline(always)]
    pub fn index(&self, column: usize) -> u32 {
        self.number(column).wrapping_sub(1)
    }
}

impl<T: Record> Packed<T> {
    /// A table of `rows`.
    pub fn new(rows: &[T]) -> Self {
        if rows.is_empty() {
            return Self::default();
        }
        let mut numbers = [0; MAX_COLUMNS];
        let mut used = [0; MAX_COLUMNS];
        for row in rows {
            row.put(&mut numbers);
            used.iter_mut().zip(&numbers).for_each(|(used, n)| *used |= n);
        }
        let widths = used.map(|used| u32::BITS - used.leading_zeros());
        let row_bits: u32 = widths[..T::COLUMNS].iter().sum();
        let body = (rows.len() * row_bits as usize).div_ceil(8);
        let mut bytes = Vec::with_capacity(HEAD + 2 * T::COLUMNS + body + MARGIN);
        bytes.extend_from_slice(&(rows.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&(row_bits as u16).to_le_bytes());
        let mut start = 0;
        for width in &widths[..T::COLUMNS] {
            bytes.extend_from_slice(&((start << WIDTH_BITS | width) as u16).to_le_bytes());
            start += width;
        }
        let (mut word, mut filled) = (0u64, 0);
        for row in rows {
            row.put(&mut numbers);
            for (n, width) in numbers.iter().zip(&widths[..T::COLUMNS]) {
                word |= u64::from(*n) << filled;
                filled += width;
                if filled >= 32 {
                    bytes.extend_from_slice(&(word as u32).to_le_bytes());
                    word >>= 32;
                    filled -= 32;
                }
            }
        }
        bytes.extend_from_slice(&word.to_le_bytes()[..filled.div_ceil(8) as usize]);
        bytes.extend_from_slice(&[0; MARGIN]);
        Self { bytes: bytes.into(), of: PhantomData }
    }

    /// How many records there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.bytes.first_chunk().map_or(0, |len| u32::from_le_bytes(*len) as usize)
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn row(&self, ix: usize) -> Row<'_> {
        let row_bits = self.bytes.get(4..6).map_or(0, |b| usize::from(b[0]) | usize::from(b[1]) << 8);
        Row { bytes: &self.bytes, bit: 8 * (HEAD + 2 * T::COLUMNS) + ix * row_bits }
    }

    /// The record at an index.
    ///
    /// # Panics
    /// If there is none: indices come from the facts that the table is a part of.
    #[inline]
    #[track_caller]
    pub fn at(&self, ix: u32) -> T {
        assert!((ix as usize) < self.len(), "no record {ix} of {}", self.len());
        T::of(self.row(ix as usize))
    }

    /// The record at an index, if there is one.
    #[inline]
    pub fn get(&self, ix: usize) -> Option<T> {
        (ix < self.len()).then(|| T::of(self.row(ix)))
    }

    /// All records in order.
    #[inline]
    pub fn iter(&self) -> Records<'_, T> {
        self.from(0)
    }

    /// The records from an index on.
    #[inline]
    pub fn from(&self, ix: usize) -> Records<'_, T> {
        Records { table: self, left: ix.min(self.len())..self.len() }
    }

    /// The index of the first record that `is_before` does not hold for, in a table sorted by it.
    #[inline]
    pub fn partition_point(&self, is_before: impl FnMut(&T) -> bool) -> usize {
        self.partition_point_in(0..self.len(), is_before)
    }

    /// The same among the records `within`.
    #[inline]
    pub fn partition_point_in(&self, within: Range<usize>, mut is_before: impl FnMut(&T) -> bool) -> usize {
        let (mut from, mut to) = (within.start, within.end);
        while from < to {
            let middle = from + (to - from) / 2;
            match is_before(&T::of(self.row(middle))) {
                true => from = middle + 1,
                false => to = middle,
            }
        }
        from
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.bytes.len()
    }
}

/// Records of a table, in order.
pub struct Records<'t, T> {
    table: &'t Packed<T>,
    left: Range<usize>,
}

impl<T: Record> Iterator for Records<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.left.next().map(|ix| T::of(self.table.row(ix)))
    }

    #[inline]
    fn nth(&mut self, n: usize) -> Option<T> {
        self.left.nth(n).map(|ix| T::of(self.table.row(ix)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }
}

impl<T: Record> DoubleEndedIterator for Records<'_, T> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        self.left.next_back().map(|ix| T::of(self.table.row(ix)))
    }
}

impl<T: Record> ExactSizeIterator for Records<'_, T> {}

impl<T> Clone for Records<'_, T> {
    fn clone(&self) -> Self {
        Self { table: self.table, left: self.left.clone() }
    }
}

impl<'t, T: Record> IntoIterator for &'t Packed<T> {
    type Item = T;
    type IntoIter = Records<'t, T>;

    fn into_iter(self) -> Records<'t, T> {
        self.iter()
    }
}

impl<T> Default for Packed<T> {
    fn default() -> Self {
        Self { bytes: Box::default(), of: PhantomData }
    }
}

impl<T> Clone for Packed<T> {
    fn clone(&self) -> Self {
        Self { bytes: self.bytes.clone(), of: PhantomData }
    }
}

impl<T> PartialEq for Packed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<T: Record + fmt::Debug> fmt::Debug for Packed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, PartialEq, Debug)]
    struct Three(u32, u32, u32);

    impl Record for Three {
        const COLUMNS: usize = 3;

        fn put(&self, out: &mut [u32; MAX_COLUMNS]) {
            out[..3].copy_from_slice(&[self.0, self.1.wrapping_add(1), self.2]);
        }

        fn of(row: Row<'_>) -> Self {
            Self(row.number(0), row.index(1), row.number(2))
        }
    }

    /// Every width of a column at every place in a byte, the largest numbers and none.
    #[test]
    fn what_is_put_in_comes_out() {
        let mut seed = 7u32;
        let mut random = |bits: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if bits == 0 { 0 } else { (seed ^ seed >> 13) >> (32 - bits) }
        };
        for width in 0..=32 {
            for other in [0, 1, 5, 31, 32] {
                let row = |_| Three(random(width), random(other).wrapping_sub(1), random(7));
                let rows: Vec<Three> = (0..other + 40).map(row).collect();
                let table = Packed::new(&rows);
                assert_eq!(table.iter().collect::<Vec<_>>(), rows, "{width} {other}");
                assert_eq!((table.at(39), table.get(rows.len()), table.len()), (rows[39], None, rows.len()));
                assert_eq!(table, Packed::new(&rows));
                assert!(table != Packed::new(&rows[1..]));
            }
        }
        assert_eq!((Packed::<Three>::new(&[]).len(), Packed::<Three>::default().get(0)), (0, None));
        let zeros = Packed::new(&[Three(0, u32::MAX, 0); 1000]);
        assert_eq!((zeros.len(), zeros.heap_bytes(), zeros.at(999).1), (1000, 19, u32::MAX));
    }

    #[test]
    fn is_searched_as_a_slice_is() {
        let rows: Vec<Three> = [1, 1, 4, 9, 9, 9, 12].map(|n| Three(n, 0, 0)).to_vec();
        let table = Packed::new(&rows);
        for n in 0..14 {
            assert_eq!(table.partition_point(|r| r.0 < n), rows.partition_point(|r| r.0 < n), "{n}");
            let within = table.partition_point_in(2..6, |r| r.0 < n);
            assert_eq!(within, 2 + rows[2..6].partition_point(|r| r.0 < n), "{n}");
        }
        assert_eq!(table.from(5).map(|r| r.0).collect::<Vec<_>>(), [9, 12]);
    }
}
