//! Who parses? This program once more, in processes that may die; see `host`.

use lodemap_host::Isolation;

/// Names another program that parses, or none with an empty value: then this process does, and dies with its parsers.
/// For tests and measurements.
pub(crate) const PROGRAM: &str = "LODEMAP_PARSE_WORKER";

pub(crate) fn isolation() -> Option<Isolation> {
    let mut isolation = match std::env::var_os(PROGRAM) {
        None => Isolation::by_this_program(),
        Some(none) if none.is_empty() => return None,
        Some(program) => Isolation::by(program.into()),
    };
    for_tests(&mut isolation);
    Some(isolation)
}

/// Builds for tests have parsers that fail when a file asks for it, and less patience with them.
#[cfg(debug_assertions)]
fn for_tests(isolation: &mut Isolation) {
    if let Some(seconds) = std::env::var("LODEMAP_FAULTS").ok().and_then(|s| s.parse().ok()) {
        isolation.faults = true;
        isolation.limits.time = std::time::Duration::from_secs(seconds);
        isolation.limits.memory = 512 << 20;
    }
}

#[cfg(not(debug_assertions))]
fn for_tests(_: &mut Isolation) {}
