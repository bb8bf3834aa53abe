//! A temporary repository that is kept fresh, and what every story asks of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use lodemap_base::ContentHash;
use lodemap_host::{Fresh, Live, LiveOptions, NoProgress, OpenOptions, Quiet, RelPath, Snapshot, Update};

/// Nothing takes so long, on the slowest machine.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// How many times longer than usual.
pub(crate) fn times() -> usize {
    std::env::var("LODEMAP_RUNS").ok().and_then(|r| r.parse().ok()).unwrap_or(1)
}

pub(crate) fn rel(path: &str) -> RelPath {
    RelPath::parse(path).unwrap()
}

/// A folder for a repository, with room beside it.
pub(crate) struct Bed {
    _dir: tempfile::TempDir,
    base: PathBuf,
}

impl Bed {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        fs::create_dir(base.join("top")).unwrap();
        Self { _dir: dir, base }
    }

    /// A place beside the repository.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.base.join(name)
    }

    pub(crate) fn top(&self) -> PathBuf {
        self.beside("top")
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.top().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        put(&self.at(path), text);
    }

    pub(crate) fn start(&self) -> Live {
        self.start_telling().0
    }

    /// One that does nothing by itself, only when somebody asks.
    pub(crate) fn start_lazy(&self) -> Live {
        self.start_with(Quiet { quiet: 10 * LONG, longest: 10 * LONG }).0
    }

    /// With all its later steps.
    pub(crate) fn start_telling(&self) -> (Live, Receiver<Update>) {
        self.start_with(Quiet::default())
    }

    fn start_with(&self, quiet: Quiet) -> (Live, Receiver<Update>) {
        let open = OpenOptions { root: Some(self.top()), jobs: 2, ..OpenOptions::default() };
        let options = LiveOptions { open, quiet, ..LiveOptions::default() };
        let (sender, updates) = channel();
        let (live, _) = Live::start(options, &NoProgress, vec![sender]).unwrap();
        (live, updates)
    }
}

/// Writes a file, with the folders that it needs.
pub(crate) fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Whether the state has the file with this text, or has no such file where none is given.
pub(crate) fn has(snapshot: &Snapshot, path: &str, text: Option<&str>) -> bool {
    let world = snapshot.world();
    let found = world.file_at(path).map(|id| world.file(id).facts.hashes.content);
    found == text.map(|text| ContentHash::of(text.as_bytes()))
}

/// All files of the state.
pub(crate) fn paths(snapshot: &Snapshot) -> Vec<String> {
    let mut paths: Vec<String> = snapshot.world().files().map(|f| f.path.as_str().to_owned()).collect();
    paths.sort();
    paths
}

/// The state as of now, which must be had.
#[track_caller]
pub(crate) fn fresh(live: &Live) -> Fresh {
    let fresh = live.fresh(LONG);
    assert!(!fresh.stale && fresh.pending == 0, "{} hints are pending: {:?}", fresh.pending, live.status());
    fresh
}

/// Compares with a fresh start.
#[track_caller]
pub(crate) fn check(live: &Live) {
    let verified = live.verify(&NoProgress).unwrap();
    assert!(verified.equal && verified.missed.is_empty(), "{verified:#?}\n{:#?}", live.status());
}

/// Waits until something is so that comes by itself.
#[track_caller]
pub(crate) fn soon(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < LONG, "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Runs git as nobody in particular.
#[track_caller]
pub(crate) fn git(top: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=n", "-c", "user.email=e", "-c", "gc.auto=0"])
        .args(arguments)
        .current_dir(top)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("git is installed");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// xorshift64*: small, seeded, and the same everywhere.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % sides
    }
}
