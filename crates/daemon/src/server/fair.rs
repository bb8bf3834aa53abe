//! Whose turn is it? Clients take turns, however much each of them asks.

use std::collections::{BTreeMap, VecDeque};

/// Work that waits, by client.
#[derive(Debug)]
pub(crate) struct Fair<T> {
    lanes: BTreeMap<u64, Lane<T>>,
    /// Clients with work that may begin, each once, the next one first.
    turns: VecDeque<u64>,
    waiting: usize,
    running: usize,
    limits: FairLimits,
}

/// How much may wait and run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FairLimits {
    /// Of one client at the same time.
    pub(crate) running: usize,
    /// Of one client in its queue.
    pub(crate) lane: usize,
    /// Of all clients.
    pub(crate) waiting: usize,
}

#[derive(Debug)]
struct Lane<T> {
    waiting: VecDeque<T>,
    running: usize,
    has_turn: bool,
    /// Nothing of it begins.
    is_held: bool,
}

impl<T> Fair<T> {
    pub(crate) fn new(limits: FairLimits) -> Self {
        Self { lanes: BTreeMap::new(), turns: VecDeque::new(), waiting: 0, running: 0, limits }
    }

    /// How much waits.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    /// How much runs.
    pub(crate) fn running(&self) -> usize {
        self.running
    }

    /// Puts work at the end of a client's queue; gives it back where too much waits.
    pub(crate) fn push(&mut self, client: u64, work: T) -> Result<(), T> {
        if self.waiting >= self.limits.waiting {
            return Err(work);
        }
        let most = self.limits.lane;
        let lane = self.lane(client);
        if lane.waiting.len() >= most {
            return Err(work);
        }
        lane.waiting.push_back(work);
        self.waiting += 1;
        self.give_turn(client);
        Ok(())
    }

    /// Puts work back that had begun: it is the client's next, and no limit is in its way.
    pub(crate) fn put_back(&mut self, client: u64, work: T) {
        self.lane(client).waiting.push_front(work);
        self.waiting += 1;
        self.give_turn(client);
    }

    /// Begins what is next; [`Fair::done`] ends it.
    pub(crate) fn take(&mut self) -> Option<(u64, T)> {
        loop {
            let client = self.turns.pop_front()?;
            let Some(lane) = self.lanes.get_mut(&client) else { continue };
            lane.has_turn = false;
            if lane.running >= self.limits.running || lane.is_held {
                continue;
            }
            let Some(work) = lane.waiting.pop_front() else { continue };
            lane.running += 1;
            self.waiting -= 1;
            self.running += 1;
            self.give_turn(client);
            return Some((client, work));
        }
    }

    /// Something of a client has ended.
    pub(crate) fn done(&mut self, client: u64) {
        let Some(lane) = self.lanes.get_mut(&client) else { return };
        lane.running -= 1;
        self.running -= 1;
        self.give_turn(client);
        self.tidy(client);
    }

    /// Begins nothing of a client, or goes on with it.
    pub(crate) fn hold(&mut self, client: u64, is_held: bool) {
        self.lane(client).is_held = is_held;
        self.give_turn(client);
        self.tidy(client);
    }

    /// Drops what a client waits for.
    pub(crate) fn forget(&mut self, client: u64) -> Vec<T> {
        let Some(lane) = self.lanes.get_mut(&client) else { return vec![] };
        lane.is_held = false;
        let dropped: Vec<T> = lane.waiting.drain(..).collect();
        self.waiting -= dropped.len();
        self.tidy(client);
        dropped
    }

    fn lane(&mut self, client: u64) -> &mut Lane<T> {
        let new = || Lane { waiting: VecDeque::new(), running: 0, has_turn: false, is_held: false };
        self.lanes.entry(client).or_insert_with(new)
    }

    fn give_turn(&mut self, client: u64) {
        let most = self.limits.running;
        let Some(lane) = self.lanes.get_mut(&client) else { return };
        if !lane.has_turn && !lane.is_held && !lane.waiting.is_empty() && lane.running < most {
            lane.has_turn = true;
            self.turns.push_back(client);
        }
    }

    /// Lanes of clients that do nothing take no room.
    fn tidy(&mut self, client: u64) {
        let is_empty = |lane: &Lane<T>| lane.waiting.is_empty() && lane.running == 0 && !lane.is_held;
        if self.lanes.get(&client).is_some_and(is_empty) {
            self.lanes.remove(&client);
            self.turns.retain(|turn| *turn != client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fair() -> Fair<&'static str> {
        Fair::new(FairLimits { running: 2, lane: 4, waiting: 6 })
    }

    #[test]
    fn clients_take_turns() {
        let mut fair = fair();
        for work in ["a1", "a2", "a3", "a4"] {
            fair.push(1, work).unwrap();
        }
        fair.push(2, "b1").unwrap();
        fair.push(3, "c1").unwrap();
        assert_eq!(fair.push(3, "c2"), Err("c2"), "so much may wait");
        let order: Vec<&str> = std::iter::from_fn(|| fair.take()).map(|(_, work)| work).collect();
        assert_eq!(order, ["a1", "b1", "c1", "a2"], "two of one client at the same time");
        fair.done(2);
        assert_eq!(fair.take(), None);
        fair.done(1);
        assert_eq!(fair.take(), Some((1, "a3")));
        assert_eq!((fair.waiting(), fair.running()), (1, 3));
    }

    #[test]
    fn what_was_put_back_is_next() {
        let mut fair = fair();
        fair.push(1, "a1").unwrap();
        fair.push(1, "a2").unwrap();
        let (client, work) = fair.take().unwrap();
        fair.done(client);
        fair.put_back(client, work);
        assert_eq!(fair.take(), Some((1, "a1")));
    }

    #[test]
    fn who_does_not_read_rests() {
        let mut fair = fair();
        fair.push(1, "a1").unwrap();
        fair.push(1, "a2").unwrap();
        fair.hold(1, true);
        fair.push(2, "b1").unwrap();
        fair.push(1, "a3").unwrap();
        assert_eq!((fair.take(), fair.take()), (Some((2, "b1")), None));
        fair.hold(1, false);
        assert_eq!((fair.take(), fair.take()), (Some((1, "a1")), Some((1, "a2"))));
        fair.hold(1, true);
        fair.done(1);
        fair.done(1);
        assert_eq!(fair.take(), None);
        assert_eq!(fair.forget(1), ["a3"]);
        fair.done(2);
        assert!(fair.lanes.is_empty(), "nothing is left of who was held");
    }

    #[test]
    fn who_leaves_is_forgotten() {
        let mut fair = fair();
        fair.push(1, "a1").unwrap();
        fair.push(1, "a2").unwrap();
        fair.push(2, "b1").unwrap();
        assert_eq!(fair.take(), Some((1, "a1")));
        assert_eq!(fair.forget(1), ["a2"]);
        assert_eq!(fair.take(), Some((2, "b1")));
        fair.done(1);
        fair.done(2);
        assert!(fair.lanes.is_empty() && fair.turns.is_empty());
        assert_eq!((fair.waiting(), fair.running()), (0, 0));
        for n in 0..5 {
            assert_eq!(fair.push(9, "x").is_ok(), n < 4, "so much of one client");
        }
    }
}
