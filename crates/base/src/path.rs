//! Paths relative to a repository's root.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A path relative to the repository's root: `/` between components, no leading `/`, no `.` or `..`.
///
/// It is always printable text on one line. Bytes that are not UTF-8, control characters and the backslash
/// itself are written `\xNN`, so that every name a file system can hold has exactly one text, and back.
/// The empty path is the root.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RelPath(Arc<str>);

impl RelPath {
    /// The root itself.
    pub fn root() -> Self {
        Self("".into())
    }

    /// Takes a path as the file system gives it; `None` if it is absolute or has a `.` or `..` component.
    pub fn from_os(path: &Path) -> Option<Self> {
        Self::from_bytes(path.as_os_str().as_bytes())
    }

    /// Takes raw bytes; `None` if they are not a relative path in normal form.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::root());
        }
        if bytes.split(|b| *b == b'/').any(|c| c.is_empty() || c == b"." || c == b"..") || bytes.contains(&0)
        {
            return None;
        }
        Some(Self(escape(bytes).into()))
    }

    /// Takes a path in its text form, as [`RelPath::as_str`] gives it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_bytes(&unescape(text)?)
    }

    /// The text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path as the file system wants it, still relative to the root.
    pub fn to_os(&self) -> PathBuf {
        let bytes = unescape(&self.0).expect("a RelPath is always well escaped");
        PathBuf::from(std::ffi::OsString::from_vec(bytes))
    }

    /// The last component.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or("")
    }

    /// What follows the last dot of the name, if there is a dot that is not its first character.
    pub fn extension(&self) -> Option<&str> {
        match self.name().rsplit_once('.') {
            Some((stem, ext)) if !stem.is_empty() => Some(ext),
            _ => None,
        }
    }

    /// The folder that holds it; the root's parent is the root.
    pub fn parent(&self) -> RelPath {
        Self(self.parent_str().into())
    }

    /// The text of the folder that holds it, without an allocation.
    pub fn parent_str(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(dir, _)| dir)
    }

    /// The path of `component` (in text form, maybe several components) below this folder.
    pub fn join(&self, component: &str) -> RelPath {
        if self.0.is_empty() {
            Self(component.into())
        } else {
            Self(format!("{}/{component}", self.0).into())
        }
    }

    /// Whether this is `folder` or below it.
    pub fn is_below(&self, folder: &RelPath) -> bool {
        folder.0.is_empty()
            || self.0.strip_prefix(&*folder.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

fn escape(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == '\\' || is_hidden(c) {
                let mut buf = [0; 4];
                c.encode_utf8(&mut buf).bytes().for_each(|b| push_hex(&mut out, b));
            } else {
                out.push(c);
            }
        }
        chunk.invalid().iter().for_each(|b| push_hex(&mut out, *b));
    }
    out
}

/// Characters that steer a terminal or hide text from a reader: controls, bidirectional marks, zero-width
/// characters, line separators, tags.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}')
}

fn push_hex(out: &mut String, byte: u8) {
    out.push_str(&format!("\\x{byte:02x}"));
}

fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&b, tail)) = rest.split_first() {
        if b == b'\\' {
            let hex = tail.strip_prefix(b"x").and_then(|t| t.get(..2))?;
            out.push(u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?);
            rest = &tail[3..];
        } else {
            out.push(b);
            rest = tail;
        }
    }
    Some(out)
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_one_text_and_back() {
        for bytes in [
            &b"a/b.py"[..],
            b"caf\xc3\xa9",
            b"bad\xff\xfe.rs",
            b"new\nline",
            b"back\\slash",
            b"\\xff",
            b"\xe2\x80\xae",
        ] {
            let p = RelPath::from_bytes(bytes).unwrap();
            assert_eq!(p.to_os().as_os_str().as_bytes(), bytes);
            assert_eq!(RelPath::parse(p.as_str()), Some(p.clone()));
            assert!(!p.as_str().chars().any(char::is_control));
        }
        assert_ne!(RelPath::from_bytes(b"\xff"), RelPath::from_bytes(b"\\xff"));
    }

    #[test]
    fn refuses_what_is_not_below_the_root() {
        for bytes in [&b"/etc"[..], b"../x", b"a/../b", b"a//b", b"./a", b"a/", b"a\0b"] {
            assert_eq!(RelPath::from_bytes(bytes), None, "{bytes:?}");
        }
        assert_eq!(RelPath::parse("a\\q"), None);
        assert_eq!(
            RelPath::parse("a\\x2f\\x2fb"),
            None,
            "an escaped slash does not smuggle an empty component"
        );
    }

    #[test]
    fn components() {
        let p = RelPath::parse("a/b/c.tar.gz").unwrap();
        assert_eq!((p.name(), p.extension(), p.parent_str()), ("c.tar.gz", Some("gz"), "a/b"));
        assert_eq!(RelPath::parse(".bashrc").unwrap().extension(), None);
        assert!(p.is_below(&RelPath::parse("a/b").unwrap()) && !p.is_below(&RelPath::parse("a/bc").unwrap()));
        assert_eq!(RelPath::root().join("x").as_str(), "x");
    }
}
