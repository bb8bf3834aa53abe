//! The tools over HTTP: both eras without sessions, and who is turned away.

use http_body_util::{BodyExt, Full};
use lodemap_mcp::http_service;
use serde_json::{Value, json};
use tower_service::Service;

use crate::bed::Bed;

/// A request as a client of the older protocol sends it.
fn request(body: &str) -> http::request::Builder {
    let builder = http::Request::post("/mcp").header("host", "127.0.0.1:7337");
    let builder = builder.header("content-type", "application/json").header("content-length", body.len());
    builder.header("accept", "application/json, text/event-stream")
}

/// The status and the body of the answer.
fn send(bed: &Bed, request: http::request::Builder, body: &str) -> (u16, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let mut service = http_service::<Full<bytes::Bytes>>(bed.tools(), &[]);
        let response = service.call(request.body(Full::from(body.to_owned())).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        // No page may read it, and there is no session that could be guessed.
        for none in ["access-control-allow-origin", "mcp-session-id", "set-cookie"] {
            assert!(response.headers().get(none).is_none(), "{none}");
        }
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    })
}

fn call(meta: Option<Value>) -> String {
    let mut params = json!({"name": "get_symbol", "arguments": {"subject": "Pool"}});
    if let Some(meta) = meta {
        params["_meta"] = meta;
    }
    json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}).to_string()
}

#[test]
fn both_eras_are_answered_without_sessions() {
    let bed = Bed::pool();
    let client = json!({"name": "test", "version": "0"});
    let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).to_string();
    let (status, body) = send(&bed, request(&hello), &hello);
    assert!(status == 200 && body.contains("Use Lodemap before grep"), "{status} {body}");
    let body = call(None);
    let (status, answer) = send(&bed, request(&body).header("mcp-protocol-version", "2025-06-18"), &body);
    let answer: Value = serde_json::from_str(&answer).unwrap_or_else(|e| panic!("{e}: {status} {answer}"));
    assert!(answer["result"]["content"][0]["text"].as_str().unwrap().contains("class Pool"), "{answer}");

    let body = call(Some(json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": client,
    })));
    let modern = request(&body).header("mcp-protocol-version", "2026-07-28");
    let modern = modern.header("mcp-method", "tools/call").header("mcp-name", "get_symbol");
    let (status, answer) = send(&bed, modern, &body);
    assert!(
        status == 200 && answer.contains("class Pool") && answer.contains("\"complete\""),
        "{status} {answer}"
    );
}

#[test]
fn browsers_and_other_names_are_turned_away() {
    let bed = Bed::pool();
    let body = call(None);
    for origin in [
        "http://evil.example",
        "null",
        "http://localhost.evil.example",
        "https://127.0.0.1:7337",
        "http://127.0.0.1:7338",
        "http://127.0.0.1",
    ] {
        let (status, answer) = send(&bed, request(&body).header("origin", origin), &body);
        assert!(status == 403 && !answer.contains("Pool"), "{origin}: {status} {answer}");
    }
    // The protocol has it that a server's own pages are served.
    let (status, answer) = send(&bed, request(&body).header("origin", "http://127.0.0.1:7337"), &body);
    assert!(status == 200 && answer.contains("class Pool"), "{status} {answer}");
    let two =
        request(&body).header("origin", "http://127.0.0.1:7337").header("origin", "http://evil.example");
    assert_eq!(send(&bed, two, &body).0, 403);
    for host in ["evil.example", "evil.example:7337", "localhost.evil.example", "0.0.0.0"] {
        for origin in [None, Some(format!("http://{host}"))] {
            let mut request = request(&body);
            request.headers_mut().unwrap().insert("host", host.parse().unwrap());
            let request = match &origin {
                Some(origin) => request.header("origin", origin),
                None => request,
            };
            let (status, answer) = send(&bed, request, &body);
            assert!(status == 403 && !answer.contains("Pool"), "{host} {origin:?}: {status} {answer}");
        }
    }
    let (status, _) = send(&bed, http::Request::get("/mcp").header("host", "localhost"), "");
    assert!(status == 405 || status == 406, "{status}");
    let plain = http::Request::post("/mcp").header("host", "localhost").header("content-type", "text/plain");
    let (status, _) = send(&bed, plain.header("accept", "application/json, text/event-stream"), &body);
    assert_eq!(status, 415);
    let giant = "x".repeat((4 << 20) + 1);
    let (status, _) = send(&bed, request(&giant), &giant);
    assert_eq!(status, 413);
}
