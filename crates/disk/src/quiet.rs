//! When is it time to look at what changed?
//!
//! Changes come in bursts: an editor writes, renames and writes again, a checkout touches thousands of files. A
//! batch waits until nothing has happened for a moment, but not for ever: a build that writes all the time must
//! not keep an index from moving on.

use std::time::{Duration, Instant};

/// How long a batch waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quiet {
    /// For this long nothing must have happened.
    pub quiet: Duration,
    /// But no batch is held back longer than this after its first event.
    pub longest: Duration,
}

impl Default for Quiet {
    fn default() -> Self {
        Quiet { quiet: Duration::from_millis(30), longest: Duration::from_millis(500) }
    }
}

impl Quiet {
    /// When a batch is due whose first and last events came at `first` and `last`. Due is what is not after now.
    ///
    /// An event dated before the first counts as if it had come with it, so a clock that jumps holds nothing up.
    pub fn due(&self, first: Instant, last: Instant) -> Instant {
        (last.max(first) + self.quiet).min(first + self.longest.max(self.quiet))
    }

    /// How long a batch has to wait at `now`; `None` if it is due.
    pub fn wait(&self, first: Instant, last: Instant, now: Instant) -> Option<Duration> {
        let left = self.due(first, last).saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every millisecond of small windows: this is all there is to say about a batch.
    #[test]
    fn a_batch_is_due_after_quiet_or_at_the_latest() {
        #[expect(clippy::disallowed_methods, reason = "any moment will do to count from")]
        let start = Instant::now();
        let ms = Duration::from_millis;
        for (quiet, longest) in [(0, 0), (1, 0), (3, 10), (10, 3), (5, 5)] {
            let window = Quiet { quiet: ms(quiet), longest: ms(longest) };
            for last in 0..25 {
                for now in 0..40 {
                    let due = now >= last + quiet || now >= longest.max(quiet);
                    let wait = window.wait(start, start + ms(last), start + ms(now));
                    assert_eq!(wait.is_none(), due, "{window:?} {last} {now}");
                    if let Some(wait) = wait {
                        // Waiting that long is enough, and not a millisecond too long.
                        let then = start + ms(now) + wait;
                        assert_eq!(window.wait(start, start + ms(last), then), None);
                        assert!(window.wait(start, start + ms(last), then - ms(1)).is_some());
                        assert!(wait <= ms(quiet.max(longest)));
                    }
                }
            }
            assert_eq!(window.due(start + ms(5), start), window.due(start + ms(5), start + ms(5)));
        }
    }
}
