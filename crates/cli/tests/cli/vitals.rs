//! What a process holds, and whether it holds no more than before.

use std::fs;
use std::time::{Duration, Instant};

use lodemap_testkit::seeds;

/// Nothing takes so long, on the slowest machine.
const LONG: Duration = Duration::from_secs(90);

/// What the allocator keeps grows for some ten thousands of answers and then no more, on several threads by 30 MB. A
/// leak of a kilobyte a connection would be twice as much as this in a long run.
const SPARE_MEMORY: u64 = 64 << 20;
/// The runtime keeps a thread for tidying up for some seconds, and may have had none before.
const SPARE_THREADS: usize = 1;

/// What the system knows of a process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vitals {
    pub(crate) resident: u64,
    pub(crate) descriptors: usize,
    pub(crate) threads: usize,
}

impl Vitals {
    pub(crate) fn of(pid: u64) -> Self {
        let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("because it lives").count();
        // New facts may begin a new file, whoever asks.
        let descriptors = open_files(pid).iter().filter(|file| !file.ends_with(".pack")).count();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("because it lives");
        let resident = line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10;
        Self { resident, descriptors, threads }
    }

    fn is_as(&self, before: &Self) -> bool {
        self.descriptors <= before.descriptors
            && self.threads <= before.threads + SPARE_THREADS
            && self.resident <= before.resident + SPARE_MEMORY
    }
}

/// Waits until a process holds what it held before, apart from what is said above, and prints both.
pub(crate) fn is_back_at(pid: u64, before: &Vitals) {
    let deadline = Instant::now() + LONG;
    loop {
        let now = Vitals::of(pid);
        if now.is_as(before) {
            println!("before {before:?}, after {now:?}");
            return;
        }
        assert!(Instant::now() < deadline, "before {before:?}, after {now:?}: {:?}", open_files(pid));
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The seeds of a random test, and one before them after which the process is looked at first: what is opened or
/// allocated once is there by then.
pub(crate) fn warm_seeds() -> Vec<u64> {
    let seeds = seeds(1);
    [&seeds[..1], &seeds[..]].concat()
}

/// What its descriptors lead to.
fn open_files(pid: u64) -> Vec<String> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).expect("because it lives").flatten();
    let links = entries.filter_map(|entry| fs::read_link(entry.path()).ok());
    links.map(|link| link.display().to_string()).collect()
}
