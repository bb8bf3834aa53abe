//! The same answers over HTTP, and everybody held off who should be.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::channel;

use lodemap_daemon::{HttpOptions, Limits, ServeOptions, serve_http};
use lodemap_host::OpenOptions;
use serde_json::{Value, json};

use crate::bed::{Bed, LONG, Repo};

pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";

pub(crate) struct Web {
    pub(crate) bed: Bed,
    pub(crate) repo: Repo,
    pub(crate) address: SocketAddr,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Web {
    pub(crate) fn new() -> Self {
        Self::limited(Limits::default())
    }

    pub(crate) fn limited(limits: Limits) -> Self {
        let bed = Bed::new();
        let repo = bed.pool();
        Self::of(bed, repo, ServeOptions { limits, ..ServeOptions::default() })
    }

    /// A server for a repository, beside the daemon of a bed.
    pub(crate) fn of(bed: Bed, repo: Repo, serve: ServeOptions) -> Self {
        let serve = ServeOptions { open: OpenOptions { jobs: 2, ..serve.open }, repositories: 1, ..serve };
        let address = "127.0.0.1:0".parse().unwrap();
        let options = HttpOptions {
            serve,
            address,
            roots: vec![repo.root.clone()],
            token: TOKEN.into(),
            mounts: vec![],
        };
        let (sender, ready) = channel();
        // It ends with the process.
        std::thread::spawn(move || serve_http(&options, |address| sender.send(address).unwrap()));
        let address = ready.recv_timeout(LONG).unwrap();
        Self { bed, repo, address }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream
    }

    /// Sends a request as it is given, and reads to the end.
    pub(crate) fn raw(&self, request: &str) -> Reply {
        let mut stream = self.connect();
        // It may be refused before all of it is sent.
        _ = stream.write_all(request.as_bytes());
        let mut text = Vec::new();
        _ = stream.read_to_end(&mut text);
        let text = String::from_utf8_lossy(&text);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Reply { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    /// A request with these heads; each takes the place of one that is right.
    pub(crate) fn with(&self, method: &str, path: &str, heads: &[(&str, &str)], body: &str) -> Reply {
        let mut all = vec![
            ("Host", self.address.to_string()),
            ("Authorization", format!("Bearer {TOKEN}")),
            ("Content-Type", "application/json".into()),
            ("Content-Length", body.len().to_string()),
            ("Connection", "close".into()),
        ];
        for (name, value) in heads {
            all.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
            all.extend((!value.is_empty()).then(|| (*name, (*value).to_owned())));
        }
        let mut request = format!("{method} {path} HTTP/1.1\r\n");
        all.iter().for_each(|(name, value)| write!(request, "{name}: {value}\r\n").unwrap());
        self.raw(&format!("{request}\r\n{body}"))
    }

    /// The lines of a stream of events, behind its head.
    fn events(&self, head: &str) -> impl Iterator<Item = String> + use<> {
        let mut stream = self.connect();
        let own = self.address;
        let head = format!("Host: {own}\r\nAuthorization: Bearer {TOKEN}\r\n{head}\r\n");
        stream.write_all(format!("GET /v1/events HTTP/1.1\r\n{head}").as_bytes()).unwrap();
        let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
        assert!(lines.next().unwrap().contains("200"));
        assert!(lines.by_ref().take_while(|l| !l.is_empty()).any(|l| l.contains("text/event-stream")));
        lines
    }

    pub(crate) fn post(&self, method: &str, params: &Value) -> Reply {
        self.with("POST", &format!("/v1/{method}"), &[], &params.to_string())
    }
}

fn json(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap_or_else(|e| panic!("{e}: {} {}", reply.head, reply.body))
}

#[test]
fn it_says_what_the_socket_says() {
    let web = Web::new();
    let mut client = web.bed.client();
    for (method, params) in [
        ("map", json!({"tokens": 200, "format": "both"})),
        ("context", json!({"task": "acquire returns nothing"})),
        ("search", json!({"query": "acquire"})),
        ("symbols", json!({"query": "ac", "format": "text"})),
        ("symbols", json!({"query": "zzz"})),
        ("definition", json!({"subject": "app.py:5:12"})),
        ("outline", json!({"path": "src/pool.py"})),
        ("references", json!({"subject": "Pool"})),
        ("callers", json!({"subject": "Pool.acquire"})),
        ("callees", json!({"subject": "main"})),
        ("impact", json!({"subjects": ["src/pool.py"]})),
        ("dependencies", json!({"path": "app.py"})),
        ("status", json!({"why": "app.py"})),
        ("languages", json!({})),
        ("definition", json!({"subject": "zzz"})),
        ("definition", json!({"path": 3})),
    ] {
        let reply = web.post(method, &params);
        let mut there = params.as_object().unwrap().clone();
        there.insert("root".into(), json!(web.repo.root));
        match client.call(method, there) {
            Ok(result) => {
                assert_eq!((reply.status, reply.body.as_str()), (200, result.get()), "{method} {params}");
                assert!(reply.head.contains("content-type: application/json\r\n"), "{}", reply.head);
            }
            Err(problem) => {
                let page = json(&reply);
                assert_eq!(page["detail"], problem.message, "{method} {params}");
                assert_eq!(page["status"], reply.status, "{page}");
                assert!(reply.head.contains("content-type: application/problem+json\r\n"), "{}", reply.head);
            }
        }
        assert!(!reply.head.contains("access-control"), "{}", reply.head);
    }
    assert_eq!(web.post("definition", &json!({"subject": "zzz"})).status, 404);
    assert_eq!(web.post("frob", &json!({})).status, 404);
    assert_eq!(web.with("POST", "/v1/map", &[], "").status, 200, "no parameters at all");
    assert_eq!(web.with("POST", "/v1/map", &[], "[]").status, 400);
    assert_eq!(web.post("map", &json!({"root": "/etc"})).status, 400, "only what is served");
    assert_eq!(web.post("map", &json!({"root": web.repo.root})).status, 200);
    // Nobody is there to wait for.
    assert_eq!(web.post("verify", &json!({"deadline_ms": 0})).status, 504);
    let metrics = web.with("GET", "/metrics", &[], "");
    assert!(metrics.status == 200 && metrics.body.contains("\nlodemap_repositories 1\n"), "{}", metrics.body);
}

#[test]
fn who_is_held_off() {
    let web = Web::new();
    let port = web.address.port();
    let evil = format!("evil.com:{port}");
    let twin = format!("localhost.evil.com:{port}");
    for host in ["evil.com", &evil, &twin, "localhost", "127.0.0.1", "127.0.0.1:1", ""] {
        let reply = web.with("POST", "/v1/map", &[("Host", host)], "{}");
        // A request without a name at all is none by the rules of HTTP.
        assert!(reply.status == 403 || host.is_empty() && reply.status == 400, "{host}: {}", reply.head);
    }
    for host in [format!("localhost:{port}"), format!("[::1]:{port}")] {
        assert_eq!(web.with("POST", "/v1/map", &[("Host", &host)], "{}").status, 200, "{host}");
    }
    let own = web.address;
    let auth = format!(
        "Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close"
    );
    for request in [
        format!("POST /v1/map HTTP/1.1\r\nHost: {own}\r\nHost: evil.com\r\n{auth}\r\n\r\n{{}}"),
        format!("POST http://evil.com/v1/map HTTP/1.1\r\nHost: {own}\r\n{auth}\r\n\r\n{{}}"),
        format!("POST /v1/map HTTP/1.0\r\n{auth}\r\n\r\n{{}}"),
    ] {
        assert!(matches!(web.raw(&request).status, 400 | 403), "{request}");
    }
    for origin in
        ["http://evil.com", "null", "http://localhost.evil", "http://localhost:1", "https://localhost"]
    {
        for (method, path) in
            [("POST", "/v1/map"), ("GET", "/v1/events"), ("OPTIONS", "/v1/map"), ("GET", "/healthz")]
        {
            assert_eq!(
                web.with(method, path, &[("Origin", origin)], "").status,
                403,
                "{origin} {method} {path}"
            );
        }
    }
    let own = format!("http://{own}");
    assert_eq!(web.with("POST", "/v1/map", &[("Origin", &own)], "{}").status, 200);
    let short = format!("Bearer {}", &TOKEN[1..]);
    let basic = format!("Basic {TOKEN}");
    for token in ["", "Bearer", "Bearer ", "Bearer x", &short, &basic, TOKEN] {
        for path in ["/v1/map", "/v1/nope", "/metrics", "/"] {
            let reply = web.with("POST", path, &[("Authorization", token)], "{}");
            assert_eq!(reply.status, 401, "{token} {path}");
            assert!(reply.head.contains("www-authenticate: bearer"), "{}", reply.head);
        }
    }
    assert_eq!(
        web.with("POST", &format!("/v1/map?token={TOKEN}"), &[("Authorization", "")], "{}").status,
        401
    );
    assert_eq!(web.with("GET", "/healthz", &[("Authorization", "")], "").body, "ok\n");
    assert_eq!(web.with("GET", "/openapi.json", &[("Authorization", "")], "").status, 200);
    assert_eq!(web.with("GET", "/openapi.json", &[("Host", "evil.com")], "").status, 403);
    for kind in
        ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp"]
    {
        assert_eq!(web.with("POST", "/v1/map", &[("Content-Type", kind)], "{}").status, 415, "{kind}");
    }
    assert_eq!(web.with("POST", "/v1/map", &[("Content-Encoding", "gzip")], "{}").status, 415);
    assert_eq!(web.with("GET", "/v1/map", &[], "").status, 405);
    assert_eq!(web.with("DELETE", "/v1/map", &[], "").status, 405);
    assert_eq!(web.with("GET", "/etc/passwd", &[], "").status, 404);
}

#[test]
fn what_is_too_large() {
    let web = Web::limited(Limits { frame: 10_000, clients: 2, ..Limits::default() });
    let large = json!({"query": "x".repeat(20_000)});
    assert_eq!(web.post("search", &large).status, 413);
    assert_eq!(web.with("POST", "/v1/map", &[("Content-Length", "99999999999")], "{}").status, 413);
    let many = format!("{}: x\r\n", "a".repeat(50)).repeat(200_000);
    let reply = web.raw(&format!("POST /v1/map HTTP/1.1\r\n{many}\r\n"));
    assert!(matches!(reply.status, 0 | 431), "{}", reply.head);
    // More connections than may be open are closed at once.
    let held = [web.connect(), web.connect()];
    let mut third = web.connect();
    assert!(matches!(third.read(&mut [0]), Ok(0) | Err(_)));
    drop(held);
    let deadline = std::time::Instant::now() + LONG;
    while web.post("map", &json!({})).status != 200 {
        assert!(std::time::Instant::now() < deadline);
    }
}

#[test]
fn events_are_streamed() {
    let web = Web::new();
    let mut lines = web.events("");
    web.repo.write("src/new.py", "def new(): pass\n");
    assert!(lines.any(|line| line == "event: index"));
    let data = lines.find_map(|line| line.strip_prefix("data: ").map(str::to_owned)).unwrap();
    let told: Value = serde_json::from_str(&data).unwrap();
    assert_eq!((&told["added"], &told["event"]), (&json!(["src/new.py"]), &json!("update")), "{told}");
    assert_eq!(web.with("GET", "/v1/events?root=/etc", &[], "").status, 400);
}

/// The next event and by what it is called.
fn next_event(lines: &mut impl Iterator<Item = String>) -> (Value, String) {
    let (mut data, mut id) = (Value::Null, String::new());
    for line in lines {
        if let Some(text) = line.strip_prefix("data: ") {
            data = serde_json::from_str(text).unwrap();
        } else if let Some(text) = line.strip_prefix("id: ") {
            text.clone_into(&mut id);
        } else if line.is_empty() && !data.is_null() {
            break;
        }
    }
    (data, id)
}

#[test]
fn a_stream_goes_on_where_it_was_left() {
    let web = Web::new();
    let mut lines = web.events("");
    web.repo.write("src/first.py", "def first(): pass\n");
    let (told, first) = next_event(&mut lines);
    assert_eq!(told["added"], json!(["src/first.py"]), "{told}");
    drop(lines);
    // Each is asked for, so that it is an event of its own.
    for name in ["second", "third"] {
        web.repo.write(&format!("src/{name}.py"), &format!("def {name}(): pass\n"));
        let found = json(&web.post("symbols", &json!({"query": name, "wait_ms": 60_000})));
        assert_eq!(found["symbols"][0]["name"], *name, "{found}");
    }
    let mut again = web.events(&format!("Last-Event-ID: {first}\r\n"));
    let (mut seen, mut last) = (vec![], String::new());
    while seen.len() < 2 {
        let (told, id) = next_event(&mut again);
        assert_eq!(told["event"], "update", "{told}");
        seen.extend(told["added"].as_array().unwrap().clone());
        assert_ne!(id, last);
        last = id;
    }
    assert_eq!(seen, ["src/second.py", "src/third.py"]);
    // What is not known cannot be gone on from; behind what it is told instead, it can.
    for unknown in ["", "x", "1-1", "0000000000000000-1", &format!("{first}0000"), "-", "\u{e9}"] {
        let (told, id) = next_event(&mut web.events(&format!("Last-Event-ID: {unknown}\r\n")));
        assert_eq!((&told["event"], &id), (&json!("reset"), &last), "{unknown}: {told}");
    }
}
