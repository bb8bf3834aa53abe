//! Is this machine ready? One check a thing that can be amiss, each with what to do about it.

mod folders;
mod system;

use serde::Serialize;

/// What was found of one thing.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    /// What was looked at.
    pub(crate) name: &'static str,
    /// Whether all is well.
    pub(crate) ok: bool,
    /// What was found.
    pub(crate) value: String,
    /// What to do, where something is amiss.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) advice: Option<String>,
}

impl Check {
    fn fine(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, ok: true, value: value.into(), advice: None }
    }

    fn amiss(name: &'static str, value: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, ok: false, value: value.into(), advice: Some(advice.into()) }
    }
}

/// All checks, in the order in which they are told.
pub(crate) fn all(jobs: Option<u16>) -> Vec<Check> {
    let mut out = vec![system::version(), system::languages(), system::threads(jobs), system::git()];
    out.push(folders::cache());
    out.push(folders::sockets());
    out.push(folders::temporary());
    out.extend(system::inotify());
    out.push(system::open_files());
    out
}
