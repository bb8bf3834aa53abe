//! The other end of the socket, for programs that wait for their answer.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use lodemap_wire::{
    Call, FrameError, Id, Incoming, Problem, ProblemKind, Reply, Response, frame, read_frame,
};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::hello::{Hello, PROTOCOL};
use crate::place::{Place, is_trusted};

/// A connection to a daemon.
#[derive(Debug)]
pub struct Client {
    stream: UnixStream,
    next: i64,
    /// What the daemon said of itself.
    pub hello: Hello,
}

/// More is not expected of a daemon.
const LARGEST: usize = 256 << 20;
/// A daemon that does not say who it is within this time is as good as none.
const PATIENCE: Duration = Duration::from_secs(2);

impl Client {
    /// Connects to the daemon at a place; `None` where there is none that talks.
    pub fn connect(place: &Place) -> Option<Self> {
        place.check().ok()?;
        let stream = UnixStream::connect(place.socket()).ok()?;
        let peer = rustix::net::sockopt::socket_peercred(&stream).ok()?;
        if !is_trusted(peer.uid.as_raw()) {
            return None;
        }
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.set_write_timeout(Some(PATIENCE)).ok()?;
        let hello = Hello::of_this_program(None, 0);
        let mut client = Self { stream, next: 0, hello };
        let mut params = Map::new();
        params.insert("protocol".into(), json!(PROTOCOL));
        let said = match client.call("hello", params) {
            Ok(said) => serde_json::from_str(said.get()).ok()?,
            // It talks, but otherwise: whoever it is can still be asked to leave.
            Err(problem) if problem.kind == ProblemKind::Invalid => Hello {
                protocol: 0,
                version: "unknown".into(),
                program: String::new(),
                pid: 0,
                ..client.hello
            },
            Err(_) => return None,
        };
        client.hello = said;
        client.stream.set_read_timeout(None).ok()?;
        Some(client)
    }

    /// Gives up on answers that take longer; they cannot be read any more afterwards.
    pub fn set_patience(&self, patience: Option<Duration>) -> std::io::Result<()> {
        self.stream.set_read_timeout(patience)
    }

    /// Asks and waits for the answer.
    pub fn ask(&mut self, call: &Call) -> Result<Response, Problem> {
        let mut params = call.params();
        params.insert("apart".into(), json!(true));
        let result = self.call(call.request.method(), params)?;
        let wrong = |e: serde_json::Error| {
            Problem::new(ProblemKind::Internal, format!("the daemon's answer cannot be read: {e}"))
        };
        serde_json::from_str(result.get()).map_err(wrong)
    }

    /// Calls any method and waits for its result; events that come meanwhile are passed over.
    pub fn call(&mut self, method: &str, params: Map<String, Value>) -> Result<Box<RawValue>, Problem> {
        self.next += 1;
        let id = Id::Number(self.next);
        let message = Incoming { id: Some(id.clone()), method: method.to_owned(), params }.to_bytes();
        let frame = frame(&message).ok_or_else(|| Problem::usage("the question is too large"))?;
        self.stream.write_all(&frame).map_err(|e| broken(&e))?;
        loop {
            let reply = self.read()?;
            if reply.method.is_some() {
                continue;
            }
            match (reply.problem(), reply.result) {
                // An error that names nobody ends the connection, and so concerns us.
                (Some(problem), _) if reply.id.is_none() || reply.id.as_ref() == Some(&id) => {
                    return Err(problem);
                }
                (None, Some(result)) if reply.id.as_ref() == Some(&id) => return Ok(result),
                _ => {}
            }
        }
    }

    /// Sends without waiting for an answer.
    pub fn send(&mut self, message: &Incoming) -> Result<(), Problem> {
        let frame = frame(&message.to_bytes()).ok_or_else(|| Problem::usage("the question is too large"))?;
        self.stream.write_all(&frame).map_err(|e| broken(&e))
    }

    /// The next reply or event.
    pub fn read(&mut self) -> Result<Reply, Problem> {
        match read_frame(&mut self.stream, LARGEST) {
            Ok(Some(message)) => Reply::parse(&message),
            Ok(None) => Err(Problem::new(ProblemKind::Leaving, "the daemon closed the connection")),
            Err(FrameError::Io(e)) => Err(broken(&e)),
            Err(e) => Err(Problem::new(ProblemKind::Internal, e.to_string())),
        }
    }
}

fn broken(error: &std::io::Error) -> Problem {
    Problem::new(ProblemKind::Leaving, format!("the connection to the daemon broke: {error}"))
}
