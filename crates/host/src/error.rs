//! Why a repository cannot be opened, or compared.

use lodemap_disk::RootError;
use thiserror::Error;

/// Why a repository cannot be opened or compared, and what to do next.
#[derive(Debug, Error)]
pub enum HostError {
    /// The root cannot or should not be opened.
    #[error(transparent)]
    Root(#[from] RootError),
    /// The worker threads cannot be started.
    #[error("cannot start worker threads: {0}; try `--jobs 1`")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// A thread of our own cannot be started.
    #[error("cannot start a thread: {0}; close other programs and try again")]
    Thread(std::io::Error),
    /// There is no place for what a watcher needs.
    #[error(
        "cannot make a folder for temporary files: {0}; free space, or set TMPDIR to a folder that can be written to"
    )]
    Cookies(std::io::Error),
    /// Words cannot be looked up.
    #[error("{0}; `lodemap index --full` makes it anew")]
    Search(#[from] lodemap_search::SearchError),
    /// Git is not there, or cannot be run.
    #[error("cannot run git: {0}; install it, or pass a diff on standard input with `--diff -`")]
    NoGit(std::io::Error),
    /// Git does not know the revision, or the repository.
    #[error(
        "git cannot compare with `{revision}`: {reason}; give a commit, branch or tag, or a diff with `--diff -`"
    )]
    Revision {
        /// What was asked for.
        revision: String,
        /// What git says.
        reason: String,
    },
}

impl HostError {
    /// The exit code of the contract: 2 for a root that is refused, 4 for one that cannot be read.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Root(RootError::Dangerous { .. }) | Self::Revision { .. } => 2,
            Self::Search(_) => 3,
            Self::Root(_) | Self::Threads(_) | Self::Thread(_) | Self::Cookies(_) | Self::NoGit(_) => 4,
        }
    }
}
