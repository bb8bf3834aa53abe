//! Who asks, and when?
//!
//! [`answer`] is the one place that answers a [`Request`](lodemap_wire::Request), whoever asks it: the command line for
//! itself, [`serve`] for many clients and many repositories that are kept fresh. [`Client`] is the other end of its
//! socket.
//!
//! # Invariants
//! - An answer is of one snapshot, and says so where it may lack something that was written before the question.
//! - Paths in requests lead nowhere but into the repository.
//! - Whatever a client sends, or does not read, takes bounded memory and keeps nobody else waiting.
//! - The socket is this user's alone.

mod ask;
mod budget;
mod client;
mod event_log;
mod hello;
mod http;
mod opening;
pub mod paths;
mod place;
mod server;
mod session;

pub use ask::{Asker, Ground, answer, answer_kept, answer_without, check, problem};
pub use budget::fit_text;
pub use client::Client;
pub use event_log::{DEFAULT_EVENT_LOG_BYTES, EventLog};
pub use hello::{Hello, PROTOCOL};
pub use http::{HttpOptions, Lane, Mount, MountBody, MountService, Turns, serve_http};
pub use lodemap_answers::{ENDLESS, Patience};
pub use lodemap_host::{Live, LiveOptions, OpenOptions, is_hidden};
pub use opening::{Opening, Stage};
pub use place::{Lock, Place, PlaceError};
pub use server::{
    DEFAULT_IDLE, DEFAULT_MEMORY, DEFAULT_REPOSITORIES, Limits, ServeError, ServeOptions, serve,
};
pub use session::{Said, Session, Via};
