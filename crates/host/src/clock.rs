//! How long did each stage take?

use std::time::{Duration, Instant};

/// Times of stages, in the order in which they ended.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    begun: Instant,
    last: Instant,
    laps: Vec<(&'static str, Duration)>,
}

impl Clock {
    pub(crate) fn start() -> Self {
        let now = Instant::now();
        Self { begun: now, last: now, laps: Vec::new() }
    }

    /// The stage ends here; the next begins.
    pub(crate) fn lap(&mut self, stage: &'static str) {
        let now = Instant::now();
        self.laps.push((stage, now - self.last));
        self.last = now;
    }

    /// Two stages that ran together end here; their times are to each other as `first` to `second`.
    pub(crate) fn lap_of_two(&mut self, stages: [&'static str; 2], first: Duration, second: Duration) {
        let now = Instant::now();
        let wall = now - self.last;
        let all = (first + second).as_secs_f64();
        let share = if all > 0.0 { first.as_secs_f64() / all } else { 0.0 };
        let of_first = wall.mul_f64(share.clamp(0.0, 1.0)).min(wall);
        self.laps.push((stages[0], of_first));
        self.laps.push((stages[1], wall - of_first));
        self.last = now;
    }

    /// All laps, and their sum as `total`.
    pub(crate) fn times(&self) -> Vec<(&'static str, Duration)> {
        let mut out = self.laps.clone();
        out.push(("total", self.last - self.begun));
        out
    }
}
