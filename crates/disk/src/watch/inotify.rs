//! What does Linux say about changes?
//!
//! A thin layer over inotify: one queue, one watch per folder, events in the order in which things happened. The
//! only file that knows inotify; its [`Event`]s would fit another system's queue as well.

use super::event::{Event, What};
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;

/// What matters about a folder that is searched.
const FOLDER: WatchFlags =
    WatchFlags::MODIFY.union(WatchFlags::ATTRIB).union(OUTSIDE).union(WatchFlags::EXCL_UNLINK);
/// What matters about a few names in a busy folder. Writing counts when it is done: the folder may be the system's
/// own for temporary files.
const OUTSIDE: WatchFlags = WatchFlags::CLOSE_WRITE
    .union(WatchFlags::CREATE)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MOVE)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MOVE_SELF)
    .union(WatchFlags::ONLYDIR);

/// Room for some hundred events.
const BUFFER: usize = 64 << 10;

/// The kernel's queue of events.
#[derive(Debug)]
pub(super) struct Queue {
    inotify: OwnedFd,
    /// Wakes the thread that waits for events.
    wake: OwnedFd,
}

impl Queue {
    pub(super) fn open() -> Result<Queue, Errno> {
        let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Queue { inotify, wake })
    }

    /// Watches the open folder `dir`, which was found at `path`.
    ///
    /// The folder is named by its handle, so that it is the one that is listed afterwards, whoever renames what
    /// meanwhile; by its path only where `/proc` is not mounted.
    pub(super) fn add_folder(&self, dir: &OwnedFd, path: &Path) -> Result<i32, Errno> {
        let handle = format!("/proc/self/fd/{}", dir.as_raw_fd());
        match inotify::add_watch(&self.inotify, handle, FOLDER) {
            Err(Errno::NOENT) => inotify::add_watch(&self.inotify, path, FOLDER | WatchFlags::DONT_FOLLOW),
            result => result,
        }
    }

    /// Watches a folder outside the root for some of its names. Links are followed: the place is the user's own.
    pub(super) fn add_outside(&self, path: &Path) -> Result<i32, Errno> {
        // The folder may be a searched one; what is asked of it already must stay.
        inotify::add_watch(&self.inotify, path, OUTSIDE | WatchFlags::MASK_ADD)
    }

    pub(super) fn remove(&self, watch: i32) {
        // It may have ended by itself.
        let _ = inotify::remove_watch(&self.inotify, watch);
    }

    /// Waits for events; false when there will be no more, because [`Queue::close`] was called.
    pub(super) fn wait(&self) -> Result<bool, Errno> {
        let mut fds = [PollFd::new(&self.inotify, PollFlags::IN), PollFd::new(&self.wake, PollFlags::IN)];
        match poll(&mut fds, None) {
            Ok(_) | Err(Errno::INTR) => Ok(!fds[1].revents().intersects(PollFlags::IN)),
            Err(error) => Err(error),
        }
    }

    pub(super) fn close(&self) {
        let _ = rustix::io::write(&self.wake, &1u64.to_ne_bytes());
    }

    /// Takes events off the queue until it is empty; `batch` is called with a function that gives some at a time.
    pub(super) fn drain(
        &self,
        mut batch: impl FnMut(&mut dyn FnMut(&mut dyn FnMut(Event<'_>))),
    ) -> Result<(), Errno> {
        let mut buffer = vec![MaybeUninit::uninit(); BUFFER];
        let mut reader = Reader::new(self.inotify.as_fd(), &mut buffer);
        let mut result = Ok(true);
        while let Ok(true) = result {
            batch(&mut |take| result = read_some(&mut reader, take));
        }
        result.map(drop)
    }
}

/// Reads once and gives what came; false if nothing did.
fn read_some(reader: &mut Reader<'_, impl AsFd>, take: &mut dyn FnMut(Event<'_>)) -> Result<bool, Errno> {
    loop {
        let event = match reader.next() {
            Ok(event) => event,
            Err(Errno::AGAIN) => return Ok(false),
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error),
        };
        let flags = event.events();
        take(Event {
            watch: event.wd(),
            name: event.file_name().map_or(&b""[..], |name| name.to_bytes()),
            is_dir: flags.contains(ReadFlags::ISDIR),
            what: what(flags),
        });
        if reader.is_buffer_empty() {
            return Ok(true);
        }
    }
}

fn what(flags: ReadFlags) -> What {
    let has = |flag| flags.intersects(flag);
    if has(ReadFlags::QUEUE_OVERFLOW) {
        What::Lost
    } else if has(ReadFlags::IGNORED | ReadFlags::UNMOUNT) {
        What::Ended
    } else if has(ReadFlags::MOVE_SELF | ReadFlags::DELETE_SELF) {
        What::Displaced
    } else if has(ReadFlags::MOVED_TO) {
        What::MovedIn
    } else if has(ReadFlags::CREATE) {
        What::Created
    } else if has(ReadFlags::MOVED_FROM | ReadFlags::DELETE) {
        What::Left
    } else if has(ReadFlags::ATTRIB) {
        What::Attributes
    } else {
        What::Written
    }
}
