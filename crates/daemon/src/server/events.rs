//! Who wants to know of new states?

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};

use lodemap_host::{Update, WatchEvent};
use lodemap_wire::{Outgoing, SCHEMA};
use serde::Serialize;
use tokio::sync::mpsc::UnboundedSender;

use super::outbox::Outbox;
use super::past::{Past, Ring};
use crate::event_log::{EventLog, now};

/// The notification that tells of a new state.
pub(crate) const EVENT: &str = "event";

/// Those who want to know of one repository's states.
#[derive(Default)]
pub(crate) struct Hub {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    subscribers: Vec<Arc<Subscriber>>,
    past: Ring,
}

/// One client that wants to know.
pub(crate) struct Subscriber {
    pub(crate) client: u64,
    root: String,
    sink: Sink,
    /// Events that wait to be sent, and how many may.
    waiting: AtomicUsize,
    most: usize,
    /// Events that were left out since the client was last told.
    lagged: AtomicUsize,
}

/// An event on its way into a stream.
pub(crate) struct Streamed {
    /// By what it is called, where a stream can go on behind it.
    pub(crate) id: Option<String>,
    /// The event as JSON.
    pub(crate) told: String,
    /// Who is to hear that it was sent.
    pub(crate) subscriber: Arc<Subscriber>,
}

/// Where events go.
#[derive(Clone)]
pub(crate) enum Sink {
    /// Among the other messages of a socket.
    Socket {
        /// Takes them.
        outbox: Arc<Outbox>,
        /// The last event that the client saw, on this connection or another.
        after: Option<String>,
    },
    /// A stream of their own; whoever has sent one says so to its subscriber.
    Stream {
        /// Takes them.
        sender: UnboundedSender<Streamed>,
        /// The last event that the client saw of an earlier stream.
        after: Option<String>,
    },
}

impl Sink {
    pub(crate) fn is_closed(&self) -> bool {
        match self {
            Self::Socket { outbox, .. } => outbox.is_closed(),
            Self::Stream { sender, .. } => sender.is_closed(),
        }
    }
}

#[derive(Serialize)]
struct Told<'a> {
    schema: u32,
    generation: u64,
    root: &'a str,
    #[serde(flatten)]
    event: &'a WatchEvent,
    /// How many events before this one were left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    lagged: Option<usize>,
    /// By what it is called, where the way of sending does not say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

/// An event in a log.
#[derive(Serialize)]
struct Logged<'a> {
    /// As in streams.
    id: &'a str,
    time: String,
    #[serde(flatten)]
    told: Told<'a>,
}

/// What was missed is not known any more: the client asks for all it wants to know.
#[derive(Serialize)]
struct Reset<'a> {
    schema: u32,
    root: &'a str,
    event: &'static str,
    /// Where it goes on from.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

#[derive(Serialize)]
struct Lagged<'a> {
    schema: u32,
    root: &'a str,
    event: &'static str,
    lagged: usize,
}

impl Hub {
    /// Tells one more client; once, however often it asks. Gives the id of what happened last.
    pub(crate) fn add(&self, client: u64, root: String, sink: Sink, most: usize) -> String {
        let (waiting, lagged) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let mut state = self.lock();
        let last = state.past.id(state.past.last());
        if state.subscribers.iter().any(|s| s.client == client) {
            return last;
        }
        let after = match &sink {
            Sink::Stream { after: Some(after), .. } | Sink::Socket { after: Some(after), .. } => {
                Some(state.past.after(after))
            }
            _ => None,
        };
        let subscriber = Arc::new(Subscriber { client, root, sink, waiting, most, lagged });
        match after {
            None => {}
            // There are not many, so that none is left out here.
            Some(Some(missed)) => {
                missed.iter().for_each(|past| subscriber.send_event(past, &state.past.id(past.number), None));
            }
            Some(None) => {
                let (root, id) = (&*subscriber.root, subscriber.id(&last));
                subscriber.send(Some(&last), &Reset { schema: SCHEMA, root, event: "reset", id });
            }
        }
        state.subscribers.push(subscriber);
        last
    }

    /// Tells a client no more; whether it was told before.
    pub(crate) fn remove(&self, client: u64) -> bool {
        let subscribers = &mut self.lock().subscribers;
        let before = subscribers.len();
        subscribers.retain(|s| s.client != client);
        subscribers.len() < before
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().subscribers.len()
    }

    /// Tells of all updates that come, until none can come any more. A log has each before anybody is told of it, under
    /// the name of the repository.
    pub(crate) fn follow(&self, updates: &Receiver<Update>, log: Option<(Arc<EventLog>, String)>) {
        for update in updates {
            let event = WatchEvent::of("update", &update);
            let generation = update.after.generation().0;
            let mut state = self.lock();
            let past = state.past.push(generation, event);
            let (id, subscribers) = (state.past.id(past.number), state.subscribers.clone());
            drop(state);
            if let Some((log, root)) = &log {
                let event = &*past.event;
                let told = Told { schema: SCHEMA, generation, root, event, lagged: None, id: None };
                let line = serde_json::to_string(&Logged { id: &id, time: now(), told });
                line.into_iter().for_each(|line| log.write(line));
            }
            subscribers.iter().for_each(|subscriber| subscriber.tell(&past, &id));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscriber {
    fn tell(self: &Arc<Self>, past: &Past, id: &str) {
        if self.waiting.load(Ordering::Acquire) >= self.most {
            self.lagged.fetch_add(1, Ordering::AcqRel);
            // It may all have been sent meanwhile, and then nobody else would tell.
            return self.tell_of_lag();
        }
        let lagged = Some(self.lagged.swap(0, Ordering::AcqRel)).filter(|n| *n > 0);
        self.send_event(past, id, lagged);
    }

    fn send_event(self: &Arc<Self>, past: &Past, id: &str, lagged: Option<usize>) {
        let (generation, event, root) = (past.generation, &*past.event, &*self.root);
        let told = Told { schema: SCHEMA, generation, root, event, lagged, id: self.id(id) };
        self.send(Some(id), &told);
    }

    /// The id, where it is a part of what is sent.
    fn id<'i>(&self, id: &'i str) -> Option<&'i str> {
        matches!(self.sink, Sink::Socket { .. }).then_some(id)
    }

    /// An event is on its way.
    pub(crate) fn sent(self: &Arc<Self>) {
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        self.tell_of_lag();
    }

    /// Tells how much was left out, once there is nothing else to be sent.
    fn tell_of_lag(self: &Arc<Self>) {
        if self.waiting.load(Ordering::Acquire) > 0 {
            return;
        }
        let lagged = self.lagged.swap(0, Ordering::AcqRel);
        if lagged > 0 {
            self.send(None, &Lagged { schema: SCHEMA, root: &self.root, event: "lagged", lagged });
        }
    }

    fn send<T: Serialize>(self: &Arc<Self>, id: Option<&str>, told: &T) {
        let Ok(params) = serde_json::to_string(told) else { return };
        self.waiting.fetch_add(1, Ordering::AcqRel);
        match &self.sink {
            Sink::Socket { outbox, .. } => {
                outbox.push_of(&Outgoing::Notification(EVENT, params), Some(self.clone()));
            }
            // Where nobody takes events any more, there is nobody to be told.
            Sink::Stream { sender, .. } => {
                let id = id.map(str::to_owned);
                _ = sender.send(Streamed { id, told: params, subscriber: self.clone() });
            }
        }
    }
}
