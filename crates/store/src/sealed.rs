//! A small file that is there as a whole or not at all.
//!
//! ```text
//! magic | length | checksum of what follows | what is kept, compressed
//! ```

use std::io;

use xxhash_rust::xxh3::xxh3_128;

use crate::folder::Folder;

/// Changed whenever the layout is.
const MAGIC: &[u8; 8] = b"LODESEA1";
const HEADER: usize = 8 + 8 + 16;
/// The cheapest level.
const LEVEL: i32 = 1;
/// Nothing larger is kept: a damaged length must not become an allocation.
const LARGEST: usize = 256 << 20;

/// Writes `bytes` to a file of `folder`, over what was there.
pub fn write_sealed(folder: &dyn Folder, name: &str, bytes: &[u8]) -> io::Result<()> {
    if bytes.len() > LARGEST {
        return Err(io::Error::other("too large to be kept"));
    }
    let packed = zstd::bulk::compress(bytes, LEVEL)?;
    let length = (bytes.len() as u64).to_le_bytes();
    let sum = xxh3_128(&packed) ^ u128::from(bytes.len() as u64);
    folder.write(name, &[MAGIC, &length, &sum.to_le_bytes(), &packed])
}

/// What [`write_sealed`] wrote; `None` where it is not there, or damaged.
pub fn read_sealed(folder: &dyn Folder, name: &str) -> Option<Vec<u8>> {
    let len = folder.list().ok()?.into_iter().find(|entry| entry.name == name)?.len;
    let len = usize::try_from(len).ok().filter(|len| (HEADER..=LARGEST).contains(len))?;
    let mut all = vec![0; len];
    folder.open(name).ok()?.read_at(&mut all, 0).ok()?;
    let (header, packed) = all.split_at(HEADER);
    let length = u64::from_le_bytes(header[8..16].try_into().ok()?);
    let sum = u128::from_le_bytes(header[16..].try_into().ok()?);
    let is_whole = header.starts_with(MAGIC) && xxh3_128(packed) ^ u128::from(length) == sum;
    let length = usize::try_from(length).ok().filter(|length| is_whole && *length <= LARGEST)?;
    zstd::bulk::decompress(packed, length).ok().filter(|bytes| bytes.len() == length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::DiskFolder;

    #[test]
    fn is_whole_or_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let folder = DiskFolder::open(dir.path(), "x").unwrap();
        assert_eq!(read_sealed(&folder, "a"), None);
        for bytes in [&b""[..], b"some bytes", &[7; 100_000]] {
            write_sealed(&folder, "a", bytes).unwrap();
            assert_eq!(read_sealed(&folder, "a").as_deref(), Some(bytes));
        }
        let path = dir.path().join("x/a");
        let whole = std::fs::read(&path).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, &damaged).unwrap();
            assert_eq!(read_sealed(&folder, "a"), None, "bit {bit}");
        }
        std::fs::write(&path, [whole.as_slice(), b"x"].concat()).unwrap();
        assert_eq!(read_sealed(&folder, "a"), None);
    }
}
