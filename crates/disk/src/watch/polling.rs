//! What does a system say about changes that has no queue we know? Nothing: its folders are polled.

use super::event::Event;
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::path::Path;

/// Never opened.
#[derive(Debug)]
pub(super) enum Queue {}

impl Queue {
    pub(super) fn open() -> Result<Queue, Errno> {
        Err(Errno::NOSYS)
    }

    pub(super) fn add_folder(&self, _dir: &OwnedFd, _path: &Path) -> Result<i32, Errno> {
        match *self {}
    }

    pub(super) fn add_outside(&self, _path: &Path) -> Result<i32, Errno> {
        match *self {}
    }

    pub(super) fn remove(&self, _watch: i32) {
        match *self {}
    }

    pub(super) fn wait(&self) -> Result<bool, Errno> {
        match *self {}
    }

    pub(super) fn close(&self) {
        match *self {}
    }

    pub(super) fn drain(
        &self,
        _batch: impl FnMut(&mut dyn FnMut(&mut dyn FnMut(Event<'_>))),
    ) -> Result<(), Errno> {
        match *self {}
    }
}
