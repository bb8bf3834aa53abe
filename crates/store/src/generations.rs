//! The states of one repository, by generation: the newest is what was known last.
//!
//! A state is one file of [`Segments`], named by its generation. Numbers are taken before they are used: a process
//! *claims* some by a file, and no other is given the same, so that a number never stands for two states even where
//! one of them was never written.

use std::io;

use crate::folder::{Entry, Folder};
use crate::segments::{Blocks, Section, Segments};

/// The end of the names of states.
const STATE: &str = ".state";
/// The end of the names of claims.
const CLAIM: &str = ".claim";
/// So many numbers are claimed at a time.
const CLAIMED: u64 = 1 << 10;

/// The states of one repository.
pub struct Generations {
    folder: Box<dyn Folder>,
}

/// Numbers that nobody else is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Claim {
    /// The first.
    pub first: u64,
    /// The one after the last.
    pub end: u64,
}

/// The newest state that is whole as far as its table tells.
pub struct Newest {
    /// Its number.
    pub generation: u64,
    /// Its length in bytes.
    pub len: u64,
    /// What stands in it.
    pub segments: Segments,
}

impl Generations {
    /// The states in a folder of their own.
    pub fn new(folder: Box<dyn Folder>) -> Self {
        folder.clean();
        Self { folder }
    }

    /// The newest state; damaged ones are removed.
    pub fn newest(&self) -> Option<Newest> {
        let mut listed = self.listed(STATE);
        listed.sort_unstable_by_key(|(number, _)| std::cmp::Reverse(*number));
        for (generation, entry) in listed {
            match self.folder.open(&entry.name).and_then(|source| Segments::open(source, entry.len)) {
                Ok(segments) => return Some(Newest { generation, len: entry.len, segments }),
                // What cannot be read now may be readable the next time; what reads wrong is wrong.
                Err(e) if is_damage(&e) => self.drop_state(generation),
                Err(_) => {}
            }
        }
        None
    }

    /// Marks a state as used now: those of repositories that nobody asks for go first.
    pub fn mark_used(&self, generation: u64) {
        _ = self.folder.mark_used(&name(generation, STATE));
    }

    /// Removes a state that turned out to be damaged; its number is not given out again.
    pub fn drop_state(&self, generation: u64) {
        _ = self.folder.write(&name(generation.saturating_add(1), CLAIM), &[]);
        _ = self.folder.remove(&name(generation, STATE));
    }

    /// Takes the next numbers: above all that were ever given out. `None` where that cannot be written down.
    pub fn claim(&self) -> Option<Claim> {
        let mut claim = None;
        // Somebody who claims at the same moment is done soon; nobody waits for a lock that is never given back.
        for _ in 0..100 {
            self.folder.alone(&mut || {
                let taken = self.listed(CLAIM).into_iter().map(|(end, _)| end);
                let used = self.listed(STATE).into_iter().map(|(number, _)| number.saturating_add(1));
                let first = taken.chain(used).max().unwrap_or(1);
                let end = first.saturating_add(CLAIMED);
                claim = Some(self.folder.write(&name(end, CLAIM), &[]).map(|()| Claim { first, end }));
            });
            match claim {
                Some(claim) => return claim.ok(),
                None => std::thread::sleep(std::time::Duration::from_millis(1)),
            }
        }
        None
    }

    /// Writes a state. Older ones go, and so do claims that it leaves behind.
    pub fn write(&self, generation: u64, sections: &[Section<'_>]) -> io::Result<()> {
        let blocks = Blocks::of(sections);
        self.folder.write(&name(generation, STATE), &blocks.parts())?;
        self.folder.alone(&mut || {
            for (number, entry) in self.listed(STATE) {
                if number < generation {
                    _ = self.folder.remove(&entry.name);
                }
            }
            let newest = self.listed(STATE).into_iter().map(|(number, _)| number).max().unwrap_or_default();
            for (end, entry) in self.listed(CLAIM) {
                if end <= newest.saturating_add(1) {
                    _ = self.folder.remove(&entry.name);
                }
            }
        });
        Ok(())
    }

    /// Gives back the numbers after `last`, the last one that was used, if a state keeps it from being given out again.
    pub fn give_back(&self, own: Claim, last: u64) {
        self.folder.alone(&mut || {
            let newest = self.listed(STATE).into_iter().map(|(number, _)| number).max();
            if newest.is_some_and(|newest| newest >= last) {
                _ = self.folder.remove(&name(own.end, CLAIM));
            }
        });
    }

    /// The files whose names end so, with the numbers that they begin with.
    fn listed(&self, suffix: &str) -> Vec<(u64, Entry)> {
        let listed = self.folder.list().unwrap_or_default().into_iter();
        let number = |entry: &Entry| entry.name.strip_suffix(suffix)?.parse().ok();
        listed.filter_map(|entry| Some((number(&entry)?, entry))).collect()
    }
}

fn name(number: u64, suffix: &str) -> String {
    format!("{number:020}{suffix}")
}

fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
}
