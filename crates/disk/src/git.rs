//! Which of git's own files bear on discovery?
//!
//! The top of the repository that encloses the root, its folder of administrative files (also for worktrees and
//! submodules, whose `.git` is a file that points elsewhere), and the user's global ignore file.
//!
//! A repository may have been made by anybody, and its `.git` with it. So links in it are not followed, and a pointer
//! counts only where it leads to something of git's: else a file that nobody meant to show could be read as rules, and
//! be told of.

use crate::read::read_of_git;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Files of a line or two.
const MAX_POINTER: u64 = 1 << 16;

/// The repository that encloses a root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Enclosing {
    /// The folder that holds `.git`.
    pub(crate) top: PathBuf,
    /// The administrative files of this worktree: its `index`.
    pub(crate) dir: PathBuf,
    /// The administrative files that all its worktrees share: `info/exclude`, `config`.
    pub(crate) common: PathBuf,
}

/// The nearest repository at or above `root`.
pub(crate) fn enclosing(root: &Path) -> Option<Enclosing> {
    let top = root.ancestors().find(|dir| dir.join(".git").symlink_metadata().is_ok())?;
    let dot_git = top.join(".git");
    let dir = if dot_git.symlink_metadata().ok()?.is_dir() {
        dot_git
    } else {
        let pointer = read_of_git(top, ".git", MAX_POINTER)?;
        pointed(top.join(path_of(pointer.strip_prefix(b"gitdir:")?)?))?
    };
    let common = match read_of_git(&dir, "commondir", MAX_POINTER) {
        Some(pointer) => pointed(dir.join(path_of(&pointer)?))?,
        None => dir.clone(),
    };
    Some(Enclosing { top: top.to_owned(), dir, common })
}

/// What a pointer leads to, if it is a folder of git's.
fn pointed(dir: PathBuf) -> Option<PathBuf> {
    read_of_git(&dir, "HEAD", MAX_POINTER).map(|_| dir)
}

impl Enclosing {
    /// The list of tracked files.
    pub(crate) fn index(&self, max: u64) -> Option<Vec<u8>> {
        read_of_git(&self.dir, "index", max)
    }

    /// The ignore rules that are not part of the repository's contents.
    pub(crate) fn exclude(&self, max: u64) -> Option<Vec<u8>> {
        read_of_git(&self.common, "info/exclude", max)
    }

    /// Whether object names have 32 bytes instead of 20.
    pub(crate) fn is_sha256(&self) -> bool {
        let config = read_of_git(&self.common, "config", 1 << 20).unwrap_or_default();
        String::from_utf8_lossy(&config).lines().any(|line| {
            let line = line.to_ascii_lowercase();
            line.split_once('=').is_some_and(|(k, v)| k.trim() == "objectformat" && v.trim() == "sha256")
        })
    }
}

fn path_of(text: &[u8]) -> Option<PathBuf> {
    let text = text.trim_ascii();
    (!text.is_empty()).then(|| PathBuf::from(std::ffi::OsStr::from_bytes(text)))
}

/// The user's global ignore file: git's `core.excludesFile`, or its default place. It need not exist.
///
/// It is looked up in the environment, so it is the caller's to ask and to pass on in
/// [`Options`](crate::Options): discovery itself depends on nothing that is not told.
pub fn global_ignore_file() -> Option<PathBuf> {
    ignore::gitignore::gitconfig_excludes_path()
}
