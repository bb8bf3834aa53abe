//! New states, as they come: server-sent events.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::Served;
use super::answers::{root, told};
use super::turns::{Lane, begin};
use crate::server::Shared;
use crate::server::events::{Sink, Streamed};
use crate::server::jobs::Work;

/// Nothing else for so long, and the client is told that we are still there.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Opening a repository may take a while.
const PATIENCE: Duration = Duration::from_secs(120);

/// Streams have lanes of their own, above those of connections.
static NEXT: AtomicU64 = AtomicU64::new(1 << 62);

/// The events of one client.
struct Events {
    receiver: UnboundedReceiver<Streamed>,
    shared: Arc<Shared>,
    lane: Lane,
}

/// Tells of new states until the client leaves.
///
/// One that names the last event that it saw is told first what came after it, or that this is not known any more.
pub(super) async fn events(
    State(served): State<Served>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if query.is_some_and(|query| !query.is_empty()) {
        let message = "events take no parameters; they are those of the repository that is served";
        return told(&lodemap_wire::Problem::usage(message));
    }
    let root = match root(&served, None) {
        Ok(root) => root,
        Err(problem) => return told(&problem),
    };
    let (sender, receiver) = unbounded_channel();
    let lane = Lane(NEXT.fetch_add(1, Ordering::Relaxed));
    let events = Events { receiver, shared: served.shared.clone(), lane };
    let after = headers.get("last-event-id").map(|id| id.to_str().unwrap_or_default().to_owned());
    let sink = Sink::Stream { sender, after };
    match begin(&served.shared, lane, Work::Subscribe(root, sink), PATIENCE).await {
        Ok(_) => Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response(),
        Err(problem) => told(&problem),
    }
}

impl Stream for Events {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(Streamed { id, told, subscriber }) = ready!(self.receiver.poll_recv(context)) else {
            return Poll::Ready(None);
        };
        subscriber.sent();
        let event = Event::default().event("index").data(told);
        Poll::Ready(Some(Ok(match id {
            Some(id) => event.id(id),
            None => event,
        })))
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.receiver.close();
        self.shared.forget(self.lane.0);
    }
}
