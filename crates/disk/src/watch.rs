//! What changed since we last looked?
//!
//! A [`Watcher`] watches each searched folder by itself, before it is listed, and turns the system's events into
//! [`Dirty`] hints. It never lists or reads anything: its one thread only empties the system's queue, so that the
//! queue hardly ever runs over; if it does, the hint is that everything may have changed. What cannot be watched is
//! named by [`Watcher::poll`], so that nothing is ever silently unwatched.
//!
//! A [`barrier`](Watcher::barrier) makes hints complete: it puts a file into a folder of its own, watched through
//! the same queue, and waits until that file is seen. Everything that was written before is then among the hints.

mod barrier;
mod event;
mod health;
#[cfg(target_os = "linux")]
mod inotify;
#[cfg(not(target_os = "linux"))]
#[path = "watch/polling.rs"]
mod inotify;
mod table;

pub use barrier::Lagging;
pub use health::WatchHealth;

use crate::folders::{Folders, Outside};
use crate::quiet::Quiet;
use crate::{Dirty, Root};
use event::{Effect, fold};
use health::{Trouble, remote};
use inotify::Queue;
use lodemap_base::RelPath;
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use table::Table;

/// Watches the folders of a root.
#[derive(Debug)]
pub struct Watcher {
    shared: Arc<Shared>,
    reader: Option<JoinHandle<()>>,
}

/// Why [`Watcher::wait`] came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Woken {
    /// There are hints to take.
    Dirty,
    /// Somebody called.
    Called,
    /// The deadline passed.
    Timeout,
    /// The watcher was closed.
    Closed,
}

/// What the watcher and its thread share.
#[derive(Debug)]
struct Shared {
    root: Arc<Root>,
    /// Where cookies are put.
    cookies: PathBuf,
    /// None where the system has none to give.
    queue: Option<Queue>,
    state: Mutex<State>,
    /// Told of every new hint, cookie and end.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    dirty: Dirty,
    /// When the first and the last of the hints came.
    times: Option<(Instant, Instant)>,
    table: Table,
    /// Searched folders that are not watched.
    polled: BTreeSet<Box<[u8]>>,
    /// Whether a place outside the root could not be watched.
    outside_polled: bool,
    trouble: Option<Trouble>,
    overflows: u64,
    errors: u64,
    barrier: barrier::State,
    paused: bool,
    called: bool,
    closed: bool,
}

impl Watcher {
    /// Starts to watch `root`; its folders are watched as they are [entered](Folders::enter).
    ///
    /// `cookies` is a folder outside the repository that nobody else writes to; it is made if need be. Where the
    /// system offers no events, everything is polled; [`Watcher::health`] says so.
    pub fn open(root: Arc<Root>, cookies: &Path) -> Watcher {
        let (queue, trouble) = match (remote_system(&root), Queue::open()) {
            (Some(what), _) => (None, Some(Trouble::Remote(what))),
            (None, Ok(queue)) => (Some(queue), None),
            (None, Err(error)) => (None, Some(Trouble::NoQueue(error))),
        };
        let shared = Arc::new(Shared {
            root,
            cookies: cookies.to_owned(),
            queue,
            state: Mutex::new(State { trouble, ..State::default() }),
            changed: Condvar::new(),
        });
        let mut reader = None;
        if shared.queue.is_some() {
            let thread = std::thread::Builder::new().name("lodemap-watch".to_owned());
            let its = shared.clone();
            match thread.spawn(move || its.read_events()) {
                Ok(thread) => reader = Some(thread),
                Err(error) => shared.break_off(Errno::from_io_error(&error).unwrap_or(Errno::AGAIN)),
            }
        }
        Watcher { shared, reader }
    }

    /// Takes the hints that have come so far.
    pub fn take(&self) -> Dirty {
        let mut state = self.shared.lock();
        state.times = None;
        std::mem::take(&mut state.dirty)
    }

    /// Adds hints from elsewhere: a tool that wrote a file knows it before any event does.
    pub fn add(&self, dirty: Dirty) {
        if dirty.is_empty() {
            return;
        }
        let mut state = self.shared.lock();
        state.dirty.merge(dirty);
        state.note(now());
        self.shared.changed.notify_all();
    }

    /// The number of hints that wait to be taken.
    pub fn pending(&self) -> usize {
        self.shared.lock().dirty.len()
    }

    /// Hints at all that is not watched. To be merged into what [`Watcher::take`] gives wherever hints have to be
    /// complete. A folder that is looked at because of it is watched from then on if there is room.
    pub fn poll(&self) -> Dirty {
        let state = self.shared.lock();
        let outside = state.outside_polled;
        if self.shared.is_blind(&state) {
            return Dirty::everything();
        }
        let folders = state.polled.iter().filter_map(|path| RelPath::from_bytes(path)).collect();
        Dirty { folders, outer: outside, tracked: outside, ..Dirty::default() }
    }

    /// What is watched and what is not.
    pub fn health(&self) -> WatchHealth {
        let state = self.shared.lock();
        let (dirs, polled) = (state.table.folders(), state.polled.len());
        let blind = self.shared.is_blind(&state);
        let trouble = state.trouble.as_ref().filter(|_| blind || polled > 0 || state.outside_polled);
        WatchHealth {
            mode: match (blind, polled) {
                (true, _) => "polling",
                (false, 0) => "inotify",
                (false, _) => "mixed",
            },
            dirs,
            polled,
            overflows: state.overflows,
            errors: state.errors,
            problem: trouble.map(|trouble| trouble.text(polled)),
        }
    }

    /// Waits until there are hints to take.
    pub fn wait(&self, deadline: Option<Instant>) -> Woken {
        self.settle(Quiet { quiet: Duration::ZERO, longest: Duration::ZERO }, deadline)
    }

    /// Waits until there are hints to take and the batch is due.
    pub fn settle(&self, quiet: Quiet, deadline: Option<Instant>) -> Woken {
        let mut state = self.shared.lock();
        loop {
            if state.closed {
                return Woken::Closed;
            }
            if std::mem::take(&mut state.called) {
                return Woken::Called;
            }
            let moment = now();
            let batch = state.times.filter(|_| !state.dirty.is_empty());
            let due = batch.map(|(first, last)| quiet.wait(first, last, moment));
            if due == Some(None) {
                return Woken::Dirty;
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(moment));
            if left.is_some_and(|left| left.is_zero()) {
                return Woken::Timeout;
            }
            state = self.shared.wait(state, [due.flatten(), left].into_iter().flatten().min());
        }
    }

    /// When the first of the hints came that wait to be taken.
    pub fn since(&self) -> Option<Instant> {
        self.shared.lock().times.map(|(first, _)| first)
    }

    /// Makes the one who waits come back at once, for another reason than hints.
    pub fn call(&self) {
        self.shared.lock().called = true;
        self.shared.changed.notify_all();
    }

    /// Makes everybody who waits come back, for good.
    pub fn close(&self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }

    /// Keeps events in the system's queue as long as `paused` is set: for tests of what happens when it runs over.
    #[doc(hidden)]
    pub fn pause(&self, paused: bool) {
        self.shared.lock().paused = paused;
        self.shared.changed.notify_all();
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.close();
        if let Some(queue) = &self.shared.queue {
            queue.close();
        }
        if let Some(reader) = self.reader.take() {
            // A panic in it was told when it happened.
            let _ = reader.join();
        }
    }
}

impl Folders for Watcher {
    fn enter(&self, folder: &[u8]) {
        let path = Path::new(OsStr::from_bytes(folder));
        // Opened outside the lock, which is held by everybody who enters a folder.
        let dir = self.shared.root.open_dir(path);
        let mut state = self.shared.lock();
        let result = match (&self.shared.queue, dir) {
            (None, _) => Err(None),
            (Some(_), Err(error)) => Err(Some(error)),
            // The lock is held until the watch is noted, or the thread would not know its first events.
            (Some(queue), Ok(dir)) => {
                queue.add_folder(&dir, &self.shared.root.path().join(path)).map_err(Some)
            }
        };
        match result {
            Ok(watch) => {
                state.polled.remove(folder);
                let idle = state.table.set_folder(watch, folder);
                self.shared.unwatch(idle);
            }
            // It went away, or may not be looked at; the folder above hears of it when that changes.
            Err(Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV | Errno::ACCESS)) => {}
            Err(error) => {
                state.refused(error);
                state.polled.insert(folder.into());
            }
        }
    }

    fn leave(&self, folder: &[u8]) {
        let mut state = self.shared.lock();
        state.polled.remove(folder);
        let idle = state.table.leave(folder);
        self.shared.unwatch(idle);
    }

    fn outside(&self, places: &[Outside]) {
        let Some(queue) = &self.shared.queue else { return };
        let mut state = self.shared.lock();
        state.outside_polled = false;
        let mut names = Vec::new();
        for place in places {
            match queue.add_outside(&place.dir) {
                Ok(watch) => names.push((watch, place.name.as_bytes().into(), place.kind)),
                // Nothing can be read from there either, or not without a change above it.
                Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS | Errno::LOOP) => {}
                Err(error) => {
                    state.outside_polled = true;
                    state.refused(Some(error));
                }
            }
        }
        let idle = state.table.set_outside(names);
        self.shared.unwatch(idle);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a change, at most for `time`.
    fn wait<'a>(&self, state: MutexGuard<'a, State>, time: Option<Duration>) -> MutexGuard<'a, State> {
        match time {
            None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some(time) => self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0,
        }
    }

    /// Whether no event will ever come.
    fn is_blind(&self, state: &State) -> bool {
        self.queue.is_none() || matches!(state.trouble, Some(Trouble::Broken(_)))
    }

    fn unwatch(&self, idle: impl IntoIterator<Item = i32>) {
        for watch in idle {
            self.queue.iter().for_each(|queue| queue.remove(watch));
        }
    }

    /// Empties the queue until the watcher is closed.
    fn read_events(&self) {
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
    fn break_off(&self, error: Errno) {
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
    fn note(&mut self, moment: Instant) {
        if !self.dirty.is_empty() {
            self.times = Some((self.times.map_or(moment, |(first, _)| first), moment));
        }
    }

    /// A folder could not be watched.
    fn refused(&mut self, error: Option<Errno>) {
        match error {
            None => {}
            Some(Errno::NOSPC | Errno::NOMEM | Errno::MFILE | Errno::NFILE) => {
                self.trouble.get_or_insert(Trouble::Full);
            }
            Some(error) => {
                self.errors += 1;
                self.trouble.get_or_insert(Trouble::Refused(error));
            }
        }
    }
}

/// The name of the root's file system, if it does not tell of all changes.
fn remote_system(root: &Root) -> Option<&'static str> {
    remote(rustix::fs::fstatfs(root.fd()).ok()?.f_type as u64)
}

#[cfg_attr(not(test), expect(clippy::disallowed_methods, reason = "only decides how long to wait"))]
fn now() -> Instant {
    Instant::now()
}
