//! A daemon as its clients meet it: what it says, how fresh it is, and what it bears.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests build on disk and may panic"
)]

mod abuse;
mod answers;
mod bed;
mod consistent;
mod escapes;
mod events;
mod fresh;
mod http;
mod lives;
mod load;
mod python;
mod queues;
mod repositories;
mod slow;
mod stops;
mod strangers;
