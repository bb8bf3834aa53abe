//! Where the names of a file's definitions are spelled.

/// A byte about each name of a table, and where it stands in a text that is kept elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Spelled(Box<[Place]>);

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
        let place = |(name, start, about): (&str, u32, u8)| {
            let length = name.len().min(LONGEST) as u32;
            Place { start, length: length << 8 | u32::from(about) }
        };
        Self(names.map(place).collect())
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How a name is spelled in `text`.
    #[inline]
    pub fn name<'t>(&self, ix: u32, text: &'t str) -> &'t str {
        let Place { start, length } = self.0[ix as usize];
        text.get(start as usize..(start + (length >> 8)) as usize).unwrap_or_default()
    }

    /// What is kept with a name.
    #[inline]
    pub fn about(&self, ix: u32) -> u8 {
        self.0[ix as usize].length as u8
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        size_of_val(&*self.0)
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
        for (ix, name) in names.iter().enumerate() {
            assert_eq!((all.name(ix as u32, &text), all.about(ix as u32)), (*name, ix as u8));
        }
        assert_eq!((all.len(), all.is_empty()), (5, false));
    }
}
