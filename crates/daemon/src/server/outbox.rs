//! What waits to be sent to a client: bounded, and nobody else's concern.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lodemap_wire::{Outgoing, frame};
use tokio::io::AsyncWriteExt;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use super::events::Subscriber;
use super::limits::Limits;

/// The way out to one client.
pub(crate) struct Outbox {
    sender: UnboundedSender<Sent>,
    bytes: AtomicUsize,
    messages: AtomicUsize,
    is_closed: AtomicBool,
    closed: Notify,
    moved: Notify,
    /// Whether so much waits that nothing more is worked at, and who is told when that changes.
    is_full: Mutex<bool>,
    hold: Box<dyn Fn(bool) + Send + Sync>,
    limits: Limits,
}

pub(crate) struct Sent {
    frame: Vec<u8>,
    /// Who is to know when an event is on its way.
    of: Option<Arc<Subscriber>>,
}

impl Outbox {
    pub(crate) fn new(
        limits: Limits,
        hold: impl Fn(bool) + Send + Sync + 'static,
    ) -> (Arc<Self>, UnboundedReceiver<Sent>) {
        let (sender, receiver) = unbounded_channel();
        let outbox = Self {
            sender,
            bytes: AtomicUsize::new(0),
            messages: AtomicUsize::new(0),
            is_closed: AtomicBool::new(false),
            closed: Notify::new(),
            moved: Notify::new(),
            is_full: Mutex::new(false),
            hold: Box::new(hold),
            limits,
        };
        (Arc::new(outbox), receiver)
    }

    /// Sends a message; a client that reads so slowly that too much waits is left.
    pub(crate) fn push(&self, message: &Outgoing) {
        self.push_of(message, None);
    }

    /// The same for an event.
    pub(crate) fn push_of(&self, message: &Outgoing, of: Option<Arc<Subscriber>>) {
        self.push_frame(frame(&message.to_bytes()), of);
    }

    /// The same for a message that is framed already; `None`: it has no frame, since it has no length.
    pub(crate) fn push_frame(&self, frame: Option<Vec<u8>>, of: Option<Arc<Subscriber>>) {
        // Answers are smaller by far.
        let Some(frame) = frame else { return self.close() };
        if self.is_closed() {
            return;
        }
        let before = self.bytes.fetch_add(frame.len(), Ordering::Relaxed);
        self.messages.fetch_add(1, Ordering::Relaxed);
        // One answer may be as large as answers may be.
        if before > 0 && before + frame.len() > self.limits.unsent_bytes {
            return self.close();
        }
        self.look();
        if self.sender.send(Sent { frame, of }).is_err() {
            self.close();
        }
    }

    /// Tells when so much waits that nothing more should be worked at, and when that is over.
    fn look(&self) {
        let bytes = self.bytes.load(Ordering::Acquire);
        let most = self.limits.unread_bytes;
        let mut is_full = self.is_full.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = if *is_full { bytes <= most / 2 } else { bytes > most };
        if is_over {
            *is_full = !*is_full;
            (self.hold)(*is_full);
            if *is_full && self.is_closed() {
                // Whoever forgot this client may have done so before.
                (self.hold)(false);
            }
        }
    }

    /// Ends the connection.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.closed.notify_waiters();
        self.moved.notify_waiters();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// Waits for the end of the connection.
    pub(crate) async fn closed(&self) {
        let mut notified = std::pin::pin!(self.closed.notified());
        notified.as_mut().enable();
        if !self.is_closed() {
            notified.await;
        }
    }

    /// Waits until no more than so many messages wait.
    pub(crate) async fn below(&self, messages: usize) {
        loop {
            let mut notified = std::pin::pin!(self.moved.notified());
            notified.as_mut().enable();
            if self.is_closed() || self.messages.load(Ordering::Acquire) <= messages {
                return;
            }
            notified.await;
        }
    }

    fn sent(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.messages.fetch_sub(1, Ordering::Release);
        self.look();
        self.moved.notify_waiters();
    }
}

/// Sends what comes, until the connection ends or nobody takes anything for too long.
pub(crate) async fn send(
    outbox: Arc<Outbox>,
    mut receiver: UnboundedReceiver<Sent>,
    mut stream: OwnedWriteHalf,
) {
    let patience = outbox.limits.write_patience;
    loop {
        let sent = tokio::select! {
            sent = receiver.recv() => sent,
            () = outbox.closed() => None,
        };
        let Some(Sent { frame, of }) = sent else { return };
        let is_written = tokio::select! {
            is_written = write(&mut stream, &frame, patience) => is_written,
            () = outbox.closed() => false,
        };
        if !is_written {
            return outbox.close();
        }
        outbox.sent(frame.len());
        if let Some(subscriber) = of {
            subscriber.sent();
        }
    }
}

/// Whether all of it was taken; each step has its time.
async fn write(stream: &mut OwnedWriteHalf, mut bytes: &[u8], patience: Duration) -> bool {
    while !bytes.is_empty() {
        match timeout(patience, stream.write(bytes)).await {
            Ok(Ok(n)) if n > 0 => bytes = &bytes[n..],
            _ => return false,
        }
    }
    true
}
