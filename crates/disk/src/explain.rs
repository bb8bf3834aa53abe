//! Why is a path found, or not?
//!
//! Walks from the root to the path and asks at each step what [`discover`](crate::discover) asks.

use crate::reason::Cause;
use crate::surroundings::Surroundings;
use crate::survey::{Judged, Survey};
use crate::{Options, Root, SkipReason};
use lodemap_base::RelPath;
use std::os::unix::ffi::OsStrExt;

/// The answer about one path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Why {
    /// The path that was asked for.
    pub path: RelPath,
    /// Whether discovery finds it.
    pub indexed: bool,
    /// Why it does or does not.
    pub reason: String,
    /// The rule that decides: a line of an ignore file, or a built-in rule's name.
    pub rule: Option<String>,
    /// Where the rule stands: the file, relative to the root if it is below, and the line.
    pub source: Option<String>,
}

/// Tells why `path` is found by [`discover`](crate::discover) with the same `options`, or why not.
pub fn explain(root: &Root, path: &RelPath, options: &Options) -> Why {
    let around = Surroundings::load(root, options, &|_| {});
    let survey = Survey { root, options, around: &around };
    let os = path.to_os();
    let wanted = os.as_os_str().as_bytes();
    let mut step = survey.first();
    loop {
        let path_here = step.path.clone();
        let here = match survey.enter(&step) {
            Ok(here) => here,
            Err(cause) => return passed_over(path, &path_here, &cause),
        };
        if path_here == wanted {
            return Why::plain(path, false, "a folder that is searched; only files are indexed");
        }
        let rest = if path_here.is_empty() { wanted } else { &wanted[path_here.len() + 1..] };
        let name = rest.split(|b| *b == b'/').next().unwrap_or_default();
        let is_last = name.len() == rest.len();
        let Some(entry) = here.folder.entry(name) else {
            return Why::plain(path, false, SkipReason::Missing.as_str());
        };
        match survey.judge(&here, entry) {
            Judged::Enter(next) => step = next,
            Judged::Skip(cause) => return passed_over(path, &here.folder.path_of(name), &cause),
            Judged::File(..) if !is_last => return Why::plain(path, false, SkipReason::Missing.as_str()),
            Judged::File(_, None) => return Why::plain(path, true, "a file that no rule excludes"),
            Judged::File(_, Some(cause)) => {
                let reason = "tracked by git although an ignore file excludes it";
                let (rule, source) = (cause.rule.clone(), cause.source.clone());
                return Why { rule, source, ..Why::plain(path, true, reason) };
            }
        }
    }
}

impl Why {
    fn plain(path: &RelPath, indexed: bool, reason: &str) -> Self {
        Why { path: path.clone(), indexed, reason: reason.to_owned(), rule: None, source: None }
    }
}

/// The answer for `path`, where `at` (it, or a folder above it) is passed over.
fn passed_over(path: &RelPath, at: &[u8], cause: &Cause) -> Why {
    let mut reason = cause.reason.as_str().to_owned();
    if let Some(error) = &cause.error {
        reason = format!("{reason}: {error}");
    }
    match RelPath::from_bytes(at) {
        Some(at) if at != *path => reason = format!("below {at}, which is {reason}"),
        _ => {}
    }
    let (rule, source) = (cause.rule.clone(), cause.source.clone());
    Why { path: path.clone(), indexed: false, reason, rule, source }
}
