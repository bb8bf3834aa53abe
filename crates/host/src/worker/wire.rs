//! What goes over the pipes: some files, and then what came of each.
//!
//! ```text
//! request: count, CPU seconds | language, parts, length of each file | the files
//! answer:  outcome, length of each | the facts of each, encoded
//! ```
//! Numbers are little-endian. Before its first answer a worker says which program it is.

use lodemap_facts::REVISION;
use lodemap_grammar::Lang;

/// Raised whenever the layout changes.
const VERSION: &str = "lodemap-parse-1 ";

/// What a worker says first: only facts of the same extractor are understood.
pub(super) fn greeting() -> Vec<u8> {
    [VERSION.as_bytes(), REVISION.as_bytes()].concat()
}

/// The beginning of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Head {
    pub(super) count: u32,
    pub(super) seconds: u32,
}

/// A file in a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Item {
    pub(super) lang: Lang,
    pub(super) parts: u8,
    pub(super) len: u32,
}

/// What came of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Reply {
    /// The extractor did not panic.
    pub(super) is_well: bool,
    pub(super) len: u32,
}

impl Head {
    pub(super) const LEN: usize = 8;

    pub(super) fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.count.to_le_bytes());
        out.extend_from_slice(&self.seconds.to_le_bytes());
    }

    pub(super) fn read(bytes: &[u8; Self::LEN]) -> Self {
        Self { count: u32_at(bytes, 0), seconds: u32_at(bytes, 4) }
    }
}

impl Item {
    pub(super) const LEN: usize = 6;

    pub(super) fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.lang.0, self.parts]);
        out.extend_from_slice(&self.len.to_le_bytes());
    }

    pub(super) fn read(bytes: &[u8]) -> Self {
        Self { lang: Lang(bytes[0]), parts: bytes[1], len: u32_at(bytes, 2) }
    }
}

impl Reply {
    pub(super) const LEN: usize = 5;

    pub(super) fn put(self, out: &mut [u8]) {
        out[0] = u8::from(self.is_well);
        out[1..Self::LEN].copy_from_slice(&self.len.to_le_bytes());
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        (bytes[0] <= 1).then(|| Self { is_well: bytes[0] == 1, len: u32_at(bytes, 1) })
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(std::array::from_fn(|i| bytes[at + i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_read() {
        let mut out = Vec::new();
        let head = Head { count: 3, seconds: 0x0102_0304 };
        head.put(&mut out);
        let item = Item { lang: Lang(2), parts: 7, len: 70_000 };
        item.put(&mut out);
        assert_eq!(out.len(), Head::LEN + Item::LEN);
        assert_eq!(Head::read(out.first_chunk().unwrap()), head);
        assert_eq!(Item::read(&out[Head::LEN..]), item);
        let reply = Reply { is_well: true, len: 1 << 20 };
        let mut out = [9; Reply::LEN];
        reply.put(&mut out);
        assert_eq!(Reply::read(&out), Some(reply));
        assert_eq!(Reply::read(&[2, 0, 0, 0, 0]), None);
    }
}
