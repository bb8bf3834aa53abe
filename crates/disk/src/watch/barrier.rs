//! Have all events arrived that belong to what was written before?
//!
//! The system's queue keeps events in order. So a file is made in a folder that is watched through the same queue;
//! when it is seen, everything before it has been. Several barriers may wait at once, each for its own file.

use super::{Shared, Watcher, now};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Why hints may be incomplete.
#[derive(Debug, thiserror::Error)]
pub enum Lagging {
    /// Events are still on their way.
    #[error("events are more than {} ms behind; ask again, or look at everything", .0.as_millis())]
    Late(Duration),
    /// No file can be put where it would be seen.
    #[error("{place} cannot be used to wait for events ({error}); make it writable, or look at everything")]
    Broken {
        /// The folder of the cookies.
        place: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The watcher was closed.
    #[error("the watcher was closed; open the repository again")]
    Closed,
}

/// What barriers wait for.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The names of cookies that were made, or are about to be, and that nobody has seen.
    pub(super) waiting: BTreeSet<Vec<u8>>,
    /// Whether the folder of the cookies is watched.
    is_watched: bool,
}

impl State {
    /// Nothing has to be waited for any more: that everything may have changed is known.
    pub(super) fn give_all(&mut self) {
        self.waiting.clear();
    }

    /// Cookies can no longer be seen; those who wait make the folder again.
    pub(super) fn lose_folder(&mut self) {
        self.is_watched = false;
    }
}

/// Tells the cookies of one process apart, however many watchers it has.
static NUMBER: AtomicU64 = AtomicU64::new(0);

impl Watcher {
    /// Waits until all events of what was written before this call are among the hints of [`Watcher::take`].
    ///
    /// What is not watched is not waited for; [`Watcher::poll`] names it.
    pub fn barrier(&self, timeout: Duration) -> Result<(), Lagging> {
        let shared = &*self.shared;
        if shared.is_blind(&shared.lock()) {
            return Ok(());
        }
        let deadline = now() + timeout;
        loop {
            let cookie = Cookie::put(shared)?;
            if shared.seen(&cookie, deadline, timeout)? {
                return Ok(());
            }
        }
    }
}

/// A file that is removed in the end.
struct Cookie<'a> {
    shared: &'a Shared,
    name: Vec<u8>,
}

impl<'a> Cookie<'a> {
    fn put(shared: &'a Shared) -> Result<Self, Lagging> {
        let broken = |error: Errno| Lagging::Broken {
            place: shared.cookies.display().to_string(),
            error: error.into(),
        };
        // A folder that vanishes again and again is somebody's who does not want it there.
        for _ in 0..3 {
            shared.watch_cookies().map_err(broken)?;
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let cookie = Cookie { shared, name: format!("{}-{number}", std::process::id()).into_bytes() };
            // Noted first: it may be seen before the system says that it was made.
            shared.lock().barrier.waiting.insert(cookie.name.clone());
            let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
            match rustix::fs::open(cookie.path(), flags, Mode::RUSR | Mode::WUSR) {
                Ok(_) => return Ok(cookie),
                // One that a process of the same number left behind; dropping this removes it.
                Err(Errno::EXIST) => {}
                Err(Errno::NOENT | Errno::NOTDIR) => shared.lock().barrier.lose_folder(),
                Err(error) => return Err(broken(error)),
            }
        }
        Err(broken(Errno::NOENT))
    }

    fn path(&self) -> std::path::PathBuf {
        self.shared.cookies.join(std::ffi::OsStr::from_bytes(&self.name))
    }
}

impl Drop for Cookie<'_> {
    fn drop(&mut self) {
        self.shared.lock().barrier.waiting.remove(&self.name);
        // If it is gone already, so much the better.
        let _ = rustix::fs::unlink(self.path());
    }
}

impl Shared {
    /// Waits for a cookie; false if another has to be put because the folder was lost.
    fn seen(&self, cookie: &Cookie<'_>, deadline: Instant, timeout: Duration) -> Result<bool, Lagging> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return Err(Lagging::Closed);
            }
            if !state.barrier.waiting.contains(&cookie.name) {
                return Ok(true);
            }
            let left = deadline.saturating_duration_since(now());
            if left.is_zero() {
                return Err(Lagging::Late(timeout));
            }
            if !state.barrier.is_watched {
                return Ok(false);
            }
            state = self.wait(state, Some(left));
        }
    }

    /// Makes the folder of the cookies and watches it, unless that was done.
    pub(super) fn watch_cookies(&self) -> Result<(), Errno> {
        let Some(queue) = &self.queue else { return Ok(()) };
        let mut state = self.lock();
        if state.barrier.is_watched {
            return Ok(());
        }
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.cookies);
        made.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
        let watch = queue.add_outside(&self.cookies)?;
        let idle = state.table.set_cookies(watch);
        self.unwatch(idle);
        state.barrier.is_watched = true;
        Ok(())
    }
}
