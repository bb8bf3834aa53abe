//! Why is there no answer, and what is to be done about it?

use lodemap_answers::is_hidden;
use serde::{Deserialize, Serialize};

/// Why a request is not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// What sort of problem it is.
    pub kind: ProblemKind,
    /// What happened, and what to do next.
    pub message: String,
}

/// What sort of problem it is; decides codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// What came is no JSON.
    Parse,
    /// It is JSON, but no request.
    Invalid,
    /// There is no such method.
    NoSuchMethod,
    /// A parameter is wrong.
    Usage,
    /// The question was sound; there is nothing so called.
    NotFound,
    /// The index is unusable and could not be made anew.
    Index,
    /// Something could not be read or written.
    Io,
    /// It was there, and is not any more.
    Gone,
    /// Too much is waiting already.
    Busy,
    /// There was not enough time.
    Late,
    /// The asker took the question back.
    Cancelled,
    /// The one who was asked is about to leave.
    Leaving,
    /// A fault of ours.
    Internal,
}

impl ProblemKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Parse,
        Self::Invalid,
        Self::NoSuchMethod,
        Self::Usage,
        Self::NotFound,
        Self::Index,
        Self::Io,
        Self::Gone,
        Self::Busy,
        Self::Late,
        Self::Cancelled,
        Self::Leaving,
        Self::Internal,
    ];

    /// Its code in JSON-RPC.
    pub fn rpc_code(self) -> i64 {
        match self {
            Self::Parse => -32700,
            Self::Invalid => -32600,
            Self::NoSuchMethod => -32601,
            Self::Usage => -32602,
            Self::Internal => -32603,
            Self::Busy => -32001,
            Self::Late => -32002,
            Self::Index => -32003,
            Self::NotFound => -32004,
            Self::Io => -32005,
            Self::Leaving => -32006,
            Self::Gone => -32007,
            Self::Cancelled => -32800,
        }
    }

    /// The kind with this code; an unknown code is a fault of the one who sent it.
    pub fn of_rpc_code(code: i64) -> Self {
        Self::ALL.into_iter().find(|kind| kind.rpc_code() == code).unwrap_or(Self::Internal)
    }

    /// The exit code of the command line.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::NotFound | Self::Gone => 1,
            Self::Parse | Self::Invalid | Self::NoSuchMethod | Self::Usage => 2,
            Self::Index => 3,
            Self::Io | Self::Internal => 4,
            Self::Busy | Self::Late | Self::Leaving => 75,
            Self::Cancelled => 130,
        }
    }

    /// The status of HTTP.
    pub fn http_status(self) -> u16 {
        match self {
            Self::Parse | Self::Invalid | Self::Usage => 400,
            Self::NoSuchMethod | Self::NotFound => 404,
            Self::Gone => 410,
            Self::Busy => 429,
            Self::Cancelled => 499,
            Self::Index | Self::Io | Self::Internal => 500,
            Self::Leaving => 503,
            Self::Late => 504,
        }
    }
}

impl Problem {
    /// A problem of some kind. The message may name what was asked for, and stays on one line whatever that was.
    pub fn new(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self { kind, message: on_one_line(message.into()) }
    }

    /// A parameter is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ProblemKind::Usage, message)
    }
}

fn on_one_line(message: String) -> String {
    if !message.contains(is_hidden) {
        return message;
    }
    let mut out = String::with_capacity(message.len());
    for c in message.chars() {
        if is_hidden(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_stays_on_one_line() {
        let problem = Problem::usage("no `a\nerror: b\u{1b}[31m\u{202e}`; give é");
        assert_eq!(problem.message, "no `a\\nerror: b\\u{1b}[31m\\u{202e}`; give é");
    }

    #[test]
    fn codes_lead_back_to_their_kinds() {
        for kind in ProblemKind::ALL {
            assert_eq!(ProblemKind::of_rpc_code(kind.rpc_code()), kind);
        }
        assert_eq!(ProblemKind::of_rpc_code(7), ProblemKind::Internal);
    }
}
