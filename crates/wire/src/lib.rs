//! How is a question written down?
//!
//! One [`Request`] and one [`Response`] for every surface: the command line, the socket, and whatever comes beside
//! them. [`Call`] is a request with what is common to all; `rpc` and `frame` are how they travel.
//!
//! # Invariants
//! - Contains no IO: readers, writers and bytes are the caller's.
//! - A parameter is called as the long option of the command line, and its default is stated here alone.
//! - Whatever arrives, reading it is an answer or a [`Problem`], and takes memory only up to a limit that the reader sets.
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

mod call;
mod fields;
mod frame;
mod parameter;
mod problem;
mod request;
mod response;
mod rpc;

pub use call::{COMMON, Call, Terms};
pub use fields::fields_of;
pub use frame::{FrameError, PREFIX, frame, frame_length, read_frame};
pub use parameter::{Parameter, Shape};
pub use problem::{Problem, ProblemKind};
pub use request::{
    CallsRequest, ContextRequest, DEFAULT_CONTEXT_FILES, DEFAULT_DEPTH, DEFAULT_IMPACT_DEPTH,
    DEFAULT_IMPACT_LIMIT, DEFAULT_REFS, DEFAULT_SEARCH_HITS, DEFAULT_SYMBOLS, DEFAULT_TOKENS,
    DefinitionRequest, DependenciesRequest, ExportRequest, ImpactRequest, LanguagesRequest, MAX_DEPTH,
    MapRequest, MarkDirtyRequest, OutlineRequest, ReferencesRequest, Request, SearchRequest, StatusRequest,
    SymbolsRequest, VerifyRequest,
};
pub use response::{Format, Response, SCHEMA};
pub use rpc::{Id, Incoming, Message, Outgoing, Reply, parse_message};
