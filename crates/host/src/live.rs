//! One repository kept fresh: a watcher tells where to look, one thread brings the state up to date, and whoever
//! asks waits until everything that was written before is in.
//!
//! Readers never wait for each other, nor for an update that they do not need: they hold a snapshot. Only the
//! question "is this still so?" waits, for a bounded time, and is then told what is pending.

mod inbox;
mod keeper;
mod pins;
mod unreported;
mod verify;
mod writer;

use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use lodemap_answers::{FileChange, changes};
use lodemap_base::{ContentHash, Generation, RelPath};
use lodemap_disk::{Dirty, Lagging, Quiet, ReadError, RootState, Watcher};
use lodemap_engine::{Published, Snapshot};

use crate::error::HostError;
use crate::extract::MAX_READ;
use crate::progress::Progress;
use crate::reader::Reader;
use crate::repository::{OpenOptions, Repository};
use crate::status::{StatusAnswer, WatcherStatus};
use crate::update::Update;
use inbox::Inbox;
use pins::Pins;
use unreported::Unreported;

/// How a repository is kept fresh.
#[derive(Clone, Debug)]
pub struct LiveOptions {
    /// What to open.
    pub open: OpenOptions,
    /// How long a batch of events waits for more.
    pub quiet: Quiet,
    /// Look so often at folders that cannot be watched.
    pub poll: Duration,
    /// Makes somebody to be told how far a large step is.
    pub progress: Option<fn() -> Box<dyn Progress>>,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            open: OpenOptions::default(),
            quiet: Quiet::default(),
            poll: Duration::from_secs(2),
            progress: None,
        }
    }
}

/// A repository that is kept fresh by a thread of its own, until it is dropped.
pub struct Live {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

/// An answer's ground, and whether something was written that is not in it yet.
#[derive(Clone)]
pub struct Fresh {
    /// The state.
    pub snapshot: Arc<Snapshot>,
    /// Whether it may lack something that was written before the question.
    pub stale: bool,
    /// How many hints at changes are not dealt with; at least 1 where it is stale.
    pub pending: usize,
}

/// The reply to a notice.
#[derive(Clone)]
pub struct Marked {
    /// The state with what was told.
    pub fresh: Fresh,
    /// What became of each file.
    pub changes: Vec<FileChange>,
    /// Whether the file on disk has another content than was told.
    pub differs: bool,
}

struct Shared {
    options: LiveOptions,
    published: Published,
    repository: Mutex<Repository>,
    /// The repository's root and what answers need, at hand while a step holds the repository.
    reader: Mutex<Reader>,
    watcher: Mutex<Arc<Watcher>>,
    inbox: Inbox,
    pins: Mutex<Pins>,
    unreported: Mutex<Unreported>,
    listeners: Mutex<Vec<Sender<Update>>>,
    /// A folder of our own, in which barriers put their files.
    cookies: tempfile::TempDir,
}

/// Taken by a thread that panicked: what it guards is replaced as a whole, never half-way.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Live {
    /// Opens a repository, watches it, reads it, and keeps it fresh from then on. Gives the first step; each later one
    /// goes to the `listeners`.
    pub fn start(
        options: LiveOptions,
        progress: &dyn Progress,
        listeners: Vec<Sender<Update>>,
    ) -> Result<(Self, Update), HostError> {
        let mut repository = Repository::prepare(&options.open)?;
        let cookies = tempfile::Builder::new().prefix("lodemap-").tempdir().map_err(HostError::Cookies)?;
        let watcher = Arc::new(Watcher::open(repository.root.clone(), cookies.path()));
        // Each folder is watched before it is listed, so nothing can happen unseen in between.
        let first = repository.refresh(&Dirty::everything(), &*watcher, progress);
        repository.note_opened(&first);
        repository.warm_up();
        let shared = Arc::new(Shared {
            options,
            published: repository.published(),
            reader: Mutex::new(repository.reader()),
            repository: Mutex::new(repository),
            watcher: Mutex::new(watcher),
            inbox: Inbox::default(),
            pins: Mutex::default(),
            unreported: Mutex::default(),
            listeners: Mutex::new(listeners),
            cookies,
        });
        let (for_thread, unsettled) = (shared.clone(), first.unsettled.clone());
        let writer = std::thread::Builder::new().name("lodemap-writer".into()).spawn(move || {
            writer::run(&for_thread, unsettled);
        });
        let writer = writer.map_err(HostError::Thread)?;
        Ok((Self { shared, writer: Some(writer) }, first))
    }

    /// The current state, as it is.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.shared.published.load()
    }

    /// The state with everything that was written before this call; waits for it at most so long.
    pub fn fresh(&self, wait: Duration) -> Fresh {
        self.ask(wait, |watcher, deadline| {
            let heard = match watcher.barrier(deadline.saturating_duration_since(Instant::now())) {
                Ok(()) => true,
                // Without events to wait for, a look at everything tells as much.
                Err(Lagging::Broken { .. }) => {
                    watcher.add(Dirty::everything());
                    true
                }
                Err(Lagging::Late(_) | Lagging::Closed) => false,
            };
            // Where something is polled, only a look can tell.
            let nothing_waits = || watcher.pending() == 0 && watcher.poll().is_empty();
            let is_idle = heard && self.shared.is_here() && self.shared.inbox.is_idle(nothing_waits);
            (is_idle || self.settle(watcher, deadline)) && heard
        })
    }

    /// Gives the state once `catch_up` brought it up to date, which tells whether it could.
    fn ask(&self, wait: Duration, catch_up: impl Fn(&Watcher, Instant) -> bool) -> Fresh {
        let deadline = Instant::now() + wait;
        loop {
            let watcher = self.shared.watcher();
            let was_here = self.shared.is_here();
            let is_done = catch_up(&watcher, deadline);
            // Where another root took the place of this one, the hints were another watcher's.
            let is_the_same = Arc::ptr_eq(&watcher, &self.shared.watcher());
            if !is_the_same && Instant::now() < deadline {
                continue;
            }
            let stale = !(is_done && is_the_same && was_here && self.shared.is_here());
            let pending = if stale { (watcher.pending() + self.shared.inbox.owed()).max(1) } else { 0 };
            return Fresh { snapshot: self.snapshot(), stale, pending };
        }
    }

    /// Has everything dealt with that is known now.
    fn settle(&self, watcher: &Watcher, deadline: Instant) -> bool {
        let ticket = self.shared.inbox.ask();
        watcher.call();
        self.shared.inbox.wait(ticket, deadline)
    }

    /// Takes a notice that these files were written, created or removed, whatever the system tells of it, and looks at
    /// them. The answer is the state with them, and what became of each since it was last asked for, or lately.
    pub fn mark_dirty(&self, paths: &[RelPath], wait: Duration) -> Marked {
        let before = self.snapshot();
        let fresh = self.look(&Dirty::files(paths.iter().cloned()), wait);
        let mut unreported = lock(&self.shared.unreported);
        let since = |path: &RelPath| unreported.take(path).unwrap_or_else(|| before.clone());
        let states: Vec<Arc<Snapshot>> = paths.iter().map(since).collect();
        drop(unreported);
        let each = paths.iter().zip(&states);
        let changes = each.flat_map(|(p, before)| changes(before, &fresh.snapshot, std::slice::from_ref(p)));
        let changes = changes.collect();
        Marked { fresh, changes, differs: false }
    }

    /// The same for one file that was written with this content. What is on disk is the truth: where that is another
    /// content, the answer says so and is about the file on disk.
    pub fn mark_written(&self, path: &RelPath, content: &[u8], wait: Duration) -> Marked {
        let mut marked = self.mark_dirty(std::slice::from_ref(path), wait);
        let world = marked.fresh.snapshot.world();
        let indexed = world.file_at(path.as_str()).map(|id| world.file(id).facts.hashes.content);
        marked.differs = match indexed {
            Some(indexed) => indexed != ContentHash::of(content),
            None => self.is_other_on_disk(path, content),
        };
        marked
    }

    /// Whether a file that is not indexed has another content, or is not there at all.
    fn is_other_on_disk(&self, path: &RelPath, content: &[u8]) -> bool {
        let root = self.reader().root;
        match root.read(path, MAX_READ) {
            Ok(read) => read.bytes != content,
            Err(ReadError::Missing(_) | ReadError::Symlink(_) | ReadError::NotRegular(_)) => true,
            Err(ReadError::TooLarge { size, .. }) => size != content.len() as u64,
            Err(ReadError::Unstable(_) | ReadError::Io { .. }) => false,
        }
    }

    /// Looks where `dirty` leads, now.
    fn look(&self, dirty: &Dirty, wait: Duration) -> Fresh {
        self.ask(wait, |watcher, deadline| {
            watcher.add(dirty.clone());
            self.settle(watcher, deadline)
        })
    }

    /// Looks at everything, whatever was told before.
    pub fn reconcile(&self, wait: Duration) -> Fresh {
        self.look(&Dirty::everything(), wait)
    }

    /// What was opened, at the place where it is.
    pub(crate) fn open_options(&self) -> OpenOptions {
        OpenOptions { root: Some(self.root()), ..self.shared.options.open.clone() }
    }

    /// Keeps the current state at hand under its number, for a session that asks several questions of one state.
    pub fn pin(&self) -> Arc<Snapshot> {
        let snapshot = self.snapshot();
        lock(&self.shared.pins).keep(snapshot.clone());
        snapshot
    }

    /// The same for a state that was answered from.
    pub fn keep(&self, snapshot: Arc<Snapshot>) {
        lock(&self.shared.pins).keep(snapshot);
    }

    /// A state that was pinned; `None` once too many others were pinned after it.
    pub fn pinned(&self, generation: Generation) -> Option<Arc<Snapshot>> {
        lock(&self.shared.pins).get(generation)
    }

    /// How many hints at changes are not dealt with; waits for nothing.
    pub fn pending(&self) -> usize {
        self.shared.watcher().pending() + self.shared.inbox.owed()
    }

    /// Health and coverage.
    pub fn status(&self) -> StatusAnswer {
        let watcher = self.shared.watcher();
        let repository = lock(&self.shared.repository);
        let pending = watcher.pending() + self.shared.inbox.owed();
        let mut status = repository.status();
        drop(repository);
        let health = watcher.health();
        status.state = match self.shared.root_state() {
            RootState::Here if pending > 0 => "updating",
            RootState::Here if health.problem.is_some() => "degraded",
            RootState::Here => "ready",
            RootState::Gone => "root_gone",
            RootState::Moved => "root_moved",
            RootState::Replaced => "root_replaced",
        };
        status.pending = pending;
        status.watcher = WatcherStatus {
            mode: health.mode,
            dirs: health.dirs,
            polled: health.polled,
            overflows: health.overflows,
            problem: health.problem,
        };
        status
    }

    /// Runs `f` with the repository as it is between two steps; steps wait meanwhile.
    pub fn with_repository<T>(&self, f: impl FnOnce(&Repository) -> T) -> T {
        f(&lock(&self.shared.repository))
    }

    /// What answers need besides a state; a step that is under way keeps nobody waiting.
    pub fn reader(&self) -> Reader {
        lock(&self.shared.reader).clone()
    }

    /// Tells one more of each later step.
    pub fn listen(&self, listener: Sender<Update>) {
        lock(&self.shared.listeners).push(listener);
    }

    /// The absolute path of the root.
    pub fn root(&self) -> PathBuf {
        lock(&self.shared.reader).root().to_path_buf()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.shared.inbox.stop();
        self.shared.watcher().call();
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has nothing more to say.
            let _ = writer.join();
        }
    }
}

impl Shared {
    fn root_state(&self) -> RootState {
        lock(&self.reader).root.state()
    }

    fn is_here(&self) -> bool {
        self.root_state() == RootState::Here
    }

    fn watcher(&self) -> Arc<Watcher> {
        lock(&self.watcher).clone()
    }
}
