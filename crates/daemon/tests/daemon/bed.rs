//! A daemon in a thread of this process, at a place of its own, and repositories beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use lodemap_daemon::{Client, Limits, Place, ServeError, ServeOptions, serve};
use lodemap_host::OpenOptions;
use lodemap_wire::{Call, Problem, Request, Response, Terms};
use serde_json::{Map, Value};

/// Nothing takes so long, on the slowest machine.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// How many times longer than usual.
pub(crate) fn times() -> usize {
    std::env::var("LODEMAP_RUNS").ok().and_then(|r| r.parse().ok()).unwrap_or(1)
}

pub(crate) struct Bed {
    dir: tempfile::TempDir,
    pub(crate) place: Place,
    daemon: Option<JoinHandle<Result<(), ServeError>>>,
}

impl Bed {
    pub(crate) fn new() -> Self {
        Self::with(ServeOptions::default())
    }

    pub(crate) fn limited(limits: Limits) -> Self {
        Self::with(ServeOptions { limits, ..ServeOptions::default() })
    }

    pub(crate) fn with(options: ServeOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::at(dir.path().join("run"));
        let mut bed = Self { dir, place, daemon: None };
        bed.start(options);
        bed
    }

    /// Starts a daemon where none is.
    pub(crate) fn start(&mut self, options: ServeOptions) {
        let (sender, ready) = channel();
        let place = self.place.clone();
        let options = ServeOptions { open: OpenOptions { jobs: 2, ..options.open }, ..options };
        self.daemon = Some(std::thread::spawn(move || serve(&place, &options, || sender.send(()).unwrap())));
        ready.recv_timeout(LONG).unwrap();
    }

    /// A repository with these files.
    pub(crate) fn repository(&self, name: &str, files: &[(&str, &str)]) -> Repo {
        let root = self.dir.path().canonicalize().unwrap().join(name);
        fs::create_dir_all(root.join(".git")).unwrap();
        let repo = Repo { root };
        files.iter().for_each(|(path, text)| repo.write(path, text));
        repo
    }

    /// Two modules that know each other.
    pub(crate) fn pool(&self) -> Repo {
        self.repository(
            "repo",
            &[
                ("app.py", "from src.pool import Pool\n\n\ndef main():\n    return Pool(3).acquire()\n"),
                ("src/__init__.py", ""),
                (
                    "src/pool.py",
                    "class Pool:\n    def acquire(self):\n        return Conn()\n\n\nclass Conn:\n    pass\n",
                ),
                (
                    "tests/test_pool.py",
                    "from src.pool import Pool\n\n\ndef test_pool():\n    assert Pool().acquire()\n",
                ),
            ],
        )
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(&self.place).expect("because the daemon runs")
    }

    /// A connection that says what it likes.
    pub(crate) fn raw(&self) -> std::os::unix::net::UnixStream {
        let stream = std::os::unix::net::UnixStream::connect(self.place.socket()).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream
    }

    pub(crate) fn status(&self) -> Value {
        let said = self.client().call("daemon_status", Map::new()).unwrap();
        serde_json::from_str(said.get()).unwrap()
    }

    /// Waits until the status is as it should be; what nobody tells of is looked for.
    pub(crate) fn until(&self, what: &str, is: impl Fn(&Value) -> bool) {
        let deadline = Instant::now() + LONG;
        loop {
            let status = self.status();
            if is(&status) {
                return;
            }
            assert!(Instant::now() < deadline, "{what}: {status}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for the end of the daemon.
    pub(crate) fn ended(&mut self) -> Result<(), ServeError> {
        self.daemon.take().unwrap().join().expect("because no daemon panics")
    }

    pub(crate) fn stop(&mut self) {
        self.client().call("stop", Map::new()).unwrap();
        self.ended().unwrap();
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        if self.daemon.is_some() && !std::thread::panicking() {
            self.stop();
        }
    }
}

pub(crate) struct Repo {
    pub(crate) root: PathBuf,
}

impl Repo {
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces a file at once.
    pub(crate) fn replace(&self, path: &str, text: &str) {
        let beside = self.root.join(format!("{path}.new~"));
        fs::write(&beside, text).unwrap();
        fs::rename(beside, self.root.join(path)).unwrap();
    }

    pub(crate) fn terms(&self) -> Terms {
        Terms { root: Some(text(&self.root)), wait_ms: Some(30_000), ..Terms::default() }
    }

    pub(crate) fn ask(&self, client: &mut Client, method: &str, params: Value) -> Result<Response, Problem> {
        let request = Request::parse(method, params.as_object().unwrap().clone()).unwrap();
        client.ask(&Call { request, terms: self.terms() })
    }

    /// The answer as data.
    pub(crate) fn json(&self, client: &mut Client, method: &str, params: Value) -> Value {
        let response = self.ask(client, method, params).unwrap();
        serde_json::from_str(response.json.unwrap().get()).unwrap()
    }
}

pub(crate) fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Numbers that look random, from a seed that is printed and can be given (`LODEMAP_SEED`).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new() -> Self {
        let given = std::env::var("LODEMAP_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
            now.as_nanos() as u64
        });
        println!("LODEMAP_SEED={seed}");
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}
