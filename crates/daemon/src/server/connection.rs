//! One client, from the first byte to the last.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lodemap_wire::{Call, FrameError, Id, Incoming, Outgoing, Problem, ProblemKind, Request, parse_message};
use serde_json::{Map, Value, json};
use tokio::io::Interest;
use tokio::net::UnixStream;

use super::client::Client;
use super::events::Sink;
use super::frames::Frames;
use super::jobs::{Job, Work};
use super::outbox::{Outbox, send};
use super::{PROTOCOL, Shared};

/// Methods beside those of requests.
pub(super) const OWN_METHODS: [&str; 6] =
    ["hello", "subscribe", "unsubscribe", "daemon_status", "stop", "$/cancel"];

/// Serves one client until it leaves.
pub(super) async fn serve(shared: Arc<Shared>, stream: UnixStream, number: u64) {
    let limits = &shared.limits;
    let (reading, writing) = stream.into_split();
    let for_outbox = shared.clone();
    let (outbox, receiver) = Outbox::new(limits.clone(), move |is_held| for_outbox.hold(number, is_held));
    let sender = tokio::spawn(send(outbox.clone(), receiver, writing));
    let client = Arc::new(Client::new(number, outbox.clone()));
    let mut frames = Frames::new(reading, limits.frame, limits.frame_patience);
    talk(&shared, &client, &mut frames).await;
    // What was answered already is still sent, unless nobody is there.
    if !outbox.is_closed() {
        let sent = outbox.below(0);
        _ = tokio::time::timeout(limits.write_patience, sent).await;
    }
    client.leave();
    shared.forget(client.number);
    _ = sender.await;
}

/// Takes messages while they come, and while their answers can be sent.
async fn talk(shared: &Arc<Shared>, client: &Arc<Client>, frames: &mut Frames) {
    let mut leaving = shared.leaving.subscribe();
    loop {
        let deadline = client.deadline();
        let is_leaving = *leaving.borrow_and_update();
        let message = tokio::select! {
            biased;
            () = client.outbox.closed() => return,
            () = until(deadline) => {
                client.expire(Instant::now());
                continue;
            }
            message = next(shared, client, frames) => message,
            _ = leaving.changed(), if !is_leaving => continue,
            () = tokio::time::sleep(REST), if is_leaving => {
                if client.is_idle() {
                    return;
                }
                continue;
            }
        };
        match message {
            Ok(Some(message)) => take(shared, client, &message),
            Ok(None) => return rest(client, frames).await,
            Err(error @ FrameError::TooLarge { .. }) => {
                let problem = Problem::new(ProblemKind::Invalid, error.to_string());
                return client.outbox.push(&Outgoing::Error(None, problem));
            }
            Err(FrameError::Io(_)) => return client.outbox.close(),
        }
    }
}

/// Looks so often at what nobody tells of.
const REST: Duration = Duration::from_millis(20);

/// The next message, once what was answered before is on its way.
async fn next(shared: &Shared, client: &Client, frames: &mut Frames) -> Result<Option<Vec<u8>>, FrameError> {
    client.outbox.below(shared.limits.unsent_messages).await;
    frames.next().await
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

/// A client that has said all it has to say may wait for answers; one that is gone does not.
async fn rest(client: &Client, frames: &Frames) {
    let stream = frames.stream.as_ref();
    while !client.is_idle() && !client.outbox.is_closed() {
        let is_gone = stream
            .ready(Interest::READABLE | Interest::WRITABLE)
            .await
            .is_ok_and(|ready| ready.is_write_closed());
        if is_gone {
            return client.outbox.close();
        }
        client.expire(Instant::now());
        tokio::select! {
            () = client.outbox.closed() => return,
            () = tokio::time::sleep(REST) => {}
        }
    }
}

/// Reads a message and does, or begins, what it says.
fn take(shared: &Arc<Shared>, client: &Arc<Client>, message: &[u8]) {
    let Incoming { id, method, mut params } = match parse_message(message) {
        Ok(incoming) => incoming,
        Err(wrong) => return client.outbox.push(&Outgoing::Error(wrong.id, wrong.problem)),
    };
    shared.note_activity();
    let refused = |problem: Problem| {
        if let Some(id) = &id {
            client.outbox.push(&Outgoing::Error(Some(id.clone()), problem));
        }
    };
    let work = match method.as_str() {
        "hello" => return reply(client, id.as_ref(), hello(shared, &params)),
        "$/cancel" => {
            if let Some(id) = params.get("id").and_then(Id::of) {
                client.cancel(&id);
            }
            return reply(client, id.as_ref(), Ok("{}".into()));
        }
        "stop" => {
            reply(client, id.as_ref(), Ok(json!({"stopping": true}).to_string()));
            return shared.leave();
        }
        "daemon_status" => Ok(Work::Status),
        "subscribe" => {
            let outbox = client.outbox.clone();
            let after = params.remove("after").map(|after| text(&after));
            root(&method, &params).map(|root| Work::Subscribe(root, Sink::Socket { outbox, after }))
        }
        "unsubscribe" => root(&method, &params).map(Work::Unsubscribe),
        method if !Request::METHODS.contains(&method) => {
            let known = Request::METHODS.iter().chain(&OWN_METHODS).copied().collect::<Vec<_>>().join(", ");
            let shown: String = method.chars().take(100).flat_map(char::escape_debug).collect();
            let message = format!("there is no method `{shown}`; call one of {known}");
            Err(Problem::new(ProblemKind::NoSuchMethod, message))
        }
        method => Call::parse(method, params)
            .and_then(|call| crate::ask::check(&call.request).map(|()| Work::Ask(Box::new(call)))),
    };
    let work = match work {
        Ok(work) => work,
        Err(problem) => return refused(problem),
    };
    if *shared.leaving.borrow() {
        return refused(Problem::new(ProblemKind::Leaving, "the daemon is about to leave; connect again"));
    }
    let deadline = match &work {
        Work::Ask(call) => {
            call.terms.deadline_ms.and_then(|ms| Instant::now().checked_add(Duration::from_millis(ms)))
        }
        _ => None,
    };
    let ticket = match client.open(id.as_ref(), deadline, shared.limits.outstanding) {
        Ok(ticket) => ticket,
        Err(problem) => return refused(problem),
    };
    let (to, by) = (client.clone(), ticket.clone());
    let reply = Arc::new(move |result| to.answer(id.as_ref(), &by, result));
    shared.begin(Job { lane: client.number, ticket, reply, work });
}

fn reply(client: &Client, id: Option<&Id>, result: Result<String, Problem>) {
    let Some(id) = id.cloned() else { return };
    client.outbox.push(&match result {
        Ok(result) => Outgoing::Result(id, result),
        Err(problem) => Outgoing::Error(Some(id), problem),
    });
}

/// An id of events, whatever came as such: one that is unknown is answered as such.
fn text(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

fn root(method: &str, params: &Map<String, Value>) -> Result<String, Problem> {
    if let Some(unknown) = params.keys().find(|key| *key != "root") {
        let unknown: String = unknown.chars().take(100).flat_map(char::escape_debug).collect();
        let known = if method == "subscribe" { "root and after" } else { "root" };
        return Err(Problem::usage(format!("`{method}` has no parameter `{unknown}`; it takes {known}")));
    }
    let root = params.get("root").and_then(Value::as_str).map(str::to_owned);
    root.ok_or_else(|| {
        Problem::usage(format!("`{method}` needs the parameter `root`: the absolute path of a repository"))
    })
}

/// Who is there, and what it understands.
fn hello(shared: &Shared, params: &Map<String, Value>) -> Result<String, Problem> {
    if params.get("protocol").is_some_and(|protocol| *protocol != json!(PROTOCOL)) {
        let message =
            format!("this daemon speaks protocol {PROTOCOL}; `lodemap daemon start` starts another");
        return Err(Problem::new(ProblemKind::Invalid, message));
    }
    serde_json::to_string(&shared.hello).map_err(|e| Problem::new(ProblemKind::Internal, e.to_string()))
}
