//! How much memory and time the process takes, and what for.

use std::collections::BTreeMap;

use lodemap_engine::base::Held;
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

/// What the memory of the process is used for, in bytes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct MemoryStatus {
    /// What is resident now; 0 where the system does not tell.
    pub resident: u64,
    /// What was resident before the repository was read.
    pub resident_before: u64,
    /// The most that was resident.
    pub peak: u64,
    /// Definitions, to divide by.
    pub symbols: usize,
    /// All parts together.
    pub held: usize,
    /// What the state holds, by part, as it counts itself.
    pub parts: BTreeMap<&'static str, usize>,
}

impl MemoryStatus {
    pub(crate) fn new(held: &Held, symbols: usize, resident_before: u64) -> Self {
        Self {
            resident: resident_bytes(),
            resident_before,
            peak: peak_rss_bytes(),
            symbols,
            held: held.total(),
            parts: held.parts().collect(),
        }
    }

    /// One line for people.
    pub(crate) fn text(&self) -> String {
        let mb = |bytes: u64| bytes as f64 / (1 << 20) as f64;
        let per_symbol =
            (self.resident.saturating_sub(self.resident_before)).checked_div(self.symbols as u64);
        format!(
            "memory: {:.0} MB, {:.0} at the peak; {} bytes for each of {} symbols\n",
            mb(self.resident),
            mb(self.peak),
            per_symbol.unwrap_or(0),
            self.symbols
        )
    }
}

/// The largest resident size of this process so far, in bytes; 0 where the system does not tell.
pub fn peak_rss_bytes() -> u64 {
    of_status("VmHWM:")
}

/// The resident size of this process, in bytes; 0 where the system does not tell.
pub fn resident_bytes() -> u64 {
    of_status("VmRSS:")
}

fn of_status(key: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix(key));
    let kib = line.and_then(|l| l.trim().strip_suffix(" kB")).and_then(|n| n.trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// CPU seconds of this process and of those it started and saw end, on all cores.
pub fn cpu_seconds() -> f64 {
    let own = clock_gettime(ClockId::ProcessCPUTime);
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may hold anything: user and system time of children, in ticks.
    let fields = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    let ticks: u64 = fields.split_whitespace().skip(13).take(2).filter_map(|f| f.parse::<u64>().ok()).sum();
    let per_second = rustix::param::clock_ticks_per_second();
    own.tv_sec as f64 + own.tv_nsec as f64 / 1e9 + ticks as f64 / per_second as f64
}
