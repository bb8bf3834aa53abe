//! Messages that are none: each is answered with an error or ends its connection, and nothing else happens.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lodemap_testkit::Rng;
use lodemap_wire::{Id, ProblemKind, Reply, frame, parse_message, read_frame};

use crate::daemon::Bed;
use crate::vitals::{Vitals, is_back_at, warm_seeds};

/// Messages of a seed.
const MESSAGES: usize = 8000;
/// So many clients at a time.
const CLIENTS: usize = 4;
/// So many messages are sent before answers are read; fewer than may wait.
const AT_ONCE: usize = 40;
/// So many messages a connection lasts.
const LASTS: usize = 1000;

const PATIENCE: Duration = Duration::from_secs(90);

/// Messages that are right, the cheap ones more than once.
fn right(root: &Path) -> Vec<String> {
    let root = root.display();
    let cheap = [
        "\"hello\",\"params\":{\"protocol\":1}".to_owned(),
        "\"$/cancel\",\"params\":{\"id\":7}".to_owned(),
        "\"languages\",\"params\":{\"format\":\"text\"}".to_owned(),
        format!("\"definition\",\"params\":{{\"root\":\"{root}\",\"subject\":\"src/pool.py#Pool\"}}"),
        format!(
            "\"outline\",\"params\":{{\"root\":\"{root}\",\"path\":\"app.py\",\"tokens\":100,\"wait_ms\":2000}}"
        ),
        format!(
            "\"symbols\",\"params\":{{\"root\":\"{root}\",\"query\":\"Pool\",\"limit\":3,\"deadline_ms\":60000}}"
        ),
        format!("\"mark_dirty\",\"params\":{{\"root\":\"{root}\",\"paths\":[\"app.py\",\"a/b.py\"]}}"),
        format!("\"subscribe\",\"params\":{{\"root\":\"{root}\"}}"),
        format!("\"unsubscribe\",\"params\":{{\"root\":\"{root}\"}}"),
    ];
    let dear = [
        "\"daemon_status\"".to_owned(),
        format!(
            "\"map\",\"params\":{{\"root\":\"{root}\",\"tokens\":200,\"focus\":[\"src\"],\"mention\":[\"Pool\"]}}"
        ),
        format!(
            "\"search\",\"params\":{{\"root\":\"{root}\",\"query\":\"/Po+l/ -x \\\"a b\\\"\",\"files\":true}}"
        ),
        format!(
            "\"context\",\"params\":{{\"root\":\"{root}\",\"task\":\"acquire fails\",\"format\":\"both\"}}"
        ),
        format!("\"callers\",\"params\":{{\"root\":\"{root}\",\"subject\":\"app.py:5:12\",\"depth\":2}}"),
        format!(
            "\"impact\",\"params\":{{\"root\":\"{root}\",\"patch\":\"--- a/app.py\\n+++ b/app.py\\n@@ -1 +1 @@\\n\"}}"
        ),
    ];
    let many = std::iter::repeat_n(&cheap, 6).flatten();
    many.chain(&dear).map(|rest| format!("{{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":{rest}}}")).collect()
}

/// What stands where something else should.
const ODD: [&str; 20] = [
    "null",
    "true",
    "-1",
    "0",
    "1e999",
    "-0.0",
    "1.5",
    "99999999999999999999999999",
    "1e-400",
    "\"\"",
    "[]",
    "{}",
    "[[[[[]]]]]",
    "{\"a\":{\"a\":{}}}",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "NaN",
    "\"../../etc\"",
    "\u{202e}",
    "18446744073709551615",
];

/// Makes a message wrong, or another one.
fn mutate(message: &str, random: &mut Rng) -> Vec<u8> {
    let mut bytes = message.as_bytes().to_vec();
    for _ in 0..1 + random.below(3) {
        let at = random.below(bytes.len().max(1));
        match random.below(12) {
            _ if bytes.is_empty() => {}
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.below(256) as u8,
            2 => bytes.insert(at, random.below(256) as u8),
            3 => drop(bytes.remove(at)),
            4 => bytes.truncate(at),
            5 => bytes[at] = b"{}[]\",:0e\\x"[random.below(11)],
            6 => {
                drop(bytes.splice(
                    at..at,
                    [[0xff, 0xfe], [0xc3, 0x28], [0xed, 0xa0], [0xf8, 0x88]][random.below(4)],
                ))
            }
            // A value in the place of another.
            7 | 8 => {
                let colons: Vec<usize> = (0..bytes.len()).filter(|n| bytes[*n] == b':').collect();
                let Some(from) = colons.get(random.below(colons.len())).map(|at| at + 1) else { continue };
                let to =
                    (from..bytes.len()).find(|n| matches!(bytes[*n], b',' | b'}')).unwrap_or(bytes.len());
                drop(bytes.splice(from..to, random.pick(&ODD).bytes()));
            }
            // The same key twice, or one that nobody knows.
            9 => {
                let keys = [
                    "\"id\":8,",
                    "\"jsonrpc\":\"2.0\",",
                    "\"method\":\"hello\",",
                    "\"params\":{},",
                    "\"x\":1,",
                ];
                let opens: Vec<usize> = (0..bytes.len()).filter(|n| bytes[*n] == b'{').collect();
                let Some(open) = opens.get(random.below(opens.len())) else { continue };
                drop(bytes.splice(open + 1..open + 1, random.pick(&keys).bytes()));
            }
            10 if random.one_in(20) => {
                let depth = 1 << random.below(17);
                let open = *random.pick(&["[", "{\"a\":"]);
                drop(bytes.splice(at..at, open.repeat(depth).bytes()));
            }
            11 if random.one_in(20) => drop(bytes.splice(at..at, "x".repeat(1 << random.below(17)).bytes())),
            _ => bytes.swap(0, at),
        }
    }
    bytes
}

/// How many replies a message is to have: what is no request has one that says so, a notification none.
fn replies(message: &[u8]) -> usize {
    parse_message(message).map_or(1, |incoming| usize::from(incoming.id.is_some()))
}

/// One client, from connection to connection.
struct Client<'a> {
    socket: &'a Path,
    right: &'a [String],
    random: Rng,
    sent: &'a AtomicUsize,
    title: String,
}

impl Client<'_> {
    fn connect(&self) -> UnixStream {
        let stream = UnixStream::connect(self.socket).expect("because the daemon runs");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Reads so many replies. What is told besides is none.
    fn read(&self, stream: &mut UnixStream, wanted: usize) {
        let mut got = 0;
        while got < wanted {
            let message = read_frame(stream, 64 << 20);
            let message =
                message.unwrap_or_else(|e| panic!("{}: {got} of {wanted} replies, then {e}", self.title));
            let message =
                message.unwrap_or_else(|| panic!("{}: {got} of {wanted} replies, then the end", self.title));
            let text = String::from_utf8_lossy(&message).into_owned();
            let reply = Reply::parse(&message).unwrap_or_else(|e| panic!("{}: {e}: {text}", self.title));
            let problem = reply.problem();
            assert!(
                problem.as_ref().is_none_or(|p| p.kind != ProblemKind::Internal),
                "{}: {text}",
                self.title
            );
            match (reply.method.as_deref(), reply.result.is_some() != problem.is_some()) {
                (Some("event"), false) => {}
                (None, true) => got += 1,
                _ => panic!("{}: neither an answer nor an error: {text}", self.title),
            }
        }
    }

    /// Messages in frames that are right: each gets what it is to have, and the connection lives.
    fn talk(&mut self, messages: usize) {
        let mut stream = self.connect();
        for _ in 0..messages / AT_ONCE {
            let (mut bytes, mut wanted) = (vec![], 0);
            for _ in 0..AT_ONCE {
                let (right, random) = (self.right, &mut self.random);
                let message = mutate(&right[random.below(right.len())], random);
                wanted += replies(&message);
                bytes.extend(frame(&message).unwrap());
            }
            stream.write_all(&bytes).unwrap();
            self.read(&mut stream, wanted);
            self.sent.fetch_add(AT_ONCE, Ordering::Relaxed);
        }
        self.lie(stream);
    }

    /// A frame that is not as long as it says: the connection ends, at the latest when nothing more comes.
    fn lie(&mut self, mut stream: UnixStream) {
        let mut bytes = frame(self.random.pick(self.right).as_bytes()).unwrap();
        let length = (bytes.len() - 4) as u32;
        let lie = match self.random.below(5) {
            0 => u32::MAX,
            1 => 8 << 20 | 1,
            2 => length + 1 + self.random.below(1000) as u32,
            3 => self.random.below(length as usize) as u32,
            _ => self.random.next_u64() as u32,
        };
        bytes[..4].copy_from_slice(&lie.to_be_bytes());
        // It may be told to go before all is said.
        _ = stream.write_all(&bytes);
        _ = stream.shutdown(Shutdown::Write);
        let mut rest = vec![];
        let ended = stream.read_to_end(&mut rest);
        let is_cut = |e: &std::io::Error| e.kind() == std::io::ErrorKind::ConnectionReset;
        assert!(
            ended.as_ref().err().is_none_or(is_cut),
            "{}: a lie of {lie} for {length}: {ended:?}",
            self.title
        );
        self.sent.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn mutated_messages_are_answered_or_end_the_connection() {
    let bed = Bed::new();
    let pid = bed.start();
    bed.json(&["search", "acquire"]);
    let socket = PathBuf::from(bed.status()["socket"].as_str().unwrap());
    let right = right(&bed.repo.root());
    let (mut before, sent) = (None::<Vitals>, AtomicUsize::new(0));
    for seed in warm_seeds() {
        println!("seed {seed}");
        std::thread::scope(|scope| {
            for number in 0..CLIENTS {
                let title = format!("seed {seed}, client {number}");
                let random = Rng::new(seed.wrapping_mul(CLIENTS as u64).wrapping_add(number as u64));
                let mut client = Client { socket: &socket, right: &right, random, sent: &sent, title };
                scope.spawn(move || (0..MESSAGES / CLIENTS / LASTS).for_each(|_| client.talk(LASTS)));
            }
        });
        bed.until("all are gone", || bed.status()["clients"] == 1);
        match &before {
            None => before = Some(Vitals::of(pid)),
            Some(before) => is_back_at(pid, before),
        }
    }
    println!("{} messages", sent.into_inner());
    assert_eq!(bed.json(&["symbols", "Pool"])["symbols"][0]["name"], "Pool");
    assert_eq!(bed.status()["pid"], pid, "it is the same daemon");
    assert_eq!(bed.log(), "", "it had nothing to complain about");
}

#[test]
fn the_oracle_knows_what_is_a_request() {
    for (message, wanted) in [
        (&br#"{"jsonrpc":"2.0","id":7,"method":"hello"}"#[..], 1),
        (br#"{"jsonrpc":"2.0","method":"hello"}"#, 0),
        (br#"{"jsonrpc":"2.0","id":null,"method":"hello"}"#, 1),
        (b"\xff", 1),
        (b"", 1),
    ] {
        assert_eq!(replies(message), wanted, "{}", String::from_utf8_lossy(message));
    }
    assert_eq!(
        parse_message(br#"{"jsonrpc":"2.0","id":7,"id":8,"method":"x"}"#).unwrap().id,
        Some(Id::Number(8))
    );
}
