//! Many repositories: opened when somebody asks, kept fresh, and closed when there are too many.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use lodemap_host::{Live, LiveOptions, OpenOptions};
use lodemap_wire::{Problem, ProblemKind};

use super::ServeOptions;
use super::events::Hub;
use crate::ask::host_problem;
use crate::event_log::EventLog;
use crate::opening::{Counts, Stage};

/// All repositories of a daemon.
pub(crate) struct Registry<J> {
    open: OpenOptions,
    /// So many may be open.
    most: usize,
    /// So many bytes may they hold.
    memory: u64,
    event_log: Option<Arc<EventLog>>,
    begun: Instant,
    slots: Mutex<BTreeMap<PathBuf, Slot<J>>>,
    /// Something was opened or closed.
    moved: Condvar,
    /// How far those are that are on their way.
    stages: Mutex<BTreeMap<PathBuf, Arc<Counts>>>,
}

enum Slot<J> {
    /// On its way, with the work that waits for it.
    Opening(Vec<J>),
    Open(Arc<Held>),
    /// Being saved, with the work that wants it again.
    Closing(Vec<J>),
}

impl<J> Slot<J> {
    /// Whether nobody asks it anything, and nobody wants to be told of it.
    fn is_unused(&self) -> bool {
        // Others get at it by the slots alone, which are locked.
        matches!(self, Self::Open(held) if Arc::strong_count(held) == 1 && held.hub.len() == 0)
    }
}

/// How many are open or on their way; those that are being closed are as good as gone.
fn staying<J>(slots: &BTreeMap<PathBuf, Slot<J>>) -> usize {
    slots.values().filter(|slot| !matches!(slot, Slot::Closing(_))).count()
}

/// An open repository.
pub(crate) struct Held {
    pub(crate) live: Arc<Live>,
    pub(crate) hub: Arc<Hub>,
    /// Whether it is being compared with a fresh start, which takes all there is.
    pub(crate) is_verified: AtomicBool,
    /// Microseconds after the daemon's begin when somebody last asked.
    used: AtomicU64,
    bytes: AtomicUsize,
    /// The generation whose bytes were counted.
    counted: AtomicU64,
}

/// What becomes of work that wants a repository.
pub(crate) enum Got<J> {
    /// It can be done.
    Ready(Arc<Held>, J),
    /// It comes back once the repository is open.
    Waits,
    /// It is the one to open the repository; it comes back with the others.
    Opens,
    /// It cannot be done.
    Refused(Problem, J),
}

/// What the status tells of a repository.
#[derive(Debug, serde::Serialize)]
pub(crate) struct RepositoryStatus {
    root: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pending: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unused_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscribers: Option<usize>,
    waiting: usize,
    /// How far it is, where it is on its way.
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<Stage>,
}

impl<J: Send> Registry<J> {
    pub(crate) fn new(options: &ServeOptions) -> Self {
        Self {
            open: options.open.clone(),
            most: options.repositories.max(1),
            memory: options.memory,
            event_log: options.event_log.clone(),
            begun: Instant::now(),
            slots: Mutex::default(),
            moved: Condvar::new(),
            stages: Mutex::default(),
        }
    }

    /// The repository at a root, for a piece of work. `Opens` obliges to call [`Registry::open`].
    pub(crate) fn get(&self, root: &Path, work: J) -> Got<J> {
        let mut slots = self.lock();
        match slots.get_mut(root) {
            Some(Slot::Open(held)) => {
                held.used.store(self.now(), Ordering::Relaxed);
                return Got::Ready(held.clone(), work);
            }
            Some(Slot::Opening(waiting) | Slot::Closing(waiting)) => {
                waiting.push(work);
                return Got::Waits;
            }
            None => {}
        }
        if staying(&slots) >= self.most && !slots.values().any(Slot::is_unused) {
            let message = format!(
                "{} repositories are open, and all are in use; try again, or raise --repositories",
                staying(&slots)
            );
            return Got::Refused(Problem::new(ProblemKind::Busy, message), work);
        }
        slots.insert(root.to_owned(), Slot::Opening(vec![work]));
        Got::Opens
    }

    /// Opens a repository; gives the work that waited for it, and why it cannot be done if it cannot.
    pub(crate) fn open(&self, root: &Path) -> (Vec<J>, Option<Problem>) {
        let opened = std::panic::catch_unwind(|| self.start(root));
        let opened = opened.unwrap_or_else(|_| {
            let message = "the repository could not be opened, by a fault of ours; `lodemap doctor` may help";
            Err(Problem::new(ProblemKind::Internal, message))
        });
        let mut slots = self.lock();
        let Some(Slot::Opening(waiting)) = slots.remove(root) else { return (vec![], None) };
        let problem = match opened {
            Ok(held) => {
                slots.insert(root.to_owned(), Slot::Open(Arc::new(held)));
                None
            }
            Err(problem) => Some(problem),
        };
        self.moved.notify_all();
        (waiting, problem)
    }

    /// Nobody will open it: gives the work that waited for that.
    pub(crate) fn give_up(&self, root: &Path) -> Vec<J> {
        let mut slots = self.lock();
        self.moved.notify_all();
        match slots.remove(root) {
            Some(Slot::Opening(waiting)) => waiting,
            _ => vec![],
        }
    }

    fn start(&self, root: &Path) -> Result<Held, Problem> {
        let open = OpenOptions { root: Some(root.to_owned()), ..self.open.clone() };
        let (sender, updates) = channel();
        let options = LiveOptions { open, ..LiveOptions::default() };
        let counts = Arc::new(Counts::default());
        self.stages().insert(root.to_owned(), counts.clone());
        let started = Live::start(options, &*counts, vec![sender]);
        self.stages().remove(root);
        let (live, _) = started.map_err(|e| host_problem(&e))?;
        let hub = Arc::new(Hub::default());
        let for_thread = hub.clone();
        let log = self.event_log.clone().filter(|log| {
            // Each line would be a change that leads to the next.
            let is_outside = !log.is_within(root);
            if !is_outside {
                log.warn_of_place(root);
            }
            is_outside
        });
        let log = log.map(|log| (log, root.display().to_string()));
        let follow = std::thread::Builder::new().name("lodemap-events".into());
        follow.spawn(move || for_thread.follow(&updates, log)).map_err(|e| {
            Problem::new(ProblemKind::Io, format!("a thread cannot be started: {e}; close other programs"))
        })?;
        let (used, bytes, counted) =
            (AtomicU64::new(self.now()), AtomicUsize::new(0), AtomicU64::new(u64::MAX));
        let is_verified = AtomicBool::new(false);
        let held = Held { live: Arc::new(live), hub, is_verified, used, bytes, counted };
        held.count();
        Ok(held)
    }

    /// Closes those that nobody uses, the least recently used first, until no more are open than may be. Gives the
    /// roots that are to be opened again, because somebody asked while they were being closed.
    pub(crate) fn make_room(&self) -> Vec<PathBuf> {
        self.close_while(|slots| staying(slots) > self.most)
    }

    /// The same until they hold no more memory than they may.
    pub(crate) fn keep_house(&self) -> Vec<PathBuf> {
        let open: Vec<Arc<Held>> = self.held();
        open.iter().for_each(|held| held.count());
        drop(open);
        let is_over = |slots: &BTreeMap<PathBuf, Slot<J>>| {
            let bytes = |slot: &Slot<J>| match slot {
                Slot::Open(held) => held.bytes.load(Ordering::Relaxed) as u64,
                _ => 0,
            };
            staying(slots) > 1 && slots.values().map(bytes).sum::<u64>() > self.memory
        };
        self.close_while(is_over)
    }

    fn close_while(&self, is_needed: impl Fn(&BTreeMap<PathBuf, Slot<J>>) -> bool) -> Vec<PathBuf> {
        let mut again = vec![];
        while let Some(closed) = self.close_one(&is_needed) {
            again.extend(closed);
        }
        again
    }

    /// Closes the one that was not used for longest, if `is_needed`: `None` if it is not, else the root if it is to be
    /// opened again.
    fn close_one(&self, is_needed: impl Fn(&BTreeMap<PathBuf, Slot<J>>) -> bool) -> Option<Option<PathBuf>> {
        let mut slots = self.lock();
        if !is_needed(&slots) {
            return None;
        }
        let idle = slots.iter().filter_map(|(root, slot)| match slot {
            Slot::Open(held) if slot.is_unused() => Some((held.used.load(Ordering::Relaxed), root.clone())),
            _ => None,
        });
        let (_, root) = idle.min()?;
        let held = slots.insert(root.clone(), Slot::Closing(vec![]));
        drop(slots);
        // Saves what was learnt, which takes a while.
        drop(held);
        let mut slots = self.lock();
        let again = match slots.remove(&root) {
            Some(Slot::Closing(waiting)) if !waiting.is_empty() => {
                slots.insert(root.clone(), Slot::Opening(waiting));
                Some(root)
            }
            _ => None,
        };
        self.moved.notify_all();
        Some(again)
    }

    /// Closes all, and waits for what is on its way.
    pub(crate) fn close_all(&self) {
        let open: Vec<Slot<J>> = {
            let mut slots = self.lock();
            while slots.values().any(|slot| matches!(slot, Slot::Opening(_) | Slot::Closing(_))) {
                slots = self.moved.wait(slots).unwrap_or_else(PoisonError::into_inner);
            }
            std::mem::take(&mut *slots).into_values().collect()
        };
        std::thread::scope(|scope| {
            for slot in open {
                scope.spawn(|| drop(slot));
            }
        });
    }

    pub(crate) fn held(&self) -> Vec<Arc<Held>> {
        let open = |slot: &Slot<J>| match slot {
            Slot::Open(held) => Some(held.clone()),
            _ => None,
        };
        self.lock().values().filter_map(open).collect()
    }

    /// How far the repository at a root is, where it is on its way.
    pub(crate) fn stage(&self, root: &Path) -> Option<Stage> {
        let is_on_its_way = !matches!(self.lock().get(root)?, Slot::Open(_));
        let unknown = || Stage { name: String::new(), done: 0, total: 0 };
        is_on_its_way.then(|| self.stages().get(root).map_or_else(unknown, |counts| counts.stage()))
    }

    /// What there is to say of each.
    pub(crate) fn status(&self) -> Vec<RepositoryStatus> {
        let slots = self.lock();
        let none = |root: &Path, state, waiting| RepositoryStatus {
            root: root.display().to_string(),
            state,
            files: None,
            generation: None,
            pending: None,
            held_bytes: None,
            unused_seconds: None,
            subscribers: None,
            waiting,
            stage: None,
        };
        let status = |(root, slot): (&PathBuf, &Slot<J>)| match slot {
            Slot::Opening(waiting) => RepositoryStatus {
                stage: self.stages().get(root).map(|counts| counts.stage()),
                ..none(root, "opening", waiting.len())
            },
            Slot::Closing(waiting) => none(root, "closing", waiting.len()),
            Slot::Open(held) => {
                let snapshot = held.live.snapshot();
                let pending = held.live.pending();
                RepositoryStatus {
                    files: Some(snapshot.world().file_count()),
                    generation: Some(held.live.reader().generation(&snapshot).0),
                    pending: Some(pending),
                    held_bytes: Some(held.bytes.load(Ordering::Relaxed)),
                    unused_seconds: Some(
                        self.now().saturating_sub(held.used.load(Ordering::Relaxed)) / 1_000_000,
                    ),
                    subscribers: Some(held.hub.len()),
                    ..none(root, if pending > 0 { "updating" } else { "ready" }, 0)
                }
            }
        };
        slots.iter().map(status).collect()
    }

    fn stages(&self) -> std::sync::MutexGuard<'_, BTreeMap<PathBuf, Arc<Counts>>> {
        self.stages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        self.begun.elapsed().as_micros() as u64
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<PathBuf, Slot<J>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Counts what it holds, where that may be something else by now.
    fn count(&self) {
        let generation = self.live.snapshot().generation().0;
        if self.counted.swap(generation, Ordering::Relaxed) != generation {
            let held = self.live.with_repository(|repository| repository.memory().held);
            self.bytes.store(held, Ordering::Relaxed);
        }
    }
}
