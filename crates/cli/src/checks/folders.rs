//! Can what must be kept be kept, where only its owner can read it?

use super::Check;
use crate::session::cache_folder;
use lodemap_daemon::Place;
use lodemap_daemon::paths::display;
use rustix::fs::statvfs;
use rustix::process::geteuid;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// With less room, indexes of large repositories may not fit.
const ROOM: u64 = 500 << 20;

pub(super) fn cache() -> Check {
    const NAME: &str = "cache folder";
    let Some(folder) = cache_folder() else {
        return Check::amiss(
            NAME,
            "there is none",
            "set HOME or XDG_CACHE_HOME to an absolute path; until then every run indexes anew",
        );
    };
    let value = display(folder.as_os_str());
    if let Err(e) = fs::create_dir_all(&folder).and_then(|()| writable(&folder)) {
        let advice = "make it writable for you, or set XDG_CACHE_HOME to another folder";
        return Check::amiss(NAME, format!("{value}: {e}"), advice);
    }
    if let Some(why) = not_private(&folder) {
        return Check::amiss(
            NAME,
            format!("{value}: {why}"),
            format!("run `chmod 700 {value}` as its owner"),
        );
    }
    let room = statvfs(&folder).map_or(u64::MAX, |s| s.f_bavail.saturating_mul(s.f_frsize));
    if room < ROOM {
        let advice = "free some space, or set XDG_CACHE_HOME to a folder elsewhere";
        return Check::amiss(NAME, format!("{value}: {} MiB free", room >> 20), advice);
    }
    Check::fine(NAME, value)
}

/// Where the daemon puts its socket.
pub(super) fn sockets() -> Check {
    const NAME: &str = "socket folder";
    let advice = "set XDG_RUNTIME_DIR to a folder of your own with mode 700, as your login manager does";
    match std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from) {
        None => place(NAME, advice),
        Some(folder) if !folder.is_absolute() => Check::amiss(
            NAME,
            format!("XDG_RUNTIME_DIR is {}, which is not absolute", display(folder.as_os_str())),
            advice,
        ),
        Some(folder) => match (writable(&folder), not_private(&folder)) {
            (Err(e), _) => Check::amiss(NAME, format!("{}: {e}", display(folder.as_os_str())), advice),
            (_, Some(why)) => Check::amiss(NAME, format!("{}: {why}", display(folder.as_os_str())), advice),
            (Ok(()), None) => place(NAME, advice),
        },
    }
}

/// Whether a daemon would put its socket there.
fn place(name: &'static str, advice: &'static str) -> Check {
    let place = Place::of_user();
    match place.prepare() {
        Ok(()) => Check::fine(name, display(place.socket().as_os_str())),
        Err(e) => Check::amiss(name, e.to_string(), advice),
    }
}

/// Where barriers of the watcher are.
pub(super) fn temporary() -> Check {
    const NAME: &str = "temporary folder";
    let folder = std::env::temp_dir();
    match writable(&folder) {
        Ok(()) => Check::fine(NAME, display(folder.as_os_str())),
        Err(e) => Check::amiss(
            NAME,
            format!("{}: {e}", display(folder.as_os_str())),
            "free space in it, or set TMPDIR to a folder that can be written to",
        ),
    }
}

/// Whether a file can be made in it.
fn writable(folder: &Path) -> io::Result<()> {
    tempfile::Builder::new().prefix(".lodemap-").tempfile_in(folder).map(drop)
}

/// Why others may look into it.
fn not_private(folder: &Path) -> Option<String> {
    let Ok(meta) = folder.symlink_metadata() else { return Some("it cannot be looked at".into()) };
    if !meta.is_dir() {
        return Some("it is no folder".into());
    }
    if meta.uid() != geteuid().as_raw() {
        return Some("it is somebody else's".into());
    }
    (meta.mode() & 0o077 != 0).then(|| format!("others may look into it (mode {:o})", meta.mode() & 0o777))
}
