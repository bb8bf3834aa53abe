//! A folder on disk: private, and written to by renaming.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use rustix::fs::FlockOperation;

use crate::folder::{Entry, Folder, Source};
use crate::mortal;

/// What temporary files begin with.
const TEMPORARY: &str = "tmp-";
/// The file whose lock tells that somebody tidies up.
const LOCK: &str = "lock";

/// The tag of <https://bford.info/cachedir/>: backups leave such folders out.
const TAG: (&str, &str) = (
    "CACHEDIR.TAG",
    "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of lodemap and may be deleted at any time.\n",
);

/// A folder that only its owner can look into.
pub struct DiskFolder {
    path: PathBuf,
    /// Tells apart the temporary files of this process.
    next: AtomicU64,
}

impl DiskFolder {
    /// Opens `below` in the cache folder `cache`, and makes both where they are missing.
    ///
    /// Fails where the folder belongs to somebody else or cannot be made private: then there is no cache.
    pub fn open(cache: &Path, below: &str) -> io::Result<Self> {
        make_private(cache)?;
        let tag = cache.join(TAG.0);
        if !tag.exists() {
            // Without it everything works just as well.
            _ = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&tag)
                .and_then(|mut f| f.write_all(TAG.1.as_bytes()));
        }
        let path = cache.join(below);
        let mut at = cache.to_owned();
        for part in Path::new(below) {
            at.push(part);
            make_private(&at)?;
        }
        Ok(Self { path, next: AtomicU64::new(0) })
    }

    fn sync_folder(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

/// Whether the process that a temporary file is named after is there.
fn is_of_the_living(name: &std::ffi::OsStr) -> bool {
    let number = name.to_str().and_then(|n| n.strip_prefix(TEMPORARY)?.split('-').next()?.parse().ok());
    let pid = number.and_then(rustix::process::Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

/// Makes a folder that only its owner can look into, or checks that it is one.
fn make_private(path: &Path) -> io::Result<()> {
    match DirBuilder::new().recursive(true).mode(0o700).create(path) {
        Ok(()) => {}
        Err(e) if path.is_dir() => _ = e,
        Err(e) => return Err(e),
    }
    let found = fs::symlink_metadata(path)?;
    if !found.is_dir() || found.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other(format!("{} is not a folder of yours", path.display())));
    }
    if found.mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

struct OpenFile(File);

impl Source for OpenFile {
    fn read_at(&self, out: &mut [u8], offset: u64) -> io::Result<()> {
        self.0.read_exact_at(out, offset)
    }
}

impl Folder for DiskFolder {
    fn list(&self) -> io::Result<Vec<Entry>> {
        let mut out = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            // It may be gone by now.
            let Ok(found) = fs::symlink_metadata(entry.path()) else { continue };
            if found.is_file() && !name.starts_with(TEMPORARY) && name != LOCK {
                let used = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                out.push(Entry { name, len: found.len(), used });
            }
        }
        out.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(out)
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Source>> {
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let file =
            OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(self.path.join(name))?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        Ok(Box::new(OpenFile(file)))
    }

    fn write(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let temporary = self.path.join(format!("{TEMPORARY}{}-{number}", std::process::id()));
        let result = (|| {
            mortal::step();
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
            mortal::step();
            // Whoever cleans up sees by the lock that somebody still writes here.
            rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
            parts.iter().try_for_each(|part| {
                mortal::step();
                file.write_all(part)
            })?;
            mortal::step();
            file.sync_all()?;
            mortal::step();
            fs::rename(&temporary, self.path.join(name))?;
            mortal::step();
            self.sync_folder()
        })();
        if result.is_err() {
            _ = fs::remove_file(&temporary);
        }
        result
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        mortal::step();
        fs::remove_file(self.path.join(name))
    }

    fn mark_used(&self, name: &str) -> io::Result<()> {
        File::open(self.path.join(name))?.set_modified(SystemTime::now())
    }

    fn clean(&self) {
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            let is_temporary = entry.file_name().to_str().is_some_and(|n| n.starts_with(TEMPORARY));
            if !is_temporary {
                continue;
            }
            // A writer that lives holds the lock from the moment after it made the file.
            let Ok(file) = File::open(entry.path()) else { continue };
            let is_young = file
                .metadata()
                .and_then(|m| m.modified())
                .is_ok_and(|at| at.elapsed().is_ok_and(|age| age.as_secs() < 1));
            let may_live = is_young && is_of_the_living(&entry.file_name());
            if !may_live && rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
                _ = fs::remove_file(entry.path());
            }
        }
    }

    fn alone(&self, f: &mut dyn FnMut()) {
        let mut lock = OpenOptions::new();
        lock.write(true).create(true).truncate(false).mode(0o600);
        let Ok(file) = lock.open(self.path.join(LOCK)) else { return };
        if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            f();
        }
    }
}
