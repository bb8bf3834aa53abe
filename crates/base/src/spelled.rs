//! The names of a file's definitions, one after the other.
//!
//! Whoever goes through the names of all files waits for memory most of the time. Here they lie side by side, with all
//! that tells which of them match.

use crate::letters::Letters;

/// Names with a byte about each, to be gone through in order.
#[derive(Clone, Debug, Default)]
pub struct Spelled {
    letters: Box<[Letters]>,
    /// Of each name its length as a varint, the byte about it, and what it is.
    bytes: Box<[u8]>,
}

impl Spelled {
    /// A table of names and what is to be kept with each.
    pub fn of<'n>(names: impl Iterator<Item = (&'n str, u8)>) -> Self {
        let (mut letters, mut bytes) = (Vec::new(), Vec::new());
        for (name, about) in names {
            letters.push(Letters::of(name));
            let mut length = name.len();
            while length >= 0x80 {
                bytes.push(length as u8 | 0x80);
                length >>= 7;
            }
            bytes.extend([length as u8, about]);
            bytes.extend_from_slice(name.as_bytes());
        }
        Self { letters: letters.into(), bytes: bytes.into() }
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.letters.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }

    /// The letters of each name.
    pub fn letters(&self) -> &[Letters] {
        &self.letters
    }

    /// Calls `f` on the names whose letters are `wanted`: their indices, what is kept with each, and how it is spelled.
    #[inline]
    pub fn each(&self, wanted: impl Fn(Letters) -> bool, mut f: impl FnMut(u32, u8, &str)) {
        let mut at = 0;
        for (ix, letters) in self.letters.iter().enumerate() {
            let mut length = usize::from(self.bytes[at] & 0x7f);
            let mut shift = 7;
            while self.bytes[at] >= 0x80 {
                at += 1;
                length |= usize::from(self.bytes[at] & 0x7f) << shift;
                shift += 7;
            }
            let start = at + 2;
            if wanted(*letters) {
                let name = &self.bytes[start..start + length];
                f(ix as u32, self.bytes[at + 1], std::str::from_utf8(name).expect("it was one before"));
            }
            at = start + length;
        }
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        size_of_val(&*self.letters) + self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_as_they_went_in() {
        let long = "n".repeat(127);
        let longer = "ü".repeat(10_000);
        let names = ["a", "", &long, "HTTPServer_v2", &longer, "x"];
        let all = Spelled::of(names.iter().zip(0..).map(|(name, about)| (*name, about)));
        let mut seen = Vec::new();
        all.each(|_| true, |ix, about, name| seen.push((ix, about, name.to_owned())));
        let expected = names.iter().zip(0..).map(|(name, ix)| (u32::from(ix), ix, (*name).to_owned()));
        assert_eq!(seen, expected.collect::<Vec<_>>());
        let mut some = Vec::new();
        all.each(|letters| letters == Letters::of("x"), |ix, _, _| some.push(ix));
        assert_eq!(some, [5]);
        assert_eq!((all.len(), all.letters()[0]), (6, Letters::of("a")));
    }
}
