//! The way into the queue for whatever comes over HTTP, be it to the answers or to what is mounted beside them.

use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lodemap_wire::{Call, Problem, ProblemKind, Request, Response, StatusRequest, Terms};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::server::Shared;
use crate::server::client::Ticket;
use crate::server::jobs::{Job, Work};
use crate::session::{Said, is_nothing};

/// Whoever says nothing else waits so long at most.
pub(super) const DEADLINE: Duration = Duration::from_secs(120);
/// The lane of what the server asks for itself, above those of streams.
const OWN: Lane = Lane(u64::MAX);

/// Which connection a request came by: connections take turns. It is among the extensions of every request.
#[derive(Clone, Copy, Debug)]
pub struct Lane(pub(super) u64);

/// Questions about the repository that a server was started for, which take turns with all others that it is asked.
#[derive(Clone)]
pub struct Turns {
    shared: Arc<Shared>,
    root: Arc<str>,
}

impl Turns {
    pub(super) fn new(shared: &Arc<Shared>, root: &str) -> Self {
        Self { shared: shared.clone(), root: root.into() }
    }

    /// Has the repository opened, as by a question.
    pub(super) fn open(&self) {
        let work = self.work(&Request::Status(StatusRequest::default()), &Terms::default());
        let (ticket, reply) = (Arc::new(Ticket::default()), Arc::new(|_| {}));
        self.shared.begin(Job { lane: OWN.0, ticket, reply, work });
    }

    /// Asks until a request finds something; the last one answers where none does. Waits for a turn and the answer, but
    /// no longer than `wait` for something to answer from. Whoever drops this takes the question back.
    pub async fn ask(&self, lane: Lane, requests: &[Request], terms: &Terms, wait: Duration) -> Said {
        let begun = Instant::now();
        let mut last = Err(Problem::new(ProblemKind::Internal, "nothing was asked"));
        for request in requests {
            let left = DEADLINE.saturating_sub(begun.elapsed());
            let mut result = pin!(begin(&self.shared, lane, self.work(request, terms), left));
            let result = match timeout(wait.saturating_sub(begun.elapsed()), &mut result).await {
                Ok(result) => result,
                Err(_) => match self.shared.registry.stage(Path::new(&*self.root)) {
                    Some(stage) => return Said::NotYet(stage),
                    None => result.await,
                },
            };
            last = result.map_err(without_deadline).and_then(|response| read(&response));
            if !is_nothing(&last) {
                break;
            }
        }
        Said::Answered(last)
    }

    fn work(&self, request: &Request, terms: &Terms) -> Work {
        let terms = Terms { root: Some(self.root.to_string()), apart: true, ..terms.clone() };
        Work::Ask(Box::new(Call { request: request.clone(), terms }))
    }
}

fn read(response: &str) -> Result<Response, Problem> {
    serde_json::from_str(response)
        .map_err(|e| Problem::new(ProblemKind::Internal, format!("the answer cannot be read: {e}")))
}

/// No deadline can be given here.
fn without_deadline(problem: Problem) -> Problem {
    match problem.kind {
        ProblemKind::Late => Problem::new(ProblemKind::Late, "there was not enough time; ask for less"),
        _ => problem,
    }
}

/// Has something done, and waits for it; whoever goes away takes it back.
pub(super) async fn begin(
    shared: &Shared,
    lane: Lane,
    work: Work,
    wait: Duration,
) -> Result<String, Problem> {
    let leaving = || Problem::new(ProblemKind::Leaving, "the server is about to leave; ask again later");
    if *shared.leaving.borrow() {
        return Err(leaving());
    }
    let (sender, receiver) = oneshot::channel();
    let (sender, ticket) = (Mutex::new(Some(sender)), Arc::new(Ticket::default()));
    let by = ticket.clone();
    let reply = Arc::new(move |result| {
        let sender = sender.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sender) = sender.filter(|_| by.close()) {
            // Whoever is not there any more gets no answer.
            _ = sender.send(result);
        }
    });
    let _taken_back = TakeBack(ticket.clone());
    shared.begin(Job { lane: lane.0, ticket, reply, work });
    match timeout(wait, receiver).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(leaving()),
        Err(_) => {
            let message = "there was not enough time; ask for less, or give a larger deadline_ms";
            Err(Problem::new(ProblemKind::Late, message))
        }
    }
}

/// Closes a ticket that nobody waits for.
struct TakeBack(Arc<Ticket>);

impl Drop for TakeBack {
    fn drop(&mut self) {
        self.0.close();
    }
}
