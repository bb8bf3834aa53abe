//! What waits to be answered: short questions and long ones in queues of their own, each fair among clients.
//!
//! A long question keeps a thread for as long as hundreds of short ones take. So some threads are there for short ones
//! alone, and of long ones each client has one at a time. Who may work at the same time is decided in [`crate::ask`].

use std::time::{Duration, Instant};

use lodemap_wire::Request;

use super::fair::{Fair, FairLimits};
use super::jobs::{Job, Work};
use super::limits::Limits;

/// How much work a question is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// A look at one place or at names.
    Short,
    /// A look at all files, at texts, or at much that is written down.
    Long,
}

/// A list with more rows is long.
const MANY: usize = 500;

impl Class {
    /// By the question alone: before it is answered no more is known.
    pub(crate) fn of(work: &Work) -> Self {
        let Work::Ask(call) = work else { return Self::Short };
        match &call.request {
            Request::Definition(_)
            | Request::Outline(_)
            | Request::Status(_)
            | Request::Languages(_)
            | Request::MarkDirty(_) => Self::Short,
            Request::Symbols(symbols) if (1..=MANY).contains(&symbols.limit) => Self::Short,
            Request::Symbols(_)
            | Request::Map(_)
            | Request::Context(_)
            | Request::Search(_)
            | Request::References(_)
            | Request::Callers(_)
            | Request::Callees(_)
            | Request::Impact(_)
            | Request::Dependencies(_)
            | Request::Verify(_)
            | Request::Export(_) => Self::Long,
        }
    }
}

/// What is next, of whom.
pub(super) struct Turn {
    pub(super) class: Class,
    pub(super) job: Job,
    /// Whether others ask too.
    pub(super) is_crowded: bool,
}

/// Work that waits, by class and client.
pub(super) struct Queue {
    short: Fair<Job>,
    long: Fair<Job>,
    /// So many threads may be at work at each.
    most_short: usize,
    most_long: usize,
    /// Whether a long one is preferred where either may begin.
    is_long_next: bool,
    /// The last two clients that were given a turn, and when.
    latest: [Option<(u64, Instant)>; 2],
}

/// Whoever was given a turn so short a time ago is there still.
const LATELY: Duration = Duration::from_secs(1);

impl Queue {
    pub(super) fn new(limits: &Limits) -> Self {
        let fair =
            |running| Fair::new(FairLimits { running, lane: limits.outstanding, waiting: limits.waiting });
        let most_long = (limits.workers / 2).max(1);
        Self {
            short: fair(limits.running),
            // One that floods with long ones keeps one thread.
            long: fair(1),
            most_short: limits.workers.saturating_sub(most_long).max(1),
            most_long,
            is_long_next: false,
            latest: [None; 2],
        }
    }

    fn fair(&mut self, class: Class) -> &mut Fair<Job> {
        match class {
            Class::Short => &mut self.short,
            Class::Long => &mut self.long,
        }
    }

    /// Puts work at the end of its client's queue; gives it back where too much waits.
    pub(super) fn push(&mut self, job: Job) -> Result<(), Job> {
        self.fair(Class::of(&job.work)).push(job.lane, job)
    }

    /// Puts work back that had begun.
    pub(super) fn put_back(&mut self, job: Job) {
        self.fair(Class::of(&job.work)).put_back(job.lane, job);
    }

    /// Begins what is next; [`Queue::done`] ends it.
    pub(super) fn take(&mut self) -> Option<Turn> {
        let order = match self.is_long_next {
            true => [Class::Long, Class::Short],
            false => [Class::Short, Class::Long],
        };
        let (class, lane, job) = order.into_iter().find_map(|class| {
            let is_full = match class {
                Class::Short => self.short.running() >= self.most_short,
                Class::Long => self.long.running() >= self.most_long,
            };
            let (lane, job) = if is_full { None } else { self.fair(class).take() }?;
            Some((class, lane, job))
        })?;
        // By turns, so that a single thread has time for both.
        self.is_long_next = class == Class::Short;
        Some(Turn { class, job, is_crowded: self.is_crowded(lane, Instant::now()) })
    }

    /// Notes that a client was given a turn; whether others were lately too.
    fn is_crowded(&mut self, lane: u64, now: Instant) -> bool {
        if self.latest[0].is_none_or(|(latest, _)| latest != lane) {
            self.latest.swap(0, 1);
        }
        self.latest[0] = Some((lane, now));
        self.latest[1].is_some_and(|(_, at)| now.duration_since(at) < LATELY)
    }

    /// Something of a client has ended, and took so long.
    pub(super) fn done(&mut self, class: Class, lane: u64, time: Duration) {
        self.fair(class).done(lane, time.as_micros() as u64);
    }

    /// Begins nothing of a client, or goes on with it.
    pub(super) fn hold(&mut self, lane: u64, is_held: bool) {
        self.short.hold(lane, is_held);
        self.long.hold(lane, is_held);
    }

    /// Drops what a client waits for.
    pub(super) fn forget(&mut self, lane: u64) -> Vec<Job> {
        let mut dropped = self.short.forget(lane);
        dropped.extend(self.long.forget(lane));
        dropped
    }

    /// How much waits.
    pub(super) fn waiting(&self) -> usize {
        self.short.waiting() + self.long.waiting()
    }

    /// How much runs.
    pub(super) fn running(&self) -> usize {
        self.short.running() + self.long.running()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lodemap_wire::Call;
    use serde_json::json;

    use super::*;
    use crate::server::client::Ticket;

    fn job(lane: u64, method: &str) -> Job {
        let params = match method {
            "context" => json!({"task": "x"}),
            "definition" => json!({"subject": "x"}),
            _ => json!({}),
        };
        let call = Call::parse(method, params.as_object().unwrap().clone()).unwrap();
        let (ticket, reply) = (Arc::new(Ticket::default()), Arc::new(|_| {}));
        Job { lane, ticket, reply, work: Work::Ask(Box::new(call)) }
    }

    fn queue(workers: usize) -> Queue {
        Queue::new(&Limits { workers, running: 2, outstanding: 64, ..Limits::default() })
    }

    /// What begins while nothing ends: client and class.
    fn begun(queue: &mut Queue) -> Vec<(u64, Class)> {
        std::iter::from_fn(|| queue.take()).map(|turn| (turn.job.lane, turn.class)).collect()
    }

    use Class::{Long, Short};

    #[test]
    fn lists_are_long_where_they_are_not_bounded() {
        let class = |limit: u64| {
            let params = json!({"limit": limit}).as_object().unwrap().clone();
            Class::of(&Work::Ask(Box::new(Call::parse("symbols", params).unwrap())))
        };
        assert_eq!([class(1), class(500), class(501), class(0)], [Short, Short, Long, Long]);
        assert_eq!(Class::of(&Work::Status), Short);
    }

    #[test]
    fn a_short_one_waits_for_no_long_one() {
        let mut queue = queue(8);
        // Clients that flood with long ones, in front of everybody.
        for _ in 0..60 {
            (1..=9).for_each(|lane| _ = queue.push(job(lane, "context")));
        }
        let first: Vec<_> = (1..=4).map(|lane| (lane, Long)).collect();
        assert_eq!(begun(&mut queue), first, "half of the threads, and of each client one");
        // The first of them asks something short too, and so does somebody else.
        queue.push(job(1, "definition")).map_err(|_| ()).unwrap();
        queue.push(job(20, "definition")).map_err(|_| ()).unwrap();
        assert_eq!(begun(&mut queue), [(1, Short), (20, Short)]);
        queue.done(Long, 1, Duration::from_secs(1));
        assert_eq!(begun(&mut queue), [(5, Long)], "whoever had none yet");
    }

    #[test]
    fn short_ones_leave_room_for_long_ones() {
        let mut queue = queue(4);
        (1..=20).for_each(|lane| _ = queue.push(job(lane, "definition")));
        queue.push(job(30, "context")).map_err(|_| ()).unwrap();
        assert_eq!(begun(&mut queue), [(1, Short), (30, Long), (2, Short)]);
        // A single thread takes turns.
        let mut queue = self::queue(1);
        for _ in 0..3 {
            queue.push(job(1, "definition")).map_err(|_| ()).unwrap();
            queue.push(job(2, "context")).map_err(|_| ()).unwrap();
        }
        let order: Vec<Class> = std::iter::from_fn(|| {
            let turn = queue.take()?;
            queue.done(turn.class, turn.job.lane, Duration::from_millis(1));
            Some(turn.class)
        })
        .collect();
        assert_eq!(order, [Short, Long, Short, Long, Short, Long]);
    }

    #[test]
    fn it_is_crowded_where_two_ask() {
        let mut queue = queue(4);
        let now = Instant::now();
        assert!(!queue.is_crowded(1, now) && !queue.is_crowded(1, now));
        assert!(queue.is_crowded(2, now) && queue.is_crowded(2, now) && queue.is_crowded(1, now));
        assert!(!queue.is_crowded(1, now + LATELY), "the other one is gone");
    }
}
