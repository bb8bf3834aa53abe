//! The other end of the socket, for programs that wait for their answer.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use lodemap_answers::Patience;
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
/// One from which nothing comes for so long is asked who it is, and has as long to say it.
const SIGN: Duration = Duration::from_secs(2);
/// Whoever waits for an answer is asked so often whether it still does.
const LOOK: Duration = Duration::from_millis(20);

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
        read(&self.call(call.request.method(), params)?)
    }

    /// Calls any method and waits for its result; events that come meanwhile are passed over.
    pub fn call(&mut self, method: &str, params: Map<String, Value>) -> Result<Box<RawValue>, Problem> {
        let id = self.begin(method, params)?;
        loop {
            if let Some(result) = reply_to(&id, self.read()?) {
                return result;
            }
        }
    }

    /// Sends a question, and says by what its answer is known.
    fn begin(&mut self, method: &str, params: Map<String, Value>) -> Result<Id, Problem> {
        self.next += 1;
        let id = Id::Number(self.next);
        self.send(&Incoming { id: Some(id.clone()), method: method.to_owned(), params })?;
        Ok(id)
    }

    /// The same as [`Client::ask`] for whoever may give up, and does not want to hang with a daemon that hangs: one from
    /// which nothing comes for a while is asked who it is, which it answers at once, whatever else it does. After a
    /// problem of the kinds `Cancelled`, `Late` and `Leaving` nothing more can be asked.
    pub fn ask_while(&mut self, call: &Call, patience: &Patience) -> Result<Response, Problem> {
        let mut params = call.params();
        params.insert("apart".into(), json!(true));
        read(&self.call_while(call.request.method(), params, patience)?)
    }

    /// The same for any method.
    pub fn call_while(
        &mut self,
        method: &str,
        params: Map<String, Value>,
        patience: &Patience,
    ) -> Result<Box<RawValue>, Problem> {
        let id = self.begin(method, params)?;
        // Whatever has begun to come comes soon.
        self.set_patience(Some(SIGN)).map_err(|e| broken(&e))?;
        let (mut heard, mut is_asked) = (Instant::now(), false);
        loop {
            if patience.is_over() {
                return Err(Problem::new(ProblemKind::Cancelled, "cancelled"));
            }
            if self.has_more(LOOK).map_err(|e| broken(&e))? {
                let reply = self.read()?;
                (heard, is_asked) = (Instant::now(), false);
                match reply_to(&id, reply) {
                    Some(result) => {
                        return self.set_patience(None).map_err(|e| broken(&e)).and(result);
                    }
                    None => continue,
                }
            }
            match (heard.elapsed() >= SIGN, is_asked) {
                (false, _) => {}
                (true, false) => {
                    _ = self.begin("hello", Map::new())?;
                    (heard, is_asked) = (Instant::now(), true);
                }
                (true, true) => {
                    let message = "the daemon does not answer; end its process";
                    return Err(Problem::new(ProblemKind::Late, message));
                }
            }
        }
    }

    /// Whether something comes within this time, be it the end.
    fn has_more(&self, within: Duration) -> std::io::Result<bool> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let mut watched = [PollFd::new(&self.stream, PollFlags::IN)];
        let within = Timespec { tv_sec: 0, tv_nsec: i64::from(within.subsec_nanos()) };
        match poll(&mut watched, Some(&within)) {
            Ok(ready) => Ok(ready > 0),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// A second handle of the connection, by which it can be ended while somebody reads.
    pub(crate) fn stream(&self) -> std::io::Result<UnixStream> {
        self.stream.try_clone()
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

/// What a message says of a question, if it does.
fn reply_to(id: &Id, reply: Reply) -> Option<Result<Box<RawValue>, Problem>> {
    if reply.method.is_some() {
        return None;
    }
    match (reply.problem(), reply.result) {
        // An error that names nobody ends the connection, and so concerns us.
        (Some(problem), _) if reply.id.is_none() || reply.id.as_ref() == Some(id) => Some(Err(problem)),
        (None, Some(result)) if reply.id.as_ref() == Some(id) => Some(Ok(result)),
        _ => None,
    }
}

fn read(result: &RawValue) -> Result<Response, Problem> {
    let wrong = |e: serde_json::Error| {
        Problem::new(ProblemKind::Internal, format!("the daemon's answer cannot be read: {e}"))
    };
    serde_json::from_str(result.get()).map_err(wrong)
}

fn broken(error: &std::io::Error) -> Problem {
    Problem::new(ProblemKind::Leaving, format!("the connection to the daemon broke: {error}"))
}
