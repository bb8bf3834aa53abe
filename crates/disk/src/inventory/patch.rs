//! What became of a few names in a folder?
//!
//! Looked at one by one, so that saving a file costs the same in a folder of ten entries and of ten thousand.

use super::Inventory;
use super::merge::Journal;
use super::plan::Names;
use crate::folder::Step;
use crate::folders::Folders;
use crate::nodes::{Kept, Node, Verdict};
use crate::reason::Cause;
use crate::survey::{Ruled, Survey, path_of};
use crate::{Found, Stamp};
use rustix::fs::{AtFlags, FileType};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

/// What was seen under a name.
#[derive(Default)]
pub(super) enum Seen {
    #[default]
    Nothing,
    Entry {
        kind: FileType,
        ino: u64,
        ruled: Ruled,
        found: Option<Found>,
    },
}

/// Looks at `names` in `folder`; `None` if the folder itself has to be listed.
pub(super) fn look(survey: Survey<'_>, folder: &[u8], node: &Node, names: &Names) -> Option<Vec<Seen>> {
    let listed = node.listed()?;
    let dir = survey.root.open_dir(Path::new(OsStr::from_bytes(folder))).ok()?;
    let see = |name: &Vec<u8>| {
        let stat = match rustix::fs::statat(&dir, &**name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Some(Seen::Nothing),
            Err(_) => return None,
        };
        let kind = FileType::from_raw_mode(stat.st_mode);
        let holds = |name: &str| listed.entry(name.as_bytes()).is_some();
        let mut ruled = survey.rule(listed.place(&node.step), name, kind, holds);
        let mut found = None;
        if let Ruled::File(_) = &ruled {
            found = survey.found(&listed.level, &path_of(folder, name), Stamp::of(&stat));
            if found.is_none() {
                ruled = Ruled::Skip(Arc::new(Cause::failed(Errno::NOENT)));
            }
        }
        Some(Seen::Entry { kind, ino: stat.st_ino, ruled, found })
    };
    names.iter().map(see).collect()
}

impl Inventory {
    /// Takes in what was seen under a name of `folder`. If it is a folder to be searched that is not known, or
    /// was known under other rules, returns how it is reached.
    pub(super) fn patch(
        &mut self,
        (folder, name): (&[u8], &[u8]),
        seen: Seen,
        journal: &mut Journal,
        folders: &dyn Folders,
    ) -> Option<Step> {
        let path = path_of(folder, name);
        let Some(Ok(listed)) = self.nodes.get_mut(folder).map(|node| &mut node.listed) else { return None };
        let position = listed.position(name);
        let old = position.ok().map(|at| {
            let old = &listed.entries[at];
            (matches!(old.verdict, Verdict::File { .. }), matches!(old.verdict, Verdict::Enter), old.ino)
        });
        let (was_file, was_entered, old_ino) = old.unwrap_or_default();
        let (mut file, mut enter): (Option<Found>, Option<(Step, u64)>) = (None, None);
        match seen {
            Seen::Nothing => {
                if let Ok(at) = position {
                    listed.entries.remove(at);
                }
            }
            Seen::Entry { kind, ino, ruled, found } => {
                let verdict = match ruled {
                    Ruled::File(by_git) => {
                        file = found;
                        Verdict::File { by_git: by_git.is_some() }
                    }
                    Ruled::Skip(cause) => Verdict::Skip(cause),
                    Ruled::Enter(step) => {
                        enter = Some((step, ino));
                        Verdict::Enter
                    }
                };
                let kept = Kept { name: name.into(), kind, ino, verdict };
                match position {
                    Ok(at) => listed.entries[at] = kept,
                    Err(at) => listed.entries.insert(at, kept),
                }
            }
        }
        match file {
            Some(found) => self.set_file(found, journal),
            None if was_file => self.forget_file(&path, journal),
            None => {}
        }
        if enter.is_none() && was_entered {
            self.drop_subtree(&path, journal, folders);
        }
        let (step, ino) = enter?;
        let known = self.nodes.get(&*path).filter(|_| was_entered && ino == old_ino);
        let known = known.is_some_and(|node| node.step.is_like(&step));
        (!known).then_some(step)
    }
}
