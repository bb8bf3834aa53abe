//! One repository for whoever asks about it for long: by a daemon where one is there, else opened here.
//!
//! A daemon may leave at any time. Then the repository is opened here, at once, and whoever asks goes on; what was
//! asked and not answered yet is asked again.

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
}

#[derive(Clone)]
enum State {
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
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State::Own(opening)),
                own: Box::new(move || own.clone()),
            }),
        }
    }
}

impl Session {
    /// Asks a daemon, and has `own` open the repository where that cannot be, or not any more.
    pub fn start(via: Via, own: impl Fn() -> Opening + Send + Sync + 'static) -> Self {
        let link = Arc::new(Link::new(via));
        let shared = Arc::new(Shared { state: Mutex::new(State::Linked(link.clone())), own: Box::new(own) });
        let session = Self { shared };
        let weak = Arc::downgrade(&session.shared);
        let (for_thread, follower) = (link.clone(), std::thread::Builder::new().name("lodemap-link".into()));
        let spawned = follower.spawn(move || {
            for_thread.follow();
            // Before anybody asks again.
            fall_back(&weak, &for_thread);
        });
        if spawned.is_err() {
            session.fall_back(&link);
        }
        session
    }

    /// Asks until a request finds something; the last one answers where none does. Waits for an answer, but no longer
    /// than `wait` for something to answer from.
    pub fn ask(&self, requests: &[Request], terms: &Terms, patience: &Patience, wait: Duration) -> Said {
        let begun = Instant::now();
        loop {
            let left = wait.saturating_sub(begun.elapsed());
            let state = self.lock().clone();
            let said = match &state {
                State::Own(opening) => match opening.wait(left) {
                    Ok(Some(live)) => {
                        let asker = Asker { patience, ..Asker::new(terms, None) };
                        first(requests, |request| Ok(answer(&Ground::Live(&live), request, asker)))
                    }
                    Ok(None) => return Said::NotYet(opening.stage()),
                    Err(problem) => return Said::Never(problem),
                },
                State::Linked(link) => match link.wait(left) {
                    Linked::Ready => first(requests, |request| link.ask(request, terms, patience)),
                    Linked::NotYet => return Said::NotYet(link.stage()),
                    Linked::Gone => Err(Gone),
                },
            };
            match (said, &state) {
                (Ok(answered), _) => return Said::Answered(answered),
                (_, State::Linked(link)) => self.fall_back(link),
                // Nobody is gone who is here.
                (_, State::Own(_)) => {}
            }
        }
    }

    /// Whether a daemon is asked.
    pub fn is_linked(&self) -> bool {
        matches!(&*self.lock(), State::Linked(_))
    }

    /// Ends it: what was learnt here is kept for the next time; see [`Opening::close`].
    pub fn close(self, patience: Duration) {
        let state = self.lock().clone();
        match state {
            State::Linked(link) => link.close(),
            State::Own(opening) => {
                drop(self);
                opening.close(patience);
            }
        }
    }

    /// Opens the repository here, unless that was done since.
    fn fall_back(&self, from: &Arc<Link>) {
        let mut state = self.lock();
        if matches!(&*state, State::Linked(link) if Arc::ptr_eq(link, from)) {
            *state = State::Own((self.shared.own)());
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
