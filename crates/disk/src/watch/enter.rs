//! How is a folder watched?
//!
//! Before it is listed, by a handle on the very folder, and each time anew: asking for a watch that is there already
//! costs a few microseconds, and finds out about a folder that took another's place.

use super::Watcher;
use crate::folders::{Folders, Outside};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

impl Folders for Watcher {
    fn enter(&self, folder: &[u8]) {
        let path = Path::new(OsStr::from_bytes(folder));
        // Opened outside the lock, which is held by everybody who enters a folder.
        let dir = self.shared.root.open_dir(path);
        let mut state = self.shared.lock();
        let queue = self.shared.queue.as_ref().filter(|_| !self.shared.is_blind(&state));
        let result = match (queue, dir) {
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
        let mut state = self.shared.lock();
        let Some(queue) = self.shared.queue.as_ref().filter(|_| !self.shared.is_blind(&state)) else {
            return;
        };
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
