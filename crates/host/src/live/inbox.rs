//! Who waits for the writer, and up to where is it?

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

/// Tickets of those who want to know that everything known so far is dealt with.
#[derive(Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Clone, Copy, Default)]
struct State {
    asked: u64,
    done: u64,
    /// Between taking hints and publishing what came of them.
    busy: bool,
    /// Hints that were taken and must be looked at again: the published state may lack what they lead to.
    owed: usize,
    stopped: bool,
}

impl Inbox {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks that all hints that are there now be dealt with.
    pub(super) fn ask(&self) -> u64 {
        let mut state = self.state();
        state.asked += 1;
        state.asked
    }

    /// Waits until that is done, or until the deadline; tells whether it is done and nothing is owed.
    pub(super) fn wait(&self, ticket: u64, deadline: Instant) -> bool {
        let mut state = self.state();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if state.done >= ticket || state.stopped || left.is_zero() {
                return state.done >= ticket && state.owed == 0;
            }
            state = self.moved.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Whether nothing is under way, nothing is owed, and nothing is known to be waiting.
    pub(super) fn is_idle(&self, nothing_waits: impl FnOnce() -> bool) -> bool {
        let state = self.state();
        !state.busy && state.owed == 0 && nothing_waits()
    }

    /// The writer begins; everything asked up to here is answered when it ends. Must come before hints are taken.
    pub(super) fn begin(&self) -> u64 {
        let mut state = self.state();
        state.busy = true;
        state.asked
    }

    /// The writer has dealt with what was there when it began, up to what is owed now. Those who asked go on waiting
    /// for that, unless it is `vain`.
    pub(super) fn end(&self, ticket: u64, owed: usize, vain: bool) {
        let mut state = self.state();
        state.busy = false;
        state.owed = owed;
        if owed == 0 || vain {
            state.done = state.done.max(ticket);
        }
        self.moved.notify_all();
    }

    /// How many hints were taken and must be looked at again.
    pub(super) fn owed(&self) -> usize {
        self.state().owed
    }

    /// Whether somebody waits.
    pub(super) fn is_asked(&self) -> bool {
        let state = self.state();
        state.asked > state.done
    }

    /// No more work.
    pub(super) fn stop(&self) {
        self.state().stopped = true;
        self.moved.notify_all();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.state().stopped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_ticket_is_answered_by_what_begins_after_it() {
        let inbox = Inbox::default();
        let soon = || Instant::now() + Duration::from_millis(5);
        let under_way = inbox.begin();
        let ticket = inbox.ask();
        assert!(!inbox.is_idle(|| true));
        inbox.end(under_way, 0, false);
        assert!(!inbox.wait(ticket, soon()), "what began before it may have missed what it asks for");
        assert!(inbox.is_idle(|| true) && !inbox.is_idle(|| false) && inbox.is_asked());
        inbox.end(inbox.begin(), 0, false);
        assert!(inbox.wait(ticket, soon()) && !inbox.is_asked());
        let late = inbox.ask();
        inbox.stop();
        assert!(
            !inbox.wait(late, Instant::now() + Duration::from_secs(60)),
            "nobody waits for a writer that stopped"
        );
    }
    #[test]
    fn what_is_owed_is_not_done() {
        let inbox = Inbox::default();
        let soon = || Instant::now() + Duration::from_millis(5);
        let ticket = inbox.ask();
        inbox.end(inbox.begin(), 2, false);
        assert!(!inbox.wait(ticket, soon()) && inbox.is_asked() && !inbox.is_idle(|| true));
        assert_eq!(inbox.owed(), 2);
        // Nobody waits in vain, but nobody is told that all is well either.
        inbox.end(inbox.begin(), 1, true);
        let far = Instant::now() + Duration::from_secs(60);
        assert!(!inbox.wait(ticket, far) && !inbox.is_asked() && !inbox.is_idle(|| true));
        inbox.end(inbox.begin(), 0, false);
        assert!(inbox.wait(ticket, soon()) && inbox.is_idle(|| true));
    }
}
