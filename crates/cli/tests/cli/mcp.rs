//! `lodemap mcp`: the protocol, line by line, with the real binary.

use crate::repo::{Repo, finish};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Nothing takes so long, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);

const NAMES: [&str; 3] = ["Pool", "main", "Conn"];

/// A server and both ends of what it is told.
pub(crate) struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    next: u64,
    /// Added to each request.
    meta: Option<Value>,
}

impl Server {
    pub(crate) fn start(repo: &Repo, args: &[&str]) -> Self {
        Self::run(repo.command(&[&["mcp"], args].concat()))
    }

    /// The same by a command, after a handshake of the older protocol.
    pub(crate) fn of(command: Command) -> Self {
        let mut server = Self::run(command);
        server.initialize("2025-06-18");
        server
    }

    fn run(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|l| sender.send(l)));
        let stdin = child.stdin.take();
        Self { child, stdin, lines, next: 0, meta: None }
    }

    /// The same after a handshake of the older protocol.
    pub(crate) fn initialized(repo: &Repo, args: &[&str]) -> Self {
        let mut server = Self::start(repo, args);
        let result = server.initialize("2025-06-18");
        assert_eq!(result["protocolVersion"], "2025-06-18");
        server
    }

    fn initialize(&mut self, version: &str) -> Value {
        let client = json!({"name": "test", "version": "0"});
        let params = json!({"protocolVersion": version, "capabilities": {}, "clientInfo": client});
        let result = self.request("initialize", params);
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string());
        result
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn send(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(line.as_bytes()).and_then(|()| stdin.write_all(b"\n")).unwrap();
    }

    /// The next message: one JSON object a line, and nothing else.
    pub(crate) fn receive(&self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("a message comes");
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert_eq!(message["jsonrpc"], "2.0", "{message}");
        message
    }

    /// Sends a request and gives its number.
    fn post(&mut self, method: &str, mut params: Value) -> u64 {
        self.next += 1;
        if let Some(meta) = &self.meta {
            params["_meta"] = meta.clone();
        }
        let request = json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params});
        self.send(&request.to_string());
        self.next
    }

    /// The result of a request that must succeed.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.post(method, params);
        let message = self.receive();
        assert!(message["id"] == id && message["error"].is_null(), "{method}: {message}");
        message["result"].clone()
    }

    /// The text of a call, and whether it is an error.
    pub(crate) fn call(&mut self, tool: &str, arguments: &Value) -> (String, bool) {
        let result = self.request("tools/call", json!({"name": tool, "arguments": arguments}));
        let content = result["content"].as_array().unwrap();
        assert!(content.len() == 1 && content[0]["type"] == "text", "{result}");
        (content[0]["text"].as_str().unwrap().to_owned(), result["isError"] == true)
    }

    /// The text of a call that must succeed, once the index is there.
    pub(crate) fn ask(&mut self, tool: &str, arguments: &Value) -> String {
        let begun = Instant::now();
        loop {
            let (text, is_error) = self.call(tool, arguments);
            assert!(!is_error, "{tool} {arguments}: {text}");
            if !text.starts_with("Still indexing") {
                return text;
            }
            assert!(begun.elapsed() < PATIENCE, "it is never ready");
        }
    }

    /// Ends standard input; gives what still came.
    pub(crate) fn end(mut self) -> Vec<String> {
        drop(self.stdin.take());
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(5));
        };
        assert_eq!(status.code(), Some(0));
        self.lines.iter().collect()
    }
}

impl Drop for Server {
    /// A test that failed leaves nothing running.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What every request of the newer protocol brings.
pub(crate) fn modern() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "0"},
    })
}

/// The answer's own text, between its marks, with the line that says what was cut.
pub(crate) fn bare(text: &str) -> String {
    let start = text.find(":\n").unwrap() + 2;
    let end = text.rfind("\nend ").unwrap() + 1;
    let cut = text[end..].split_once('\n').unwrap().1;
    text[start..end].to_owned() + cut
}

#[test]
fn a_handshake_then_tools() {
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let repo = Repo::pool();
        let mut server = Server::start(&repo, &[]);
        let hello = server.initialize(version);
        assert_eq!(hello["protocolVersion"], version);
        assert_eq!(hello["serverInfo"]["name"], "lodemap");
        assert!(hello["instructions"].as_str().unwrap().starts_with("Use Lodemap before grep"));
        let list = server.request("tools/list", json!({}));
        assert_eq!(list["tools"].as_array().unwrap().len(), 7);
        assert!(list["resultType"].is_null(), "that is of the newer protocol: {list}");
        assert!(server.ask("repo_map", &json!({})).contains("class Pool"));
        assert_eq!(server.request("ping", json!({})), json!({}));
        assert_eq!(server.end(), [""; 0]);
    }
}

#[test]
fn no_handshake_but_a_question_what_is_there() {
    let repo = Repo::pool();
    let mut server = Server::start(&repo, &[]);
    server.meta = Some(modern());
    let found = server.request("server/discover", json!({}));
    let versions = found["supportedVersions"].as_array().unwrap();
    assert!(versions.contains(&json!("2026-07-28")) && versions.contains(&json!("2025-06-18")), "{found}");
    assert!(found["instructions"].as_str().unwrap().starts_with("Use Lodemap before grep"), "{found}");
    let list = server.request("tools/list", json!({}));
    assert_eq!(list["resultType"], "complete", "{list}");
    assert_eq!((&list["ttlMs"], &list["cacheScope"]), (&json!(3_600_000), &json!("public")));
    let result = server.request("tools/call", json!({"name": "index_status", "arguments": {}}));
    assert_eq!(result["resultType"], "complete", "{result}");
    assert!(server.ask("repo_map", &json!({})).contains("class Pool"));
    server.end();
}

#[test]
fn the_newer_protocol_needs_no_first_question() {
    let repo = Repo::pool();
    let mut server = Server::start(&repo, &[]);
    server.meta = Some(modern());
    assert_eq!(server.request("tools/list", json!({}))["tools"].as_array().unwrap().len(), 7);
    server.end();
}

#[test]
fn a_client_of_both_protocols_may_ask_and_then_shake_hands() {
    let repo = Repo::pool();
    let mut server = Server::start(&repo, &[]);
    server.meta = Some(modern());
    server.request("server/discover", json!({}));
    server.meta = None;
    server.initialize("2025-11-25");
    assert!(server.ask("repo_map", &json!({})).contains("class Pool"));
    server.end();
}

#[test]
fn the_text_is_that_of_the_command_line() {
    let repo = Repo::pool();
    let mut server = Server::initialized(&repo, &[]);
    let tokens = ["--tokens", "3880"];
    for (tool, arguments, command) in [
        ("repo_map", json!({}), &["map"][..]),
        ("repo_map", json!({"focus": ["app.py"]}), &["map", "--focus", "app.py"]),
        (
            "select_context",
            json!({"task": "timeout in acquire"}),
            &["context", "--task", "timeout in acquire"],
        ),
        ("search_code", json!({"query": "acquire"}), &["symbols", "acquire"]),
        ("search_code", json!({"query": "acquire", "in": "text"}), &["search", "acquire"]),
        ("get_symbol", json!({"subject": "Pool"}), &["def", "Pool", "--code"]),
        ("get_symbol", json!({"path": "src/pool.py"}), &["outline", "src/pool.py"]),
        ("find_references", json!({"subject": "Pool"}), &["refs", "Pool"]),
        ("find_references", json!({"subject": "Pool", "direction": "callers"}), &["callers", "Pool"]),
        ("find_references", json!({"subject": "main", "direction": "callees"}), &["callees", "main"]),
        ("impact", json!({"subjects": ["src/pool.py"]}), &["impact", "src/pool.py"]),
        ("impact", json!({"subjects": ["app.py"], "direction": "dependencies"}), &["deps", "app.py"]),
        ("index_status", json!({"why": "app.py"}), &["status", "--why", "app.py"]),
    ] {
        let text = bare(&server.ask(tool, &arguments));
        let wanted = repo.text(&[command, &tokens].concat());
        assert_eq!(text, wanted.replace("raise --tokens", "raise tokens"), "{tool} {arguments}");
    }
    server.end();
}

#[test]
fn the_root_is_named_or_found() {
    let repo = Repo::pool();
    let elsewhere = repo.home();
    let mut command = repo.command_in(&elsewhere, &["mcp"]);
    command.env("CLAUDE_PROJECT_DIR", repo.root());
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "repo_map", "_meta": modern()}});
    let input = repo.root().join("input");
    std::fs::write(&input, format!("{request}\n")).unwrap();
    let run = finish({
        command.stdin(std::fs::File::open(&input).unwrap());
        command
    });
    assert_eq!(run.code, Some(0), "{run:?}");
    // It may come before the index is there; but it is no error about the home folder.
    assert!(run.out.contains("class Pool") || run.out.contains("Still indexing"), "{run:?}");
    assert!(run.out.contains("\"isError\":false"), "{run:?}");

    let mut server = Server::initialized(&repo, &["--root", elsewhere.to_str().unwrap()]);
    let (text, is_error) = server.call("index_status", &json!({}));
    assert!(is_error && text.contains("home"), "{text}");
    server.end();
}

#[test]
fn what_is_no_message_is_told_so_and_the_session_lives_on() {
    let repo = Repo::pool();
    let mut server = Server::start(&repo, &[]);
    server.send("{");
    assert_eq!((&server.receive()["error"]["code"], 1), (&json!(-32700), 1), "even before the first request");
    // Before a session there is nothing to notify or reply to.
    server.send(
        &json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})
            .to_string(),
    );
    server.initialize("2025-06-18");
    for (line, code, id) in [
        ("garbage".to_owned(), -32700, Value::Null),
        ("\u{0}\u{1}".to_owned(), -32700, Value::Null),
        ("[".repeat(100_000), -32700, Value::Null),
        ("[1, 2]".to_owned(), -32600, Value::Null),
        ("\"text\"".to_owned(), -32600, Value::Null),
        (json!({"jsonrpc": "2.0", "id": 4, "metho": "x"}).to_string(), -32600, json!(4)),
        (
            json!({"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": 3}).to_string(),
            -32600,
            json!(5),
        ),
        (json!({"jsonrpc": "2.0", "id": 6, "method": "no/such"}).to_string(), -32601, json!(6)),
    ] {
        server.send(&line);
        let message = server.receive();
        let shown: String = line.chars().take(80).collect();
        assert_eq!((&message["error"]["code"], &message["id"]), (&json!(code), &id), "{shown}: {message}");
    }
    server.send("\r");
    server.send("");
    assert!(server.ask("repo_map", &json!({})).contains("class Pool"));
    server.end();
}

#[test]
fn a_giant_line_takes_no_memory() {
    let repo = Repo::pool();
    let mut server = Server::initialized(&repo, &[]);
    server.ask("repo_map", &json!({}));
    let resident = |pid: u32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap().to_owned();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
    };
    let before = resident(server.child.id());
    let megabyte = "x".repeat(1 << 20);
    let mut stdin = server.stdin.take().unwrap();
    for _ in 0..200 {
        stdin.write_all(megabyte.as_bytes()).unwrap();
    }
    let after = resident(server.child.id());
    server.stdin = Some(stdin);
    server.send("");
    assert_eq!(server.receive()["error"]["code"], -32600);
    assert!(after < before + (64 << 20), "{before} to {after}");
    // One that is just large is read.
    let task = "acquire ".repeat(300_000);
    assert!(server.ask("select_context", &json!({"task": task, "tokens": 500})).contains("pool.py"));
    server.end();
}

#[test]
fn many_calls_at_once_are_all_answered() {
    let repo = Repo::pool();
    let mut server = Server::initialized(&repo, &[]);
    server.ask("repo_map", &json!({}));
    let ids: Vec<u64> = (0..300)
        .map(|n| {
            server.post("tools/call", json!({"name": "get_symbol", "arguments": {"subject": NAMES[n % 3]}}))
        })
        .collect();
    let mut answers = BTreeMap::new();
    for _ in &ids {
        let message = server.receive();
        let text = message["result"]["content"][0]["text"].as_str().unwrap().to_owned();
        answers.insert(message["id"].as_u64().unwrap(), text);
    }
    for (n, id) in ids.iter().enumerate() {
        assert!(answers[id].contains(["class Pool", "def main", "class Conn"][n % 3]), "{}", answers[id]);
    }
    // One that was taken back may or may not be answered; those after it are.
    let taken_back = server.post("tools/call", json!({"name": "repo_map"}));
    server.send(
        &json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": taken_back}})
            .to_string(),
    );
    let id = server.post("ping", json!({}));
    while server.receive()["id"] != id {}
    server.end();
}

#[test]
fn what_is_asked_before_the_end_is_answered() {
    let repo = Repo::pool();
    let mut server = Server::initialized(&repo, &[]);
    server.ask("repo_map", &json!({}));
    let id = server.post("tools/call", json!({"name": "repo_map"}));
    let rest = server.end();
    assert_eq!(rest.len(), 1);
    let message: Value = serde_json::from_str(&rest[0]).unwrap();
    assert!(
        message["id"] == id
            && message["result"]["content"][0]["text"].as_str().unwrap().contains("class Pool")
    );
}

#[test]
fn the_index_is_kept_at_the_end() {
    let repo = Repo::pool();
    let mut server = Server::initialized(&repo, &[]);
    server.ask("repo_map", &json!({}));
    repo.write("late.py", b"def late():\n    pass\n");
    assert!(server.ask("get_symbol", &json!({"subject": "late"})).contains("late.py"));
    server.end();
    let index = repo.json(&["index"]);
    assert_eq!((&index["parsed"], &index["files"]), (&json!(0), &json!(4)), "{index}");
}

#[test]
fn a_client_that_stops_reading_or_leaves_holds_nothing() {
    let repo = Repo::pool();
    let mut child = repo.command(&["mcp"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    // More than pipes and queues hold, and nobody takes the answers.
    let writer = std::thread::spawn(move || {
        for id in 0..20_000 {
            let request =
                json!({"jsonrpc": "2.0", "id": id, "method": "tools/list", "params": {"_meta": modern()}});
            if stdin.write_all(format!("{request}\n").as_bytes()).is_err() {
                return;
            }
        }
    });
    std::thread::sleep(Duration::from_millis(500));
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(kib < 512 << 10, "{line}");
    assert!(!writer.is_finished(), "it reads on although nobody takes what it says");
    // It takes some, and leaves: the process ends by itself.
    stdout.read_exact(&mut [0; 1000]).unwrap();
    drop(stdout);
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < PATIENCE, "it does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
    writer.join().unwrap();
}

#[test]
fn a_large_repository_is_answered_for_at_once() {
    let repo = Repo::pool();
    let body: String = (0..200).map(|n| format!("def f{n}(a, b):\n    return a + b * {n}\n\n")).collect();
    (0..400).for_each(|n| repo.write(&format!("many/m{n}.py"), body.as_bytes()));
    let begun = Instant::now();
    let mut server = Server::initialized(&repo, &[]);
    // Calls that wait keep nothing else from being answered.
    let calls: Vec<u64> = (0..20).map(|_| server.post("tools/call", json!({"name": "repo_map"}))).collect();
    let list = server.post("tools/list", json!({}));
    let messages: Vec<Value> = (0..=calls.len()).map(|_| server.receive()).collect();
    let text_of = |message: &Value| message["result"]["content"][0]["text"].as_str().map(str::to_owned);
    let texts: Vec<String> = messages.iter().filter_map(text_of).collect();
    assert_eq!(texts.len(), calls.len(), "{messages:?}");
    let is_early = |text: &String| text.starts_with("Still indexing (");
    assert!(texts.iter().all(|text| is_early(text) || text.contains("class Pool")), "{texts:?}");
    if texts.iter().all(is_early) {
        assert_eq!(messages[0]["id"], list, "{messages:?}");
    }
    let text = texts[0].clone();
    println!("{:?}: {}", begun.elapsed(), text.lines().next().unwrap());
    assert!(server.ask("search_code", &json!({"query": "acquire"})).contains("pool.py"));
    server.end();
}
