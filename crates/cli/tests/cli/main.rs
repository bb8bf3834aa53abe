//! The binary as its users meet it: text, JSON, exit codes, streams, and input that is not as it should be.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests build on disk, run, may panic, and print their seeds"
)]

mod answers;
mod browser;
mod cache;
mod context;
mod cuts;
mod daemon;
mod dashboard;
mod event_log;
mod frames;
mod guarded;
mod help;
mod impact;
mod inputs;
#[cfg(debug_assertions)]
mod isolation;
mod kept;
mod kills;
mod mcp;
mod mcp_daemon;
mod mcp_docs;
mod mcp_turns;
mod mcp_web;
mod options;
mod pages;
mod parity;
mod questions;
mod repo;
mod roots;
mod search;
mod security_docs;
mod setup;
mod streams;
mod vitals;
mod watching;
mod web;
