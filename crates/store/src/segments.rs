//! A file of named sections, each with a checksum of its own: what is asked for is read, and nothing else.
//!
//! ```text
//! magic | sections, one after another | table: id, offset, length, checksum | footer
//! ```
//! The footer has the place of the table, the number of sections and a checksum of both and the table. A section that
//! fails its checksum is an error; what stands in the others may still be right.

use std::io;

use xxhash_rust::xxh3::xxh3_128;

use crate::folder::Source;

/// Changed whenever the layout is.
const MAGIC: &[u8; 8] = b"LODESEG1";
const ENTRY: usize = 4 + 8 + 8 + 16;
const FOOTER: usize = 8 + 8 + 16;
/// No file has more sections: the length of the table bounds an allocation.
const MAX_SECTIONS: u64 = 1 << 10;

/// A section to be written.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    /// What it is found by.
    pub id: u32,
    /// What stands in it.
    pub bytes: &'a [u8],
}

/// What comes after the sections.
pub(crate) fn table(sections: &[Section<'_>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(sections.len() * ENTRY + FOOTER);
    let mut offset = MAGIC.len() as u64;
    for section in sections {
        out.extend_from_slice(&section.id.to_le_bytes());
        out.extend_from_slice(&offset.to_le_bytes());
        out.extend_from_slice(&(section.bytes.len() as u64).to_le_bytes());
        out.extend_from_slice(&xxh3_128(section.bytes).to_le_bytes());
        offset += section.bytes.len() as u64;
    }
    out.extend_from_slice(&offset.to_le_bytes());
    out.extend_from_slice(&(sections.len() as u64).to_le_bytes());
    let sum = xxh3_128(&out);
    out.extend_from_slice(&sum.to_le_bytes());
    out
}

/// The parts of a file, in the order of the file.
pub(crate) fn parts<'a>(sections: &[Section<'a>], table: &'a [u8]) -> Vec<&'a [u8]> {
    let bytes = sections.iter().map(|s| s.bytes);
    std::iter::once(MAGIC.as_slice()).chain(bytes).chain(std::iter::once(table)).collect()
}

/// An open file of sections.
pub struct Segments {
    source: Box<dyn Source>,
    places: Vec<Place>,
}

struct Place {
    id: u32,
    offset: u64,
    len: u64,
    sum: u128,
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
            sum: u128::from_le_bytes(std::array::from_fn(|i| e[20 + i])),
        };
        let places: Vec<Place> = table[..table_len as usize].chunks_exact(ENTRY).map(place).collect();
        let is_inside = |p: &Place| p.offset.checked_add(p.len).is_some_and(|end| end <= table_at);
        if !places.iter().all(is_inside) {
            return Err(damaged());
        }
        Ok(Self { source, places })
    }

    /// A section as it was written; an error where there is none of that id, or it is damaged.
    pub fn read(&self, id: u32) -> io::Result<Vec<u8>> {
        let place = self.places.iter().find(|p| p.id == id).ok_or_else(damaged)?;
        let mut bytes = vec![0; place.len as usize];
        self.source.read_at(&mut bytes, place.offset)?;
        if xxh3_128(&bytes) != place.sum {
            return Err(damaged());
        }
        Ok(bytes)
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a damaged file of sections")
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i]))
}
