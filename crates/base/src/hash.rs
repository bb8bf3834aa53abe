//! Content hashes and the additive digest of a table.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The first 16 bytes of a BLAKE3 hash: the identity of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct ContentHash(pub [u8; 16]);

impl ContentHash {
    /// Hashes `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_hasher(&blake3::Hasher::new().update(bytes).clone())
    }

    /// Closes a hasher that was fed piece by piece.
    pub fn from_hasher(hasher: &blake3::Hasher) -> Self {
        let mut out = [0; 16];
        out.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(out)
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The digest of a multiset of rows: the sum of the rows' 128-bit hashes, modulo 2^128.
///
/// Adding and removing rows in any order gives the same digest, so it can be maintained in O(change).
#[derive(Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Digest(u128);

impl Digest {
    /// Adds a row.
    pub fn add(&mut self, row: u128) {
        self.0 = self.0.wrapping_add(row);
    }

    /// Removes a row that was added before.
    pub fn remove(&mut self, row: u128) {
        self.0 = self.0.wrapping_sub(row);
    }

    /// Adds all the rows of another digest.
    pub fn merge(&mut self, other: Digest) {
        self.0 = self.0.wrapping_add(other.0);
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Hashes one canonical row of a table; the table's name separates equal rows of different tables.
pub struct RowHasher(xxhash_rust::xxh3::Xxh3);

impl RowHasher {
    /// Starts a row of `table`.
    pub fn new(table: &str) -> Self {
        let mut h = xxhash_rust::xxh3::Xxh3::new();
        h.update(table.as_bytes());
        h.update(&[0xff]);
        Self(h)
    }

    /// Adds a text field; its length is hashed too, so that fields cannot run into each other.
    pub fn text(mut self, field: &str) -> Self {
        self.0.update(&(field.len() as u64).to_le_bytes());
        self.0.update(field.as_bytes());
        self
    }

    /// Adds a number.
    pub fn number(mut self, field: u64) -> Self {
        self.0.update(&field.to_le_bytes());
        self
    }

    /// The row's hash.
    pub fn finish(self) -> u128 {
        self.0.digest128()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_is_a_multiset() {
        let row = |s: &str| RowHasher::new("t").text(s).finish();
        let (mut a, mut b) = (Digest::default(), Digest::default());
        for s in ["x", "y", "x"] {
            a.add(row(s));
        }
        for s in ["x", "x", "z", "y"] {
            b.add(row(s));
        }
        assert_ne!(a, b);
        b.remove(row("z"));
        assert_eq!(a, b);
        b.remove(row("x"));
        assert_ne!(a, b, "multiplicity counts");
    }

    #[test]
    fn fields_do_not_run_together() {
        let h = |x: &str, y: &str| RowHasher::new("t").text(x).text(y).finish();
        assert_ne!(h("ab", "c"), h("a", "bc"));
    }
}
