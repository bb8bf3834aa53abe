//! How does a run end?
//!
//! The exit codes are public interface: scripts tell "nothing found" from "could not look" by them.

use lodemap_host::HostError;
use lodemap_wire::Problem;
use std::io;

pub(crate) const ANSWERED: u8 = 0;
pub(crate) const NOTHING_FOUND: u8 = 1;
pub(crate) const USAGE: u8 = 2;
pub(crate) const UNUSABLE: u8 = 3;
pub(crate) const IO: u8 = 4;
pub(crate) const INTERRUPTED: u8 = 130;

/// Every exit code, and what it means.
pub const EXIT_CODES: &[(u8, &str)] = &[
    (ANSWERED, "answered"),
    (NOTHING_FOUND, "nothing found"),
    (USAGE, "wrong usage"),
    (UNUSABLE, "the index is unusable and could not be rebuilt"),
    (IO, "reading or writing failed, or was not permitted"),
    (75, "busy; try again later"),
    (INTERRUPTED, "interrupted"),
];

/// What a command that could do its work has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Answered,
    NothingFound,
}

/// Why a command could not do its work, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: u8,
    /// For stderr; none where there is nobody left to tell.
    pub(crate) message: Option<String>,
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: USAGE, message: Some(message.into()) }
    }

    /// Standard output could not be written to. A reader that has seen enough (`| head`) is no failure.
    pub(crate) fn output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { code: ANSWERED, message: None };
        }
        let message = format!("standard output cannot be written to ({error}); write to another place");
        Self { code: IO, message: Some(message) }
    }
}

impl From<HostError> for Failure {
    fn from(error: HostError) -> Self {
        Self { code: error.exit_code(), message: Some(error.to_string()) }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self { code: problem.kind.exit_code(), message: Some(problem.message) }
    }
}
