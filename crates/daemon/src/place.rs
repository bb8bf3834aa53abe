//! Where is the daemon of this user found?
//!
//! In a folder that nobody else can look into: whoever gets at the socket may ask for all that this user can read.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
use rustix::io::Errno;

/// The folder of the socket and of the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    folder: PathBuf,
}

/// Why there is no place for a daemon.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The folder is not one that is safe.
    #[error("{} {what}; remove it, or set XDG_RUNTIME_DIR to a folder of your own", folder.display())]
    Unsafe {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The system does not let us.
    #[error("{} cannot be used for the daemon's socket ({error}); set XDG_RUNTIME_DIR to another folder", path.display())]
    Io {
        /// What was to be made or opened.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// Held by the one daemon that runs; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "it is held, not used")] File);

/// What a socket's path may be long, by the system.
const LONGEST: usize = 107;

impl Place {
    /// The place of this user: below `XDG_RUNTIME_DIR` where that is set, else in `/tmp`.
    pub fn of_user() -> Self {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|p| p.is_absolute());
        let uid = rustix::process::geteuid().as_raw();
        Self { folder: runtime.map_or_else(|| format!("/tmp/lodemap-{uid}").into(), |r| r.join("lodemap")) }
    }

    /// A place in a folder of one's own choice.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// What the daemon has to say of itself, if nobody sees its standard error.
    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Makes the folder where it is missing, and checks it.
    pub fn prepare(&self) -> Result<(), PlaceError> {
        match DirBuilder::new().mode(0o700).create(&self.folder) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(self.failed(&self.folder, error)),
        }
        if self.socket().as_os_str().len() > LONGEST {
            return Err(self.unsafe_for("has too long a name for a socket"));
        }
        self.check()
    }

    /// Whether the folder is ours alone.
    pub fn check(&self) -> Result<(), PlaceError> {
        let found = fs::symlink_metadata(&self.folder).map_err(|e| self.failed(&self.folder, e))?;
        if found.file_type().is_symlink() {
            return Err(self.unsafe_for("is a link"));
        }
        if !found.is_dir() {
            return Err(self.unsafe_for("is no folder"));
        }
        if found.uid() != rustix::process::geteuid().as_raw() {
            return Err(self.unsafe_for("belongs to somebody else"));
        }
        if found.mode() & 0o077 != 0 {
            return Err(self.unsafe_for("can be looked into by others"));
        }
        Ok(())
    }

    /// Takes the lock; `None` while another daemon has it.
    pub fn lock(&self) -> Result<Option<Lock>, PlaceError> {
        let path = self.folder.join("lock");
        let file = self.open(&path).map_err(|e| self.failed(&path, e))?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Lock(file))),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(e) => Err(self.failed(&path, e.into())),
        }
    }

    /// Opens a file of ours for writing, through no link.
    fn open(&self, path: &Path) -> io::Result<File> {
        let flags = rustix::fs::OFlags::NOFOLLOW.bits() as i32;
        OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).custom_flags(flags).open(path)
    }

    /// An empty log.
    pub fn new_log(&self) -> Result<File, PlaceError> {
        let path = self.log();
        let file = self.open(&path).and_then(|file| file.set_len(0).map(|()| file));
        file.map_err(|e| self.failed(&path, e))
    }

    /// The file of the token for HTTP.
    pub fn token_file(&self) -> PathBuf {
        self.folder.join("token")
    }

    /// The token for HTTP: 256 random bits, made once, in a file that only its owner can read.
    pub fn token(&self) -> Result<String, PlaceError> {
        let path = self.token_file();
        self.read_or_make_token(&path).map_err(|e| self.failed(&path, e))
    }

    fn read_or_make_token(&self, path: &Path) -> io::Result<String> {
        let flags = rustix::fs::OFlags::NOFOLLOW.bits() as i32;
        match OpenOptions::new().read(true).custom_flags(flags).open(path) {
            Ok(file) => {
                let found = file.metadata()?;
                if !found.is_file() || found.mode() & 0o077 != 0 || !is_trusted(found.uid()) {
                    return Err(io::Error::other("others can read it; remove it, and it is made anew"));
                }
                let mut token = String::new();
                file.take(1024).read_to_string(&mut token)?;
                let token = token.trim().to_owned();
                if token.len() < 32 {
                    return Err(io::Error::other("it is too short; remove it, and it is made anew"));
                }
                Ok(token)
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let mut random = [0; 32];
                let mut got = 0;
                while got < random.len() {
                    got +=
                        rustix::rand::getrandom(&mut random[got..], rustix::rand::GetRandomFlags::empty())?;
                }
                let token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
                let options = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
                match options {
                    Ok(mut file) => file.write_all(format!("{token}\n").as_bytes()).map(|()| token),
                    // Somebody else of us was quicker, and may be writing it.
                    Err(e) if e.kind() == io::ErrorKind::AlreadyExists => self.read_or_make_token(path),
                    Err(e) => Err(e),
                }
            }
            Err(e) => Err(e),
        }
    }

    pub(crate) fn failed(&self, path: &Path, error: io::Error) -> PlaceError {
        PlaceError::Io { path: path.to_owned(), error }
    }

    fn unsafe_for(&self, what: &'static str) -> PlaceError {
        PlaceError::Unsafe { folder: self.folder.clone(), what }
    }
}

/// Whether the other end of a socket may ask: it must be the same user's.
pub(crate) fn is_trusted(peer: u32) -> bool {
    peer == rustix::process::geteuid().as_raw()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn only_a_folder_of_ours_will_do() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::at(dir.path().join("new"));
        assert!(matches!(place.check(), Err(PlaceError::Io { .. })));
        place.prepare().unwrap();
        assert_eq!(fs::metadata(dir.path().join("new")).unwrap().mode() & 0o777, 0o700);
        place.prepare().unwrap();

        let what = |name: &str| match Place::at(dir.path().join(name)).prepare() {
            Err(PlaceError::Unsafe { what, .. }) => what,
            other => panic!("{name}: {other:?}"),
        };
        std::os::unix::fs::symlink(dir.path().join("new"), dir.path().join("link")).unwrap();
        assert_eq!(what("link"), "is a link");
        fs::write(dir.path().join("file"), "").unwrap();
        assert_eq!(what("file"), "is no folder");
        fs::create_dir(dir.path().join("open")).unwrap();
        fs::set_permissions(dir.path().join("open"), fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(what("open"), "can be looked into by others");
        assert_eq!(what(&"long".repeat(40)), "has too long a name for a socket");
        if rustix::process::geteuid().is_root() {
            fs::create_dir(dir.path().join("other")).unwrap();
            let other = Some(rustix::fs::Uid::from_raw(12345));
            rustix::fs::chown(dir.path().join("other"), other, None).unwrap();
            assert_eq!(what("other"), "belongs to somebody else");
        }
    }

    #[test]
    fn one_has_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::at(dir.path().join("new"));
        place.prepare().unwrap();
        let lock = place.lock().unwrap();
        assert!(lock.is_some() && place.lock().unwrap().is_none());
        drop(lock);
        assert!(place.lock().unwrap().is_some());
        // A planted link is not followed.
        fs::write(dir.path().join("secret"), "secret").unwrap();
        std::os::unix::fs::symlink(dir.path().join("secret"), place.log()).unwrap();
        assert!(place.new_log().is_err());
        assert_eq!(fs::read_to_string(dir.path().join("secret")).unwrap(), "secret");
    }

    #[test]
    fn a_token_is_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::at(dir.path().join("new"));
        place.prepare().unwrap();
        let token = place.token().unwrap();
        assert!(token.len() == 64 && place.token().unwrap() == token);
        let file = place.token_file();
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(place.token().unwrap_err().to_string().contains("others can read it"));
        fs::remove_file(&file).unwrap();
        assert_ne!(place.token().unwrap(), token);
    }

    #[test]
    fn nobody_else_is_trusted() {
        let us = rustix::process::geteuid().as_raw();
        assert!(is_trusted(us) && !is_trusted(us.wrapping_add(1)));
    }
}
