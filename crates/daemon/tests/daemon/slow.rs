//! Clients over HTTP that are slow, on purpose or not: each has its time, and then it is left.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use lodemap_daemon::{Limits, ServeOptions};

use crate::bed::{Bed, LONG};
use crate::http::{TOKEN, Web};

fn begin(web: &Web, heads: &str) -> TcpStream {
    let mut stream = web.connect();
    let head = format!("POST /v1/symbols HTTP/1.1\r\nHost: {}\r\n{heads}", web.address);
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// What is said to a client until its connection ends.
fn rest(mut stream: TcpStream) -> String {
    let mut said = vec![];
    _ = stream.read_to_end(&mut said);
    String::from_utf8_lossy(&said).into_owned()
}

/// How many connections are open, that of the question included.
fn clients(web: &Web) -> u64 {
    let page = web.with("GET", "/metrics", &[], "").body;
    let line = page.lines().find_map(|line| line.strip_prefix("lodemap_clients "));
    line.unwrap_or_else(|| panic!("{page}")).parse().unwrap()
}

fn until_alone(web: &Web) {
    let deadline = Instant::now() + LONG;
    while clients(web) > 1 {
        assert!(Instant::now() < deadline, "{} are still there", clients(web));
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn whoever_has_no_token_is_told_before_a_body_comes() {
    let web = Web::new();
    for token in ["", "Authorization: Bearer guessed\r\n"] {
        let begun = Instant::now();
        let stream =
            begin(&web, &format!("Content-Type: application/json\r\nContent-Length: 8000000\r\n{token}\r\n"));
        let said = rest(stream);
        assert!(said.starts_with("HTTP/1.1 401"), "{said}");
        assert!(begun.elapsed() < Duration::from_secs(5), "the body was waited for");
    }
    until_alone(&web);
}

#[test]
fn a_body_has_its_time() {
    let web = Web::limited(Limits { frame_patience: Duration::from_millis(200), ..Limits::default() });
    let heads = format!("Content-Type: application/json\r\nAuthorization: Bearer {TOKEN}\r\n");
    for (length, part) in [("Content-Length: 100", "{"), ("Transfer-Encoding: chunked", "1\r\n{\r\n")] {
        let mut stream = begin(&web, &format!("{heads}{length}\r\n\r\n"));
        // A byte now and then is no excuse.
        for _ in 0..10 {
            _ = stream.write_all(part.as_bytes());
            std::thread::sleep(Duration::from_millis(50));
        }
        let said = rest(stream);
        assert!(said.starts_with("HTTP/1.1 408"), "{length}: {said}");
    }
    until_alone(&web);
}

#[test]
fn a_head_has_its_time() {
    let web = Web::new();
    let begun = Instant::now();
    let mut held = [web.connect(), begin(&web, ""), begin(&web, "X: ")];
    while begun.elapsed() < Duration::from_secs(12) {
        // Whoever drips has no longer than whoever says nothing.
        held.iter_mut().skip(2).for_each(|stream| _ = stream.write_all(b"a"));
        std::thread::sleep(Duration::from_millis(100));
    }
    until_alone(&web);
}

#[test]
fn whoever_does_not_read_is_left() {
    let names: String = (0..20_000).map(|n| format!("def name_{n}(first, second): pass\n")).collect();
    let bed = Bed::new();
    let repo = bed.repository("repo", &[("many.py", &names)]);
    let limits = Limits { write_patience: Duration::from_millis(500), ..Limits::default() };
    let web = Web::of(bed, repo, ServeOptions { limits, ..ServeOptions::default() });
    // More than the system keeps for a connection.
    let body = r#"{"limit": 0, "format": "both"}"#;
    let whole = web.with("POST", "/v1/symbols", &[], body).body.len();
    assert!(whole > 4 << 20, "{whole}");
    let ask = format!(
        "Content-Type: application/json\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let held: Vec<TcpStream> = (0..4).map(|_| begin(&web, &ask)).collect();
    // One that reads slowly, but reads, has all the time it needs.
    let mut slow = begin(&web, &ask);
    let (mut got, mut buffer) = (0, vec![0; whole / 20]);
    while got < whole {
        match slow.read(&mut buffer).unwrap() {
            0 => break,
            n => got += n,
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(got >= whole, "{got} of {whole}");
    drop(slow);
    until_alone(&web);
    held.into_iter().for_each(|stream| assert!(rest(stream).len() < whole));
}
