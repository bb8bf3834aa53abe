//! Definitions, references and calls: by name and by place, as text and as JSON.

use crate::repo::{Repo, column, finish};

/// A function that two others call, and a method called on something of unknown type.
fn calls() -> Repo {
    Repo::new(&[
        (
            "lib/steps.py",
            "def low():\n    return 1\n\n\ndef middle():\n    return low()\n\n\nclass Job:\n    def finish(self):\n        return middle()\n",
        ),
        (
            "main.py",
            "from lib.steps import middle\n\n\ndef start(job):\n    middle()\n    job.finish()\n\n\nstart(None)\n",
        ),
    ])
}

/// Whether a bare name is `constrained` or `unique` follows from measurements, which change.
fn possible(text: &str) -> String {
    text.replace("(constrained)", "(possible)").replace("(unique)", "(possible)")
}

#[test]
fn def() {
    let repo = Repo::pool();
    insta::assert_snapshot!(repo.text(&["def", "app.py:5:12"]), @r#"
    src/pool.py:1:7  class Pool  class Pool  (resolved, import)
    "#);
    let json = repo.json(&["def", "Pool.acquire"]);
    let target = &json["targets"][0];
    assert_eq!(
        (target["id"].as_str(), target["path"].as_str()),
        (Some("src/pool.py#Pool.acquire"), Some("src/pool.py"))
    );
    assert_eq!((target["line"].as_u64(), target["col"].as_u64()), (Some(7), Some(9)));
    assert!(target["tier"].is_string() && target["rule"].is_string(), "{target}");
    let missing = repo.fails(1, &["def", "Pol"]);
    assert!(missing.contains("closest: Pool"), "{missing}");
    assert!(repo.fails(1, &["def", "app.py:2:1"]).contains("app.py:2:1"));
    assert!(repo.fails(1, &["def", "nope.py:2:1"]).contains("nope.py is not indexed"));
}

#[test]
fn places_are_taken_as_people_type_them() {
    let repo = Repo::pool();
    let absolute = repo.root().join("app.py");
    for path in ["app.py", "./app.py", absolute.to_str().unwrap()] {
        let ids = column(&repo.json(&["def", &format!("{path}:5:12")])["targets"], "id");
        assert_eq!(ids, ["src/pool.py#Pool"], "{path}");
    }
    for (folder, subject) in
        [("src", "pool.py:1:7"), ("src", "pool.py#Pool"), ("src", "../app.py:5:12"), ("", "Pool")]
    {
        let run = finish(repo.command_in(&repo.root().join(folder), &["def", subject]));
        assert!(run.out.starts_with("src/pool.py:1:7  class Pool"), "{subject}: {run:?}");
    }
}

#[test]
fn refs() {
    let repo = calls();
    insta::assert_snapshot!(repo.text(&["refs", "middle"]), @r#"
    lib/steps.py:11:16  call  in Job.finish
    main.py:1:23  import
    main.py:5:5  call  in start
    "#);
    insta::assert_snapshot!(possible(&repo.text(&["refs", "finish"])), @r#"
    possible:
      main.py:6:9  call  in start  (possible)
    "#);
    let json = repo.json(&["refs", "main.py:5:5"]);
    let rows = json["references"].as_array().unwrap();
    let row = |r: &serde_json::Value| {
        ["path", "line", "col", "in", "kind", "tier"].map(|k| r[k].to_string()).join(" ")
    };
    assert_eq!(
        rows.iter().map(row).collect::<Vec<_>>(),
        [
            "\"lib/steps.py\" 11 16 \"lib/steps.py#Job.finish\" \"call\" \"resolved\"",
            "\"main.py\" 1 23 null \"import\" \"resolved\"",
            "\"main.py\" 5 5 \"main.py#start\" \"call\" \"resolved\"",
        ]
    );
    assert_eq!(repo.json(&["refs", "middle", "--limit", "1"])["omitted"], 2);
    let run = repo.run(&["refs", "Job.finish", "--limit", "0", "--json"]);
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn nothing_refers_or_calls() {
    let repo = calls();
    for args in [["refs", "Job"], ["callers", "Job"], ["callees", "low"]] {
        let run = repo.run(&args);
        assert!(run.code == Some(1) && run.err.starts_with("note: "), "{args:?}: {run:?}");
        let run = repo.run(&[args[0], args[1], "--json", "--quiet"]);
        let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        assert!(run.code == Some(1) && json["omitted"] == 0, "{json}");
    }
}

#[test]
fn callers_and_callees() {
    let repo = calls();
    insta::assert_snapshot!(possible(&repo.text(&["callers", "low", "--depth", "3"])), @r#"
    lib/steps.py#low
      lib/steps.py#middle  L6
        lib/steps.py#Job.finish  L11
        main.py#start  L5
          main.py  L9
    possible:
      main.py#start  main.py:6  -> lib/steps.py#Job.finish  (possible)
    "#);
    insta::assert_snapshot!(possible(&repo.text(&["callees", "start", "--depth", "2"])), @r#"
    main.py#start
      lib/steps.py#middle  L5
        lib/steps.py#low  L6
    possible:
      lib/steps.py#Job.finish  main.py:6  (possible)
    "#);
    let json = repo.json(&["callers", "low"]);
    assert_eq!(json["calls"].as_array().unwrap().len(), 1);
    let call = &json["calls"][0];
    assert_eq!(
        (call["from"].as_str(), call["to"].as_str()),
        (Some("lib/steps.py#middle"), Some("lib/steps.py#low"))
    );
    assert_eq!((call["path"].as_str(), call["line"].as_u64()), (Some("lib/steps.py"), Some(6)));
    assert_eq!(call["tier"], "resolved");
}

#[test]
fn export_scip() {
    let repo = Repo::pool();
    let output = repo.command(&["export", "scip"]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let index: scip::types::Index = protobuf::Message::parse_from_bytes(&output.stdout).unwrap();
    let paths: Vec<&str> = index.documents.iter().map(|d| d.relative_path.as_str()).collect();
    assert_eq!(paths, ["app.py", "src/__init__.py", "src/pool.py"]);
    let root = repo.root().canonicalize().unwrap();
    assert_eq!(index.metadata.project_root, format!("file://{}", root.display()));
    let pool = &index.documents[2];
    let class = pool.symbols.iter().find(|s| s.display_name == "Pool").unwrap();
    assert_eq!(class.documentation, ["Lends connections."]);
    assert_eq!(repo.command(&["export", "scip", "--jobs", "1"]).output().unwrap().stdout, output.stdout);
}
