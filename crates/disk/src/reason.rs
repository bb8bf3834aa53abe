//! In what words is an entry passed over?

use crate::rules::Hit;
use rustix::io::Errno;

/// Something that was not as it should be, but did not stop discovery.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Problem {
    /// The file or folder: relative to the root, or absolute where it lies outside.
    pub place: String,
    /// What is wrong with it.
    pub what: String,
}

/// Why an entry is passed over.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SkipReason {
    /// An ignore file says so.
    Ignored,
    /// It is a dotfile.
    Hidden,
    /// A built-in rule says so.
    Default,
    /// It is git's own.
    GitFolder,
    /// It is a symbolic link; links are never followed, what they point to is found under its own path.
    Symlink,
    /// It is a pipe, a socket or a device.
    Special,
    /// It is a repository of its own, or a submodule.
    NestedRepository,
    /// Another file system is mounted there.
    OtherDevice,
    /// The system refused to read it.
    Unreadable,
    /// It is not there.
    Missing,
}

impl SkipReason {
    /// A sentence's worth of it, to follow the path.
    pub fn as_str(self) -> &'static str {
        match self {
            SkipReason::Ignored => "ignored by an ignore file",
            SkipReason::Hidden => "hidden: its name starts with a dot",
            SkipReason::Default => "passed over by a built-in rule",
            SkipReason::GitFolder => "git's own",
            SkipReason::Symlink => "a symbolic link, which is not followed",
            SkipReason::Special => "a pipe, a socket or a device",
            SkipReason::NestedRepository => "a repository of its own",
            SkipReason::OtherDevice => "on another file system",
            SkipReason::Unreadable => "not readable",
            SkipReason::Missing => "not there",
        }
    }
}

/// A reason, with the rule behind it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Cause {
    pub(crate) reason: SkipReason,
    pub(crate) rule: Option<String>,
    pub(crate) source: Option<String>,
    /// What the system said.
    pub(crate) error: Option<String>,
}

impl Cause {
    pub(crate) fn new(reason: SkipReason) -> Self {
        Cause { reason, rule: None, source: None, error: None }
    }

    pub(crate) fn by_default(rule: &str) -> Self {
        Cause { rule: Some(rule.to_owned()), ..Cause::new(SkipReason::Default) }
    }

    pub(crate) fn ignored(hit: Hit<'_>) -> Self {
        Cause { rule: Some(hit.rule()), source: Some(hit.source()), ..Cause::new(SkipReason::Ignored) }
    }

    pub(crate) fn failed(error: Errno) -> Self {
        let reason = match error {
            Errno::NOENT | Errno::NOTDIR => SkipReason::Missing,
            Errno::LOOP | Errno::XDEV => SkipReason::Symlink,
            _ => SkipReason::Unreadable,
        };
        Cause { error: Some(std::io::Error::from(error).to_string()), ..Cause::new(reason) }
    }
}
