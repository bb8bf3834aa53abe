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
mod enter;
mod event;
mod health;
#[cfg(target_os = "linux")]
mod inotify;
#[cfg(not(target_os = "linux"))]
#[path = "watch/polling.rs"]
mod inotify;
mod shared;
mod table;

pub use barrier::Lagging;
pub use health::WatchHealth;

use crate::quiet::Quiet;
use crate::{Dirty, Root};
use health::{Trouble, remote};
use inotify::Queue;
use lodemap_base::RelPath;
use rustix::io::Errno;
use shared::{Shared, State, now};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

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

impl Watcher {
    /// Starts to watch `root`; its folders are watched as they are [entered](crate::Folders::enter).
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
            // Before folders use up the watches that there are; where it fails, barriers try again and say why.
            let _ = shared.watch_cookies();
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

/// The name of the root's file system, if it does not tell of all changes.
fn remote_system(root: &Root) -> Option<&'static str> {
    remote(rustix::fs::fstatfs(root.fd()).ok()?.f_type as u64)
}
