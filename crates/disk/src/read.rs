//! What does a file say now?
//!
//! Opening is confined by the kernel where it can be (`openat2`), and by hand, folder by folder, where it
//! cannot. A file is read between two looks at its stamp, and again where the clock is too coarse for that.

use crate::Root;
use lodemap_base::RelPath;
use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the file system says of a file without reading it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Stamp {
    /// In bytes.
    pub size: u64,
    /// Time of the last write, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Time of the last change of contents or metadata; programs cannot set it.
    pub ctime_ns: i64,
    /// The inode: a replaced file has another one.
    pub ino: u64,
    /// Whether anybody may execute it.
    pub mode_exec: bool,
}

impl Stamp {
    pub(crate) fn of(stat: &Stat) -> Self {
        let ns = |s: i64, n: i64| s.saturating_mul(1_000_000_000).saturating_add(n);
        Stamp {
            size: stat.st_size as u64,
            mtime_ns: ns(stat.st_mtime, stat.st_mtime_nsec as i64),
            ctime_ns: ns(stat.st_ctime, stat.st_ctime_nsec as i64),
            ino: stat.st_ino,
            mode_exec: stat.st_mode & 0o111 != 0,
        }
    }

    /// Whether the file changed so lately that another write could leave the same stamp.
    #[cfg_attr(not(test), expect(clippy::disallowed_methods, reason = "only decides whether to read twice"))]
    pub(crate) fn is_racy(&self) -> bool {
        self.is_racy_at(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO))
    }

    /// The same at a time since 1970. A stamp from the future, which a clock that was set back leaves, proves nothing
    /// either.
    fn is_racy_at(&self, now: Duration) -> bool {
        // Some file systems know no parts of a second, and some count in pairs of them.
        let is_coarse = self.ctime_ns % 1_000_000_000 == 0;
        let tick = if is_coarse { COARSE_TICK } else { CLOCK_TICK };
        self.ctime_ns > now.saturating_sub(tick).as_nanos() as i64
    }
}

/// The contents of a file, and the stamp they belong to.
#[derive(Clone, Debug)]
pub struct FileRead {
    /// The contents.
    pub bytes: Vec<u8>,
    /// What the file system said before and after they were read.
    pub stamp: Stamp,
    /// Whether the file was so fresh that an equal stamp later does not prove equal contents.
    pub racy: bool,
}

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is nothing of that name.
    #[error("{0} does not exist")]
    Missing(RelPath),
    /// It, or a folder on the way to it, is a symbolic link.
    #[error("{0} is reached through a symbolic link, and links are not followed")]
    Symlink(RelPath),
    /// It is a folder, a pipe, a socket or a device.
    #[error("{0} is not a regular file")]
    NotRegular(RelPath),
    /// It is larger than the caller wants.
    #[error("{path} has {size} bytes, which is too large")]
    TooLarge {
        /// The file.
        path: RelPath,
        /// Its size.
        size: u64,
    },
    /// It was written to all the while.
    #[error("{0} kept changing while it was read; try again when it is at rest")]
    Unstable(RelPath),
    /// The system refused.
    #[error("{path} cannot be read: {error}")]
    Io {
        /// The file.
        path: RelPath,
        /// What the system said.
        error: std::io::Error,
    },
}

/// How coarse the clock of a file system may be: kernels stamp files once a timer tick (1-10 ms).
const CLOCK_TICK: Duration = Duration::from_millis(20);
const COARSE_TICK: Duration = Duration::from_millis(2_020);
const ATTEMPTS: u32 = 8;

impl Root {
    /// Reads the regular file `path`, unless it is larger than `max` bytes.
    ///
    /// The bytes are those of one moment as far as the file system can tell: the stamp is equal before and
    /// after, and where the file is so fresh that a stamp proves nothing, a second reading gave the same bytes.
    /// That second reading can meet the same half-done write, if its writer waits for a core: what is `racy` must
    /// be read again before it is trusted.
    pub fn read(&self, path: &RelPath, max: u64) -> Result<FileRead, ReadError> {
        let os = path.to_os();
        for attempt in 0..ATTEMPTS {
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            let fd = beneath(self.fd(), &os, flags).map_err(|e| open_error(path, e))?;
            match read_once(fd, max) {
                Ok(Outcome::Read(read)) => return Ok(read),
                Ok(Outcome::NotRegular) => return Err(ReadError::NotRegular(path.clone())),
                Ok(Outcome::TooLarge(size)) => return Err(ReadError::TooLarge { path: path.clone(), size }),
                Ok(Outcome::Changed) => std::thread::sleep(Duration::from_millis(u64::from(attempt))),
                Err(error) => return Err(ReadError::Io { path: path.clone(), error }),
            }
        }
        Err(ReadError::Unstable(path.clone()))
    }

    /// Opens a folder for listing.
    pub(crate) fn open_dir(&self, path: &Path) -> Result<OwnedFd, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        beneath(self.fd(), path, flags)
    }
}

/// Reads a file of the user's own configuration, wherever it is; links are followed, for people keep their
/// settings behind links. `None` if it is not there, not regular, too large or not readable.
pub(crate) fn read_outside(path: &Path, max: u64) -> Option<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match read_once(rustix::fs::open(path, flags, Mode::empty()).ok()?, max).ok()? {
        Outcome::Read(read) => Some(read.bytes),
        _ => None,
    }
}

/// Reads a file of git's own, below a folder that itself is reached by the path that git would take; from there on no
/// link is followed, for whoever made the folder may have made the link. `None` as above.
pub(crate) fn read_of_git(dir: &Path, below: &str, max: u64) -> Option<Vec<u8>> {
    let folder = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let dir = rustix::fs::open(dir, folder, Mode::empty()).ok()?;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match read_once(beneath(&dir, Path::new(below), flags).ok()?, max).ok()? {
        Outcome::Read(read) => Some(read.bytes),
        _ => None,
    }
}

fn open_error(path: &RelPath, error: Errno) -> ReadError {
    match error {
        Errno::NOENT | Errno::NOTDIR => ReadError::Missing(path.clone()),
        Errno::LOOP | Errno::XDEV => ReadError::Symlink(path.clone()),
        // What opening a socket, or a device without a driver, says.
        Errno::NXIO | Errno::NODEV => ReadError::NotRegular(path.clone()),
        error => ReadError::Io { path: path.clone(), error: error.into() },
    }
}

/// Opens `path` below `dir` without following a link anywhere on the way; the empty path is `dir` itself.
fn beneath(dir: &OwnedFd, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    match rustix::fs::openat2(dir, path, flags, Mode::empty(), resolve) {
        // Kernels before 5.6 lack the call, and sandboxes that do not know it forbid it.
        Err(Errno::NOSYS | Errno::PERM) => beneath_by_hand(dir, path, flags),
        result => result,
    }
}

/// The same, one folder at a time: every step is relative to an open folder, so none can be swapped for a link.
fn beneath_by_hand(dir: &OwnedFd, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let step = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut components = path.as_os_str().as_bytes().split(|b| *b == b'/').peekable();
    let mut at: Option<OwnedFd> = None;
    while let Some(name) = components.next() {
        if name == b".." {
            return Err(Errno::XDEV);
        }
        let here = at.as_ref().map_or(dir.as_fd(), |fd| fd.as_fd());
        let flags = if components.peek().is_some() { step } else { flags };
        let next = rustix::fs::openat(here, name, flags, Mode::empty()).map_err(|e| {
            // A link where a folder was wanted answers "not a folder"; say what it is, as openat2 does.
            let is_link = e == Errno::NOTDIR
                && rustix::fs::statat(here, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)
                    .is_ok_and(|s| FileType::from_raw_mode(s.st_mode) == FileType::Symlink);
            if is_link { Errno::LOOP } else { e }
        })?;
        at = Some(next);
    }
    at.ok_or(Errno::NOENT)
}

enum Outcome {
    Read(FileRead),
    NotRegular,
    TooLarge(u64),
    Changed,
}

fn read_once(fd: OwnedFd, max: u64) -> std::io::Result<Outcome> {
    let stat = rustix::fs::fstat(&fd)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Ok(Outcome::NotRegular);
    }
    let stamp = Stamp::of(&stat);
    if stamp.size > max {
        return Ok(Outcome::TooLarge(stamp.size));
    }
    let racy = stamp.is_racy();
    let mut file = File::from(fd);
    let bytes = read_to_end(&mut file, stamp.size)?;
    if racy {
        std::io::Seek::rewind(&mut file)?;
        if read_to_end(&mut file, stamp.size)? != bytes {
            return Ok(Outcome::Changed);
        }
    }
    let after = Stamp::of(&rustix::fs::fstat(&file)?);
    if after != stamp || bytes.len() as u64 != stamp.size {
        return Ok(Outcome::Changed);
    }
    Ok(Outcome::Read(FileRead { bytes, stamp, racy }))
}

/// Reads at most one byte more than `size`: enough to notice that the file grew, never more than the caller allows.
fn read_to_end(file: &mut File, size: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(size as usize + 1);
    file.take(size + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_stamps_prove_nothing() {
        let at = |ctime_ns: i64| Stamp { ctime_ns, ..Stamp::default() };
        let now = Duration::from_millis(5_000_100);
        let ms = 1_000_000;
        assert!(at(5_000_090 * ms).is_racy_at(now), "a moment ago");
        assert!(!at(5_000_050 * ms).is_racy_at(now), "long ago");
        assert!(at(9_000_000 * ms + 1).is_racy_at(now), "from the future");
        assert!(at(4_999_000 * ms).is_racy_at(now), "a second ago, on a system that counts seconds");
        assert!(!at(4_999_000 * ms + 1).is_racy_at(now));
        assert!(!at(4_997_000 * ms).is_racy_at(now));
    }

    /// Where the kernel knows `openat2`, both ways must answer alike.
    #[test]
    fn by_hand_as_by_the_kernel() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("a/b")).unwrap();
        std::fs::write(dir.path().join("a/b/f"), "x").unwrap();
        std::os::unix::fs::symlink("a", dir.path().join("link")).unwrap();
        std::os::unix::fs::symlink("b/f", dir.path().join("a/leaf")).unwrap();
        let root = Root::open(dir.path(), false).unwrap();
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        for path in
            ["a", "a/b/f", "a/leaf", "link", "link/b/f", "none", "a/none/x", "a/b/f/x", ".", "../x", "a/.."]
        {
            let identity = |fd: OwnedFd| rustix::fs::fstat(fd).map(|s| s.st_ino);
            let kernel = beneath(root.fd(), Path::new(path), flags).and_then(identity);
            let hand = beneath_by_hand(root.fd(), Path::new(path), flags).and_then(identity);
            match path {
                // Paths never hold "..", so refusing it outright is enough.
                "a/.." => assert_eq!(hand, Err(Errno::XDEV)),
                _ => assert_eq!(kernel, hand, "{path}"),
            }
        }
    }
}
