//! Where does a repository begin, and may it be indexed at all?
//!
//! Indexing a home or a system folder by accident is slow, and shows an agent what nobody meant to show it;
//! so such roots are refused unless the user insists.

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// A repository's root folder, held open.
#[derive(Debug)]
pub struct Root {
    path: PathBuf,
    fd: OwnedFd,
}

/// Why a folder cannot be a root.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// There is nothing of that name.
    #[error("{} does not exist; check the path, or pass another with --root", .0.display())]
    Missing(PathBuf),
    /// It is a file or a device.
    #[error("{} is not a folder; pass the folder that holds it with --root", .0.display())]
    NotADirectory(PathBuf),
    /// It may not be listed.
    #[error("{} cannot be read ({error}); check its permissions, or pass another with --root", path.display())]
    NotReadable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// It is a system folder, a home, or a place of secrets.
    #[error("{} is {what}, which is not indexed by accident; pass a repository with --root, or insist with --allow-root", path.display())]
    Dangerous {
        /// The folder, links resolved.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
}

/// What has become of an open root.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RootState {
    /// Its path leads to it.
    Here,
    /// It was removed, and there is nothing in its place.
    Gone,
    /// It is still there, but not at its path, and nothing is.
    Moved,
    /// Its path leads to something else: open that, if it is what was meant.
    Replaced,
}

impl Root {
    /// Opens `path` as a root; folders that nobody means to index need `allow_dangerous`.
    pub fn open(path: &Path, allow_dangerous: bool) -> Result<Root, RootError> {
        let failed = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => RootError::Missing(path.to_owned()),
            std::io::ErrorKind::NotADirectory => RootError::NotADirectory(path.to_owned()),
            _ => RootError::NotReadable { path: path.to_owned(), error },
        };
        let real = path.canonicalize().map_err(failed)?;
        if !allow_dangerous {
            // The home's own links are resolved, because `real` has none.
            let home = home().map(|h| h.canonicalize().unwrap_or(h));
            if let Some(what) = danger(&real, home.as_deref()) {
                return Err(RootError::Dangerous { path: real, what });
            }
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        match rustix::fs::open(&real, flags, Mode::empty()) {
            Ok(fd) => Ok(Root { path: real, fd }),
            Err(Errno::NOTDIR) => Err(RootError::NotADirectory(path.to_owned())),
            Err(error) => Err(failed(error.into())),
        }
    }

    /// The root's absolute path, links resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What has become of it, by a look at its path: cheap enough to be asked with every question.
    pub fn state(&self) -> RootState {
        let held = rustix::fs::fstat(&self.fd).ok();
        let removed = held.is_none_or(|s| s.st_nlink == 0);
        match (held, rustix::fs::lstat(&self.path)) {
            (Some(held), Ok(there)) if (held.st_dev, held.st_ino) == (there.st_dev, there.st_ino) => {
                RootState::Here
            }
            (_, Ok(_)) => RootState::Replaced,
            (_, Err(_)) if removed => RootState::Gone,
            (_, Err(_)) => RootState::Moved,
        }
    }

    pub(crate) fn fd(&self) -> &OwnedFd {
        &self.fd
    }
}

#[cfg_attr(
    not(test),
    expect(clippy::disallowed_methods, reason = "whose home is refused is the environment's to say")
)]
fn home() -> Option<PathBuf> {
    std::env::var_os("HOME").map(PathBuf::from)
}

/// The nearest folder at or above `start` that holds `.git` or `lodemap.toml`; `start` itself if there is none.
pub fn find_root(start: &Path) -> PathBuf {
    let absolute = start.canonicalize().unwrap_or_else(|_| start.to_owned());
    let marked =
        |dir: &&Path| [".git", "lodemap.toml"].iter().any(|m| dir.join(m).symlink_metadata().is_ok());
    absolute.ancestors().find(marked).map_or_else(|| absolute.clone(), Path::to_owned)
}

/// Folders that are refused themselves; repositories below them are common.
const SHELLS: &[&str] = &[
    "/",
    "/usr",
    "/usr/bin",
    "/usr/include",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/local/share",
    "/usr/sbin",
    "/usr/share",
    "/usr/src",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/log",
    "/var/run",
    "/var/spool",
    "/var/tmp",
    "/home",
    "/root",
    "/tmp",
    "/opt",
    "/mnt",
    "/media",
    "/run",
    "/srv",
];

/// Folders that are refused with all that is below them.
const TREES: &[&str] =
    &["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/boot", "/dev", "/etc", "/proc", "/sys"];

/// The same two lists, below the home.
const HOME_SHELLS: &[&str] = &[".config", ".cache", ".local", ".local/share", ".local/state"];
const HOME_TREES: &[&str] =
    &[".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".password-store", ".mozilla"];

/// What `path` (absolute, no links) is, if nobody means to index it.
fn danger(path: &Path, home: Option<&Path>) -> Option<&'static str> {
    if let Some(home) = home.filter(|h| h.is_absolute()) {
        if path == home {
            return Some("the home folder");
        }
        let below = path.strip_prefix(home).ok();
        if below.is_some_and(|p| HOME_TREES.iter().any(|t| p.starts_with(t))) {
            return Some("a place of secrets");
        }
        if below.is_some_and(|p| HOME_SHELLS.iter().any(|s| p == Path::new(s))) {
            return Some("a folder of settings and caches");
        }
    }
    // Shared memory is an ordinary place for a checkout, although it is mounted below /dev.
    let tree = !path.starts_with("/dev/shm") && TREES.iter().any(|t| path.starts_with(t));
    (tree || SHELLS.iter().any(|s| path == Path::new(s))).then_some("a system folder")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dangers() {
        let home = Some(Path::new("/home/ann"));
        for bad in [
            "/",
            "/usr",
            "/etc",
            "/etc/ssl",
            "/var",
            "/lib64",
            "/proc/1",
            "/tmp",
            "/home",
            "/home/ann",
            "/home/ann/.ssh",
            "/home/ann/.ssh/keys",
            "/home/ann/.config",
            "/dev",
            "/opt",
            "/boot",
            "/root",
            "/sys",
        ] {
            assert!(danger(Path::new(bad), home).is_some(), "{bad}");
        }
        for good in [
            "/home/ann/code",
            "/tmp/x",
            "/usr/src/app",
            "/var/www",
            "/opt/thing",
            "/dev/shm/x",
            "/home/ann/.config/nvim",
            "/home/bob",
            "/library",
            concat!("/root", "/code"),
        ] {
            assert_eq!(danger(Path::new(good), home), None, "{good}");
        }
        assert!(danger(Path::new("/etc"), None).is_some());
    }

    #[test]
    fn opens_or_says_why_not() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("f"), "").unwrap();
        std::os::unix::fs::symlink("/etc", dir.path().join("link")).unwrap();
        assert_eq!(Root::open(dir.path(), false).unwrap().path(), dir.path().canonicalize().unwrap());
        let error = |name: &str| Root::open(&dir.path().join(name), false).unwrap_err();
        assert!(matches!(error("none"), RootError::Missing(_)));
        assert!(matches!(error("f"), RootError::NotADirectory(_)));
        assert!(matches!(error("f/below"), RootError::NotADirectory(_)));
        let linked = error("link");
        assert!(matches!(linked, RootError::Dangerous { .. }), "{linked:?}");
        assert!(linked.to_string().contains("--allow-root"));
        assert!(Root::open(Path::new("/etc"), true).is_ok());
    }

    #[test]
    fn knows_what_became_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let (here, there) = (dir.path().join("here"), dir.path().join("there"));
        std::fs::create_dir(&here).unwrap();
        let root = Root::open(&here, false).unwrap();
        assert_eq!(root.state(), RootState::Here);
        std::fs::rename(&here, &there).unwrap();
        assert_eq!(root.state(), RootState::Moved);
        std::os::unix::fs::symlink(&there, &here).unwrap();
        assert_eq!(root.state(), RootState::Replaced, "a link is not the root");
        std::fs::remove_file(&here).unwrap();
        std::fs::create_dir(&here).unwrap();
        assert_eq!(root.state(), RootState::Replaced);
        std::fs::remove_dir(&here).unwrap();
        std::fs::rename(&there, &here).unwrap();
        assert_eq!(root.state(), RootState::Here);
        std::fs::remove_dir(&here).unwrap();
        assert_eq!(root.state(), RootState::Gone);
        std::fs::create_dir(&here).unwrap();
        assert_eq!(root.state(), RootState::Replaced, "its number is not given away while it is held");
    }

    #[test]
    fn finds_the_marked_folder() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(top.join("a/b/c")).unwrap();
        std::fs::write(top.join("a/lodemap.toml"), "").unwrap();
        assert_eq!(find_root(&top.join("a/b/c")), top.join("a"));
        std::fs::write(top.join("a/b/.git"), "gitdir: x").unwrap();
        assert_eq!(find_root(&top.join("a/b/c")), top.join("a/b"));
        assert_eq!(find_root(&top.join("nowhere")), top.join("nowhere"));
    }
}
