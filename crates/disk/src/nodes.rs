//! What is kept of each folder, so that a look at it again costs what changed?
//!
//! Its entries with the verdict on each, the rules that led to it and those in force in it. The files themselves
//! are kept beside, by path; see [`Inventory`](crate::Inventory).

use crate::folder::Step;
use crate::reason::Cause;
use crate::rules::Level;
use crate::survey::{Place, path_of};
use crate::{Discovery, Problem, SkipReason, Skipped, Stamp};
use lodemap_base::RelPath;
use rustix::fs::FileType;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The folders that were looked into, by path. Byte order keeps a folder's subtree together.
pub(crate) type Nodes = BTreeMap<Box<[u8]>, Node>;

/// A folder that was looked into.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) step: Step,
    /// What it holds, or why it is passed over.
    pub(crate) listed: Result<Listed, Arc<Cause>>,
}

/// What a folder holds.
#[derive(Debug)]
pub(crate) struct Listed {
    /// The rules in force in it.
    pub(crate) level: Arc<Level>,
    /// In the order of their names.
    pub(crate) entries: Vec<Kept>,
    /// What it looked like before it was listed; none where an equal stamp later would not prove an equal listing.
    pub(crate) stamp: Option<Stamp>,
    /// A hash of the texts of its rules.
    pub(crate) texts: u64,
    /// What was wrong with its rules.
    pub(crate) problems: Vec<Problem>,
}

/// An entry, and what became of it.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) name: Box<[u8]>,
    pub(crate) kind: FileType,
    pub(crate) ino: u64,
    pub(crate) verdict: Verdict,
}

#[derive(Debug)]
pub(crate) enum Verdict {
    /// Found; whether it is so only because git tracks it.
    File {
        by_git: bool,
    },
    /// A folder with a node of its own.
    Enter,
    Skip(Arc<Cause>),
}

impl Node {
    /// Whether only a change of the folder itself, or of its rules, can change what is known of it. Not so if it
    /// could not be looked at.
    pub(crate) fn is_settled(&self) -> bool {
        match &self.listed {
            Ok(_) => true,
            Err(cause) => matches!(cause.reason, SkipReason::NestedRepository | SkipReason::Default),
        }
    }

    /// What it holds, unless it is passed over.
    pub(crate) fn listed(&self) -> Option<&Listed> {
        self.listed.as_ref().ok()
    }
}

impl Listed {
    pub(crate) fn position(&self, name: &[u8]) -> Result<usize, usize> {
        self.entries.binary_search_by(|kept| (*kept.name).cmp(name))
    }

    pub(crate) fn entry(&self, name: &[u8]) -> Option<&Kept> {
        self.position(name).ok().map(|at| &self.entries[at])
    }

    /// What the verdicts on its entries depend on, if it was reached by `step`.
    pub(crate) fn place<'a>(&'a self, step: &'a Step) -> Place<'a> {
        Place { path: &step.path, level: &self.level, tracked_only: &step.tracked_only }
    }
}

/// The paths of `folder` and of all folders below it that have a node.
pub(crate) fn subtree(nodes: &Nodes, folder: &[u8]) -> Vec<Box<[u8]>> {
    if folder.is_empty() {
        return nodes.keys().cloned().collect();
    }
    let (first, end) = ([folder, b"/"].concat(), [folder, b"0"].concat());
    let itself = nodes.get_key_value(folder).map(|(path, _)| path.clone());
    let below = nodes.range(first.into_boxed_slice()..end.into_boxed_slice()).map(|(path, _)| path.clone());
    itself.into_iter().chain(below).collect()
}

/// Counts what was passed over in a folder.
pub(crate) fn tally(discovery: &mut Discovery, path: &[u8], listed: &Result<Listed, Arc<Cause>>) {
    match listed {
        Err(cause) => pass_over(discovery, || path.to_vec(), true, cause),
        Ok(listed) => {
            discovery.problems.extend_from_slice(&listed.problems);
            for kept in &listed.entries {
                if let Verdict::Skip(cause) = &kept.verdict {
                    let is_dir = kept.kind == FileType::Directory;
                    pass_over(discovery, || path_of(path, &kept.name), is_dir, cause);
                }
            }
        }
    }
}

fn pass_over(discovery: &mut Discovery, path: impl Fn() -> Vec<u8>, is_dir: bool, cause: &Cause) {
    match cause.reason {
        SkipReason::Ignored => discovery.ignored += 1,
        SkipReason::Hidden => discovery.hidden += 1,
        SkipReason::Default if !is_dir => discovery.by_default += 1,
        // It went away while we looked, or is no part of the tree.
        SkipReason::Missing | SkipReason::GitFolder => {}
        reason => {
            let Some(path) = RelPath::from_bytes(&path()) else { return };
            if let Some(error) = &cause.error {
                discovery.problems.push(Problem { place: path.to_string(), what: error.clone() });
            }
            let (rule, source) = (cause.rule.clone(), cause.source.clone());
            discovery.skipped.push(Skipped { path, reason, rule, source });
        }
    }
}
