//! What may have changed since we looked?
//!
//! Hints, never truth: a watcher, a tool that wrote a file, or a doubt says where to look again, and
//! [`Inventory::refresh`](crate::Inventory::refresh) looks. A hint too many costs a look; only a hint too few
//! would be a mistake.

use lodemap_base::RelPath;
use std::collections::BTreeSet;

/// Where to look again.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Dirty {
    /// Paths at which something was written, came, went or took another's place. What is there now decides; if
    /// it is a folder that is known already, it is listed again, without those below it.
    pub files: BTreeSet<RelPath>,
    /// Folders in which entries came or went: listed again, with those below only as far as they are new.
    pub folders: BTreeSet<RelPath>,
    /// Folders to be listed again with everything below.
    pub subtrees: BTreeSet<RelPath>,
    /// Rules outside the root's folders may have changed: `.git/info/exclude`, the global ignore file, ignore
    /// files above the root.
    pub outer: bool,
    /// Git's list of tracked files was written.
    pub tracked: bool,
    /// Nothing is sure: events were lost, or have not been heard yet.
    pub everything: bool,
}

/// More hints than this are not worth telling apart: looking at everything costs less.
const MAX_HINTS: usize = 1 << 18;

impl Dirty {
    /// Everything may have changed.
    pub fn everything() -> Self {
        Dirty { everything: true, ..Dirty::default() }
    }

    /// Something was written at these paths, or they came or went.
    pub fn files(paths: impl IntoIterator<Item = RelPath>) -> Self {
        Dirty { files: paths.into_iter().collect(), ..Dirty::default() }
    }

    /// Adds the hints of `other`.
    pub fn merge(&mut self, mut other: Dirty) {
        self.files.append(&mut other.files);
        self.folders.append(&mut other.folders);
        self.subtrees.append(&mut other.subtrees);
        self.outer |= other.outer;
        self.tracked |= other.tracked;
        self.everything |= other.everything;
        self.bound();
    }

    /// Whether there is nothing to look at.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of hints: how much is known to be pending. Each may stand for many files, or for none.
    pub fn len(&self) -> usize {
        self.files.len()
            + self.folders.len()
            + self.subtrees.len()
            + usize::from(self.outer)
            + usize::from(self.tracked)
            + usize::from(self.everything)
    }

    /// Gives up telling hints apart where there are too many.
    pub(crate) fn bound(&mut self) {
        if self.len() > MAX_HINTS {
            *self = Dirty::everything();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_keeps_all_hints_and_too_many_become_one() {
        let at = |path: &str| RelPath::parse(path).unwrap();
        let mut dirty = Dirty::files([at("a"), at("b")]);
        assert_eq!((dirty.len(), Dirty::default().is_empty()), (2, true));
        dirty.merge(Dirty { folders: [at("a")].into(), tracked: true, ..Dirty::files([at("b")]) });
        assert_eq!(dirty.len(), 4);
        dirty.merge(Dirty {
            files: (0..=MAX_HINTS).map(|i| at(&i.to_string())).collect(),
            ..Dirty::default()
        });
        assert_eq!(dirty, Dirty::everything());
    }
}
