//! A process that dies between two steps of writing, as often as a test wants: in builds for tests only.

/// One step is about to be taken. Where `LODEMAP_DIES_AT=N` says so, the process is killed before the N-th, from 0.
#[cfg(debug_assertions)]
#[cfg_attr(not(test), expect(clippy::disallowed_methods, reason = "a test tells it by the environment"))]
pub(crate) fn step() {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static AT: OnceLock<Option<u64>> = OnceLock::new();
    static STEPS: AtomicU64 = AtomicU64::new(0);
    let at = *AT.get_or_init(|| std::env::var("LODEMAP_DIES_AT").ok()?.parse().ok());
    if at.is_some() && at == Some(STEPS.fetch_add(1, Ordering::Relaxed)) {
        _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

/// Nothing but that.
#[cfg(not(debug_assertions))]
pub(crate) fn step() {}
