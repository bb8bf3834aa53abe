//! What the socket says is what this process would say.

use lodemap_daemon::{Asker, Ground, answer};
use lodemap_host::{NoProgress, OpenOptions, Repository};
use lodemap_wire::{Call, Format, Id, Incoming, Problem, ProblemKind, Request, Terms};
use serde_json::{Value, json};

use crate::bed::Bed;

/// Questions of every method, some without an answer.
const QUESTIONS: &[(&str, &str)] = &[
    ("map", "{}"),
    ("map", r#"{"focus": ["src/pool.py", "Pool"], "mention": ["acquire"]}"#),
    ("context", r#"{"task": "Pool.acquire returns nothing"}"#),
    ("context", r#"{"task": "acquire", "files": true, "limit": 1, "tests": true}"#),
    ("context", r#"{"task": "   "}"#),
    ("search", r#"{"query": "acquire"}"#),
    ("search", r#"{"query": "/Conn|Pool/ path:src/**", "files": true}"#),
    ("search", r#"{"query": "nowhere_to_be_found"}"#),
    ("search", r#"{"query": "/(/"}"#),
    ("symbols", r#"{"query": "ac"}"#),
    ("symbols", r#"{"kind": "class", "path": "src/**", "limit": 1}"#),
    ("symbols", r#"{"query": "zzz"}"#),
    ("symbols", r#"{"kind": "klass"}"#),
    ("symbols", r#"{"path": "a["}"#),
    ("definition", r#"{"subject": "Pool.acquire"}"#),
    ("definition", r#"{"subject": "app.py:5:12"}"#),
    ("definition", r#"{"subject": "no_such_thing"}"#),
    ("definition", r#"{"subject": "app.py:0"}"#),
    ("outline", r#"{"path": "src/pool.py"}"#),
    ("outline", r#"{"path": "../secret"}"#),
    ("outline", r#"{"path": "/etc/passwd"}"#),
    ("outline", r#"{"path": "nope.py"}"#),
    ("references", r#"{"subject": "Pool"}"#),
    ("references", r#"{"subject": "Pool", "limit": 1}"#),
    ("references", r#"{"subject": "main"}"#),
    ("callers", r#"{"subject": "Pool.acquire", "depth": 3}"#),
    ("callers", r#"{"subject": "Pool", "depth": 0}"#),
    ("callees", r#"{"subject": "main"}"#),
    ("impact", r#"{"subjects": ["src/pool.py"]}"#),
    (
        "impact",
        r#"{"patch": "--- a/app.py\n+++ b/app.py\n@@ -5 +5 @@\n-x\n+    return Pool(3).acquire()\n"}"#,
    ),
    ("impact", "{}"),
    ("impact", r#"{"diff": "--output=/tmp/x"}"#),
    ("dependencies", r#"{"path": "app.py"}"#),
    ("status", r#"{"why": "app.py"}"#),
    ("status", r#"{"why": "nope.py"}"#),
    ("languages", "{}"),
];

#[test]
fn the_socket_says_what_this_process_says() {
    let bed = Bed::new();
    let repo = bed.pool();
    let options = OpenOptions { root: Some(repo.root.clone()), jobs: 2, ..OpenOptions::default() };
    let opened = Repository::open(&options, &NoProgress).unwrap();
    let mut client = bed.client();
    for (method, params) in QUESTIONS {
        let params: Value = serde_json::from_str(params).unwrap();
        let request = Request::parse(method, params.as_object().unwrap().clone()).unwrap();
        for format in [Format::Json, Format::Text, Format::Both] {
            for tokens in [None, Some(60), Some(3)] {
                let terms = Terms { format, tokens, ..repo.terms() };
                let asker = Asker::new(&terms, None);
                let here = answer(&Ground::Opened(&opened), &request, asker);
                let there = client.ask(&Call { request: request.clone(), terms });
                let plain = |result: Result<lodemap_wire::Response, Problem>| {
                    result.map(|r| serde_json::to_string(&r).unwrap())
                };
                assert_eq!(plain(there), plain(here), "{method} {params} {format:?} {tokens:?}");
            }
        }
    }
}

#[test]
fn one_object_for_programs() {
    let bed = Bed::new();
    let repo = bed.pool();
    let mut client = bed.client();
    let mut call = |method: &str, params: Value| -> Result<Value, Problem> {
        let mut params = params.as_object().unwrap().clone();
        params.insert("root".into(), json!(repo.root));
        client.call(method, params).map(|result| serde_json::from_str(result.get()).unwrap())
    };
    let symbols = call("symbols", json!({"query": "Conn"})).unwrap();
    assert_eq!((&symbols["schema"], &symbols["symbols"][0]["name"]), (&json!(1), &json!("Conn")));
    assert!(symbols.get("text").is_none() && symbols.get("note").is_none());
    let both = call("symbols", json!({"query": "Conn", "format": "both"})).unwrap();
    assert!(both["text"].as_str().unwrap().contains("src/pool.py") && both["symbols"].is_array());
    let text = call("symbols", json!({"query": "zzz", "format": "text"})).unwrap();
    assert_eq!(text["text"], "");
    assert!(text["note"].as_str().unwrap().contains("fewer letters") && text.get("symbols").is_none());

    for (method, params, kind, hint) in [
        ("symbols", json!({"quary": 1}), ProblemKind::Usage, "query, kind, path, limit, cursor, root"),
        ("definition", json!({}), ProblemKind::Usage, "subject"),
        ("definition", json!({"subject": "zzz"}), ProblemKind::NotFound, "nothing is called"),
        ("verify", json!({"deadline_ms": "soon"}), ProblemKind::Usage, "deadline_ms"),
        ("subscribe", json!({"rood": 1}), ProblemKind::Usage, "takes root"),
    ] {
        let problem = call(method, params).unwrap_err();
        assert!(problem.kind == kind && problem.message.contains(hint), "{method}: {problem}");
    }
    let verified = call("verify", json!({})).unwrap();
    assert_eq!(verified["equal"], true, "{verified}");
}

#[test]
fn roots_are_named_and_checked() {
    let bed = Bed::new();
    let repo = bed.pool();
    let mut client = bed.client();
    let mut root = |root: Value| {
        let params = json!({"root": root}).as_object().unwrap().clone();
        client.call("map", params).unwrap_err()
    };
    for (path, hint) in [
        ("/", "not indexed by accident"),
        ("/etc", "not indexed by accident"),
        ("relative", "absolute"),
        ("", "absolute"),
        ("/nowhere/at/all", "does not exist"),
        ("/dev/null", "system folder"),
        ("/tmp/\0", "absolute"),
    ] {
        let problem = root(json!(path));
        assert!(problem.message.contains(hint), "{path}: {problem}");
    }
    let problem = client.call("map", serde_json::Map::new()).unwrap_err();
    assert!(problem.message.contains("`root` is missing"), "{problem}");
    // Nothing of all that stays open.
    bed.until("only failures", |status| status["repositories"].as_array().unwrap().is_empty());
    let inside = repo.root.join("src/pool.py");
    repo.json(&mut client, "outline", json!({"path": inside}));
}

#[test]
fn paths_lead_nowhere_but_into_the_repository() {
    let bed = Bed::new();
    let repo = bed.repository("repo", &[("a.py", "def f(): pass\n")]);
    let beside = bed.repository("repo-evil", &[("b.py", "CANARY = 1\n")]);
    std::os::unix::fs::symlink(&beside.root, repo.root.join("link")).unwrap();
    let mut client = bed.client();
    let long = "x/".repeat(100_000);
    for path in [
        "../repo-evil/b.py",
        "link/b.py",
        "a.py/../../repo-evil/b.py",
        "/etc/passwd",
        "%2e%2e/repo-evil/b.py",
        "..\\repo-evil\\b.py",
        "a.py\0",
        "\u{202e}a.py",
        "",
        ".",
        "..",
        "//",
        "~/b.py",
        "file:///etc/passwd",
        &format!("{}/b.py", beside.root.display()),
        &long,
    ] {
        for (method, params) in [
            ("outline", json!({"path": path})),
            ("dependencies", json!({"path": path})),
            ("status", json!({"why": path})),
            ("definition", json!({"subject": format!("{path}:1:1")})),
            ("map", json!({"focus": [path]})),
            ("context", json!({"task": "canary", "focus": [path]})),
            ("impact", json!({"subjects": [path]})),
            ("mark_dirty", json!({"paths": [path], "content": "x"})),
        ] {
            let said = match repo.ask(&mut client, method, params) {
                Ok(response) => response.to_object(),
                Err(problem) => problem.message,
            };
            assert!(!said.contains("CANARY") && !said.contains("root:x:0"), "{method} {path:.40}: {said}");
        }
    }
}

#[test]
fn notices_tell_what_became_of_files() {
    let bed = Bed::new();
    let repo = bed.pool();
    let mut client = bed.client();
    repo.json(&mut client, "map", json!({}));
    let text = "class Pool:\n    def lend(self): pass\n";
    repo.write("src/pool.py", text);
    let said = repo.json(&mut client, "mark_dirty", json!({"paths": ["src/pool.py"], "content": text}));
    assert_eq!(said["changes"][0]["state"], "changed", "{said}");
    assert_eq!(said["changes"][0]["symbols"]["added"], json!(["Pool.lend"]), "{said}");
    assert_eq!(said["differs"], false);
    let said = repo.json(&mut client, "mark_dirty", json!({"paths": ["src/pool.py"], "content": "else"}));
    assert_eq!(said["differs"], true);
    // One that wants no reply.
    let params = json!({"root": repo.root, "paths": ["src/pool.py"]}).as_object().unwrap().clone();
    client.send(&Incoming { id: None, method: "mark_dirty".into(), params }).unwrap();
    let hello = Incoming {
        id: Some(Id::Text("next".into())),
        method: "hello".into(),
        params: serde_json::Map::new(),
    };
    client.send(&hello).unwrap();
    assert_eq!(client.read().unwrap().id, hello.id);
}

/// Many definitions of one name: what fits is shown, what does not is counted, and the budget is used up.
#[test]
fn a_name_that_many_have_is_cut_to_the_budget() {
    const ALL: u64 = 300;
    let bed = Bed::new();
    let files: Vec<(String, String)> = (0..ALL)
        .map(|n| (format!("pkg/part{n}.py"), format!("def same(a{n}, b):\n    return a{n} + b\n")))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let repo = bed.repository("many", &files);
    let mut client = bed.client();
    let mut ask = |code: bool, tokens: Option<usize>| {
        let params = json!({"subject": "same", "code": code}).as_object().unwrap().clone();
        let request = Request::parse("definition", params).unwrap();
        let terms = Terms { format: Format::Both, tokens, ..repo.terms() };
        let response = client.ask(&Call { request, terms }).unwrap();
        let json: Value = serde_json::from_str(response.json.unwrap().get()).unwrap();
        (response.text.unwrap(), json)
    };
    let (whole, json) = ask(false, None);
    let lines: Vec<&str> = whole.lines().collect();
    assert_eq!((lines.len() as u64, json["targets"].as_array().unwrap().len() as u64), (ALL, ALL));
    let tokenizer = Terms::default().tokenizer;
    for budget in [60, 400, 2_500, 4_000] {
        for code in [false, true] {
            let (text, json) = ask(code, Some(budget));
            let shown = json["targets"].as_array().unwrap();
            let of = json["targets"].as_array().unwrap().len();
            assert!(shown.iter().all(|target| target["code"].is_null()), "none is left of the budget");
            assert_eq!(json["omitted"], ALL - of as u64, "{budget}");
            let cut = |of: usize| {
                let lines: String = lines[..of].iter().map(|line| format!("{line}\n")).collect();
                format!("{lines}… {} more; raise --tokens\n", ALL - of as u64)
            };
            assert_eq!(text, cut(of), "{budget}");
            let (fits, next) = (tokenizer.count(&text), tokenizer.count(&cut(of + 1)));
            assert!(fits <= budget && next > budget, "{budget}: {fits}, and with one more {next}");
        }
    }
    // With room for all, code follows.
    let (text, json) = ask(true, Some(20_000));
    assert!(text.starts_with(&whole) && text.contains("    2      return a"), "{text}");
    assert_eq!((json["targets"].as_array().unwrap().len() as u64, &json["omitted"]), (ALL, &json!(0)));
}
