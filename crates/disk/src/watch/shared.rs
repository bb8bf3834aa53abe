//! What do the watcher's users and its thread share, and how does the thread work?
//!
//! One lock for all: what an event means depends on what its watch stands for at that moment, so a watch must be
//! noted before its first event is read.

use super::barrier;
use super::event::{Effect, fold};
use super::health::Trouble;
use super::inotify::Queue;
use super::table::Table;
use crate::{Dirty, Root};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What the watcher and its thread share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) root: Arc<Root>,
    /// Where cookies are put.
    pub(super) cookies: PathBuf,
    /// None where the system has none to give.
    pub(super) queue: Option<Queue>,
    pub(super) state: Mutex<State>,
    /// Told of every new hint, cookie and end.
    pub(super) changed: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) dirty: Dirty,
    /// When the first and the last of the hints came.
    pub(super) times: Option<(Instant, Instant)>,
    pub(super) table: Table,
    /// Searched folders that are not watched.
    pub(super) polled: BTreeSet<Box<[u8]>>,
    /// Whether a place outside the root could not be watched.
    pub(super) outside_polled: bool,
    pub(super) trouble: Option<Trouble>,
    pub(super) overflows: u64,
    pub(super) errors: u64,
    pub(super) barrier: barrier::State,
    pub(super) paused: bool,
    pub(super) called: bool,
    pub(super) closed: bool,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a change, at most for `time`.
    pub(super) fn wait<'a>(
        &self,
        state: MutexGuard<'a, State>,
        time: Option<Duration>,
    ) -> MutexGuard<'a, State> {
        match time {
            None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some(time) => self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0,
        }
    }

    /// Whether no event will ever come.
    pub(super) fn is_blind(&self, state: &State) -> bool {
        self.queue.is_none() || matches!(state.trouble, Some(Trouble::Broken(_)))
    }

    pub(super) fn unwatch(&self, idle: impl IntoIterator<Item = i32>) {
        for watch in idle {
            self.queue.iter().for_each(|queue| queue.remove(watch));
        }
    }

    /// Empties the queue until the watcher is closed.
    pub(super) fn read_events(&self) {
        let Some(queue) = &self.queue else { return };
        loop {
            match queue.wait() {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => return self.break_off(error),
            }
            let mut state = self.lock();
            while state.paused && !state.closed {
                state = self.wait(state, None);
            }
            drop(state);
            // Locked for some hundred events at a time, so that others get their turn.
            let result = queue.drain(|events| {
                let mut state = self.lock();
                let mut stir = false;
                events(&mut |event| {
                    let State { dirty, table, barrier, .. } = &mut *state;
                    let effect = fold(&event, table, &mut barrier.waiting, dirty);
                    stir |= effect != Effect::Nothing;
                    match effect {
                        Effect::Lost => {
                            state.overflows += 1;
                            state.barrier.give_all();
                        }
                        Effect::NoCookies => state.barrier.lose_folder(),
                        Effect::Hint | Effect::Nothing => {}
                    }
                });
                if stir {
                    state.dirty.bound();
                    state.note(now());
                    self.changed.notify_all();
                }
            });
            if let Err(error) = result {
                return self.break_off(error);
            }
        }
    }

    /// There will be no more events: everything is polled from now on.
    pub(super) fn break_off(&self, error: Errno) {
        let mut state = self.lock();
        state.errors += 1;
        state.trouble = Some(Trouble::Broken(error));
        let watched: Vec<Box<[u8]>> = state.table.paths().map(|path| (**path).into()).collect();
        state.polled.extend(watched);
        state.table = Table::default();
        state.dirty.everything = true;
        state.note(now());
        state.barrier.give_all();
        self.changed.notify_all();
    }
}

impl State {
    /// A hint came at `moment`.
    pub(super) fn note(&mut self, moment: Instant) {
        if !self.dirty.is_empty() {
            self.times = Some((self.times.map_or(moment, |(first, _)| first), moment));
        }
    }

    /// A folder could not be watched.
    pub(super) fn refused(&mut self, error: Option<Errno>) {
        match error {
            None => {}
            Some(Errno::NOSPC | Errno::NOMEM | Errno::MFILE | Errno::NFILE) => {
                self.trouble = Some(Trouble::Full);
            }
            Some(error) => {
                self.errors += 1;
                self.trouble.get_or_insert(Trouble::Refused(error));
            }
        }
    }
}

#[cfg_attr(not(test), expect(clippy::disallowed_methods, reason = "only decides how long to wait"))]
pub(super) fn now() -> Instant {
    Instant::now()
}
