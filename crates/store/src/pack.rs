//! A pack: many small values in one file that never changes.
//!
//! ```text
//! magic | values, one after another | index: key, offset, length, length before compression | footer
//! ```
//! The index is sorted by key. The footer has the place of the index, the number of entries and a checksum of both
//! and the index. Values have checksums of their own inside, and are compressed one by one.

use std::cell::RefCell;
use std::io;

use xxhash_rust::xxh3::xxh3_128;
use zstd::bulk::Compressor;

use crate::folder::Source;

/// What a value is found by: the hash of a content, and the language it was read as.
pub(crate) type Key = [u8; 17];

/// Changed whenever the layout is.
const MAGIC: &[u8; 8] = b"LODEPAK1";
const ENTRY: usize = 17 + 8 + 4 + 4;
const FOOTER: usize = 8 + 8 + 16;
/// No value is larger: the largest file that is parsed has facts of a few megabytes.
const MAX_VALUE: u32 = 256 << 20;
/// A level that costs a fiftieth of parsing; the next ones are hardly smaller.
const LEVEL: i32 = 1;

thread_local! {
    /// One for all values of a thread: most are small, and to make one takes as long as to compress them.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = RefCell::new(Compressor::new(LEVEL).ok());
}

/// Where a value lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) key: Key,
    offset: u64,
    len: u32,
    raw_len: u32,
}

impl Place {
    /// Bytes in the file.
    pub(crate) fn stored(self) -> u64 {
        u64::from(self.len)
    }
}

/// A value ready to be written.
pub(crate) struct Packed {
    pub(crate) key: Key,
    pub(crate) bytes: Vec<u8>,
    pub(crate) raw_len: u32,
}

impl Packed {
    /// Compresses a value; `None` where it is too large to be kept.
    pub(crate) fn new(key: Key, raw: &[u8]) -> Option<Self> {
        let raw_len = u32::try_from(raw.len()).ok().filter(|len| *len <= MAX_VALUE)?;
        let bytes = COMPRESSOR.with_borrow_mut(|compressor| compressor.as_mut()?.compress(raw).ok())?;
        Some(Self { key, bytes, raw_len })
    }

    pub(crate) fn unpack(&self) -> Option<Vec<u8>> {
        unpack(&self.bytes, self.raw_len)
    }
}

fn unpack(bytes: &[u8], raw_len: u32) -> Option<Vec<u8>> {
    let raw = zstd::bulk::decompress(bytes, raw_len as usize).ok()?;
    (raw.len() == raw_len as usize).then_some(raw)
}

/// The bytes of a pack, in parts: sorted by key, each key once.
pub(crate) fn parts<'v>(values: &'v [Packed], ends: &'v mut Vec<u8>) -> Vec<&'v [u8]> {
    debug_assert!(values.is_sorted_by(|a, b| a.key < b.key));
    let mut offset = MAGIC.len() as u64;
    for v in values {
        ends.extend_from_slice(&v.key);
        ends.extend_from_slice(&offset.to_le_bytes());
        ends.extend_from_slice(&(v.bytes.len() as u32).to_le_bytes());
        ends.extend_from_slice(&v.raw_len.to_le_bytes());
        offset += v.bytes.len() as u64;
    }
    ends.extend_from_slice(&offset.to_le_bytes());
    ends.extend_from_slice(&(values.len() as u64).to_le_bytes());
    let sum = xxh3_128(ends);
    ends.extend_from_slice(&sum.to_le_bytes());
    let values = values.iter().map(|v| v.bytes.as_slice());
    std::iter::once(MAGIC.as_slice()).chain(values).chain(std::iter::once(ends.as_slice())).collect()
}

/// An open pack.
pub(crate) struct Pack {
    source: Box<dyn Source>,
    places: Vec<Place>,
}

impl Pack {
    /// Reads the index of a file of so many bytes; an error where it is no pack, or a damaged one.
    pub(crate) fn open(source: Box<dyn Source>, len: u64) -> io::Result<Self> {
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "a damaged pack");
        let mut magic = [0; MAGIC.len()];
        source.read_at(&mut magic, 0)?;
        let footer_at = len.checked_sub(FOOTER as u64).ok_or_else(damaged)?;
        let mut footer = [0; FOOTER];
        source.read_at(&mut footer, footer_at)?;
        let index_at = u64_at(&footer, 0);
        let count = u64_at(&footer, 8);
        let index_len =
            count.checked_mul(ENTRY as u64).filter(|n| index_at.checked_add(*n) == Some(footer_at));
        // The length bounds the allocation: an index is a part of its file.
        let index_len = index_len.ok_or_else(damaged)? as usize;
        let mut index = vec![0; index_len + 16];
        source.read_at(&mut index, index_at)?;
        if &magic != MAGIC || xxh3_128(&index).to_le_bytes() != footer[16..] {
            return Err(damaged());
        }
        let place = |e: &[u8]| {
            let (mut key, at) = ([0; 17], u64_at(e, 17));
            key.copy_from_slice(&e[..17]);
            Place { key, offset: at, len: u32_at(e, 25), raw_len: u32_at(e, 29) }
        };
        let places: Vec<Place> = index[..index_len].chunks_exact(ENTRY).map(place).collect();
        let is_inside = |p: &Place| {
            p.offset.checked_add(u64::from(p.len)).is_some_and(|end| end <= index_at)
                && p.raw_len <= MAX_VALUE
        };
        if !places.iter().all(is_inside) || !places.is_sorted_by(|a, b| a.key < b.key) {
            return Err(damaged());
        }
        Ok(Self { source, places })
    }

    /// Everything in it, by key.
    pub(crate) fn places(&self) -> &[Place] {
        &self.places
    }

    pub(crate) fn find(&self, key: &Key) -> Option<Place> {
        let at = self.places.binary_search_by(|p| p.key.cmp(key)).ok()?;
        Some(self.places[at])
    }

    /// A value as it is stored.
    pub(crate) fn packed(&self, place: Place) -> io::Result<Packed> {
        let mut bytes = vec![0; place.len as usize];
        self.source.read_at(&mut bytes, place.offset)?;
        Ok(Packed { key: place.key, bytes, raw_len: place.raw_len })
    }
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(std::array::from_fn(|i| bytes[at + i]))
}
