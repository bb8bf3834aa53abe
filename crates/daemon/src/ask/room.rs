//! Room for long answers: fewer are worked at than there are processors, so that one is left for short ones.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lodemap_answers::Patience;

/// What answers that take long share.
pub(crate) struct Room {
    /// Threads that work at answers while others ask too; `None` where there are none to be had.
    narrow: Option<rayon::ThreadPool>,
    places: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    taken: usize,
    /// The most that were taken at once.
    most: usize,
    /// Who waits, by when they came. Each is woken alone: all that wait, woken at once for one place, would keep short
    /// answers from the processors.
    waiting: BTreeMap<u64, Arc<Condvar>>,
    came: u64,
    /// How often somebody was woken.
    #[cfg(test)]
    woken: usize,
}

impl State {
    /// Whoever is to be woken because there is a place.
    fn next(&self, places: usize) -> Option<Arc<Condvar>> {
        let first = self.waiting.first_key_value().filter(|_| self.taken < places);
        first.map(|(_, turn)| turn.clone())
    }
}

/// A place in it, until it is dropped.
pub(crate) struct Place<'r>(&'r Room);

/// Whatever else wants this thread's processor gets it first; the system may refuse that, which costs others some time.
fn give_way() {
    _ = rustix::process::setpriority_process(None, NICE);
}

/// The last of the steps by which the system tells threads apart: with smaller ones it still lets them run for
/// milliseconds before it looks who else has work.
const NICE: i32 = 19;

/// Whoever waits for a place is asked so often whether anybody waits for them.
const LOOK: Duration = Duration::from_millis(50);

impl Room {
    /// With so many places, for threads that need so much stack.
    pub(crate) fn new(places: usize, stack: usize) -> Self {
        let places = places.max(1);
        let narrow = rayon::ThreadPoolBuilder::new().num_threads(places).stack_size(stack);
        let narrow = narrow.thread_name(|n| format!("lodemap-long-{n}")).start_handler(|_| give_way());
        let narrow = narrow.build().ok();
        Self { narrow, places, state: Mutex::default() }
    }

    /// Waits for a place, first come, first served; `None` where nobody waits for the answer any more.
    pub(super) fn enter(&self, patience: &Patience) -> Option<Place<'_>> {
        let turn = Arc::new(Condvar::new());
        let mut state = self.lock();
        state.came += 1;
        let number = state.came;
        state.waiting.insert(number, turn.clone());
        let mut is_in = false;
        while !patience.is_over() {
            let is_first = state.waiting.first_key_value().is_some_and(|(first, _)| *first == number);
            if state.taken < self.places && is_first {
                state.taken += 1;
                state.most = state.most.max(state.taken);
                is_in = true;
                break;
            }
            let waited = turn.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner);
            state = waited.0;
            #[cfg(test)]
            {
                state.woken += usize::from(!waited.1.timed_out());
            }
        }
        state.waiting.remove(&number);
        // There may be another place, or the one that this one leaves, for whoever is behind.
        self.wake(state);
        is_in.then(|| Place(self))
    }

    /// Wakes whoever there is a place for.
    fn wake(&self, state: MutexGuard<'_, State>) {
        let next = state.next(self.places);
        drop(state);
        if let Some(turn) = next {
            turn.notify_one();
        }
    }

    /// Works at an answer: here, with all threads for what is parallel in it, or where others ask too on as many threads
    /// as there are places, which give way to whoever else has work.
    pub(crate) fn run<T: Send>(&self, is_crowded: bool, f: impl FnOnce() -> T + Send) -> T {
        match &self.narrow {
            Some(narrow) if is_crowded => narrow.install(f),
            _ => f(),
        }
    }

    /// How many were worked at together at most.
    pub(crate) fn most(&self) -> usize {
        self.lock().most
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.taken -= 1;
        self.0.wake(state);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn who_came_first_is_served_first_and_who_leaves_keeps_nobody() {
        let room = Room::new(1, 1 << 20);
        let waiting = |n: usize| {
            while room.lock().waiting.len() != n {
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        let (sender, order) = channel();
        std::thread::scope(|scope| {
            let first = room.enter(&Patience::new()).unwrap();
            let leaves = Patience::new();
            for n in 0..4 {
                let (sender, leaves) = (sender.clone(), leaves.clone());
                let room = &room;
                scope.spawn(move || {
                    let patience = if n == 0 { leaves } else { Patience::new() };
                    let place = room.enter(&patience);
                    sender.send((n, place.is_some())).unwrap();
                });
                waiting(n + 1);
            }
            leaves.end();
            assert_eq!(order.recv().unwrap(), (0, false));
            drop(first);
            let rest: Vec<_> = (0..3).map(|_| order.recv().unwrap()).collect();
            assert_eq!(rest.iter().filter(|(_, is_in)| *is_in).count(), 3);
        });
        assert_eq!((room.most(), room.lock().taken), (1, 0));
    }

    #[test]
    fn one_is_woken_for_a_place() {
        const MANY: usize = 24;
        let room = Room::new(1, 1 << 20);
        std::thread::scope(|scope| {
            let first = room.enter(&Patience::new()).unwrap();
            for n in 0..MANY {
                let room = &room;
                scope.spawn(move || drop(room.enter(&Patience::new()).unwrap()));
                while room.lock().waiting.len() != n + 1 {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            drop(first);
        });
        let state = room.lock();
        assert!(state.woken <= 2 * MANY, "{} times for {MANY}", state.woken);
        assert!(state.taken == 0 && state.waiting.is_empty());
    }

    #[test]
    fn parallel_parts_are_narrow_in_a_crowd() {
        let room = Room::new(3, 1 << 20);
        assert_eq!(room.run(true, rayon::current_num_threads), 3);
        let all = rayon::current_num_threads();
        assert_eq!(room.run(false, rayon::current_num_threads), all);
    }
}
