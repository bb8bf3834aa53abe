//! Standard input and output as a transport: one message a line, none of them larger than is good for us.
//!
//! Two threads read and write, so that a client that stalls in the one direction stalls nothing else. No more calls are
//! read than can be held, and none while answers pile up that nobody takes.

use std::io::{self, BufRead, Write};
use std::sync::Arc;
use std::sync::mpsc as blocking;
use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::{ClientRequest, GetExtensions, JsonRpcMessage};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// A line that is longer is read away and answered with an error.
const MOST_OF_A_LINE: usize = 4 << 20;
/// So many calls are held, those under way included.
const MOST_CALLS: usize = 64;
/// So many answers wait to be taken.
const MOST_ANSWERS: usize = 64;
/// So many lines wait to be understood.
const MOST_LINES: usize = 4;

/// Standard input and output.
pub(crate) struct Stdio {
    lines: mpsc::Receiver<Line>,
    out: Out,
    calls: Arc<Semaphore>,
    /// What was read and waits for room.
    waiting: Option<RxJsonRpcMessage<RoleServer>>,
    /// Whether a request came: before it nothing else means anything.
    has_begun: bool,
}

/// The right to have one call under way, which travels with it.
#[derive(Clone)]
pub(crate) struct Held(#[expect(dead_code, reason = "it counts by being there")] Arc<OwnedSemaphorePermit>);

/// Tells when all is written.
pub(crate) struct Written(oneshot::Receiver<()>);

/// What was read.
enum Line {
    Text(Vec<u8>),
    TooLong,
}

#[derive(Clone)]
struct Out {
    /// `None` once it is closed.
    messages: Option<blocking::Sender<(Vec<u8>, OwnedSemaphorePermit)>>,
    room: Arc<Semaphore>,
}

impl Stdio {
    /// Takes standard input and output for good.
    pub(crate) fn start() -> io::Result<(Self, Written)> {
        Self::over(io::BufReader::with_capacity(1 << 16, io::stdin()), io::stdout())
    }

    fn over(
        input: impl BufRead + Send + 'static,
        output: impl Write + Send + 'static,
    ) -> io::Result<(Self, Written)> {
        let (to_us, lines) = mpsc::channel(MOST_LINES);
        let (to_out, messages) = blocking::channel::<(Vec<u8>, OwnedSemaphorePermit)>();
        let (done, written) = oneshot::channel();
        let room = Arc::new(Semaphore::new(MOST_ANSWERS));
        let named = |name: &str| std::thread::Builder::new().name(name.into());
        named("lodemap-mcp-in").spawn(move || read(input, &to_us))?;
        let closes = room.clone();
        named("lodemap-mcp-out").spawn(move || {
            if write(output, &messages).is_err() {
                // Nobody reads any more: whoever waits for room is told.
                closes.close();
            }
            _ = done.send(());
        })?;
        let out = Out { messages: Some(to_out), room };
        let calls = Arc::new(Semaphore::new(MOST_CALLS));
        Ok((Self { lines, out, calls, waiting: None, has_begun: false }, Written(written)))
    }

    /// Waits until there is room for another message, and for the answer that it may bring.
    async fn admit(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        // What waits stays where it is if this is cancelled.
        let is_call = matches!(&self.waiting, Some(JsonRpcMessage::Request(request))
            if matches!(request.request, ClientRequest::CallToolRequest(_)));
        _ = self.out.room.acquire().await.ok()?;
        let held = if is_call { Some(self.calls.clone().acquire_owned().await.ok()?) } else { None };
        let mut message = self.waiting.take()?;
        if let (JsonRpcMessage::Request(request), Some(held)) = (&mut message, held) {
            request.request.extensions_mut().insert(Held(Arc::new(held)));
        }
        Some(message)
    }
}

impl Transport<RoleServer> for Stdio {
    type Error = io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let out = self.out.clone();
        async move { out.send(serde_json::to_vec(&item)?).await }
    }

    /// May be cancelled at any of its waits, and goes on from there when it is called again.
    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            if self.waiting.is_some() {
                return self.admit().await;
            }
            // Room for the answer to what is no message.
            let room = self.out.room.clone().acquire_owned().await.ok()?;
            let fault = match self.lines.recv().await? {
                Line::TooLong => {
                    fault(Value::Null, -32600, "a message has at most 4 MiB; send a smaller one")
                }
                Line::Text(line) => match understood(&line) {
                    Ok(message) if self.has_begun || matches!(message, JsonRpcMessage::Request(_)) => {
                        self.has_begun = true;
                        self.waiting = Some(message);
                        continue;
                    }
                    Ok(_) => continue,
                    Err(fault) => fault,
                },
            };
            if let Some(messages) = &self.out.messages {
                messages.send((fault, room)).ok()?;
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.out.messages = None;
        self.lines.close();
        Ok(())
    }
}

impl Written {
    /// Waits until all is written, at most so long: a client may have stopped reading.
    pub(crate) async fn finish(self, patience: Duration) {
        _ = tokio::time::timeout(patience, self.0).await;
    }
}

impl Out {
    async fn send(&self, message: Vec<u8>) -> io::Result<()> {
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let room = self.room.clone().acquire_owned().await.map_err(|_| gone())?;
        let messages = self.messages.as_ref().ok_or_else(gone)?;
        messages.send((message, room)).map_err(|_| gone())
    }
}

/// The message in a line, or what to say of it.
fn understood(line: &[u8]) -> Result<RxJsonRpcMessage<RoleServer>, Vec<u8>> {
    serde_json::from_slice(line).map_err(|_| match serde_json::from_slice::<Value>(line) {
        Err(error) => fault(Value::Null, -32700, &format!("this is no JSON: {error}")),
        Ok(value) => {
            let id =
                value.get("id").filter(|id| id.is_string() || id.is_number()).cloned().unwrap_or_default();
            fault(id, -32600, "this is no request of the protocol; send one JSON-RPC 2.0 object a line")
        }
    })
}

fn fault(id: Value, code: i64, message: &str) -> Vec<u8> {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}}).to_string().into_bytes()
}

/// Reads lines until there are no more, or nobody wants them.
fn read(mut input: impl BufRead, lines: &mpsc::Sender<Line>) {
    let (mut line, mut is_too_long) = (Vec::new(), false);
    loop {
        let available = match input.fill_buf() {
            Ok([]) => break,
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        let end = available.iter().position(|b| *b == b'\n');
        let part = &available[..end.unwrap_or(available.len())];
        if line.len() + part.len() > MOST_OF_A_LINE {
            is_too_long = true;
            line = Vec::new();
        }
        if !is_too_long {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() && !give(std::mem::take(&mut line), std::mem::take(&mut is_too_long), lines) {
            return;
        }
    }
    // The last line may lack its end.
    give(line, is_too_long, lines);
}

/// Hands a line on, unless it is empty; tells whether anybody took it.
fn give(line: Vec<u8>, is_too_long: bool, lines: &mpsc::Sender<Line>) -> bool {
    let line = if is_too_long { Line::TooLong } else { Line::Text(line) };
    let is_empty = matches!(&line, Line::Text(text) if text.iter().all(u8::is_ascii_whitespace));
    is_empty || lines.blocking_send(line).is_ok()
}

/// Writes messages until there are no more, or nobody reads them.
fn write(
    mut output: impl Write,
    messages: &blocking::Receiver<(Vec<u8>, OwnedSemaphorePermit)>,
) -> io::Result<()> {
    while let Ok((mut message, _room)) = messages.recv() {
        message.push(b'\n');
        output.write_all(&message)?;
        output.flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use lodemap_testkit::{Rng, seeds};

    /// The lines of some bytes that arrive so many at a time; `None` for one that is too long.
    fn lines(bytes: &[u8], at_once: usize) -> Vec<Option<Vec<u8>>> {
        let (sender, mut receiver) = mpsc::channel(1000);
        read(io::BufReader::with_capacity(at_once, bytes), &sender);
        drop(sender);
        let mut out = vec![];
        while let Ok(line) = receiver.try_recv() {
            out.push(match line {
                Line::Text(text) => Some(text),
                Line::TooLong => None,
            });
        }
        out
    }

    #[test]
    fn lines_are_those_of_the_text_however_it_arrives() {
        let text = b"one\n\n  \r\ntwo\r\nthree";
        for at_once in [1, 2, 3, 7, 100] {
            let wanted: Vec<_> = [&b"one"[..], b"two\r", b"three"].map(|l| Some(l.to_vec())).to_vec();
            assert_eq!(lines(text, at_once), wanted, "{at_once} at once");
        }
        assert_eq!(lines(b"", 8), []);
    }

    #[test]
    fn only_the_line_that_is_too_long_is_lost() {
        let mut text = vec![b'x'; MOST_OF_A_LINE];
        text.extend_from_slice(b"\nshort\n");
        assert_eq!(lines(&text, 1 << 16).iter().map(Option::is_some).collect::<Vec<_>>(), [true, true]);
        text.insert(0, b'x');
        assert_eq!(lines(&text, 1 << 16), [None, Some(b"short".to_vec())]);
        text.truncate(MOST_OF_A_LINE + 1);
        assert_eq!(lines(&text, 1 << 16), [None]);
    }

    #[test]
    fn mutated_messages_are_messages_or_faults() {
        let messages = [
            json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18",
                "capabilities": {}, "clientInfo": {"name": "x", "version": "0"}}}),
            json!({"jsonrpc": "2.0", "id": "a", "method": "tools/call", "params": {"name": "repo_map",
                "arguments": {"focus": ["a"], "tokens": 3}, "_meta": {"progressToken": 1}}}),
            json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1, "reason": "x"}}),
            json!({"jsonrpc": "2.0", "id": 9, "result": {}}),
        ];
        for seed in seeds(20) {
            let mut random = Rng::new(seed);
            for step in 0..2000 {
                let mut bytes = messages[random.below(messages.len())].to_string().into_bytes();
                for _ in 0..=random.below(4) {
                    let at = random.below(bytes.len());
                    match random.below(4) {
                        0 => bytes[at] = random.below(256) as u8,
                        1 if bytes.len() > 1 => drop(bytes.remove(at)),
                        2 => bytes.insert(at, b"{}[]\",:0\\\x00"[random.below(10)]),
                        _ => bytes.truncate(at + 1),
                    }
                }
                if let Err(fault) = understood(&bytes) {
                    let fault: Value = serde_json::from_slice(&fault).expect("because a fault is JSON");
                    assert!(fault["error"]["code"].as_i64() < Some(0), "seed {seed}, step {step}: {fault}");
                }
            }
        }
    }
}
