//! Which ignored files does git track all the same?
//!
//! git's index lists them: a file that was added by force stays part of the repository whatever the ignore
//! files say. Formats 2 to 4 of the index are read; where it cannot be, ignore rules alone decide.

use crate::git::Enclosing;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use xxhash_rust::xxh3::Xxh3Default;

/// A million files make an index of about 100 MB.
const MAX_INDEX: u64 = 1 << 30;

/// The tracked paths below the root, in byte order.
#[derive(Debug, Default)]
pub(crate) struct Tracked {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Tracked {
    /// Loads the list for `root`; `Err` says why there is none although there is an index.
    pub(crate) fn load(git: &Enclosing, root: &Path) -> Result<Tracked, String> {
        let Some(bytes) = git.index(MAX_INDEX) else {
            return Ok(Tracked::default());
        };
        let hash = if git.is_sha256() { 32 } else { 20 };
        let mut prefix =
            root.strip_prefix(&git.top).map_or(Vec::new(), |p| p.as_os_str().as_bytes().to_vec());
        if !prefix.is_empty() {
            prefix.push(b'/');
        }
        parse(&bytes, hash, &prefix).ok_or_else(|| "git's index is in a form that is not read".to_owned())
    }

    /// Whether `path` is a tracked file.
    pub(crate) fn contains(&self, path: &[u8]) -> bool {
        self.first_from(path) == Some(path)
    }

    /// Whether a tracked file is below the folder `path`.
    pub(crate) fn has_below(&self, path: &[u8]) -> bool {
        let dir = [path, b"/"].concat();
        self.first_from(&dir).is_some_and(|p| p.starts_with(&dir))
    }

    /// The paths that only one of the two lists has.
    pub(crate) fn difference(&self, other: &Tracked) -> Vec<Vec<u8>> {
        let (mut here, mut there) = (0, 0);
        let mut out = Vec::new();
        if self.text == other.text && self.ends == other.ends {
            return out;
        }
        loop {
            match (self.get(here), other.get(there)) {
                (None, None) => return out,
                (Some(a), Some(b)) if a == b => (here, there) = (here + 1, there + 1),
                (Some(a), b) if b.is_none_or(|b| a < b) => {
                    out.push(a.to_vec());
                    here += 1;
                }
                (_, b) => {
                    out.extend(b.map(<[u8]>::to_vec));
                    there += 1;
                }
            }
        }
    }

    /// Adds the paths to a hash.
    pub(crate) fn hash(&self, hash: &mut Xxh3Default) {
        hash.update(&self.text);
        self.ends.iter().for_each(|end| hash.update(&(*end as u64).to_le_bytes()));
    }

    fn get(&self, i: usize) -> Option<&[u8]> {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        self.ends.get(i).map(|end| &self.text[start..*end])
    }

    /// The first path that is not before `path`.
    fn first_from(&self, path: &[u8]) -> Option<&[u8]> {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = (low + high) / 2;
            if self.get(middle).is_some_and(|p| p < path) { low = middle + 1 } else { high = middle }
        }
        self.get(low)
    }

    fn push(&mut self, path: &[u8]) {
        self.text.extend_from_slice(path);
        self.ends.push(self.text.len());
    }
}

/// Reads the paths below `prefix`; `None` for anything that is not a whole index.
fn parse(bytes: &[u8], hash: usize, prefix: &[u8]) -> Option<Tracked> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let version = number(4)?;
    if bytes.get(..4)? != b"DIRC" || !(2..=4).contains(&version) {
        return None;
    }
    let mut tracked = Tracked::default();
    let mut path: Vec<u8> = Vec::new();
    let mut at = 12;
    for _ in 0..number(8)? {
        let flags_at = at + 40 + hash;
        let flags = u16::from_be_bytes(bytes.get(flags_at..flags_at + 2)?.try_into().ok()?);
        let extended = flags & 0x4000 != 0;
        let name_at = flags_at + if extended { 4 } else { 2 };
        if version == 4 {
            // The name is the last one less some bytes, plus some bytes.
            let (drop, text_at) = varint(bytes, name_at)?;
            path.truncate(path.len().checked_sub(drop)?);
            let end = text_at + memchr::memchr(0, bytes.get(text_at..)?)?;
            path.extend_from_slice(&bytes[text_at..end]);
            at = end + 1;
        } else {
            let end = name_at + memchr::memchr(0, bytes.get(name_at..)?)?;
            path.clear();
            path.extend_from_slice(&bytes[name_at..end]);
            // One to eight NULs bring the entry to a multiple of eight bytes.
            at += (end - at) / 8 * 8 + 8;
        }
        // A conflicted path stands there up to three times.
        if let Some(below) = path.strip_prefix(prefix)
            && tracked.ends.len().checked_sub(1).and_then(|last| tracked.get(last)) != Some(below)
        {
            tracked.push(below);
        }
    }
    // A split index keeps the rest of the list elsewhere; half a list would be a wrong answer.
    let mut extension = at;
    while extension + 8 + hash <= bytes.len() {
        if &bytes[extension..extension + 4] == b"link" {
            return None;
        }
        extension = extension.checked_add(8)?.checked_add(number(extension + 4)? as usize)?;
    }
    // A damaged file may be out of order, and then a search in it means nothing.
    (1..tracked.ends.len()).all(|i| tracked.get(i - 1) < tracked.get(i)).then_some(tracked)
}

/// The index's own variable-length number, and where it ends.
fn varint(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut value = 0usize;
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        value = value.checked_mul(128)?.checked_add(usize::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            return Some((value, at));
        }
        value = value.checked_add(1)?;
    }
}
