//! How do messages say what they are? JSON-RPC 2.0, without batches.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::problem::{Problem, ProblemKind};

/// What a reply refers to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Id {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// What a client sends.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// What the reply is to refer to; a notification has none and gets no reply.
    pub id: Option<Id>,
    /// The method.
    pub method: String,
    /// Its parameters by name.
    pub params: Map<String, Value>,
}

/// What went wrong with a message, and whom to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The id of the message, as far as there was one.
    pub id: Option<Id>,
    /// What was wrong with it.
    pub problem: Problem,
}

impl Id {
    /// Reads an id: an integer, or a text that is not too long.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) if text.len() <= LONGEST_ID => Some(Self::Text(text.clone())),
            Value::Number(n) => n.as_i64().map(Self::Number),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    jsonrpc: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    id: Option<Value>,
    #[serde(default)]
    method: Option<Value>,
    #[serde(default)]
    params: Option<Value>,
}

/// `null` is something else than nothing.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

/// Longer ids are no ids.
const LONGEST_ID: usize = 256;

/// Reads a request or notification.
pub fn parse_message(bytes: &[u8]) -> Result<Incoming, Message> {
    let no_json = |e: serde_json::Error| Message {
        id: None,
        problem: Problem::new(ProblemKind::Parse, format!("this is no JSON ({e}); send one object a frame")),
    };
    let invalid =
        |id: Option<Id>, what: &str| Message { id, problem: Problem::new(ProblemKind::Invalid, what) };
    let value: Value = serde_json::from_slice(bytes).map_err(no_json)?;
    let Value::Object(_) = &value else {
        return Err(invalid(None, "a message is one object; send requests one by one"));
    };
    // An object it is, and each field takes any value.
    let raw: Raw = serde_json::from_value(value).map_err(|e| invalid(None, &e.to_string()))?;
    let id = match raw.id.as_ref().map(Id::of) {
        None => None,
        Some(Some(id)) => Some(id),
        Some(None) => {
            let what = format!("an id is an integer or a text of up to {LONGEST_ID} bytes");
            return Err(invalid(None, &what));
        }
    };
    if raw.jsonrpc.as_ref().and_then(Value::as_str) != Some("2.0") {
        return Err(invalid(id, "this is no JSON-RPC; set \"jsonrpc\" to \"2.0\""));
    }
    let Some(Value::String(method)) = raw.method else {
        return Err(invalid(id, "there is no method; set \"method\" to its name"));
    };
    let params = match raw.params {
        None => Map::new(),
        Some(Value::Object(params)) => params,
        Some(_) => return Err(invalid(id, "parameters are given by name; set \"params\" to an object")),
    };
    Ok(Incoming { id, method, params })
}

impl Incoming {
    /// The message as it is sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Sent<'a> {
            jsonrpc: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            id: &'a Option<Id>,
            method: &'a str,
            params: &'a Map<String, Value>,
        }
        let sent = Sent { jsonrpc: "2.0", id: &self.id, method: &self.method, params: &self.params };
        serde_json::to_vec(&sent).unwrap_or_default()
    }
}

/// What is sent to a client.
#[derive(Clone, Debug)]
pub enum Outgoing {
    /// The reply to a request; the result is JSON already.
    Result(Id, String),
    /// Why there is none; no id where it could not be read.
    Error(Option<Id>, Problem),
    /// A notification; its parameters are JSON already.
    Notification(&'static str, String),
}

impl Outgoing {
    /// The message as it is sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Result(id, result) => {
                format!("{{\"jsonrpc\":\"2.0\",\"id\":{},\"result\":{result}}}", json(id)).into_bytes()
            }
            Self::Error(id, problem) => {
                let id = id.as_ref().map_or("null".to_owned(), json);
                let (code, kind) = (problem.kind.rpc_code(), json(&problem.kind));
                let (message, exit) = (json(&problem.message), problem.kind.exit_code());
                format!(
                    "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"error\":{{\"code\":{code},\"message\":{message},\
                     \"data\":{{\"kind\":{kind},\"exit_code\":{exit}}}}}}}"
                )
                .into_bytes()
            }
            Self::Notification(method, params) => {
                format!("{{\"jsonrpc\":\"2.0\",\"method\":\"{method}\",\"params\":{params}}}").into_bytes()
            }
        }
    }
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".into())
}

/// What a client gets.
#[derive(Debug, Deserialize)]
pub struct Reply {
    /// Which request it is the reply to.
    #[serde(default)]
    pub id: Option<Id>,
    /// The answer.
    #[serde(default)]
    pub result: Option<Box<RawValue>>,
    /// Why there is none.
    #[serde(default)]
    error: Option<RawError>,
    /// What happened, in a notification.
    #[serde(default)]
    pub method: Option<String>,
    /// The particulars of it.
    #[serde(default)]
    pub params: Option<Box<RawValue>>,
}

#[derive(Debug, Deserialize)]
struct RawError {
    code: i64,
    message: String,
}

impl Reply {
    /// Reads a reply or a notification.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        serde_json::from_slice(bytes)
            .map_err(|e| Problem::new(ProblemKind::Parse, format!("the reply is no JSON ({e})")))
    }

    /// The problem it tells of.
    pub fn problem(&self) -> Option<Problem> {
        let error = self.error.as_ref()?;
        Some(Problem::new(ProblemKind::of_rpc_code(error.code), error.message.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_it_is_written() {
        let mut params = Map::new();
        params.insert("query".into(), "pool".into());
        for id in [None, Some(Id::Number(-3)), Some(Id::Text("a\"b".into()))] {
            let incoming = Incoming { id, method: "symbols".into(), params: params.clone() };
            assert_eq!(parse_message(&incoming.to_bytes()).unwrap(), incoming);
        }
    }

    #[test]
    fn what_is_no_request_is_told_to_whom_it_concerns() {
        use ProblemKind::{Invalid, Parse};
        for (text, id, kind) in [
            ("", None, Parse),
            ("{", None, Parse),
            ("\u{0}", None, Parse),
            ("[]", None, Invalid),
            ("3", None, Invalid),
            ("{}", None, Invalid),
            (r#"{"jsonrpc":"1.0","id":7,"method":"map"}"#, Some(Id::Number(7)), Invalid),
            (r#"{"jsonrpc":"2.0","id":7}"#, Some(Id::Number(7)), Invalid),
            (r#"{"jsonrpc":"2.0","id":"a","method":3}"#, Some(Id::Text("a".into())), Invalid),
            (r#"{"jsonrpc":"2.0","id":"a","method":"map","params":[]}"#, Some(Id::Text("a".into())), Invalid),
            (r#"{"jsonrpc":"2.0","id":null,"method":"map"}"#, None, Invalid),
            (r#"{"jsonrpc":"2.0","id":{},"method":"map"}"#, None, Invalid),
            (r#"{"jsonrpc":"2.0","id":1e99,"method":"map"}"#, None, Invalid),
        ] {
            let message = parse_message(text.as_bytes()).unwrap_err();
            assert_eq!((message.id, message.problem.kind), (id, kind), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(parse_message(deep.as_bytes()).unwrap_err().problem.kind, Parse);
    }

    #[test]
    fn replies() {
        let reply = Reply::parse(&Outgoing::Result(Id::Number(1), "{\"a\":1.0}".into()).to_bytes()).unwrap();
        assert_eq!(reply.result.as_ref().unwrap().get(), "{\"a\":1.0}");
        let problem = Problem::new(ProblemKind::Busy, "wait \"a\" while");
        let reply = Reply::parse(&Outgoing::Error(None, problem.clone()).to_bytes()).unwrap();
        assert_eq!((reply.id.clone(), reply.problem()), (None, Some(problem)));
        let told = Outgoing::Notification("event", "{}".into()).to_bytes();
        assert_eq!(Reply::parse(&told).unwrap().method.as_deref(), Some("event"));
    }
}
