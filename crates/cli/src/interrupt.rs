//! What happens on Ctrl-C?
//!
//! The process ends at once with its own exit code. Nothing needs to be undone: answers write nothing but
//! stdout.

use crate::exit::INTERRUPTED;
use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;
use std::io::{self, IsTerminal, Write};

/// Waits for the signal in a thread of its own. If that cannot be had, the system's way to die remains.
pub(crate) fn listen() {
    let Ok(mut signals) = Signals::new([SIGINT]) else { return };
    let _ = std::thread::Builder::new().name("interrupt".into()).spawn(move || {
        if signals.forever().next().is_some() {
            let mut stderr = io::stderr();
            if stderr.is_terminal() {
                // Leaves no half of a progress bar behind.
                let _ = stderr.write_all(b"\r\x1b[K");
            }
            signal_hook::low_level::exit(INTERRUPTED.into());
        }
    });
}
