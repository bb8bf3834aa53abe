//! The tools as a model meets them, called in this process; the protocol itself is tested with the binary, in `cli`.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests build on disk and may panic")]

mod bed;
mod calls;
mod fences;
mod fresh;
mod http;
mod list;
mod paths;
