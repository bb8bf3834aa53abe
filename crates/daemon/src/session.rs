//! One repository for whoever asks about it for long: by a daemon where one is there, else opened here.
//!
//! A daemon may leave at any time. Then the repository is opened here, at once, and whoever asks goes on; what was
//! asked and not answered yet is asked again. After a while it is looked for a daemon again, beside the questions, and
//! once one has the repository open it is asked, and what was opened here is closed.

mod again;
mod link;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use lodemap_answers::Patience;
use lodemap_wire::{Problem, ProblemKind, Request, Response, Terms};

use crate::ask::{Asker, Ground, answer};
use crate::hello::Hello;
use crate::opening::{Opening, Stage};
use crate::place::Place;
use again::Again;
use link::{Gone, Link, Linked};

/// A repository that can be asked now, or will be.
#[derive(Clone)]
pub struct Session {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Opens it here.
    own: Box<dyn Fn() -> Opening + Send + Sync>,
    /// How a daemon is reached; `None` where none is to be asked.
    via: Option<Arc<Via>>,
}

struct State {
    who: Who,
    /// When it is looked for a daemon.
    again: Again,
}

/// Who is asked.
#[derive(Clone)]
enum Who {
    Own(Opening),
    Linked(Arc<Link>),
}

/// How a daemon is reached.
pub struct Via {
    /// Where it is.
    pub place: Place,
    /// It must be a twin of this.
    pub hello: Hello,
    /// The root of the repository, canonical.
    pub root: PathBuf,
    /// Starts one where there is none; whether it could.
    pub start: Option<Box<dyn Fn() -> bool + Send + Sync>>,
}

/// What becomes of a question.
pub enum Said {
    /// It was answered, or there is no answer to it.
    Answered(Result<Response, Problem>),
    /// There is nothing to answer from yet.
    NotYet(Stage),
    /// There never will be.
    Never(Problem),
}

impl From<Opening> for Session {
    /// One that no daemon is asked for.
    fn from(opening: Opening) -> Self {
        let own = opening.clone();
        Self::new(Who::Own(opening), Box::new(move || own.clone()), None)
    }
}

impl Session {
    fn new(who: Who, own: Box<dyn Fn() -> Opening + Send + Sync>, via: Option<Arc<Via>>) -> Self {
        let state = Mutex::new(State { who, again: Again::default() });
        Self { shared: Arc::new(Shared { state, own, via }) }
    }

    /// Asks a daemon, and has `own` open the repository where that cannot be, or not any more.
    pub fn start(via: Via, own: impl Fn() -> Opening + Send + Sync + 'static) -> Self {
        let via = Arc::new(via);
        let link = Arc::new(Link::new(via.clone(), true));
        let session = Self::new(Who::Linked(link.clone()), Box::new(own), Some(via));
        if !session.follow(&link) {
            session.fall_back(&link);
        }
        session
    }

    /// Has a thread keep a connection; tells whether there is one.
    fn follow(&self, link: &Arc<Link>) -> bool {
        let (weak, link) = (Arc::downgrade(&self.shared), link.clone());
        let follower = std::thread::Builder::new().name("lodemap-link".into());
        let spawned = follower.spawn(move || {
            link.follow();
            // Before anybody asks again.
            fall_back(&weak, &link);
        });
        spawned.is_ok()
    }

    /// Asks until a request finds something; the last one answers where none does. Waits for an answer, but no longer
    /// than `wait` for something to answer from.
    pub fn ask(&self, requests: &[Request], terms: &Terms, patience: &Patience, wait: Duration) -> Said {
        let begun = Instant::now();
        loop {
            let left = wait.saturating_sub(begun.elapsed());
            let who = self.lock().who.clone();
            let said = match &who {
                Who::Own(opening) => {
                    self.look_again();
                    match opening.wait(left) {
                        Ok(Some(live)) => {
                            let asker = Asker { patience, ..Asker::new(terms, None) };
                            first(requests, |request| Ok(answer(&Ground::Live(&live), request, asker)))
                        }
                        // It was closed since because somebody else is asked.
                        _ if !self.is_asked(&who) => continue,
                        Ok(None) => return Said::NotYet(opening.stage()),
                        Err(problem) => return Said::Never(problem),
                    }
                }
                Who::Linked(link) => match link.wait(left) {
                    Linked::Ready => first(requests, |request| link.ask(request, terms, patience)),
                    Linked::NotYet => return Said::NotYet(link.stage()),
                    Linked::Gone => Err(Gone),
                },
            };
            match (said, &who) {
                (Ok(answered), _) => return Said::Answered(answered),
                (_, Who::Linked(link)) => self.fall_back(link),
                // Nobody is gone who is here.
                (_, Who::Own(_)) => {}
            }
        }
    }

    /// Whether a daemon is asked.
    pub fn is_linked(&self) -> bool {
        matches!(self.lock().who, Who::Linked(_))
    }

    /// Ends it: what was learnt here is kept for the next time; see [`Opening::close`].
    pub fn close(self, patience: Duration) {
        let mut state = self.lock();
        state.again.end();
        let who = state.who.clone();
        drop(state);
        match who {
            Who::Linked(link) => link.close(),
            Who::Own(opening) => {
                drop(self);
                opening.close(patience);
            }
        }
    }

    /// Whether the questions still go there.
    fn is_asked(&self, who: &Who) -> bool {
        match (&self.lock().who, who) {
            (Who::Own(now), Who::Own(then)) => now.is(then),
            (Who::Linked(now), Who::Linked(then)) => Arc::ptr_eq(now, then),
            _ => false,
        }
    }

    /// Opens the repository here, unless that was done since.
    fn fall_back(&self, from: &Arc<Link>) {
        let mut state = self.lock();
        if matches!(&state.who, Who::Linked(link) if Arc::ptr_eq(link, from)) {
            state.who = Who::Own((self.shared.own)());
            state.again.lost();
        }
        drop(state);
        from.close();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same for who may be the last to know of it; not where the session was ended.
fn fall_back(session: &Weak<Shared>, from: &Arc<Link>) {
    if let Some(shared) = session.upgrade().filter(|_| !from.is_closed()) {
        Session { shared }.fall_back(from);
    }
}

/// The first answer with something in it, or the last.
fn first(
    requests: &[Request],
    mut ask: impl FnMut(&Request) -> Result<Result<Response, Problem>, Gone>,
) -> Result<Result<Response, Problem>, Gone> {
    let mut last = Err(Problem::new(ProblemKind::Internal, "nothing was asked"));
    for request in requests {
        last = ask(request)?;
        if !is_nothing(&last) {
            break;
        }
    }
    Ok(last)
}

/// Whether there is an answer with nothing in it.
pub(crate) fn is_nothing(answered: &Result<Response, Problem>) -> bool {
    matches!(answered, Ok(response) if !response.found)
}
