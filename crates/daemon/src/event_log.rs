//! A file in which every new state is told, for whoever looks later.
//!
//! Each line is an event as streams tell it, with its id and the time; what stands in one is written at once or not at
//! all. A log that cannot be written to goes off with a word, and what it was to tell of goes on.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::panic::RefUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A log that would grow beyond this begins anew, and what there was is kept once, as `FILE.1`.
pub const DEFAULT_EVENT_LOG_BYTES: u64 = 64 << 20;

/// A log of events.
pub struct EventLog {
    /// Absolute, its folder without links.
    path: PathBuf,
    most: u64,
    /// `None` once it went off.
    file: Mutex<Option<File>>,
    warn: Box<dyn Fn(&str) + Send + Sync + RefUnwindSafe>,
}

impl fmt::Debug for EventLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLog").field("path", &self.path).field("most", &self.most).finish_non_exhaustive()
    }
}

impl EventLog {
    /// Opens a log, or begins one that only its owner can read. `warn` hears why it went off, should it do so.
    pub fn open(
        path: &Path,
        most: u64,
        warn: impl Fn(&str) + Send + Sync + RefUnwindSafe + 'static,
    ) -> io::Result<Self> {
        let path = Self::place(path)?;
        let file = open(&path)?;
        Ok(Self { path, most, file: Mutex::new(Some(file)), warn: Box::new(warn) })
    }

    /// Where a log of this path lies: absolute, its folder without links.
    pub fn place(path: &Path) -> io::Result<PathBuf> {
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder.canonicalize()?,
            _ => Path::new(".").canonicalize()?,
        };
        let name = path.file_name().ok_or_else(|| io::Error::other("it is no file"))?;
        Ok(folder.join(name))
    }

    /// Whether it lies in a repository, where writing to it would be a change of that.
    pub(crate) fn is_within(&self, root: &Path) -> bool {
        self.path.starts_with(root)
    }

    /// That a repository's events are not told, because the log lies in it.
    pub(crate) fn warn_of_place(&self, root: &Path) {
        let (log, root) =
            (crate::paths::display(self.path.as_os_str()), crate::paths::display(root.as_os_str()));
        (self.warn)(&format!("events of {root} are not logged: {log} lies in it; give a file outside of it"));
    }

    /// Writes a line, whose end is added here.
    pub(crate) fn write(&self, mut line: String) {
        line.push('\n');
        let mut held = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = held.as_mut() else { return };
        if let Err(e) = self.append(file, line.as_bytes()) {
            *held = None;
            let path = crate::paths::display(self.path.as_os_str());
            (self.warn)(&format!("events are not logged any more: {path} cannot be written to ({e})"));
        }
    }

    fn append(&self, file: &mut File, line: &[u8]) -> io::Result<()> {
        // Somebody else may have put the file away, another one of us included.
        let here = fs::symlink_metadata(&self.path).ok().map(|found| (found.dev(), found.ino()));
        let mut ours = file.metadata()?;
        if here != Some((ours.dev(), ours.ino())) {
            *file = open(&self.path)?;
            ours = file.metadata()?;
        }
        if ours.len() > 0 && ours.len().saturating_add(line.len() as u64) > self.most {
            fs::rename(&self.path, self.before())?;
            *file = open(&self.path)?;
        }
        // One call: the system puts it behind all else, whoever writes besides.
        match file.write(line)? {
            all if all == line.len() => Ok(()),
            _ => Err(io::Error::other("the disk is full")),
        }
    }

    /// Where the file is put that got too long.
    fn before(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".1");
        name.into()
    }
}

/// Opens a file for writing behind what is there, through no link. What broke off in a line has its line ended.
fn open(path: &Path) -> io::Result<File> {
    let flags = (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits() as i32;
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true).mode(0o600).custom_flags(flags);
    let mut file = options.open(path)?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    if found.len() > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

/// The time, as RFC 3339 has it, in UTC.
pub(crate) fn now() -> String {
    written(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn written(since: Duration) -> String {
    let (days, rest) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    // Counted from the first of March of the year 0, so that the odd day is the last one of a year.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{of_month:02}T{:02}:{:02}:{:02}.{:03}Z",
        rest / 3600,
        rest / 60 % 60,
        rest % 60,
        since.subsec_millis()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::sync::Arc;

    type Said = Arc<Mutex<Vec<String>>>;

    fn log(path: &Path, most: u64) -> (EventLog, Said) {
        let said = Said::default();
        let by = said.clone();
        let log = EventLog::open(path, most, move |text| by.lock().unwrap().push(text.to_owned()));
        (log.unwrap(), said)
    }

    #[test]
    fn lines_are_added_and_the_file_is_ours_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        log(&path, 100).0.write("one".into());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        // What broke off stays by itself.
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"tw").unwrap();
        let (log, said) = log(&path, 100);
        log.write("three".into());
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntw\nthree\n");
        assert!(said.lock().unwrap().is_empty());
        assert!(
            log.is_within(&dir.path().canonicalize().unwrap()) && !log.is_within(Path::new("/elsewhere"))
        );
    }

    #[test]
    fn a_long_one_begins_anew_and_one_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (path, before) = (dir.path().join("log"), dir.path().join("log.1"));
        let (log, said) = log(&path, 8);
        for line in ["aaa", "bbb", "ccc", "ddd", "a longer one than fits", "e"] {
            log.write(line.into());
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "e\n");
        assert_eq!(fs::read_to_string(&before).unwrap(), "a longer one than fits\n");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        // Whoever puts it away by other means is followed.
        fs::rename(&path, dir.path().join("elsewhere")).unwrap();
        log.write("f".into());
        fs::remove_file(&path).unwrap();
        log.write("g".into());
        assert_eq!(fs::read_to_string(&path).unwrap(), "g\n");
        assert_eq!(fs::read_to_string(dir.path().join("elsewhere")).unwrap(), "e\n");
        assert!(said.lock().unwrap().is_empty());
    }

    #[test]
    fn one_that_cannot_be_written_to_goes_off_once_and_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let (log, said) = log(&path, 100);
        *log.file.lock().unwrap() = Some(OpenOptions::new().write(true).open("/dev/full").unwrap());
        fs::remove_file(&path).unwrap();
        symlink("/dev/null", &path).unwrap();
        log.write("one".into());
        log.write("two".into());
        let said = said.lock().unwrap();
        assert!(said.len() == 1 && said[0].contains("not logged any more"), "{said:?}");
        // Links, pipes and folders are no logs, and waited for is nobody.
        assert!(EventLog::open(&path, 100, |_| ()).is_err());
        assert!(EventLog::open(dir.path(), 100, |_| ()).is_err());
        assert!(EventLog::open(Path::new("/dev/full"), 100, |_| ()).is_err());
    }

    #[test]
    fn lines_of_several_writers_stay_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let log = log(&path, u64::MAX).0;
                scope.spawn(move || {
                    for n in 0..100 {
                        log.write(format!("{writer} {n} {}", "x".repeat(n * 7)));
                    }
                });
            }
        });
        let text = fs::read_to_string(&path).unwrap();
        for writer in 0..4 {
            let own: Vec<&str> = text.lines().filter(|l| l.starts_with(&format!("{writer} "))).collect();
            let wanted: Vec<String> =
                (0..100).map(|n| format!("{writer} {n} {}", "x".repeat(n * 7))).collect();
            assert_eq!(own, wanted);
        }
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00"),
            (951_782_399, "2000-02-28T23:59:59"),
            (951_782_400, "2000-02-29T00:00:00"),
            (951_868_800, "2000-03-01T00:00:00"),
            (1_709_164_800, "2024-02-29T00:00:00"),
            (1_798_761_599, "2026-12-31T23:59:59"),
            (4_107_542_400, "2100-03-01T00:00:00"),
        ] {
            assert_eq!(written(Duration::from_millis(seconds * 1000 + 7)), format!("{text}.007Z"));
        }
    }
}
