//! Work that was asked for, and the threads that do it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use lodemap_wire::{Call, Problem, ProblemKind, Request, Response, SCHEMA};
use serde_json::json;

use super::Shared;
use super::client::Ticket;
use super::events::Sink;
use super::queue::{Class, Turn};
use super::registry::{Got, Held};
use crate::ask::{Asker, Ground, answer, answer_without};

/// Something that a client asked for.
pub(crate) struct Job {
    /// Whose turn it takes.
    pub(crate) lane: u64,
    pub(crate) ticket: Arc<Ticket>,
    /// Takes the answer, if nobody was quicker.
    pub(crate) reply: Reply,
    pub(crate) work: Work,
}

/// What becomes of an answer.
pub(crate) type Reply = Arc<dyn Fn(Result<String, Problem>) + Send + Sync>;

pub(crate) enum Work {
    /// A question.
    Ask(Box<Call>),
    /// To be told of new states of a root, as the client calls it.
    Subscribe(String, Sink),
    Unsubscribe(String),
    /// How the daemon itself is.
    Status,
}

impl Job {
    fn answer(&self, result: Result<String, Problem>) {
        (self.reply)(result);
    }

    fn root(&self) -> Result<PathBuf, Problem> {
        let named = match &self.work {
            Work::Ask(call) => call.terms.root.as_deref(),
            Work::Subscribe(root, _) | Work::Unsubscribe(root) => Some(root.as_str()),
            Work::Status => None,
        };
        let Some(named) = named else {
            return Err(Problem::usage(
                "the parameter `root` is missing; give the absolute path of a repository",
            ));
        };
        let path = Path::new(named);
        if !path.is_absolute() || named.contains('\0') {
            return Err(Problem::usage("`root` is no absolute path; give the absolute path of a repository"));
        }
        // Where there is nothing, opening tells so.
        Ok(path.canonicalize().unwrap_or_else(|_| path.to_owned()))
    }
}

/// Does what is next, until the daemon leaves.
pub(super) fn work(shared: &Arc<Shared>) {
    while let Some(Turn { class, job, is_crowded }) = shared.next() {
        let (lane, reply, begun) = (job.lane, job.reply.clone(), Instant::now());
        if catch_unwind(AssertUnwindSafe(|| run(shared, job, is_crowded))).is_err() {
            let message = "this question met a fault of ours; ask another way, and please report it";
            reply(Err(Problem::new(ProblemKind::Internal, message)));
        }
        shared.done(class, lane, begun.elapsed());
    }
}

fn run(shared: &Arc<Shared>, job: Job, is_crowded: bool) {
    if !job.ticket.is_open() {
        return;
    }
    match &job.work {
        Work::Status => return job.answer(shared.status()),
        Work::Ask(call) => match answer_without(&call.request, &call.terms) {
            Ok(None) => {}
            Ok(Some(response)) => return job.answer(written(shared, call, &response)),
            Err(problem) => return job.answer(Err(problem)),
        },
        Work::Subscribe(..) | Work::Unsubscribe(_) => {}
    }
    let root = match job.root() {
        Ok(root) => root,
        Err(problem) => return job.answer(Err(problem)),
    };
    match shared.registry.get(&root, job) {
        Got::Ready(held, job) => {
            let result = do_with(shared, &held, &job, is_crowded);
            if matches!(&result, Err(problem) if problem.kind == ProblemKind::Cancelled) {
                shared.stopped.fetch_add(1, Ordering::Relaxed);
            }
            // Before the answer is out: whoever has it may count on the repository being unused.
            drop(held);
            // What is large is work to send, too.
            let is_large = result.as_ref().is_ok_and(|result| result.len() > LARGE);
            shared.room.run(is_crowded && is_large, || job.answer(result));
        }
        Got::Waits => {}
        Got::Opens => open(shared, root),
        Got::Refused(problem, job) => job.answer(Err(problem)),
    }
}

/// Opens a repository on a thread of its own, and has what waits for it done.
pub(super) fn open(shared: &Arc<Shared>, root: PathBuf) {
    let for_thread = shared.clone();
    let at = root.clone();
    let opener = std::thread::Builder::new().name("lodemap-open".into());
    let spawned = opener.spawn(move || {
        let (waiting, problem) = for_thread.registry.open(&at);
        for job in waiting {
            match &problem {
                Some(problem) => job.answer(Err(problem.clone())),
                None => for_thread.put_back(job),
            }
        }
        for_thread.registry.make_room().into_iter().for_each(|again| open(&for_thread, again));
    });
    if spawned.is_err() {
        let problem = Problem::new(ProblemKind::Io, "a thread cannot be started; close other programs");
        shared.registry.give_up(&root).iter().for_each(|job| job.answer(Err(problem.clone())));
    }
}

/// From so many bytes on an answer is written and sent where long ones are worked out.
const LARGE: usize = 64 << 10;

fn do_with(shared: &Shared, held: &Held, job: &Job, is_crowded: bool) -> Result<String, Problem> {
    match &job.work {
        Work::Ask(call) => {
            let _one = match call.request {
                Request::Verify(_) => Some(OneAtATime::begin(held)?),
                _ => None,
            };
            let folder = call.terms.cwd.as_deref().map(Path::new).filter(|folder| folder.is_absolute());
            let is_long = Class::of(&job.work) == Class::Long;
            let room = is_long.then_some((&shared.room, is_crowded));
            let asker = Asker { terms: &call.terms, folder, patience: job.ticket.patience(), room };
            let response = answer(&Ground::Live(&held.live), &call.request, asker)?;
            let text = response.text.as_ref().map_or(0, String::len);
            let is_large = text + response.json.as_ref().map_or(0, |json| json.get().len()) > LARGE;
            shared.room.run(is_crowded && is_large, || written(shared, call, &response))
        }
        Work::Subscribe(root, sink) => {
            let id = held.hub.add(job.lane, root.clone(), sink.clone(), shared.limits.events);
            if sink.is_closed() {
                // It left meanwhile, and whoever saw it leave may have been here before.
                held.hub.remove(job.lane);
            }
            let generation = held.live.reader().generation(&held.live.snapshot()).0;
            Ok(json!({"schema": SCHEMA, "generation": generation, "subscribed": true, "id": id}).to_string())
        }
        Work::Unsubscribe(_) => {
            let was = held.hub.remove(job.lane);
            Ok(json!({"schema": SCHEMA, "subscribed": false, "was": was}).to_string())
        }
        Work::Status => Err(Problem::new(ProblemKind::Internal, "the status needs no repository")),
    }
}

/// A comparison with a fresh start takes all there is.
struct OneAtATime<'h>(&'h Held);

impl<'h> OneAtATime<'h> {
    fn begin(held: &'h Held) -> Result<Self, Problem> {
        if held.is_verified.swap(true, Ordering::AcqRel) {
            let message = "the repository is being verified already; wait for that, or ask again later";
            return Err(Problem::new(ProblemKind::Busy, message));
        }
        Ok(Self(held))
    }
}

impl Drop for OneAtATime<'_> {
    fn drop(&mut self) {
        self.0.is_verified.store(false, Ordering::Release);
    }
}

fn written(shared: &Shared, call: &Call, response: &Response) -> Result<String, Problem> {
    let out = match call.terms.apart {
        true => serde_json::to_string(response)
            .map_err(|e| Problem::new(ProblemKind::Internal, format!("the answer cannot be written: {e}")))?,
        false => response.to_object(),
    };
    if out.len() > shared.limits.answer {
        let (has, most) = (out.len(), shared.limits.answer);
        let message =
            format!("the answer has {has} bytes, more than {most}; give `tokens` or a smaller `limit`");
        return Err(Problem::new(ProblemKind::Usage, message));
    }
    Ok(out)
}
