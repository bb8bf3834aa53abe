//! How much is taken from anybody, and how long anything may last?

use std::time::Duration;

/// The bounds of a daemon.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a message that comes.
    pub frame: usize,
    /// Bytes of an answer.
    pub answer: usize,
    /// Clients at the same time.
    pub clients: usize,
    /// Requests of one client that are not answered yet.
    pub outstanding: usize,
    /// Short requests of one client that are worked at; of long ones it is one.
    pub running: usize,
    /// Requests of all clients that wait, of short and of long ones each; one of each client may wait beyond that.
    pub waiting: usize,
    /// Requests of all clients that are worked at, half of them long ones; most of them wait for something, and threads
    /// that wait cost little.
    pub workers: usize,
    /// Long ones of these that processors work at; the others wait for room, or for what was just written.
    pub long: usize,
    /// Bytes that wait for a client to read them.
    pub unsent_bytes: usize,
    /// Bytes that wait for a client to read them, before no more of its questions are worked at.
    pub unread_bytes: usize,
    /// Messages that wait for a client, before no more are taken from it.
    pub unsent_messages: usize,
    /// Events that wait for a subscriber, before some are left out.
    pub events: usize,
    /// How long a client may take nothing of what is sent.
    pub write_patience: Duration,
    /// How long a message may take to come, once it has begun.
    pub frame_patience: Duration,
    /// How long requests may go on once the daemon leaves.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame: 8 << 20,
            answer: 64 << 20,
            clients: 512,
            outstanding: 64,
            running: 2,
            waiting: 4096,
            workers: 32,
            long: std::thread::available_parallelism().map_or(1, |all| all.get() - 1).max(1),
            unsent_bytes: 32 << 20,
            unread_bytes: 128 << 10,
            unsent_messages: 128,
            events: 64,
            write_patience: Duration::from_secs(10),
            frame_patience: Duration::from_secs(30),
            drain: Duration::from_secs(10),
        }
    }
}
