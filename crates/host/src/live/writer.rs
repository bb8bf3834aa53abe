//! The one thread that changes anything: it waits for hints and questions, looks, and publishes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lodemap_disk::{Dirty, RootState, Watcher, Woken};

use super::{Shared, lock};
use crate::error::HostError;
use crate::progress::NoProgress;
use crate::repository::Repository;
use crate::update::Update;

/// Files that were written to all the while are looked at again after this.
const UNSETTLED: Duration = Duration::from_millis(50);
/// After a step that failed, everything is looked at again, but not at once.
const FAILED: Duration = Duration::from_secs(1);
/// Of a step with so many hints it is worth telling how far it is.
const LARGE: usize = 200;
/// A root that is gone is looked for this often.
const GONE: Duration = Duration::from_millis(250);

/// Works until the inbox is stopped.
pub(super) fn run(shared: &Shared) {
    // What has to be looked at again, and when.
    let mut again: Option<(Instant, Dirty)> = None;
    let mut poll_at: Option<Instant> = None;
    while !shared.inbox.is_stopped() {
        let watcher = shared.watcher();
        if !shared.inbox.is_asked() {
            let has_polled = !watcher.poll().is_empty();
            poll_at = has_polled.then(|| poll_at.unwrap_or_else(|| Instant::now() + shared.options.poll));
            let deadline = again.iter().map(|(at, _)| *at).chain(poll_at).min();
            match watcher.settle(shared.options.quiet, deadline) {
                Woken::Closed => return,
                Woken::Dirty | Woken::Called | Woken::Timeout => {}
            }
        }
        let ticket = shared.inbox.begin();
        let since = watcher.since();
        let mut dirty = watcher.take();
        let now = Instant::now();
        if poll_at.is_some_and(|at| at <= now) || shared.inbox.is_asked() {
            dirty.merge(watcher.poll());
            poll_at = None;
        }
        if let Some((_, more)) = again.take_if(|(at, _)| *at <= now) {
            dirty.merge(more);
        }
        if let Some((wait, more)) = step(shared, &watcher, &dirty, since) {
            let mut all = again.take().map(|(_, dirty)| dirty).unwrap_or_default();
            all.merge(more);
            again = Some((Instant::now() + wait, all));
        }
        shared.inbox.end(ticket);
    }
}

/// One step; gives what must be looked at again, and after what time.
fn step(
    shared: &Shared,
    watcher: &Arc<Watcher>,
    dirty: &Dirty,
    since: Option<Instant>,
) -> Option<(Duration, Dirty)> {
    if shared.root_state() != RootState::Here {
        return match begin_anew(shared) {
            Ok(()) => None,
            // It may come back; until then the last state stands, and every answer from it is called stale.
            Err(_) => Some((GONE, Dirty::everything())),
        };
    }
    if dirty.is_empty() {
        return None;
    }
    let mut repository = lock(&shared.repository);
    let waited = since.map(|since| since.elapsed()).unwrap_or_default();
    // A step that panics leaves the last state published; the next one looks at everything.
    let is_large = dirty.everything || dirty.len() >= LARGE;
    let progress = shared.options.progress.filter(|_| is_large).map(|make| make());
    let progress = progress.as_deref().unwrap_or(&NoProgress);
    let update = catch_unwind(AssertUnwindSafe(|| repository.refresh(dirty, &**watcher, progress)));
    drop(repository);
    let Ok(mut update) = update else { return Some((FAILED, Dirty::everything())) };
    update.waited = waited;
    tell(shared, &update);
    (!update.unsettled.is_empty()).then(|| (UNSETTLED, Dirty::files(update.unsettled)))
}

/// The root is no longer the folder that was opened: opens what is at its path now.
fn begin_anew(shared: &Shared) -> Result<(), HostError> {
    let mut options = shared.options.open.clone();
    options.root = Some(lock(&shared.root).path().to_path_buf());
    let fresh = Repository::prepare(&options)?;
    let watcher = Arc::new(Watcher::open(fresh.root.clone(), shared.cookies.path()));
    let mut repository = lock(&shared.repository);
    repository.move_to(fresh);
    let update = repository.refresh(&Dirty::everything(), &*watcher, &NoProgress);
    *lock(&shared.root) = repository.root.clone();
    *lock(&shared.watcher) = watcher;
    drop(repository);
    tell(shared, &update);
    Ok(())
}

/// Tells the listeners of a new state.
fn tell(shared: &Shared, update: &Update) {
    if update.is_new() {
        lock(&shared.listeners).retain(|listener| listener.send(update.clone()).is_ok());
    }
}
