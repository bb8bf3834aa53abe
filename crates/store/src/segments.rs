//! A file of named sections, with checksums by block: what is asked for is read and checked, and nothing else.
//!
//! ```text
//! magic | sections, one after another | table: id, offset, length, length as stored, checksum of the sums | footer
//! section: its blocks, and then of each its length as stored and its sum
//! ```
//! A block is compressed where that makes it smaller; its sum is that of the bytes as they are stored.
//! The footer has the place of the table, the number of sections and a checksum of both and the table. What fails its
//! checksum is an error; what stands elsewhere may still be right.

use std::io;
use std::ops::Range;

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::folder::Source;

/// Changed whenever the layout is.
const MAGIC: &[u8; 8] = b"LODESEG3";
const ENTRY: usize = 4 + 8 + 8 + 8 + 16;
const FOOTER: usize = 8 + 8 + 16;
/// No file has more sections: the length of the table bounds an allocation.
const MAX_SECTIONS: u64 = 1 << 10;
/// So many bytes are compressed and checked together.
const BLOCK: u64 = 64 << 10;
/// The length and the sum of a block.
const SUM: u64 = 4 + 8;
/// The cheapest level; the next ones are hardly smaller.
const LEVEL: i32 = 1;

/// A section to be written.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    /// What it is found by.
    pub id: u32,
    /// What stands in it.
    pub bytes: &'a [u8],
}

/// A file that is to be written: the blocks and sums of each section, and the table.
pub(crate) struct Blocks {
    sections: Vec<(Vec<u8>, Vec<u8>)>,
    table: Vec<u8>,
}

impl Blocks {
    pub(crate) fn of(sections: &[Section<'_>]) -> Self {
        let stored: Vec<(Vec<u8>, Vec<u8>)> = sections.iter().map(|s| blocks_of(s.bytes)).collect();
        let mut table = Vec::with_capacity(sections.len() * ENTRY + FOOTER);
        let mut offset = MAGIC.len() as u64;
        for (section, (blocks, sums)) in sections.iter().zip(&stored) {
            table.extend_from_slice(&section.id.to_le_bytes());
            for number in [offset, section.bytes.len() as u64, blocks.len() as u64] {
                table.extend_from_slice(&number.to_le_bytes());
            }
            table.extend_from_slice(&xxh3_128(sums).to_le_bytes());
            offset += (blocks.len() + sums.len()) as u64;
        }
        table.extend_from_slice(&offset.to_le_bytes());
        table.extend_from_slice(&(sections.len() as u64).to_le_bytes());
        let sum = xxh3_128(&table);
        table.extend_from_slice(&sum.to_le_bytes());
        Self { sections: stored, table }
    }

    /// The parts of the file, in its order.
    pub(crate) fn parts(&self) -> Vec<&[u8]> {
        let sections = self.sections.iter().flat_map(|(blocks, sums)| [&blocks[..], sums]);
        std::iter::once(MAGIC.as_slice()).chain(sections).chain(std::iter::once(&self.table[..])).collect()
    }
}

fn blocks_of(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut blocks, mut sums) = (Vec::new(), Vec::new());
    for raw in bytes.chunks(BLOCK as usize) {
        let packed = zstd::bulk::compress(raw, LEVEL).ok().filter(|packed| packed.len() < raw.len());
        let stored = packed.as_deref().unwrap_or(raw);
        sums.extend_from_slice(&(stored.len() as u32).to_le_bytes());
        sums.extend_from_slice(&xxh3_64(stored).to_le_bytes());
        blocks.extend_from_slice(stored);
    }
    (blocks, sums)
}

/// An open file of sections.
pub struct Segments {
    source: Box<dyn Source>,
    places: Vec<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    id: u32,
    offset: u64,
    len: u64,
    stored: u64,
    sum: u128,
}

impl Place {
    fn sums_len(&self) -> u64 {
        self.len.div_ceil(BLOCK).saturating_mul(SUM)
    }
}

impl Segments {
    /// Reads the table of a file of so many bytes; an error where it is none, or a damaged one.
    pub(crate) fn open(source: Box<dyn Source>, len: u64) -> io::Result<Self> {
        let mut magic = [0; MAGIC.len()];
        source.read_at(&mut magic, 0)?;
        let footer_at = len.checked_sub(FOOTER as u64).ok_or_else(damaged)?;
        let mut footer = [0; FOOTER];
        source.read_at(&mut footer, footer_at)?;
        let table_at = u64_at(&footer, 0);
        let count = u64_at(&footer, 8);
        let table_len = count.min(MAX_SECTIONS) * ENTRY as u64;
        if &magic != MAGIC || count > MAX_SECTIONS || table_at.checked_add(table_len) != Some(footer_at) {
            return Err(damaged());
        }
        let mut table = vec![0; table_len as usize + 16];
        source.read_at(&mut table, table_at)?;
        if xxh3_128(&table).to_le_bytes() != footer[16..] {
            return Err(damaged());
        }
        let place = |e: &[u8]| Place {
            id: u32::from_le_bytes(std::array::from_fn(|i| e[i])),
            offset: u64_at(e, 4),
            len: u64_at(e, 12),
            stored: u64_at(e, 20),
            sum: u128::from_le_bytes(std::array::from_fn(|i| e[28 + i])),
        };
        let places: Vec<Place> = table[..table_len as usize].chunks_exact(ENTRY).map(place).collect();
        let is_inside = |p: &Place| {
            let end = p.offset.checked_add(p.stored).and_then(|end| end.checked_add(p.sums_len()));
            end.is_some_and(|end| end <= table_at)
        };
        if !places.iter().all(is_inside) {
            return Err(damaged());
        }
        Ok(Self { source, places })
    }

    /// A section; an error where there is none of that id, or its sums are damaged.
    pub fn section(&self, id: u32) -> io::Result<SectionReader<'_>> {
        let place = *self.places.iter().find(|p| p.id == id).ok_or_else(damaged)?;
        let mut sums = vec![0; place.sums_len() as usize];
        self.source.read_at(&mut sums, place.offset + place.stored)?;
        if xxh3_128(&sums) != place.sum {
            return Err(damaged());
        }
        Ok(SectionReader { source: &*self.source, place, sums })
    }

    /// All of a section as it was written; an error where there is none of that id, or it is damaged.
    pub fn read(&self, id: u32) -> io::Result<Vec<u8>> {
        let section = self.section(id)?;
        section.read(0..section.len())
    }
}

/// A section, of which any part can be read.
pub struct SectionReader<'s> {
    source: &'s dyn Source,
    place: Place,
    sums: Vec<u8>,
}

impl SectionReader<'_> {
    /// Its length in bytes.
    #[expect(clippy::len_without_is_empty, reason = "an empty section is like any other")]
    pub fn len(&self) -> u64 {
        self.place.len
    }

    /// Some of its bytes as they were written; an error where they are damaged or not all there.
    pub fn read(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        if range.start > range.end || range.end > self.place.len {
            return Err(damaged());
        }
        let (first, last) = (range.start / BLOCK, range.end.div_ceil(BLOCK));
        let stored: Vec<(usize, u64)> = self.stored(first, last);
        let before: u64 = self.stored(0, first).iter().map(|(len, _)| *len as u64).sum();
        let mut packed = vec![0; stored.iter().map(|(len, _)| len).sum()];
        self.source.read_at(&mut packed, self.place.offset + before)?;
        let mut rest = &packed[..];
        let mut bytes = Vec::with_capacity(((last - first) * BLOCK) as usize);
        for ((len, sum), block) in stored.into_iter().zip(first..) {
            let (this, after) = rest.split_at_checked(len).ok_or_else(damaged)?;
            rest = after;
            if xxh3_64(this) != sum {
                return Err(damaged());
            }
            let raw_len = (self.place.len - block * BLOCK).min(BLOCK) as usize;
            match this.len() == raw_len {
                true => bytes.extend_from_slice(this),
                false => bytes.append(&mut zstd::bulk::decompress(this, raw_len)?),
            }
            let end = ((block - first) * BLOCK) as usize + raw_len;
            if bytes.len() != end {
                return Err(damaged());
            }
        }
        let start = first * BLOCK;
        bytes.truncate((range.end - start.min(range.end)) as usize);
        bytes.drain(..(range.start - start) as usize);
        Ok(bytes)
    }

    /// Of some blocks, their lengths as stored and their sums.
    fn stored(&self, first: u64, last: u64) -> Vec<(usize, u64)> {
        let sums = self.sums.get((first * SUM) as usize..(last * SUM) as usize).unwrap_or_default();
        let read = |s: &[u8]| (u32::from_le_bytes([s[0], s[1], s[2], s[3]]) as usize, u64_at(s, 4));
        sums.chunks_exact(SUM as usize).map(read).collect()
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a damaged file of sections")
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i]))
}
