//! The way back to a daemon, for whoever goes on without one.
//!
//! It is gone beside the questions: none of them waits for it. A daemon is asked as soon as it has the repository open,
//! and never started: whoever stopped it meant that.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::link::{Link, Linked};
use super::{Session, Shared, Who};

/// When it is looked for a daemon.
pub(super) struct Again {
    /// Not before.
    at: Instant,
    /// So long after the next one is lost.
    wait: Duration,
    looking: Looking,
}

enum Looking {
    Not,
    /// There is one that may be asked soon.
    At(Arc<Link>),
    /// Nobody looks any more.
    Ended,
}

/// Between two looks.
const WAIT: Duration = Duration::from_secs(5);
/// Where daemons are lost again and again, each time the next one is waited for twice as long, up to this: whoever opens
/// the repository here has to do it anew each time.
const MOST: Duration = Duration::from_secs(320);
/// A repository that a daemon does not have open by then is one that it will not have open.
const OPENING: Duration = Duration::from_secs(3600);
/// Whoever still asks what was opened here ends it after so long.
const LAST_QUESTIONS: Duration = Duration::from_secs(60);

impl Default for Again {
    fn default() -> Self {
        Self { at: Instant::now(), wait: WAIT, looking: Looking::Not }
    }
}

impl Again {
    /// A daemon was lost.
    pub(super) fn lost(&mut self) {
        self.at = Instant::now() + self.wait;
        self.wait = (self.wait * 2).min(MOST);
    }

    /// Nobody is looked for any more.
    pub(super) fn end(&mut self) {
        if let Looking::At(link) = std::mem::replace(&mut self.looking, Looking::Ended) {
            link.close();
        }
    }
}

impl Session {
    /// Looks for a daemon, if it is time to, on another thread.
    pub(super) fn look_again(&self) {
        let Some(via) = &self.shared.via else { return };
        let mut state = self.lock();
        let again = &mut state.again;
        if !matches!(again.looking, Looking::Not) || Instant::now() < again.at {
            return;
        }
        let link = Arc::new(Link::new(via.clone(), false));
        again.looking = Looking::At(link.clone());
        drop(state);
        let (weak, for_thread) = (Arc::downgrade(&self.shared), link.clone());
        let looker = std::thread::Builder::new().name("lodemap-again".into());
        if !self.follow(&link) || looker.spawn(move || come_back(&weak, &for_thread)).is_err() {
            self.looked(&link);
        }
    }

    /// Nobody was there.
    fn looked(&self, link: &Arc<Link>) {
        let again = &mut self.lock().again;
        if matches!(again.looking, Looking::At(_)) {
            again.looking = Looking::Not;
        }
        again.at = Instant::now() + WAIT;
        link.close();
    }
}

/// Waits until the daemon has the repository open, and has it asked from then on.
fn come_back(session: &Weak<Shared>, link: &Arc<Link>) {
    let is_ready = link.wait(OPENING) == Linked::Ready;
    let Some(shared) = session.upgrade() else { return link.close() };
    let session = Session { shared };
    if !is_ready {
        return session.looked(link);
    }
    let mut state = session.lock();
    if matches!(state.again.looking, Looking::Ended) {
        drop(state);
        return link.close();
    }
    state.again.looking = Looking::Not;
    let before = std::mem::replace(&mut state.who, Who::Linked(link.clone()));
    drop(state);
    drop(session);
    if let Who::Own(opening) = before {
        opening.close(LAST_QUESTIONS);
    }
}
