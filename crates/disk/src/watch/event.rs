//! What does an event mean?
//!
//! A hint: each event names a place where to look again. Nothing here looks at the file system, so that the thread
//! that empties the kernel's queue is never slower than those who fill it.

use super::table::Table;
use crate::survey::path_of;
use crate::{Dirty, OutsideKind};
use lodemap_base::RelPath;
use std::collections::BTreeSet;

/// One event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event<'a> {
    /// The watch that saw it.
    pub(super) watch: i32,
    /// The entry of the watched folder; empty for the folder itself.
    pub(super) name: &'a [u8],
    pub(super) is_dir: bool,
    pub(super) what: What,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum What {
    Created,
    MovedIn,
    /// Removed, or moved away.
    Left,
    Written,
    Attributes,
    /// The watched folder itself was moved or removed.
    Displaced,
    /// The watch is no more.
    Ended,
    /// The queue was full.
    Lost,
}

/// What an event led to, besides hints.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Effect {
    /// There may be a new hint.
    Hint,
    /// It concerned nobody.
    Nothing,
    /// Events were lost, those of cookies perhaps among them.
    Lost,
    /// The folder of the cookies is no longer watched, or not where it was.
    NoCookies,
}

/// Turns an event into hints; `cookies` are the names that are waited for, and lose those that were seen.
pub(super) fn fold(
    event: &Event<'_>,
    table: &mut Table,
    cookies: &mut BTreeSet<Vec<u8>>,
    dirty: &mut Dirty,
) -> Effect {
    if event.what == What::Lost {
        dirty.everything = true;
        return Effect::Lost;
    }
    let ended = event.what == What::Ended;
    let watched = if ended { table.end(event.watch) } else { table.get(event.watch).cloned() };
    // What happened before a folder was left is of no interest any more.
    let Some(watched) = watched else { return Effect::Nothing };
    let itself = event.name.is_empty();
    let mut effect = Effect::Nothing;
    if watched.cookies {
        if itself {
            effect = Effect::NoCookies;
        } else if cookies.remove(event.name) {
            effect = Effect::Hint;
        }
    }
    for (name, kind) in &watched.outside {
        if itself || **name == *event.name {
            match kind {
                OutsideKind::Rules => dirty.outer = true,
                OutsideKind::Tracked => dirty.tracked = true,
            }
            // A folder that went takes the places with it; they are found anew with the rules.
            dirty.outer |= itself;
            effect = Effect::Hint;
        }
    }
    if let Some(folder) = &watched.folder {
        hint(folder, event, dirty);
        effect = Effect::Hint;
    }
    effect
}

/// What an event in a searched folder tells.
fn hint(folder: &[u8], event: &Event<'_>, dirty: &mut Dirty) {
    let path = if event.name.is_empty() { folder.to_vec() } else { path_of(folder, event.name) };
    let Some(path) = RelPath::from_bytes(&path) else { return };
    let whole = if event.name.is_empty() {
        // The root itself was moved, removed or unmounted.
        dirty.everything |= folder.is_empty() && event.what != What::Attributes;
        true
    } else {
        // A folder that moved in brings what it likes, and permissions decide about all that is below. One that was
        // created is looked into when it turns out to be new.
        event.is_dir && matches!(event.what, What::MovedIn | What::Attributes)
    };
    if whole {
        dirty.subtrees.insert(path);
    } else {
        dirty.files.insert(path);
    }
}
