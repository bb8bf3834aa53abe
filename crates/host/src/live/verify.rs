//! Holding what is live against a fresh start, while files go on changing.

use std::time::Duration;

use super::Live;
use crate::error::HostError;
use crate::progress::Progress;
use crate::repository::{OpenOptions, Repository};
use crate::verify::{Verified, compare, other_files};

/// A repository that never rests cannot be compared with anything.
const TRIES: usize = 10;
const WAIT: Duration = Duration::from_secs(60);

impl Live {
    /// Compares the current state with a fresh start. Files that change meanwhile make it try again; changes that were
    /// missed are named, taken in, and the comparison is made with them.
    pub fn verify(&self, progress: &dyn Progress) -> Result<Verified, HostError> {
        // From the files alone: what was stored is not asked.
        let options = OpenOptions { cache: None, ..self.open_options() };
        let quarantine = self.with_repository(Repository::quarantine);
        let mut missed = Vec::new();
        for retries in 0.. {
            let before = self.fresh(WAIT);
            let scratch = Repository::open_with(&options, Some(quarantine.clone()), progress)?.snapshot();
            let after = self.fresh(WAIT);
            let moved = before.snapshot.generation() != after.snapshot.generation();
            if (moved || before.stale || after.stale) && retries < TRIES {
                continue;
            }
            let unseen = other_files(&before.snapshot, &scratch);
            if !unseen.is_empty() && !moved && retries < TRIES {
                missed.extend(unseen);
                self.reconcile(WAIT);
                continue;
            }
            missed.sort();
            missed.dedup();
            let verified = self.with_repository(|r| r.install(|| compare(&before.snapshot, &scratch)));
            return Ok(Verified { missed, retries, ..verified });
        }
        unreachable!("the last try returns")
    }
}
