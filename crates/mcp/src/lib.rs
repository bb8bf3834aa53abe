//! The same answers, as tools of the Model Context Protocol.
//!
//! Seven tools that read and change nothing. [`Tools`] answers a call, whatever carried it; [`serve_stdio`] carries
//! calls over standard input and output, [`http_service`] over HTTP, in all revisions of the protocol that the library speaks: those that begin with
//! `initialize`, and those without a handshake.
//!
//! # Invariants
//! - Standard output holds nothing but the protocol.
//! - A call is one [`Request`](lodemap_wire::Request), answered by the one place that answers; the text is that of the
//!   command line.
//! - Text from the repository stands between two lines that it cannot have written itself; what stands outside of them
//!   is made of our own words.
//! - Whatever arrives, memory stays bounded: messages, calls at once and answers under way are limited.
//! - Types of the protocol's library stay in here.

mod arguments;
mod http;
mod instructions;
mod output;
mod server;
mod stdio;
mod tools;

pub use http::{HttpTools, http_service};
pub use instructions::INSTRUCTIONS;
pub use output::OVERHEAD;
pub use server::serve_stdio;
pub use tools::{DEFAULT_TOKENS, MOST_TOKENS, Reply, Tools, tool_list};
