//! Room for long answers: fewer are worked at than there are processors, so that one is left for short ones.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lodemap_answers::Patience;
use rayon::{ThreadPool, ThreadPoolBuilder};
use rustix::time::{ClockId, clock_gettime};
use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy,
    thread_native_id,
};

/// What answers that take long share.
pub(crate) struct Room {
    /// Threads that work at answers while others ask too, when nothing else has work for a processor; `None` where
    /// there are none to be had.
    idle: Option<ThreadPool>,
    /// The same, but with a share of the processors, for when those get nothing.
    narrow: Option<ThreadPool>,
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
    /// Idle threads are left alone until then.
    starved: Option<Instant>,
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

/// Whatever else wants this thread's processor gets it at once; the system may refuse that, which costs others some time.
///
/// With a mere nice value the system lets a thread run for milliseconds before it looks who else has work.
fn give_way() {
    let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    if set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle).is_err() {
        _ = rustix::process::setpriority_process(None, 19);
    }
}

/// A tenth of what others have.
fn stand_back() {
    _ = rustix::process::setpriority_process(None, 10);
}

/// An answer that takes so long is looked at: the thread was starved if it had a processor for less than this part of
/// the time, as where something else keeps all of them busy for minutes.
const STARVED: (Duration, u32) = (Duration::from_secs(1), 8);
/// For so long idle threads are left alone after that.
const RECOVERY: Duration = Duration::from_secs(20);

/// Whoever waits for a place is asked so often whether anybody waits for them.
const LOOK: Duration = Duration::from_millis(50);

impl Room {
    /// With so many places, for threads that need so much stack.
    pub(crate) fn new(places: usize, stack: usize) -> Self {
        let places = places.max(1);
        let pool = |name: &'static str, begin: fn()| {
            let pool = ThreadPoolBuilder::new().num_threads(places).stack_size(stack);
            pool.thread_name(move |n| format!("{name}-{n}")).start_handler(move |_| begin()).build().ok()
        };
        let (idle, narrow) = (pool("lodemap-idle", give_way), pool("lodemap-long", stand_back));
        Self { idle, narrow, places, state: Mutex::default() }
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
        let may_idle = is_crowded && !self.is_starved(Instant::now());
        match (&self.idle, &self.narrow) {
            (Some(idle), _) if may_idle => {
                let (out, time, worked) = idle.install(|| {
                    let (begun, before) = (Instant::now(), worked());
                    let out = f();
                    (out, begun.elapsed(), worked().saturating_sub(before))
                });
                self.note(time, worked, Instant::now());
                out
            }
            (_, Some(narrow)) if is_crowded => narrow.install(f),
            _ => f(),
        }
    }

    /// Notes that an idle thread took so long for an answer, and had a processor for so much of it.
    fn note(&self, time: Duration, worked: Duration, now: Instant) {
        if time >= STARVED.0 && worked * STARVED.1 < time {
            self.lock().starved = Some(now + RECOVERY);
        }
    }

    fn is_starved(&self, now: Instant) -> bool {
        self.lock().starved.is_some_and(|until| now < until)
    }

    /// How many were worked at together at most.
    pub(crate) fn most(&self) -> usize {
        self.lock().most
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long this thread had a processor.
fn worked() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
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

    #[test]
    fn who_gives_way_is_not_starved_for_long() {
        let room = Room::new(1, 1 << 20);
        let is_idle = |is_crowded| {
            let policy = room.run(is_crowded, || thread_priority::thread_schedule_policy().unwrap());
            policy == ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle)
        };
        assert!(is_idle(true) && !is_idle(false));
        let (second, now) = (Duration::from_secs(1), Instant::now());
        room.note(second / 2, Duration::ZERO, now);
        room.note(second * 4, second, now);
        assert!(is_idle(true), "short, or busy");
        room.note(second * 4, second / 4, now);
        assert!(!is_idle(true) && room.run(true, rayon::current_num_threads) == 1);
        assert!(!room.is_starved(now + RECOVERY));
        // As it really is: a thread that had no processor.
        let room = Room::new(1, 1 << 20);
        room.run(true, || std::thread::sleep(second + second / 10));
        assert!(room.is_starved(Instant::now()));
    }
}
