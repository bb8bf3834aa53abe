//! Bytes of a file as text that can be parsed: byte-order marks, UTF-16, binaries.

use std::borrow::Cow;

use lodemap_base::LineTable;

/// How the bytes were read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// UTF-8, without or with a byte-order mark (which is cut off).
    Utf8,
    /// UTF-16 with a byte-order mark, transcoded; offsets and columns count the transcoded text.
    Utf16,
    /// Not valid UTF-8: parsed as bytes, shown with replacement characters.
    Bytes,
}

/// A file's text.
pub struct Source<'a> {
    /// The text, in UTF-8 unless `encoding` says otherwise.
    pub text: Cow<'a, [u8]>,
    /// How it was read.
    pub encoding: Encoding,
}

impl<'a> Source<'a> {
    /// Reads `bytes`; `None` if they are binary: a NUL byte among the first 8,192, as git decides it.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes)
            && encoding != encoding_rs::UTF_8
        {
            let (text, _) = encoding.decode_with_bom_removal(bytes);
            return Some(Self {
                text: Cow::Owned(text.into_owned().into_bytes()),
                encoding: Encoding::Utf16,
            });
        }
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if memchr::memchr(0, &text[..text.len().min(8192)]).is_some() {
            return None;
        }
        let encoding = if std::str::from_utf8(text).is_ok() { Encoding::Utf8 } else { Encoding::Bytes };
        Some(Self { text: Cow::Borrowed(text), encoding })
    }

    /// Where its lines start.
    pub fn lines(&self) -> LineTable {
        let starts = memchr::memchr_iter(b'\n', &self.text).map(|at| at as u32 + 1);
        let mut all: Vec<u32> = std::iter::once(0).chain(starts).collect();
        // A final newline ends the last line, it does not begin another.
        if all.len() > 1 && all.last() == Some(&(self.text.len() as u32)) {
            all.pop();
        }
        LineTable::new(&all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        let read = |b: &[u8]| Source::decode(b).map(|s| (s.text.into_owned(), s.encoding));
        assert_eq!(read(b"a\n"), Some((b"a\n".to_vec(), Encoding::Utf8)));
        assert_eq!(read(b"\xef\xbb\xbfa"), Some((b"a".to_vec(), Encoding::Utf8)));
        assert_eq!(read(b"\xff\xfea\0\xe9\0"), Some(("aé".as_bytes().to_vec(), Encoding::Utf16)));
        assert_eq!(read(b"\xfe\xff\0a"), Some((b"a".to_vec(), Encoding::Utf16)));
        assert_eq!(read(b"caf\xe9"), Some((b"caf\xe9".to_vec(), Encoding::Bytes)));
        assert_eq!(read(b"a\0b"), None);
        assert_eq!(read(b""), Some((vec![], Encoding::Utf8)));
    }

    #[test]
    fn lines_are_those_of_git() {
        let lines = |b: &[u8]| Source::decode(b).unwrap().lines().starts().collect::<Vec<_>>();
        assert_eq!(lines(b""), [0]);
        assert_eq!(lines(b"a"), [0]);
        assert_eq!(lines(b"a\n"), [0]);
        assert_eq!(lines(b"a\r\nb"), [0, 3]);
        assert_eq!(lines(b"\n\n"), [0, 1]);
    }
}
