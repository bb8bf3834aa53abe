//! Connections that end anywhere: nothing of them is left, and the next client is served.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lodemap_testkit::Rng;
use serde_json::{Value, json};

use crate::daemon::Bed;
use crate::vitals::{Vitals, is_back_at, warm_seeds};
use crate::web::Web;

/// Connections of a seed.
const CUT: usize = 500;
/// So many clients at a time.
const CLIENTS: usize = 4;
/// A client that wants more than there is leaves after this.
const PATIENCE: Duration = Duration::from_millis(20);

/// A repository with answers that do not fit into what a socket holds.
fn bed() -> Bed {
    let bed = Bed::new();
    let many: String = (0..1500).map(|n| format!("def name_{n}(first, second): pass\n")).collect();
    bed.repo.write("src/many.py", many.as_bytes());
    bed
}

fn frame(message: &Value) -> Vec<u8> {
    lodemap_wire::frame(message.to_string().as_bytes()).unwrap()
}

/// What a client says, and up to where.
struct Talk {
    said: Vec<u8>,
    /// Bytes that are read before it ends.
    read: usize,
    /// Whether it says that it is done, before it ends.
    shuts: bool,
}

impl Talk {
    /// Leaves at a random point of what it says, or behind it.
    fn cut(mut said: Vec<u8>, random: &mut Rng) -> Self {
        let is_whole = random.below(3) > 0;
        if !is_whole {
            said.truncate(random.below(said.len() + 1));
        }
        let read = match random.below(4) {
            0 => 0,
            1 => 1 + random.below(8),
            2 => 1 + random.below(500),
            _ => 1 + random.below(100_000),
        };
        Self { said, read: if is_whole { read } else { 0 }, shuts: random.one_in(4) }
    }

    fn hold(&self, mut stream: impl Read + Write, shut: impl FnOnce()) {
        // Whoever is told to go may be gone before all is said.
        if stream.write_all(&self.said).is_err() {
            return;
        }
        if self.shuts {
            shut();
        }
        let mut left = self.read;
        let mut buffer = [0; 4096];
        while left > 0 {
            let most = buffer.len().min(left);
            match stream.read(&mut buffer[..most]) {
                Ok(n) if n > 0 => left -= n,
                _ => return,
            }
        }
    }
}

/// A talk over the socket.
fn by_socket(root: &str, random: &mut Rng) -> Talk {
    let message = |id: usize, method: &str, more: Value| {
        let mut params = json!({"root": root});
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        frame(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
    };
    let hello = frame(&json!({"jsonrpc": "2.0", "id": 0, "method": "hello", "params": {"protocol": 1}}));
    let said = match random.below(10) {
        0 => vec![],
        1 => hello,
        2 => [hello, message(1, "subscribe", json!({}))].concat(),
        3 => [message(1, "subscribe", json!({})), message(2, "unsubscribe", json!({}))].concat(),
        4 => (0..1 + random.below(20))
            .flat_map(|n| message(n, "definition", json!({"subject": "Pool"})))
            .collect(),
        5 => {
            let cancel = json!({"jsonrpc": "2.0", "method": "$/cancel", "params": {"id": 1}});
            [message(1, "search", json!({"query": "acquire"})), frame(&cancel)].concat()
        }
        // More than is taken without reading.
        6 if random.one_in(4) => {
            (0..4).flat_map(|n| message(n, "symbols", json!({"limit": 0, "format": "both"}))).collect()
        }
        7 => [&u32::MAX.to_be_bytes()[..], b"{}"].concat(),
        8 => message(1, "map", json!({"tokens": 300})),
        _ => message(1, "symbols", json!({"query": "Pool"})),
    };
    Talk::cut(said, random)
}

/// A talk over HTTP.
fn by_http(web: &Web, random: &mut Rng) -> Talk {
    let request =
        |what: &str, heads: &[(&str, &str)], body: &str| web.request(what, heads, body).into_bytes();
    let keep = ("Connection", "keep-alive");
    let said = match random.below(10) {
        0 => vec![],
        1 => request("GET /v1/events", &[keep, ("Content-Length", "")], ""),
        2 => request("GET /v1/events", &[keep, ("Last-Event-ID", "x"), ("Content-Length", "")], ""),
        3 => request("GET /metrics", &[keep], "").repeat(1 + random.below(5)),
        4 => request("POST /v1/definition", &[keep], r#"{"subject": "Pool"}"#).repeat(1 + random.below(10)),
        5 => request("POST /v1/symbols", &[("Content-Length", "100000")], r#"{"query": "#),
        6 => request("POST /v1/symbols", &[keep], r#"{"limit": 0, "format": "both"}"#),
        7 => {
            let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                "params": {"name": "get_symbol", "arguments": {"subject": "Pool"}}});
            let accept = ("Accept", "application/json, text/event-stream");
            request("POST /mcp", &[accept, ("MCP-Protocol-Version", "2025-06-18")], &call.to_string())
        }
        8 => request(
            "POST /v1/symbols",
            &[keep, ("Transfer-Encoding", "chunked"), ("Content-Length", "")],
            "5\r\n{\"que",
        ),
        _ => request("POST /v1/search", &[], r#"{"query": "acquire"}"#),
    };
    Talk::cut(said, random)
}

/// Has clients talk, each with a random generator of its own; gives how many there were.
fn cut(seed: u64, bed: &Bed, talk: impl Fn(&mut Rng) + Sync) -> usize {
    let done = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for number in 0..CLIENTS as u64 {
            let (done, talk) = (&done, &talk);
            scope.spawn(move || {
                let mut random = Rng::new(seed.wrapping_mul(CLIENTS as u64).wrapping_add(number));
                for n in 0..CUT / CLIENTS {
                    // Whoever listens has something to hear.
                    if number == 0 && n % 25 == 0 {
                        bed.repo
                            .write("src/edited.py", format!("def edited_{seed}_{n}(): pass\n").as_bytes());
                    }
                    talk(&mut random);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    done.into_inner()
}

#[test]
fn cut_connections_leave_nothing() {
    let bed = bed();
    let pid = bed.start();
    bed.json(&["search", "acquire"]);
    let socket = PathBuf::from(bed.status()["socket"].as_str().unwrap());
    let root = bed.repo.root().to_str().unwrap().to_owned();
    let (mut before, mut cuts) = (None, 0);
    for seed in warm_seeds() {
        println!("seed {seed}");
        let count = cut(seed, &bed, |random| {
            let Ok(stream) = UnixStream::connect(&socket) else { panic!("seed {seed}: nobody is there") };
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
            by_socket(&root, random).hold(&stream, || _ = stream.shutdown(Shutdown::Write));
        });
        bed.until("all are gone", || {
            let status = bed.status();
            status["clients"] == 1 && status["waiting"] == 0 && status["running"] == 0
        });
        match &before {
            None => before = Some(Vitals::of(pid)),
            Some(before) => {
                cuts += count;
                is_back_at(pid, before);
            }
        }
    }
    println!("{cuts} connections were cut");
    assert_eq!(bed.json(&["symbols", "Pool"])["symbols"][0]["name"], "Pool");
    assert_eq!(bed.status()["pid"], pid, "it is the same daemon");
    assert_eq!(bed.log(), "", "it had nothing to complain about");
}

#[test]
fn cut_connections_over_http_leave_nothing() {
    let bed = bed();
    let web = Web::start(&bed, &[]);
    let (status, said) = web.send("POST /v1/search", &[], r#"{"query": "acquire"}"#);
    assert_eq!(status, 200, "{said}");
    let (mut before, mut cuts) = (None, 0);
    for seed in warm_seeds() {
        println!("seed {seed}");
        let count = cut(seed, &bed, |random| {
            let Ok(stream) = TcpStream::connect(web.address()) else {
                panic!("seed {seed}: nobody is there")
            };
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
            by_http(&web, random).hold(&stream, || _ = stream.shutdown(Shutdown::Write));
        });
        bed.until("all are gone", || {
            let (_, said) = web.send("GET /metrics", &[], "");
            said.contains("\nlodemap_clients 1\n") && said.contains("\nlodemap_requests_waiting 0\n")
        });
        match &before {
            None => before = Some(Vitals::of(web.pid())),
            Some(before) => {
                cuts += count;
                is_back_at(web.pid(), before);
            }
        }
    }
    println!("{cuts} connections were cut");
    let (status, said) = web.send("POST /v1/symbols", &[], r#"{"query": "Pool"}"#);
    assert!(status == 200 && said.contains("\"Pool\""), "{status} {said}");
}
