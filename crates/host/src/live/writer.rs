//! The one thread that changes anything: it waits for hints and questions, looks, and publishes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lodemap_base::RelPath;
use lodemap_disk::{Dirty, RootState, Watcher, Woken};

use super::keeper::Keeper;
use super::{Shared, lock};
use crate::error::HostError;
use crate::progress::NoProgress;
use crate::repository::Repository;
use crate::update::Update;

/// Of a step with so many hints it is worth telling how far it is.
const LARGE: usize = 200;

/// Why something must be looked at again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    /// Files were written to all the while.
    Unsettled,
    /// The step failed.
    Failed,
    /// The root is not there.
    Gone,
}

impl Why {
    /// How long to wait before that, if nothing else happens.
    fn pause(self) -> Duration {
        match self {
            Self::Unsettled => Duration::from_millis(50),
            Self::Failed => Duration::from_secs(1),
            Self::Gone => Duration::from_millis(250),
        }
    }
}

/// What must be looked at again: hints that were taken, but are not dealt with.
struct Debt {
    why: Why,
    dirty: Dirty,
    due: Instant,
}

impl Debt {
    fn new(why: Why, dirty: Dirty) -> Self {
        Self { why, dirty, due: Instant::now() + why.pause() }
    }

    fn unsettled(files: Vec<RelPath>) -> Option<Self> {
        (!files.is_empty()).then(|| Self::new(Why::Unsettled, Dirty::files(files)))
    }
}

/// Works until the inbox is stopped, and then saves what was learnt. `unsettled` are files that the first step found in the middle of writing.
pub(super) fn run(shared: &Shared, unsettled: Vec<RelPath>) {
    let mut keeper = Keeper::default();
    keeper.keep(shared);
    work(shared, unsettled, &mut keeper);
    keeper.finish();
    let save = lock(&shared.repository).saver(true);
    save();
}

fn work(shared: &Shared, unsettled: Vec<RelPath>, keeper: &mut Keeper) {
    let mut debt = Debt::unsettled(unsettled);
    let mut poll_at: Option<Instant> = None;
    while !shared.inbox.is_stopped() {
        let watcher = shared.watcher();
        // Whoever asks while something is owed waits for it, and for a moment of rest before it.
        let is_urgent = shared.inbox.is_asked() && debt.as_ref().is_none_or(|debt| debt.why == Why::Gone);
        if !is_urgent {
            let has_polled = !watcher.poll().is_empty();
            poll_at = has_polled.then(|| poll_at.unwrap_or_else(|| Instant::now() + shared.options.poll));
            let deadline = debt.iter().map(|debt| debt.due).chain(poll_at).chain(keeper.due()).min();
            match watcher.settle(shared.options.quiet, deadline) {
                Woken::Closed => return,
                Woken::Timeout if keeper.due().is_some_and(|due| due <= Instant::now()) => {
                    keeper.keep(shared)
                }
                Woken::Dirty | Woken::Called | Woken::Timeout => {}
            }
        }
        // Hints are taken once the step can begin: what comes while others hold the repository is part of it.
        let mut repository = lock(&shared.repository);
        let generation = repository.snapshot().generation();
        let ticket = shared.inbox.begin();
        let since = watcher.since();
        let mut dirty = watcher.take();
        let now = Instant::now();
        if poll_at.is_some_and(|at| at <= now) || shared.inbox.is_asked() {
            dirty.merge(watcher.poll());
            poll_at = None;
        }
        // Only what needs rest waits for its time.
        if let Some(old) = debt.take_if(|debt| debt.why != Why::Unsettled || debt.due <= now) {
            dirty.merge(old.dirty);
        }
        if let Some(mut new) = step(shared, &mut repository, &watcher, &dirty, since) {
            new.dirty.merge(debt.take().map(|old| old.dirty).unwrap_or_default());
            debt = Some(new);
        }
        if repository.snapshot().generation() != generation {
            keeper.note();
        }
        drop(repository);
        // Nobody waits for a root to come back.
        let is_vain = debt.as_ref().is_some_and(|debt| debt.why == Why::Gone);
        shared.inbox.end(ticket, debt.as_ref().map_or(0, |debt| debt.dirty.len()), is_vain);
    }
}

/// One step; gives what must be looked at again.
fn step(
    shared: &Shared,
    repository: &mut Repository,
    watcher: &Arc<Watcher>,
    dirty: &Dirty,
    since: Option<Instant>,
) -> Option<Debt> {
    let update = match shared.root_state() {
        RootState::Here if dirty.is_empty() => return None,
        RootState::Here => {
            let waited = since.map(|since| since.elapsed()).unwrap_or_default();
            refresh(shared, repository, dirty, watcher).map(|update| Update { waited, ..update })
        }
        // It may come back; until then the last state stands, and every answer from it is called stale.
        _ => match open_again(shared) {
            Err(_) => return Some(Debt::new(Why::Gone, Dirty::everything())),
            Ok((other, watcher)) => begin_anew(shared, repository, other, watcher),
        },
    };
    // A step that failed leaves the last state published; the next one looks at everything.
    let Some(update) = update else { return Some(Debt::new(Why::Failed, Dirty::everything())) };
    tell(shared, &update);
    Debt::unsettled(update.unsettled)
}

/// Looks where `dirty` leads; `None` where that failed.
fn refresh(shared: &Shared, repository: &mut Repository, dirty: &Dirty, watcher: &Watcher) -> Option<Update> {
    let is_large = dirty.everything || dirty.len() >= LARGE;
    let progress = shared.options.progress.filter(|_| is_large).map(|make| make());
    let progress = progress.as_deref().unwrap_or(&NoProgress);
    catch_unwind(AssertUnwindSafe(|| repository.refresh(dirty, watcher, progress))).ok()
}

/// What is at the root's path now, which is another folder than the one that was opened.
fn open_again(shared: &Shared) -> Result<(Repository, Arc<Watcher>), HostError> {
    let mut options = shared.options.open.clone();
    options.root = Some(lock(&shared.reader).root().to_path_buf());
    let other = Repository::prepare(&options)?;
    let watcher = Arc::new(Watcher::open(other.root.clone(), shared.cookies.path()));
    Ok((other, watcher))
}

/// Goes on with another root.
fn begin_anew(
    shared: &Shared,
    repository: &mut Repository,
    other: Repository,
    watcher: Arc<Watcher>,
) -> Option<Update> {
    repository.move_to(other);
    let update = refresh(shared, repository, &Dirty::everything(), &watcher);
    *lock(&shared.reader) = repository.reader();
    *lock(&shared.watcher) = watcher;
    update
}

/// Tells the listeners of a new state.
fn tell(shared: &Shared, update: &Update) {
    if update.is_new() {
        lock(&shared.unreported).note(update);
        lock(&shared.listeners).retain(|listener| listener.send(update.clone()).is_ok());
    }
}
