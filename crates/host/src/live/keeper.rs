//! When is a state kept for the next run?
//!
//! Once it rests: a process that is killed then leaves what the next one begins with. It is written on a thread of its
//! own, so that nobody waits for it.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Shared, lock};

/// A state rests when nothing followed it for so long.
const REST: Duration = Duration::from_secs(3);
/// One that never rests is kept all the same after so long.
const LONGEST: Duration = Duration::from_secs(60);

/// Keeps states.
#[derive(Default)]
pub(super) struct Keeper {
    /// When the first and the last state came that are not kept.
    waiting: Option<(Instant, Instant)>,
    writing: Option<JoinHandle<()>>,
}

impl Keeper {
    /// There is a new state.
    pub(super) fn note(&mut self) {
        let now = Instant::now();
        self.waiting = Some((self.waiting.map_or(now, |(first, _)| first), now));
    }

    /// When something is to be kept.
    pub(super) fn due(&self) -> Option<Instant> {
        self.waiting.map(|(first, last)| (last + REST).min(first + LONGEST))
    }

    /// Keeps the current state; where the last one is still being written, later.
    pub(super) fn keep(&mut self, shared: &Shared) {
        if self.writing.as_ref().is_some_and(|writing| !writing.is_finished()) {
            return self.note();
        }
        self.waiting = None;
        let save = lock(&shared.repository).saver(false);
        // Where there is no thread to be had, the end of the run keeps it.
        self.writing = std::thread::Builder::new().name("lodemap-keeper".into()).spawn(save).ok();
    }

    /// Waits for what is being written.
    pub(super) fn finish(&mut self) {
        if let Some(writing) = self.writing.take() {
            // One that panicked has nothing more to say.
            _ = writing.join();
        }
    }
}
