//! Calls of tools over HTTP take turns with all else that a server is asked.

use crate::daemon::Bed;
use crate::web::Web;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Nothing takes so long, on the slowest machine.
const LONG: Duration = Duration::from_secs(120);
const HEADS: [(&str, &str); 2] =
    [("Accept", "application/json, text/event-stream"), ("MCP-Protocol-Version", "2025-06-18")];
/// An expression that takes a second and more over the texts of [`large`], unless it is left off.
const SLOW: &str = r"/e[^@]{90}[^a-z\s#_:()0-9]/";

/// A repository in whose texts nothing repeats, or the expression would have an easy life.
fn large() -> Bed {
    let (bed, mut state) = (Bed::new(), 7_u64);
    let mut line = || -> String {
        let mut letter = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if state >> 63 == 0 { 'e' } else { 'x' }
        };
        (0..60).map(|_| letter()).collect()
    };
    for n in 0..300 {
        let lines: String = (0..240).map(|_| format!("# {}\n", line())).collect();
        let text = format!("def part{n}():\n    pass\n\n\n{lines}");
        bed.repo.write(&format!("pkg/part{n}.py"), text.as_bytes());
    }
    bed
}

fn body(tool: &str, arguments: &Value) -> String {
    let params = json!({"name": tool, "arguments": arguments});
    json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}).to_string()
}

fn slow_call() -> String {
    body("search_code", &json!({"query": SLOW, "in": "text"}))
}

/// The text of a call.
fn call(web: &Web, tool: &str, arguments: &Value) -> String {
    let (status, answer) = web.send("POST /mcp", &HEADS, &body(tool, arguments));
    assert_eq!(status, 200, "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap_or_else(|e| panic!("{e}: {answer}"));
    answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// Waits for the index, and for its words.
fn is_ready(web: &Web) {
    let begun = Instant::now();
    while call(web, "search_code", &json!({"query": "part7", "in": "text"})).starts_with("Still indexing") {
        assert!(begun.elapsed() < LONG, "it is never ready");
    }
}

fn number(web: &Web, name: &str) -> u64 {
    let (_, metrics) = web.send("GET /metrics", &[], "");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&format!("lodemap_{name} ")));
    line.and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("{name}: {metrics}"))
}

/// Such a number once it stays: a call that was told to wait may be worked at a while longer.
fn settled(web: &Web, name: &str) -> u64 {
    let mut last = number(web, name);
    until("it goes on by itself", || {
        std::thread::sleep(Duration::from_millis(300));
        let before = std::mem::replace(&mut last, number(web, name));
        before == last
    });
    last
}

fn until(what: &str, mut is: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < LONG, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_short_call_waits_for_no_long_ones() {
    let bed = large();
    let web = Web::start(&bed, &[]);
    is_ready(&web);
    let answered = settled(&web, "requests_answered_total");
    assert!(call(&web, "get_symbol", &json!({"subject": "part7"})).contains("def part7"));
    assert_eq!(number(&web, "requests_answered_total"), answered + 1, "a call is a request like any other");
    // Two crowds of clients ask for what takes long, the ones by tools, the others without.
    let crowd: Vec<TcpStream> = (0..20)
        .map(|n| {
            let (what, body) = match n % 2 {
                0 => ("POST /mcp", slow_call()),
                _ => ("POST /v1/search", json!({"query": SLOW}).to_string()),
            };
            let mut stream = TcpStream::connect(web.address()).unwrap();
            stream.write_all(web.request(what, &HEADS, &body).as_bytes()).unwrap();
            stream.set_nonblocking(true).unwrap();
            stream
        })
        .collect();
    until("some wait", || number(&web, "requests_waiting") >= 1);
    for n in 0..3 {
        let text = call(&web, "get_symbol", &json!({"subject": format!("part{n}")}));
        assert!(text.contains(&format!("def part{n}")), "{text}");
    }
    let answered = crowd.iter().filter(|stream| stream.peek(&mut [0]).is_ok()).count();
    assert!(answered <= 6, "{answered} long ones were answered first");
    // Nobody waits for the others any more.
    drop(crowd);
    until("all leave", || number(&web, "clients") == 1 && number(&web, "requests_waiting") == 0);
}

#[test]
fn what_nobody_waits_for_is_left_off() {
    let bed = large();
    let web = Web::start(&bed, &[]);
    is_ready(&web);
    let before = call(&web, "search_code", &json!({"query": "part7"}));
    // On a machine that is busy otherwise a client may leave too late, so that there are several attempts.
    for attempt in 0..5 {
        let answered = number(&web, "requests_answered_total");
        let mut stream = TcpStream::connect(web.address()).unwrap();
        stream.write_all(web.request("POST /mcp", &HEADS, &slow_call()).as_bytes()).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(200 << attempt))).unwrap();
        _ = stream.read(&mut [0; 16]);
        drop(stream);
        until("it ends", || number(&web, "requests_answered_total") > answered);
        if number(&web, "requests_stopped_total") > 0 {
            assert_eq!(call(&web, "search_code", &json!({"query": "part7"})), before);
            return;
        }
    }
    panic!("it was answered to its end");
}
