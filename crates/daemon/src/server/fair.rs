//! Whose turn is it? Clients take turns, however much each of them asks, and whoever was given less time comes first.
//!
//! Each client has a clock that its work moves on; who has waited for longest by these clocks is next. A client that
//! comes anew, or did nothing for a while, begins where the others are, so that nobody saves up turns.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Work that waits, by client.
#[derive(Debug)]
pub(crate) struct Fair<T> {
    lanes: BTreeMap<u64, Lane<T>>,
    /// Clients with work that may begin, by their clocks, then by who came first.
    turns: BTreeSet<(u64, u64, u64)>,
    /// The clock of the client that was last given a turn, and how many turns were asked for.
    now: u64,
    asked: u64,
    /// The clocks of those that are connected.
    clocks: BTreeMap<u64, u64>,
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
    /// Of all clients; of each one may wait beyond that.
    pub(crate) waiting: usize,
}

#[derive(Debug)]
struct Lane<T> {
    waiting: VecDeque<T>,
    running: usize,
    turn: Option<(u64, u64, u64)>,
    /// Nothing of it begins.
    is_held: bool,
}

/// More clocks than there are clients, usually.
const MANY: usize = 4096;

impl<T> Fair<T> {
    pub(crate) fn new(limits: FairLimits) -> Self {
        let (lanes, turns, clocks) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        Self { lanes, turns, now: 0, asked: 0, clocks, waiting: 0, running: 0, limits }
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
        // Whatever others have waiting, there is room for one of each.
        let most = if self.waiting >= self.limits.waiting { 1 } else { self.limits.lane };
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
            let (clock, _, client) = self.turns.pop_first()?;
            let Some(lane) = self.lanes.get_mut(&client) else { continue };
            lane.turn = None;
            if lane.running >= self.limits.running || lane.is_held {
                continue;
            }
            let Some(work) = lane.waiting.pop_front() else { continue };
            lane.running += 1;
            self.now = self.now.max(clock);
            self.waiting -= 1;
            self.running += 1;
            self.give_turn(client);
            return Some((client, work));
        }
    }

    /// Something of a client has ended, and took so long.
    pub(crate) fn done(&mut self, client: u64, time: u64) {
        let Some(lane) = self.lanes.get_mut(&client) else { return };
        if let Some(clock) = self.clocks.get_mut(&client) {
            *clock += time;
        }
        // A turn that it has already is one by the new time.
        if let Some(turn) = lane.turn.take() {
            self.turns.remove(&turn);
        }
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
        self.clocks.remove(&client);
        if self.clocks.len() > MANY {
            // Work that ended after its client was forgotten may have left some behind; those that are late lose nothing.
            let now = self.now;
            self.clocks.retain(|client, clock| *clock > now || self.lanes.contains_key(client));
        }
        let Some(lane) = self.lanes.get_mut(&client) else { return vec![] };
        lane.is_held = false;
        let dropped: Vec<T> = lane.waiting.drain(..).collect();
        self.waiting -= dropped.len();
        self.tidy(client);
        dropped
    }

    fn lane(&mut self, client: u64) -> &mut Lane<T> {
        let new = || Lane { waiting: VecDeque::new(), running: 0, turn: None, is_held: false };
        self.lanes.entry(client).or_insert_with(new)
    }

    fn give_turn(&mut self, client: u64) {
        let most = self.limits.running;
        let Some(lane) = self.lanes.get_mut(&client) else { return };
        if lane.turn.is_none() && !lane.is_held && !lane.waiting.is_empty() && lane.running < most {
            let clock = self.clocks.entry(client).or_insert(self.now);
            *clock = (*clock).max(self.now);
            self.asked += 1;
            let turn = (*clock, self.asked, client);
            lane.turn = Some(turn);
            self.turns.insert(turn);
        }
    }

    /// Lanes of clients that do nothing take no room.
    fn tidy(&mut self, client: u64) {
        let is_empty = |lane: &Lane<T>| lane.waiting.is_empty() && lane.running == 0 && !lane.is_held;
        if self.lanes.get(&client).is_some_and(is_empty) {
            let lane = self.lanes.remove(&client);
            lane.and_then(|lane| lane.turn).iter().for_each(|turn| _ = self.turns.remove(turn));
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
        fair.push(4, "d1").unwrap();
        assert_eq!(fair.forget(4), ["d1"], "but for one of each");
        let order: Vec<&str> = std::iter::from_fn(|| fair.take()).map(|(_, work)| work).collect();
        assert_eq!(order, ["a1", "b1", "c1", "a2"], "two of one client at the same time");
        fair.done(2, 0);
        assert_eq!(fair.take(), None);
        fair.done(1, 0);
        assert_eq!(fair.take(), Some((1, "a3")));
        assert_eq!((fair.waiting(), fair.running()), (1, 3));
    }

    #[test]
    fn who_was_given_less_comes_first() {
        let mut fair = Fair::new(FairLimits { running: 1, lane: 9, waiting: 99 });
        for n in 1..=3 {
            (0..3).for_each(|_| fair.push(n, "large").unwrap());
        }
        fair.push(4, "small").unwrap();
        let mut order = vec![];
        for _ in 0..6 {
            let (client, work) = fair.take().unwrap();
            order.push(client);
            fair.done(client, if work == "large" { 100 } else { 1 });
            if client == 4 {
                fair.push(4, "small").unwrap();
            }
        }
        assert_eq!(order, [1, 2, 3, 4, 4, 4], "until it was given as much");
        // Who did nothing for a while has saved up nothing.
        fair.forget(4);
        (0..150).for_each(|_| {
            if let Some((client, _)) = fair.take() {
                fair.done(client, 100);
            }
        });
        fair.push(5, "late").unwrap();
        assert_eq!(fair.turns.first().unwrap().0, fair.now);
    }

    #[test]
    fn what_was_put_back_is_next() {
        let mut fair = fair();
        fair.push(1, "a1").unwrap();
        fair.push(1, "a2").unwrap();
        let (client, work) = fair.take().unwrap();
        fair.done(client, 0);
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
        fair.done(1, 0);
        fair.done(1, 0);
        assert_eq!(fair.take(), None);
        assert_eq!(fair.forget(1), ["a3"]);
        fair.done(2, 0);
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
        fair.done(1, 0);
        fair.done(2, 0);
        assert!(fair.lanes.is_empty() && fair.turns.is_empty() && fair.clocks.len() == 1);
        assert_eq!((fair.waiting(), fair.running()), (0, 0));
        for n in 0..5 {
            assert_eq!(fair.push(9, "x").is_ok(), n < 4, "so much of one client");
        }
    }
}
