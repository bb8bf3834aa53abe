//! A repository that is opened in the background, so that whoever asks meanwhile is told how far it is.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lodemap_host::{Live, LiveOptions, Progress};
use lodemap_wire::{Problem, ProblemKind};
use serde::{Deserialize, Serialize};

use crate::ask::host_problem;

/// A repository that is being opened, and then kept fresh until this, with all its copies, is closed or dropped.
#[derive(Clone)]
pub struct Opening {
    shared: Arc<Shared>,
}

/// How far the opening is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// What is being done.
    pub name: String,
    /// How much of it is done.
    pub done: usize,
    /// How much there is to do; 0 where that is not known.
    pub total: usize,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    counts: Counts,
}

enum State {
    Opening,
    Ready(Arc<Live>),
    Failed(Problem),
    Closed,
}

/// The latest stage; each part is right by itself, which is enough for people.
#[derive(Default)]
pub(crate) struct Counts {
    name: Mutex<String>,
    done: AtomicUsize,
    total: AtomicUsize,
}

impl Progress for Counts {
    fn stage(&self, name: &str, total: usize) {
        name.clone_into(&mut self.name.lock().unwrap_or_else(PoisonError::into_inner));
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    fn advance(&self, n: usize) {
        self.done.fetch_add(n, Ordering::Relaxed);
    }

    fn done(&self) {}
}

impl Counts {
    /// How far it is.
    pub(crate) fn stage(&self) -> Stage {
        let name = self.name.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let total = self.total.load(Ordering::Relaxed);
        let done = self.done.load(Ordering::Relaxed);
        Stage { name, done: if total > 0 { done.min(total) } else { done }, total }
    }
}

impl Opening {
    /// Begins to open a repository.
    pub fn start(options: LiveOptions) -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::new(State::Opening),
            changed: Condvar::new(),
            counts: Counts::default(),
        });
        let for_thread = shared.clone();
        let opener = std::thread::Builder::new().name("lodemap-opener".into());
        let spawned = opener.spawn(move || {
            let opened = Live::start(options, &for_thread.counts, Vec::new());
            for_thread.settle(match opened {
                Ok((live, _)) => State::Ready(Arc::new(live)),
                Err(error) => State::Failed(host_problem(&error)),
            });
        });
        if let Err(error) = spawned {
            let message = format!("cannot start a thread: {error}; close other programs and try again");
            shared.settle(State::Failed(Problem::new(ProblemKind::Io, message)));
        }
        Self { shared }
    }

    /// One that is open already, and that others may use too.
    pub fn of(live: Arc<Live>) -> Self {
        let (state, changed, counts) = (Mutex::new(State::Ready(live)), Condvar::new(), Counts::default());
        Self { shared: Arc::new(Shared { state, changed, counts }) }
    }

    /// The repository; waits for it at most so long, and is `None` where it is not open by then.
    pub fn wait(&self, patience: Duration) -> Result<Option<Arc<Live>>, Problem> {
        let deadline = Instant::now() + patience;
        let mut state = self.shared.lock();
        loop {
            match &*state {
                State::Ready(live) => return Ok(Some(live.clone())),
                State::Failed(problem) => return Err(problem.clone()),
                State::Closed => {
                    return Err(Problem::new(
                        ProblemKind::Leaving,
                        "the server is about to end; start it again",
                    ));
                }
                State::Opening => {}
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// How far the opening is.
    pub fn stage(&self) -> Stage {
        self.shared.counts.stage()
    }

    /// Whether both are the same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Ends it: what was learnt is kept for the next time, unless somebody still uses the repository after `patience`
    /// or it is not open yet.
    pub fn close(self, patience: Duration) {
        let before = std::mem::replace(&mut *self.shared.lock(), State::Closed);
        // Whoever waits for it need not any more.
        self.shared.changed.notify_all();
        let State::Ready(mut live) = before else { return };
        let deadline = Instant::now() + patience;
        loop {
            match Arc::try_unwrap(live) {
                Ok(last) => return drop(last),
                // The one who still asks closes it with the last reference.
                Err(_) if Instant::now() >= deadline => return,
                Err(shared) => live = shared,
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It is open, or will never be. Nobody wants it any more where it was closed meanwhile.
    fn settle(&self, state: State) {
        let mut current = self.lock();
        if matches!(*current, State::Opening) {
            *current = state;
        }
        drop(current);
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lodemap_host::OpenOptions;

    fn options(root: &std::path::Path) -> LiveOptions {
        LiveOptions {
            open: OpenOptions { root: Some(root.to_path_buf()), ..OpenOptions::default() },
            ..LiveOptions::default()
        }
    }

    #[test]
    fn a_repository_is_ready_in_the_end() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.py"), "def f():\n    pass\n").unwrap();
        let opening = Opening::start(options(folder.path()));
        let live = opening.wait(Duration::from_secs(100)).unwrap().expect("it opens in time");
        assert_eq!(live.snapshot().world().file_count(), 1);
        let stage = opening.stage();
        assert!(stage.total == 0 || stage.done <= stage.total, "{stage:?}");
        drop(live);
        opening.close(Duration::from_secs(1));
    }

    #[test]
    fn what_cannot_be_opened_says_so_each_time() {
        let opening = Opening::start(options(std::path::Path::new("/")));
        for _ in 0..2 {
            let problem = opening.wait(Duration::from_secs(100)).err().expect("it is refused");
            assert_eq!(problem.kind, ProblemKind::Usage);
        }
    }
}
