//! What is known of one client: what it asked and was not answered yet.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use lodemap_answers::Patience;
use lodemap_wire::{Id, Outgoing, Problem, ProblemKind, frame};

use super::outbox::Outbox;

/// One connection.
pub(crate) struct Client {
    pub(crate) number: u64,
    pub(crate) outbox: Arc<Outbox>,
    pending: Mutex<BTreeMap<Id, Pending>>,
}

struct Pending {
    ticket: Arc<Ticket>,
    deadline: Option<Instant>,
}

/// A request until somebody answers it: who closes it first, does.
/// Whatever is worked on for it leaves off once it is closed.
pub(crate) struct Ticket(Patience);

impl Default for Ticket {
    fn default() -> Self {
        Self(Patience::new())
    }
}

impl Ticket {
    pub(crate) fn is_open(&self) -> bool {
        !self.0.is_over()
    }

    /// Whether it was open.
    pub(crate) fn close(&self) -> bool {
        self.0.end()
    }

    /// What ends when it is closed.
    pub(crate) fn patience(&self) -> &Patience {
        &self.0
    }
}

impl Client {
    pub(crate) fn new(number: u64, outbox: Arc<Outbox>) -> Self {
        Self { number, outbox, pending: Mutex::default() }
    }

    /// Notes a request; none where it cannot be taken.
    pub(crate) fn open(
        &self,
        id: Option<&Id>,
        deadline: Option<Instant>,
        most: usize,
    ) -> Result<Arc<Ticket>, Problem> {
        let ticket = Arc::new(Ticket::default());
        let Some(id) = id else { return Ok(ticket) };
        let mut pending = self.lock();
        if pending.contains_key(id) {
            let message = "a request with this id is not answered yet; give each its own";
            return Err(Problem::new(ProblemKind::Invalid, message));
        }
        if pending.len() >= most {
            let message = format!("{most} of your requests wait already; read their answers first");
            return Err(Problem::new(ProblemKind::Busy, message));
        }
        pending.insert(id.clone(), Pending { ticket: ticket.clone(), deadline });
        Ok(ticket)
    }

    /// Answers a request, unless somebody did.
    pub(crate) fn answer(&self, id: Option<&Id>, ticket: &Ticket, result: Result<String, Problem>) {
        if !ticket.close() {
            return;
        }
        let Some(id) = id else { return };
        let message = match result {
            Ok(result) => Outgoing::Result(id.clone(), result),
            Err(problem) => Outgoing::Error(Some(id.clone()), problem),
        };
        // What is large takes a while, and others wait for the lock.
        let frame = frame(&message.to_bytes());
        // At once: whoever has the answer may use the id again, and whoever sees nothing pending may close the
        // connection behind it.
        let mut pending = self.lock();
        pending.remove(id);
        self.outbox.push_frame(frame, None);
    }

    /// The asker took it back.
    pub(crate) fn cancel(&self, id: &Id) {
        let ticket = self.lock().get(id).map(|pending| pending.ticket.clone());
        if let Some(ticket) = ticket {
            let problem = Problem::new(ProblemKind::Cancelled, "cancelled");
            self.answer(Some(id), &ticket, Err(problem));
        }
    }

    /// When the next request has waited for too long.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.lock().values().filter_map(|pending| pending.deadline).min()
    }

    /// Answers those that have waited for too long.
    pub(crate) fn expire(&self, now: Instant) {
        let is_late = |p: &Pending| p.deadline.is_some_and(|deadline| deadline <= now);
        let lock = self.lock();
        let late = lock.iter().filter(|(_, p)| is_late(p)).map(|(id, p)| (id.clone(), p.ticket.clone()));
        let late: Vec<(Id, Arc<Ticket>)> = late.collect();
        drop(lock);
        for (id, ticket) in late {
            let message = "there was not enough time; ask for less, or give a larger deadline_ms";
            self.answer(Some(&id), &ticket, Err(Problem::new(ProblemKind::Late, message)));
        }
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.lock().is_empty()
    }

    /// Nobody is there to be answered.
    pub(crate) fn leave(&self) {
        self.outbox.close();
        for pending in std::mem::take(&mut *self.lock()).into_values() {
            pending.ticket.close();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Id, Pending>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
