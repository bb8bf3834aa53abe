//! The way to a daemon: one connection that keeps the repository open there and tells when the daemon is gone, and
//! others for questions, one for each that is asked at the same time.

use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lodemap_answers::Patience;
use lodemap_wire::{Call, Problem, ProblemKind, Request, Response, Terms};
use serde_json::{Map, Value, json};

use super::Via;
use crate::client::Client;
use crate::opening::Stage;

/// A daemon that can be asked, or will be.
pub(super) struct Link {
    via: Arc<Via>,
    /// Whether one is started where there is none.
    may_start: bool,
    state: Mutex<State>,
    changed: Condvar,
    /// Connections that nobody uses.
    idle: Mutex<Vec<Client>>,
    /// Until it is closed.
    patience: Patience,
}

struct State {
    is: Linked,
    /// The connection that keeps the repository open.
    kept: Option<UnixStream>,
    /// It was ended here.
    is_closed: bool,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Linked {
    /// The daemon is on its way, or the repository in it.
    NotYet,
    Ready,
    /// No daemon is to be asked.
    Gone,
}

/// There is no daemon that could be asked.
pub(super) struct Gone;

/// A daemon that was started is waited for so long.
const START: Duration = Duration::from_secs(10);
/// What a daemon says of its state within this time is told.
const STAGE: Duration = Duration::from_millis(50);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

impl Link {
    pub(super) fn new(via: Arc<Via>, may_start: bool) -> Self {
        let state = State { is: Linked::NotYet, kept: None, is_closed: false };
        Self {
            via,
            may_start,
            state: Mutex::new(state),
            changed: Condvar::new(),
            idle: Mutex::default(),
            patience: Patience::new(),
        }
    }

    /// Keeps the connection for as long as the daemon is there.
    pub(super) fn follow(&self) {
        if let Some(mut client) = self.first() {
            self.lock().kept = client.stream().ok();
            // The repository is not closed while somebody wants to know of its states.
            let subscribed =
                !self.is_closed() && client.call_while("subscribe", self.root(), &self.patience).is_ok();
            if subscribed && client.set_patience(None).is_ok() {
                self.set(Linked::Ready);
                while client.read().is_ok() {}
            }
        }
        self.set(Linked::Gone);
    }

    /// Connects to the daemon, which may have to be started.
    fn first(&self) -> Option<Client> {
        if let Some(client) = Client::connect(&self.via.place) {
            return Some(client).filter(|client| self.is_twin(client));
        }
        if !self.may_start || !self.via.start.as_ref().is_some_and(|start| start()) {
            return None;
        }
        let deadline = Instant::now() + START;
        while Instant::now() < deadline && !self.is_closed() {
            if let Some(client) = Client::connect(&self.via.place) {
                return Some(client).filter(|client| self.is_twin(client));
            }
            std::thread::sleep(LOOK);
        }
        None
    }

    fn is_twin(&self, client: &Client) -> bool {
        client.hello.is_twin_of(&self.via.hello)
    }

    fn root(&self) -> Map<String, Value> {
        Map::from_iter([("root".to_owned(), json!(self.via.root))])
    }

    /// How far it is; waits until that is decided, at most so long.
    pub(super) fn wait(&self, patience: Duration) -> Linked {
        let state = self.lock();
        let is_open = |state: &mut State| state.is == Linked::NotYet;
        let waited = self.changed.wait_timeout_while(state, patience, is_open);
        waited.unwrap_or_else(PoisonError::into_inner).0.is
    }

    /// How far the daemon is with opening the repository.
    pub(super) fn stage(&self) -> Stage {
        let unknown = Stage { name: String::new(), done: 0, total: 0 };
        let Some(mut client) = self.client() else { return unknown };
        // Whoever asks has waited long enough already.
        let is_short = client.set_patience(Some(STAGE)).is_ok();
        let status = is_short.then(|| client.call("daemon_status", Map::new()));
        let Some(Ok(status)) = status else { return unknown };
        if client.set_patience(None).is_ok() {
            self.give_back(client);
        }
        let status: Value = serde_json::from_str(status.get()).unwrap_or_default();
        let root = json!(self.via.root);
        let ours = status["repositories"].as_array().into_iter().flatten().find(|r| r["root"] == root);
        ours.and_then(|ours| serde_json::from_value(ours["stage"].clone()).ok()).unwrap_or(unknown)
    }

    /// Asks the daemon. What it has no time for, or no room, is no answer.
    pub(super) fn ask(
        &self,
        request: &Request,
        terms: &Terms,
        patience: &Patience,
    ) -> Result<Result<Response, Problem>, Gone> {
        let mut client = self.client().ok_or(Gone)?;
        let root = self.via.root.to_str().map(str::to_owned);
        let call = Call { request: request.clone(), terms: Terms { root, ..terms.clone() } };
        let answered = client.ask_while(&call, patience);
        use ProblemKind::{Cancelled, Index, Io, NotFound, Usage};
        match answered {
            // The connection ends with it, and with the connection the work on the answer.
            Err(problem) if problem.kind == Cancelled => Ok(Err(problem)),
            Err(problem) if !matches!(problem.kind, Index | Io | NotFound | Usage) => Err(Gone),
            answered => {
                self.give_back(client);
                Ok(answered)
            }
        }
    }

    fn client(&self) -> Option<Client> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.or_else(|| Client::connect(&self.via.place).filter(|client| self.is_twin(client)))
    }

    fn give_back(&self, client: Client) {
        if !self.is_closed() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(client);
        }
    }

    /// Ends all connections.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.is = Linked::Gone;
        if let Some(kept) = state.kept.take() {
            // Whoever reads there sees its end.
            _ = kept.shutdown(std::net::Shutdown::Both);
        }
        drop(state);
        self.patience.end();
        self.changed.notify_all();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    fn set(&self, is: Linked) {
        let mut state = self.lock();
        if state.is != Linked::Gone {
            state.is = is;
        }
        drop(state);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
