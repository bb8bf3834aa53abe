//! One question, five ways to ask it: the command, the socket, HTTP and the tool for models, with an index of its own and
//! by a daemon, say the same.

use crate::daemon::Bed;
use crate::mcp::{Server, bare};
use crate::web::Web;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

/// A question: the method, its parameters, the command, and the tool with its arguments. What no tool asks has none.
type Question = (&'static str, Value, &'static [&'static str], Option<(&'static str, Value)>);

fn questions() -> Vec<Question> {
    let subject = |subject: &str| json!({"subject": subject});
    let following = |subject: &str, direction: &str| json!({"subject": subject, "direction": direction});
    vec![
        ("map", json!({}), &["map"], Some(("repo_map", json!({})))),
        (
            "map",
            json!({"focus": ["app.py"], "mention": ["acquire"]}),
            &["map", "--focus", "app.py", "--mention", "acquire"],
            Some(("repo_map", json!({"focus": ["app.py"], "mention": ["acquire"]}))),
        ),
        ("map", json!({"files": true}), &["map", "--files"], None),
        (
            "context",
            json!({"task": "timeout in acquire"}),
            &["context", "--task", "timeout in acquire"],
            Some(("select_context", json!({"task": "timeout in acquire"}))),
        ),
        (
            "search",
            json!({"query": "acquire"}),
            &["search", "acquire"],
            Some(("search_code", json!({"query": "acquire", "in": "text"}))),
        ),
        (
            "search",
            json!({"query": "acquire", "files": true}),
            &["search", "acquire", "--files"],
            Some(("search_code", json!({"query": "acquire", "in": "text", "files": true}))),
        ),
        (
            "symbols",
            json!({"query": "Pool"}),
            &["symbols", "Pool"],
            Some(("search_code", json!({"query": "Pool", "in": "names"}))),
        ),
        ("definition", subject("Pool"), &["def", "Pool"], None),
        (
            "definition",
            json!({"subject": "Pool", "code": true}),
            &["def", "Pool", "--code"],
            Some(("get_symbol", subject("Pool"))),
        ),
        (
            "outline",
            json!({"path": "src/pool.py"}),
            &["outline", "src/pool.py"],
            Some(("get_symbol", json!({"path": "src/pool.py"}))),
        ),
        ("references", subject("Pool"), &["refs", "Pool"], Some(("find_references", subject("Pool")))),
        (
            "callers",
            subject("Pool"),
            &["callers", "Pool"],
            Some(("find_references", following("Pool", "callers"))),
        ),
        (
            "callees",
            subject("main"),
            &["callees", "main"],
            Some(("find_references", following("main", "callees"))),
        ),
        (
            "impact",
            json!({"subjects": ["src/pool.py"]}),
            &["impact", "src/pool.py"],
            Some(("impact", json!({"subjects": ["src/pool.py"]}))),
        ),
        (
            "dependencies",
            json!({"path": "app.py"}),
            &["deps", "app.py"],
            Some(("impact", json!({"subjects": ["app.py"], "direction": "dependencies"}))),
        ),
        (
            "status",
            json!({"why": "app.py"}),
            &["status", "--why", "app.py"],
            Some(("index_status", json!({"why": "app.py"}))),
        ),
    ]
}

/// What the socket answers to one request.
fn by_socket(socket: &mut UnixStream, method: &str, params: &Value) -> Value {
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    socket.write_all(&(message.len() as u32).to_be_bytes()).unwrap();
    socket.write_all(message.as_bytes()).unwrap();
    let mut length = [0; 4];
    socket.read_exact(&mut length).unwrap();
    let mut body = vec![0; u32::from_be_bytes(length) as usize];
    socket.read_exact(&mut body).unwrap();
    serde_json::from_slice::<Value>(&body).unwrap()["result"].take()
}

/// Each process counts the states that it saw, so only the number may differ.
fn undated(mut answer: Value) -> Value {
    assert!(answer["schema"] == 1 && answer["generation"].is_u64(), "{answer}");
    assert!(answer["stale"] != true, "{answer}");
    answer.as_object_mut().unwrap().remove("generation");
    answer
}

fn all_say_the_same(
    bed: &Bed,
    web: &Web,
    socket: &mut UnixStream,
    (own, linked): (&mut Server, &mut Server),
    round: &str,
) {
    for (method, mut params, command, tool) in questions() {
        let wanted = undated(bed.json(&[command, &["--no-daemon"]].concat()));
        // However slow the machine is, the last edit counts.
        params["wait_ms"] = json!(60_000);
        let (status, body) = web.send(&format!("POST /v1/{method}"), &[], &params.to_string());
        assert_eq!(status, 200, "{round}: {method}: {body}");
        assert_eq!(undated(serde_json::from_str(&body).unwrap()), wanted, "{round}: HTTP: {command:?}");
        params["root"] = json!(bed.repo.root());
        let said = by_socket(socket, method, &params);
        assert_eq!(undated(said), wanted, "{round}: socket: {command:?}");
        if let Some((tool, arguments)) = tool {
            let text = bed.run(&[command, &["--no-daemon", "--tokens", "3880"]].concat()).out;
            let said = bare(&own.ask(tool, &arguments));
            assert_eq!(
                bare(&linked.ask(tool, &arguments)),
                said,
                "{round}: {tool} {arguments} by the daemon"
            );
            assert_eq!(said, text.replace("raise --tokens", "raise tokens"), "{round}: {tool} {arguments}");
        }
    }
}

#[test]
fn exports_are_those_of_the_command_line() {
    let bed = Bed::new();
    bed.start();
    let web = Web::start(&bed, &[]);
    let mut socket = UnixStream::connect(bed.status()["socket"].as_str().unwrap()).unwrap();
    for what in ["facts", "edges", "dump"] {
        let wanted = bed.run(&["export", what]).out;
        assert!(!wanted.is_empty());
        let text = json!({"root": bed.repo.root(), "what": what, "format": "text", "tokens": 9});
        assert_eq!(by_socket(&mut socket, "export", &text)["text"], wanted, "{what}");
        let (status, body) = web.send("POST /v1/export", &[], &json!({"what": what}).to_string());
        let said: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &said["what"]), (200, &json!(what)), "{body}");
        if what == "dump" {
            assert_eq!(said["dump"], wanted);
        } else {
            let rows: Vec<Value> = wanted.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(said["rows"], json!(rows), "{what}");
        }
    }
    let (status, body) = web.send("POST /v1/export", &[], r#"{"what": "scip"}"#);
    assert!(status == 400 && body.contains("lodemap export scip"), "{body}");
}

#[test]
fn all_surfaces_say_the_same_whatever_is_edited() {
    let bed = Bed::new();
    bed.start();
    let mut socket = UnixStream::connect(bed.status()["socket"].as_str().unwrap()).unwrap();
    let web = Web::start(&bed, &[]);
    let mut own = Server::initialized(&bed.repo, &["--no-daemon"]);
    let mut linked = Server::of(bed.command(&["mcp"]));
    all_say_the_same(&bed, &web, &mut socket, (&mut own, &mut linked), "as it was");
    bed.repo.write(
        "app.py",
        b"from src.pool import Pool\n\n\ndef helper(pool):\n    return pool.acquire()\n\n\ndef main():\n    \
          return helper(Pool(3))\n",
    );
    bed.repo.write("tests/test_app.py", b"from app import main\n\n\ndef test_main():\n    assert main()\n");
    all_say_the_same(&bed, &web, &mut socket, (&mut own, &mut linked), "with a caller and a test");
    std::fs::remove_file(bed.repo.root().join("tests/test_app.py")).unwrap();
    bed.repo
        .write("src/more.py", b"from src.pool import Conn\n\n\ndef acquire(conn: Conn):\n    return conn\n");
    all_say_the_same(&bed, &web, &mut socket, (&mut own, &mut linked), "with a namesake and no test");
    assert_eq!(bed.status()["repositories"][0]["subscribers"], 1, "the daemon was asked");
    own.end();
    linked.end();
}
