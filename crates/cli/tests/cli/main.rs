//! The binary as its users meet it: text, JSON, exit codes, streams, and input that is not as it should be.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests build on disk, run, and may panic")]

mod answers;
mod cache;
mod context;
mod daemon;
mod help;
mod impact;
mod inputs;
#[cfg(debug_assertions)]
mod isolation;
mod kept;
mod kills;
mod mcp;
mod mcp_docs;
mod mcp_web;
mod options;
mod parity;
mod questions;
mod repo;
mod roots;
mod search;
mod setup;
mod streams;
mod watching;
mod web;
