//! Who wants to know of new states?

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};

use lodemap_host::{Update, WatchEvent};
use lodemap_wire::{Outgoing, SCHEMA};
use serde::Serialize;
use tokio::sync::mpsc::UnboundedSender;

use super::outbox::Outbox;

/// The notification that tells of a new state.
pub(crate) const EVENT: &str = "event";

/// Those who want to know of one repository's states.
#[derive(Default)]
pub(crate) struct Hub {
    subscribers: Mutex<Vec<Arc<Subscriber>>>,
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

/// Where events go.
#[derive(Clone)]
pub(crate) enum Sink {
    /// Among the other messages of a socket.
    Socket(Arc<Outbox>),
    /// A stream of their own; whoever has sent one says so to its subscriber.
    Stream(UnboundedSender<(String, Arc<Subscriber>)>),
}

impl Sink {
    pub(crate) fn is_closed(&self) -> bool {
        match self {
            Self::Socket(outbox) => outbox.is_closed(),
            Self::Stream(sender) => sender.is_closed(),
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
}

#[derive(Serialize)]
struct Lagged<'a> {
    schema: u32,
    root: &'a str,
    event: &'static str,
    lagged: usize,
}

impl Hub {
    /// Tells one more client; once, however often it asks.
    pub(crate) fn add(&self, client: u64, root: String, sink: Sink, most: usize) {
        let (waiting, lagged) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let subscriber = Subscriber { client, root, sink, waiting, most, lagged };
        let mut subscribers = self.lock();
        if !subscribers.iter().any(|s| s.client == client) {
            subscribers.push(Arc::new(subscriber));
        }
    }

    /// Tells a client no more; whether it was told before.
    pub(crate) fn remove(&self, client: u64) -> bool {
        let mut subscribers = self.lock();
        let before = subscribers.len();
        subscribers.retain(|s| s.client != client);
        subscribers.len() < before
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Tells of all updates that come, until none can come any more.
    pub(crate) fn follow(&self, updates: &Receiver<Update>) {
        for update in updates {
            let subscribers = self.lock().clone();
            if subscribers.is_empty() {
                continue;
            }
            let event = WatchEvent::of("update", &update);
            let generation = update.after.generation().0;
            subscribers.iter().for_each(|subscriber| subscriber.tell(generation, &event));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Subscriber>>> {
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscriber {
    fn tell(self: &Arc<Self>, generation: u64, event: &WatchEvent) {
        if self.waiting.load(Ordering::Acquire) >= self.most {
            self.lagged.fetch_add(1, Ordering::AcqRel);
            // It may all have been sent meanwhile, and then nobody else would tell.
            return self.tell_of_lag();
        }
        let lagged = Some(self.lagged.swap(0, Ordering::AcqRel)).filter(|n| *n > 0);
        self.send(&Told { schema: SCHEMA, generation, root: &self.root, event, lagged });
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
            self.send(&Lagged { schema: SCHEMA, root: &self.root, event: "lagged", lagged });
        }
    }

    fn send<T: Serialize>(self: &Arc<Self>, told: &T) {
        let Ok(params) = serde_json::to_string(told) else { return };
        self.waiting.fetch_add(1, Ordering::AcqRel);
        match &self.sink {
            Sink::Socket(outbox) => {
                outbox.push_of(&Outgoing::Notification(EVENT, params), Some(self.clone()));
            }
            // Where nobody takes events any more, there is nobody to be told.
            Sink::Stream(sender) => _ = sender.send((params, self.clone())),
        }
    }
}
