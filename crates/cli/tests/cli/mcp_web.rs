//! The tools for models over HTTP: in both eras of the protocol, and behind the guard of the server.

use crate::daemon::Bed;
use crate::mcp::modern;
use crate::web::Web;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const ACCEPT: (&str, &str) = ("Accept", "application/json, text/event-stream");

fn call(tool: &str, meta: Option<Value>) -> String {
    let mut params = json!({"name": tool, "arguments": {"subject": "Pool"}});
    if let Some(meta) = meta {
        params["_meta"] = meta;
    }
    json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}).to_string()
}

/// The text of a call, once the index is there.
fn text(web: &Web, heads: &[(&str, &str)], body: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        let (status, answer) = web.send("POST /mcp", heads, body);
        assert_eq!(status, 200, "{answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap_or_else(|e| panic!("{e}: {answer}"));
        let text = answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}"));
        if !text.starts_with("Still indexing") {
            return text.to_owned();
        }
        assert!(Instant::now() < deadline, "it is never ready");
    }
}

#[test]
fn tools_are_called_in_both_eras() {
    let bed = Bed::new();
    let web = Web::start(&bed, &[]);
    let client = json!({"name": "test", "version": "0"});
    let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).to_string();
    let (status, answer) = web.send("POST /mcp", &[ACCEPT], &hello);
    assert!(status == 200 && answer.contains("Use Lodemap before grep"), "{status} {answer}");

    let older = [ACCEPT, ("MCP-Protocol-Version", "2025-06-18")];
    let newer = [
        ACCEPT,
        ("MCP-Protocol-Version", "2026-07-28"),
        ("Mcp-Method", "tools/call"),
        ("Mcp-Name", "get_symbol"),
    ];
    let first = text(&web, &older, &call("get_symbol", None));
    assert!(first.contains("class Pool"), "{first}");
    let modern = call("get_symbol", Some(modern()));
    let strip =
        |text: &str| text.lines().filter(|line| !line.contains("end ")).collect::<Vec<_>>().join("\n");
    assert_eq!(strip(&text(&web, &newer, &modern)), strip(&first));
    // It is the repository that the other requests are about, and as fresh.
    bed.repo.write("src/pool.py", b"class Pool:\n    edited = True\n");
    let edited = text(&web, &older, &call("get_symbol", None));
    assert!(edited.contains("edited = True"), "{edited}");
    let (_, status) = web.send("GET /metrics", &[], "");
    assert!(status.contains("\nlodemap_repositories 1\n"), "{status}");
}

#[test]
fn nobody_else_calls_them() {
    let bed = Bed::new();
    let web = Web::start(&bed, &[]);
    let body = call("get_symbol", None);
    for (head, wanted) in [
        (("Authorization", ""), 401),
        (("Authorization", "Bearer guessed"), 401),
        (("Host", "evil.com"), 403),
        (("Origin", "http://evil.com"), 403),
        (("Origin", "null"), 403),
        (("Content-Type", "text/plain"), 415),
    ] {
        let (status, answer) = web.send("POST /mcp", &[ACCEPT, head], &body);
        assert!(status == wanted && !answer.contains("class Pool"), "{head:?}: {status} {answer}");
    }
    let (status, _) = web.send("GET /mcp", &[ACCEPT], "");
    assert_eq!(status, 405);
}
