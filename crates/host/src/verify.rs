//! Is the state that was kept by small steps the one that a fresh start gives?
//!
//! The fresh start reads nothing but the working tree, and the kept state is counted anew row by row: neither the
//! digests that were maintained nor anything that was remembered is taken on trust.

use std::collections::BTreeMap;

use lodemap_base::RelPath;
use lodemap_engine::Snapshot;
use serde::Serialize;

use crate::error::HostError;
use crate::progress::Progress;
use crate::repository::{OpenOptions, Repository};

/// The result of a comparison with a fresh start.
#[derive(Clone, Debug, Serialize)]
pub struct Verified {
    /// Whether the two are the same, byte for byte.
    pub equal: bool,
    /// The digest of the state that was kept, counted anew.
    pub digest: String,
    /// The digest of the fresh start.
    pub scratch_digest: String,
    /// Files that had changed although nothing had told of it. They are in the state by now.
    pub missed: Vec<RelPath>,
    /// Rows of one state only: `-` was kept, `+` is fresh. The first fifty.
    pub differences: Vec<String>,
    /// How often files changed meanwhile, so that it had to be tried again.
    pub retries: usize,
}

const SHOWN: usize = 50;

impl Verified {
    /// The verdict for people.
    pub fn text(&self) -> String {
        let mut out = match self.equal {
            true => format!("equal to a build from scratch, digest {}\n", self.digest),
            false => format!(
                "NOT equal to a build from scratch: digest {}, from scratch {}\n",
                self.digest, self.scratch_digest
            ),
        };
        self.differences.iter().for_each(|d| out.push_str(&format!("  {d}\n")));
        self.missed.iter().for_each(|p| out.push_str(&format!("  missed until now: {p}\n")));
        out
    }
}

impl Repository {
    /// Compares the current state with a fresh start from the working tree; names what changed since it was last looked at.
    pub fn verify(&self, options: &OpenOptions, progress: &dyn Progress) -> Result<Verified, HostError> {
        // From the files alone: what was stored is not asked.
        let options = OpenOptions { cache: None, ..options.clone() };
        let scratch = Self::open_with(&options, Some(self.quarantine()), progress)?.snapshot();
        let kept = self.snapshot();
        let verified = self.install(|| compare(&kept, &scratch));
        Ok(Verified { missed: other_files(&kept, &scratch), ..verified })
    }
}

/// Holds two states against each other.
pub(crate) fn compare(kept: &Snapshot, scratch: &Snapshot) -> Verified {
    let (counted, fresh) = (kept.recount(), scratch.recount());
    let mut differences = Vec::new();
    for ((table, maintained), (_, counted)) in kept.digests().tables().iter().zip(counted.tables()) {
        if *maintained != counted {
            differences
                .push(format!("the digest of {table} was kept as {maintained} and counts as {counted}"));
        }
    }
    if counted != fresh {
        differences.extend(rows(kept, scratch));
        for ((table, kept), (_, fresh)) in counted.tables().iter().zip(fresh.tables()) {
            if *kept != fresh {
                differences.push(format!("the digest of {table} is {kept}, from scratch {fresh}"));
            }
        }
        differences.truncate(SHOWN);
    }
    Verified {
        equal: differences.is_empty(),
        digest: counted.whole(),
        scratch_digest: fresh.whole(),
        missed: vec![],
        differences,
        retries: 0,
    }
}

/// Rows of the canonical dumps that are in one of them only.
fn rows(kept: &Snapshot, scratch: &Snapshot) -> Vec<String> {
    let dump = |s: &Snapshot| {
        let mut out = Vec::new();
        s.dump(&mut out).expect("memory takes every byte");
        String::from_utf8_lossy(&out).into_owned()
    };
    let (kept, scratch) = (dump(kept), dump(scratch));
    let mut count: BTreeMap<&str, i64> = BTreeMap::new();
    kept.lines().for_each(|line| *count.entry(line).or_default() -= 1);
    scratch.lines().for_each(|line| *count.entry(line).or_default() += 1);
    let differ = count.into_iter().filter(|(_, n)| *n != 0);
    differ.map(|(line, n)| format!("{} {line}", if n < 0 { '-' } else { '+' })).take(SHOWN).collect()
}

/// Files that only one of two states has, or that are not the same in both.
pub(crate) fn other_files(a: &Snapshot, b: &Snapshot) -> Vec<RelPath> {
    let differs = |from: &Snapshot, to: &Snapshot, out: &mut Vec<RelPath>| {
        for file in from.world().files() {
            let other = to.world().file_at(file.path.as_str()).map(|id| to.world().file(id));
            let same = other.is_some_and(|o| {
                o.facts.hashes.content == file.facts.hashes.content
                    && o.class == file.class
                    && o.facts.lang == file.facts.lang
            });
            if !same {
                out.push(file.path.clone());
            }
        }
    };
    let mut out = Vec::new();
    differs(a, b, &mut out);
    differs(b, a, &mut out);
    let (old, new) = (a.world().manifests(), b.world().manifests());
    out.extend(old.keys().chain(new.keys()).filter(|p| old.get(*p) != new.get(*p)).cloned());
    out.sort();
    out.dedup();
    out
}
