//! Nothing that a client sends ends the daemon, or keeps others waiting.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use lodemap_daemon::Limits;
use lodemap_testkit::{Rng, seeds};
use lodemap_wire::{Reply, frame, read_frame};
use serde_json::json;

use crate::bed::{Bed, Dice, times};

fn reply(stream: &mut UnixStream) -> Reply {
    Reply::parse(&read_frame(stream, 1 << 20).unwrap().expect("because it is answered")).unwrap()
}

fn send(stream: &mut UnixStream, text: &[u8]) {
    stream.write_all(&frame(text).unwrap()).unwrap();
}

#[test]
fn what_is_no_request_is_answered_with_an_error() {
    let bed = Bed::new();
    let mut stream = bed.raw();
    let deep =
        format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"map\",\"params\":{}", "[".repeat(100_000));
    for (text, code) in [
        (&b""[..], -32700),
        (b"{", -32700),
        (b"\xff\xfe", -32700),
        (deep.as_bytes(), -32700),
        (b"[]", -32600),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1}", -32600),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"nope\"}", -32601),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"map\",\"params\":[1]}", -32600),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"map\",\"params\":{\"limit\":1}}", -32602),
    ] {
        send(&mut stream, text);
        let problem = reply(&mut stream).problem().unwrap();
        assert_eq!(
            problem.kind.rpc_code(),
            code,
            "{}: {problem}",
            String::from_utf8_lossy(&text[..text.len().min(80)])
        );
    }
    // The connection lives.
    send(&mut stream, b"{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"hello\"}");
    assert!(reply(&mut stream).result.is_some());
}

#[test]
fn a_giant_is_refused_before_it_comes() {
    let bed = Bed::new();
    for length in [8 << 20 | 1, u32::MAX] {
        let mut stream = bed.raw();
        stream.write_all(&length.to_be_bytes()).unwrap();
        let problem = reply(&mut stream).problem().unwrap();
        assert!(problem.message.contains("too large"), "{problem}");
        assert_eq!(stream.read(&mut [0]).unwrap(), 0, "the connection ends");
    }
}

#[test]
fn half_a_message_has_its_time() {
    let bed = Bed::limited(Limits { frame_patience: Duration::from_millis(100), ..Limits::default() });
    let mut stream = bed.raw();
    stream.write_all(b"\0\0\0\x10{\"js").unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0, "the connection ends");
    bed.until("it is gone", |status| status["clients"] == 1);
}

#[test]
fn whoever_says_all_at_once_gets_all_answers() {
    let bed = Bed::new();
    let repo = bed.pool();
    let mut stream = bed.raw();
    for id in 0..20 {
        let text = json!({"jsonrpc": "2.0", "id": id, "method": "map", "params": {"root": repo.root}});
        send(&mut stream, text.to_string().as_bytes());
    }
    // Nothing more will come, but the answers are waited for.
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    for _ in 0..20 {
        assert!(reply(&mut stream).result.is_some());
    }
    assert!(read_frame(&mut stream, 1 << 20).unwrap().is_none());
}

#[test]
fn mutated_messages() {
    let bed = Bed::new();
    let repo = bed.pool();
    let mut dice = Dice::new();
    let root = repo.root.display();
    let good: Vec<String> = [
        "\"hello\",\"params\":{\"protocol\":1}",
        "\"daemon_status\"",
        "\"$/cancel\",\"params\":{\"id\":1}",
        &format!("\"map\",\"params\":{{\"root\":\"{root}\",\"tokens\":200,\"focus\":[\"src\"]}}"),
        &format!("\"symbols\",\"params\":{{\"root\":\"{root}\",\"query\":\"Pool\",\"limit\":3}}"),
        &format!("\"search\",\"params\":{{\"root\":\"{root}\",\"query\":\"/Po+l/ -x\",\"files\":true}}"),
        &format!("\"definition\",\"params\":{{\"root\":\"{root}\",\"subject\":\"app.py:5:12\"}}"),
        &format!("\"context\",\"params\":{{\"root\":\"{root}\",\"task\":\"acquire fails\",\"format\":\"both\"}}"),
        &format!("\"impact\",\"params\":{{\"root\":\"{root}\",\"patch\":\"--- a/app.py\\n+++ b/app.py\\n@@ -1 +1 @@\\n\"}}"),
        &format!("\"subscribe\",\"params\":{{\"root\":\"{root}\"}}"),
    ]
    .map(|rest| format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":{rest}}}"))
    .to_vec();
    for _ in 0..60 * times() {
        let mut stream = bed.raw();
        stream.set_write_timeout(Some(Duration::from_secs(10))).unwrap();
        for _ in 0..50 {
            let mut bytes = frame(good[dice.below(good.len())].as_bytes()).unwrap();
            for _ in 0..dice.below(4) {
                let at = dice.below(bytes.len());
                match dice.below(5) {
                    0 => bytes[at] = dice.next() as u8,
                    1 => bytes.truncate(at.max(1)),
                    2 => bytes.insert(at, dice.next() as u8),
                    3 => bytes[at] ^= 1 << dice.below(8),
                    // Within the message, so that its frame is still one.
                    _ => {
                        let at = 4 + dice.below(bytes.len().saturating_sub(4));
                        if let Some(byte) = bytes.get_mut(at) {
                            *byte = b"{}[]\",:0e\\x"[dice.below(11)];
                        }
                    }
                }
            }
            // It may have been told to go already.
            if stream.write_all(&bytes).is_err() {
                break;
            }
        }
        // Some leave without a word, some after reading for a while.
        if dice.below(2) == 0 {
            stream.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
            _ = stream.read(&mut [0; 4096]);
        }
    }
    bed.until("all are gone", |status| status["clients"] == 1 && status["waiting"] == 0);
    let mut client = bed.client();
    assert_eq!(repo.json(&mut client, "symbols", json!({"query": "Conn"}))["symbols"][0]["name"], "Conn");
}

/// Patterns that are dear to compile or to match, and mixtures of them.
fn dear_patterns(random: &mut Rng) -> Vec<String> {
    let mut out: Vec<String> = [
        "(a+)+$",
        "(a|a)*b",
        "(a|aa)+c",
        "(.*a){20}",
        "((a{1,100}){1,100}){1,100}",
        "(\\pL{1,500}){1,500}",
        "\\w{1000}",
        "(x+x+)+y",
        ".*.*.*.*.*=.*",
        "(?i)(abc|bcd|cde)*z",
        "[^b]*[^c]*[^d]*e",
        "a??????????",
        "(?:a?){100}a{100}",
        "\\b\\b\\b\\ba*",
        "(?s).*\\n.*\\n.*a$",
    ]
    .map(str::to_owned)
    .to_vec();
    out.push("(".repeat(2000) + "a" + &")".repeat(2000));
    out.push("a|".repeat(2000) + "a");
    out.push("[a-z]?".repeat(600));
    out.push("a".repeat(1 << 20));
    let parts = [
        "a", "(a+)", "+", "*", "{1,50}", "(", ")", "|", ".", "\\pL", "[^a]", "$", "^", "\\b", "(?i)", "(?s)",
        "?",
    ];
    out.extend((0..80).map(|_| (0..1 + random.below(12)).map(|_| *random.pick(&parts)).collect::<String>()));
    out
}

#[test]
fn dear_patterns_take_their_time_and_no_more() {
    // Many times what a build with optimisation needs.
    const MOST: Duration = Duration::from_secs(5);
    let bed = Bed::new();
    let text = format!("x = '{}'\n{}", "a".repeat(20_000), "def aaaa(aa): pass\n".repeat(500));
    let repo = bed.repository("repo", &[("a.py", &text), ("a/a/a/a/a/a/b.py", "a = 1\n")]);
    let mut client = bed.client();
    repo.json(&mut client, "search", json!({"query": "aaaa"}));
    for seed in seeds(1) {
        println!("seed {seed}");
        let mut random = Rng::new(seed);
        let mut longest = Duration::ZERO;
        for pattern in dear_patterns(&mut random) {
            let glob = "**/*a*/".repeat(1 + pattern.len() % 300) + "**";
            for (method, params) in [
                ("search", json!({"query": format!("/{pattern}/")})),
                ("search", json!({"query": "aaaa", "path": glob})),
                ("symbols", json!({"path": pattern})),
                ("symbols", json!({"query": pattern})),
                ("search", json!({"query": format!("{pattern}* \"{pattern}\"")})),
            ] {
                let begun = Instant::now();
                let answer = repo.ask(&mut client, method, params);
                let took = begun.elapsed();
                longest = longest.max(took);
                let shown: String = pattern.chars().take(80).collect();
                assert!(took < MOST, "seed {seed}, {method} with `{shown}`: {took:?}");
                let kind = answer.err().map(|problem| problem.kind);
                assert!(
                    kind != Some(lodemap_wire::ProblemKind::Internal),
                    "seed {seed}, {method} with `{shown}`"
                );
            }
        }
        println!("at most {longest:?}");
    }
}
