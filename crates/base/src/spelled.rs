//! The names of a file's definitions, to be gone through.
//!
//! Whoever goes through the names of all files waits for memory most of the time. What tells which of them can match lies
//! side by side here, and where those that can are spelled out.

use crate::letters::Letters;

/// Names with a byte about each, in order. Their text is kept elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Spelled {
    letters: Box<[Letters]>,
    places: Box<[Place]>,
}

/// Where a name is spelled.
#[derive(Clone, Copy, Debug)]
struct Place {
    start: u32,
    /// Its length in bytes, and in the lowest eight bits what is kept with it.
    length: u32,
}

/// A name that is longer is no name; it is cut there.
const LONGEST: usize = (1 << 24) - 1;

impl Spelled {
    /// A table of names, each with where it begins in the text that has them all, and what is to be kept with it.
    pub fn of<'n>(names: impl Iterator<Item = (&'n str, u32, u8)>) -> Self {
        let (mut letters, mut places) = (Vec::new(), Vec::new());
        for (name, start, about) in names {
            letters.push(Letters::of(name));
            let length = name.len().min(LONGEST) as u32;
            places.push(Place { start, length: length << 8 | u32::from(about) });
        }
        Self { letters: letters.into(), places: places.into() }
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

    /// Calls `f` on the names whose letters are `wanted`: their indices, what is kept with each, and how it is spelled in
    /// `text`.
    #[inline]
    pub fn each(&self, wanted: impl Fn(Letters) -> bool, text: &str, mut f: impl FnMut(u32, u8, &str)) {
        let all = self.letters.iter().zip(&self.places).enumerate();
        for (ix, (_, place)) in all.filter(|(_, (letters, _))| wanted(**letters)) {
            let (start, length) = (place.start as usize, (place.length >> 8) as usize);
            f(ix as u32, place.length as u8, text.get(start..start + length).unwrap_or_default());
        }
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        size_of_val(&*self.letters) + size_of_val(&*self.places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_as_they_went_in() {
        let longer = "ü".repeat(10_000);
        let names = ["a", "", "HTTPServer_v2", &longer, "x"];
        let text = names.concat();
        let starts = names.iter().scan(0, |end, name| {
            *end += name.len() as u32;
            Some(*end - name.len() as u32)
        });
        let all =
            Spelled::of(names.iter().zip(starts).zip(0..).map(|((name, at), about)| (*name, at, about)));
        let mut seen = Vec::new();
        all.each(|_| true, &text, |ix, about, name| seen.push((ix, about, name.to_owned())));
        let expected = names.iter().zip(0..).map(|(name, ix)| (u32::from(ix), ix, (*name).to_owned()));
        assert_eq!(seen, expected.collect::<Vec<_>>());
        let mut some = Vec::new();
        all.each(|letters| letters == Letters::of("x"), &text, |ix, _, _| some.push(ix));
        assert_eq!(some, [4]);
        assert_eq!((all.len(), all.letters()[0]), (5, Letters::of("a")));
    }
}
