//! What each command says, as text and as JSON.

use crate::repo::{Repo, column};
use serde_json::Value;

#[test]
fn map() {
    let repo = Repo::pool();
    insta::assert_snapshot!(repo.text(&["map"]), @r#"
    src/pool.py
      class Pool                                            L1-8
        def __init__(self, size: int) -> None               L4-5
        def acquire(self, timeout: float = 1.0) -> "Conn"   L7-8
      class Conn                                            L11-12
    app.py
      def main()                                            L4-5
    src/__init__.py
    … 0 files and 0 symbols more
    "#);
    let json = repo.json(&["map"]);
    assert_eq!(column(&json["files"], "path")[0], "src/pool.py");
    let first = &json["files"][0];
    assert!(first["score"].is_u64() && first["lang"] == "python", "{first}");
    let symbol = &first["symbols"][0];
    for key in ["name", "kind", "line", "end_line", "signature", "score"] {
        assert!(!symbol[key].is_null(), "{key} is missing in {symbol}");
    }
    assert!(json["tokens"].as_u64().unwrap() > 0);
    assert_eq!(json["omitted"], serde_json::json!({"files": 0, "symbols": 0}));
}

#[test]
fn map_from_somewhere() {
    let repo = Repo::pool();
    let first = |args: &[&str]| column(&repo.json(args)["files"], "path")[0].clone();
    for focus in ["app.py", "./app.py", "main", "app.py#main"] {
        assert_eq!(first(&["map", "--focus", focus]), "app.py", "--focus {focus}");
    }
    let absolute = repo.root().join("app.py");
    assert_eq!(first(&["map", "--focus", absolute.to_str().unwrap()]), "app.py");
    assert_eq!(first(&["map", "--mention", "main fails at start"]), "app.py");
    let missing = repo.fails(1, &["map", "--focus", "nothing_like_it"]);
    assert!(missing.contains("nothing_like_it"), "{missing}");
}

#[test]
fn index() {
    let repo = Repo::pool();
    let text = repo.text(&["index"]);
    assert!(text.starts_with("3 files (3 parsed"), "{text}");
    let json = repo.json(&["index", "--full"]);
    assert_eq!(json["files"], 3);
    assert_eq!(json["by_language"]["python"]["files"], 3);
    for key in ["parsed", "reused", "quarantined", "symbols", "references", "edges"] {
        assert!(json[key].is_u64(), "{key} is missing in {json}");
    }
    assert!(json["peak_rss_bytes"].as_u64().unwrap() > 0 && json["index_bytes"].is_u64(), "{json}");
    assert!(json["seconds"].as_object().unwrap().values().all(Value::is_number), "{json}");
    assert_eq!(json["digest"], repo.json(&["index"])["digest"]);
}

#[test]
fn symbols() {
    let repo = Repo::pool();
    insta::assert_snapshot!(repo.text(&["symbols", "acq"]), @r#"src/pool.py:7  method Pool.acquire  def acquire(self, timeout: float = 1.0) -> "Conn""#);
    let json = repo.json(&["symbols", "Pool.acquire"]);
    let row = &json["symbols"][0];
    for (key, value) in [("id", "src/pool.py#Pool.acquire"), ("name", "acquire"), ("kind", "method")] {
        assert_eq!(row[key], value);
    }
    assert_eq!((row["line"].as_u64(), row["end_line"].as_u64()), (Some(7), Some(8)));
    let names = |args: &[&str]| column(&repo.json(args)["symbols"], "name");
    assert_eq!(names(&["symbols", "--kind", "class"]), ["Pool", "Conn"]);
    assert_eq!(names(&["symbols", "--path", "*.py", "main"]), ["main"]);
    assert_eq!(names(&["symbols", "--limit", "1", "--kind", "class"]).len(), 1);
    assert!(repo.text(&["symbols", "--limit", "1"]).contains("more; raise --limit"));
}

#[test]
fn outline() {
    let repo = Repo::pool();
    insta::assert_snapshot!(repo.text(&["outline", "src/pool.py"]), @r#"
    src/pool.py
      class Pool                                            L1-8
        def __init__(self, size: int) -> None               L4-5
        size                                                L5
        def acquire(self, timeout: float = 1.0) -> "Conn"   L7-8
      class Conn                                            L11-12
    "#);
    let json = repo.json(&["outline", "src/pool.py"]);
    assert_eq!(column(&json["symbols"], "name"), ["Pool", "Conn"]);
    assert!(column(&json["symbols"][0]["symbols"], "name").contains(&"acquire".to_owned()));
}

#[test]
fn deps() {
    let repo = Repo::pool();
    let json = repo.json(&["deps", "src/pool.py"]);
    assert_eq!(column(&json["importers"], "path"), ["app.py"]);
    assert_eq!(json["importers"][0]["tier"], "resolved");
    assert_eq!(json["imports"], serde_json::json!([]));
    let text = repo.text(&["deps", "app.py"]);
    assert!(text.contains("src/pool.py"), "{text}");
}

#[test]
fn paths_are_taken_as_people_type_them() {
    let repo = Repo::pool();
    let absolute = repo.root().join("src/pool.py");
    for path in ["src/pool.py", "./src/pool.py", "src/../src/pool.py", absolute.to_str().unwrap()] {
        assert_eq!(repo.json(&["outline", path])["path"], "src/pool.py", "{path}");
    }
    // Below the root, both the root's names and the folder's own are understood.
    for path in ["pool.py", "src/pool.py", "../src/pool.py"] {
        let run = crate::repo::finish(repo.command_in(&repo.root().join("src"), &["outline", path]));
        assert!(run.out.starts_with("src/pool.py\n"), "{path}: {run:?}");
    }
}

#[test]
fn languages() {
    let repo = Repo::pool();
    let json = repo.json(&["languages"]);
    let names = column(&json["languages"], "name");
    for name in ["python", "rust", "javascript", "typescript", "tsx", "go", "c"] {
        assert!(names.contains(&name.to_owned()), "{name} is missing in {names:?}");
    }
    assert_eq!(column(&json["languages"], "tier")[0], "full");
    assert!(repo.text(&["languages"]).contains(".py .pyi"));
}

#[test]
fn status() {
    let repo = Repo::pool();
    repo.write(".gitignore", b"build/\n");
    repo.write("build/out.py", b"x = 1\n");
    let json = repo.json(&["status"]);
    assert_eq!((json["state"].as_str(), json["pending"].as_u64()), (Some("ready"), Some(0)));
    assert_eq!(json["quarantined"], serde_json::json!([]));
    assert!(json["watcher"]["mode"].is_string());

    let why = repo.json(&["status", "--why", "build/out.py"]);
    assert_eq!((why["indexed"].as_bool(), why["path"].as_str()), (Some(false), Some("build/out.py")));
    assert_eq!((why["rule"].as_str(), why["source"].as_str()), (Some("build/"), Some(".gitignore:1")));
    assert_eq!(repo.json(&["status", "--why", "./app.py"])["indexed"], true);
    let missing = repo.text(&["status", "--why", "nope.py"]);
    assert!(missing.starts_with("nope.py: not indexed: "), "{missing}");
}

#[test]
fn configuration_that_arrives_is_reported_only() {
    let repo = Repo::pool();
    let before = repo.text(&["export", "dump"]);
    repo.write("lodemap.toml", b"[map]\ntokens = 1\n[hooks]\nrun = \"touch pwned\"\n");
    assert_eq!(repo.text(&["export", "dump"]), before);
    assert!(!repo.root().join("pwned").exists());
    assert!(repo.text(&["status"]).contains("lodemap.toml"));
}

#[test]
fn export_facts() {
    let repo = Repo::pool();
    let text = repo.text(&["export", "facts"]);
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let paths: Vec<&str> = rows.iter().map(|r| r["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["app.py", "src/__init__.py", "src/pool.py"]);
    for hash in ["content", "sig", "refs", "text", "pos"] {
        assert!(rows[0]["hash"][hash].is_string(), "{}", rows[0]);
    }
    assert!(rows[2]["symbols"].as_array().is_some_and(|s| !s.is_empty()) && rows[2]["references"].is_u64());
}

#[test]
fn export_edges() {
    let repo = Repo::pool();
    let text = repo.text(&["export", "edges"]);
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let call = rows.iter().find(|r| r["name"] == "Pool" && r["kind"] == "call").unwrap();
    let place = ["path", "line", "col", "def_path", "def_line", "tier"].map(|key| call[key].to_string());
    assert_eq!(place, ["\"app.py\"", "5", "12", "\"src/pool.py\"", "1", "\"resolved\""]);
}

#[test]
fn export_dump_is_the_same_for_any_number_of_threads() {
    let repo = Repo::pool();
    for n in 0..40 {
        let text = format!("from src.pool import Pool\n\ndef f{n}():\n    return f{}()\n", (n + 1) % 40);
        repo.write(&format!("src/m{n}.py"), text.as_bytes());
    }
    let one = repo.text(&["export", "dump", "--jobs", "1"]);
    assert!(one.lines().count() > 40, "{one}");
    for jobs in ["1", "2", "8"] {
        assert_eq!(repo.text(&["export", "dump", "--jobs", jobs]), one, "--jobs {jobs}");
    }
}

#[test]
fn an_empty_repository() {
    let repo = Repo::new(&[]);
    let map = repo.run(&["map"]);
    assert_eq!(map.code, Some(1), "{map:?}");
    assert!(map.err.starts_with("note: no file is indexed here"), "{map:?}");
    let json: Value = serde_json::from_str(&repo.run(&["map", "--json", "--quiet"]).out).unwrap();
    assert_eq!(json["files"], serde_json::json!([]));
    assert_eq!(repo.run(&["symbols"]).code, Some(1));
    assert_eq!(repo.json(&["index"])["files"], 0);
    assert_eq!(repo.json(&["status"])["state"], "ready");
    assert_eq!(repo.text(&["export", "facts"]), "");
    assert_eq!(repo.text(&["export", "edges"]), "");
}

#[test]
fn the_benchmark_measures_every_job_beside_the_bound() {
    let repo = Repo::new(&[("a.py", "def f(): pass\n"), ("src/lib.rs", "pub fn g() {}\n")]);
    let lines = repo.text(&["bench", "--runs", "1", "--json", "."]);
    let rows: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let jobs: Vec<&str> = rows.iter().filter_map(|r| r["job"].as_str()).collect();
    assert_eq!(jobs, ["bound", "index", "map", "symbols"]);
    assert!(rows.iter().all(|r| r["schema"] == 1 && r["files"] == 2), "{lines}");
    assert_eq!(rows[0]["ratio_to_bound"], 1.0);
    let table = repo.text(&["bench", "--runs", "1", "--sizes", "4"]);
    assert!(table.contains("generated-4") && table.contains("x bound"), "{table}");
}
