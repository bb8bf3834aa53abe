//! Search: by words, phrases and regular expressions, as text and as JSON.

use crate::repo::{Repo, column, finish};

#[test]
fn words() {
    let repo = Repo::pool();
    insta::assert_snapshot!(repo.text(&["search", "acquire", "connections"]), @r#"
    src/pool.py:2  Pool
      2      """Lends connections."""
    src/pool.py:7  Pool.acquire
      7      def acquire(self, timeout: float = 1.0) -> "Conn":
    app.py:5  main
      5      return Pool(3).acquire()
    "#);
    // Several arguments are one query.
    assert_eq!(
        repo.text(&["search", "acquire connections"]),
        repo.text(&["search", "acquire", "connections"])
    );
    let json = repo.json(&["search", "acquire", "--limit", "1"]);
    let hit = &json["hits"][0];
    assert_eq!(
        (hit["path"].as_str(), hit["symbol"].as_str()),
        (Some("src/pool.py"), Some("src/pool.py#Pool.acquire"))
    );
    assert_eq!((hit["line"].as_u64(), hit["end_line"].as_u64()), (Some(7), Some(7)));
    assert_eq!(hit["excerpt"], "    def acquire(self, timeout: float = 1.0) -> \"Conn\":");
    assert!(hit["score"].as_f64().unwrap() > 0.0 && json["omitted"] == 1, "{json}");
    assert!(json.get("stale").is_none() && json.get("pending").is_none(), "{json}");
}

#[test]
fn files_and_filters() {
    let repo = Repo::pool();
    assert_eq!(repo.text(&["search", "acquire", "--files"]), "src/pool.py\napp.py\n");
    let json = repo.json(&["search", "acquire", "--files"]);
    assert_eq!(column(&json["files"], "path"), ["src/pool.py", "app.py"]);
    assert!(json.get("hits").is_none() && json["files"][0]["score"].is_f64(), "{json}");
    for args in [
        &["acquire", "--kind", "method"][..],
        &["acquire", "--path", "src/**"],
        &["acquire path:src kind:method"],
    ] {
        let json = repo.json(&[&["search", "--lang", "python"], args].concat());
        assert_eq!(column(&json["hits"], "symbol"), ["src/pool.py#Pool.acquire"], "{args:?}");
    }
}

#[test]
fn phrases_and_regular_expressions() {
    let repo = Repo::pool();
    let symbols = |query: &str| column(&repo.json(&["search", query])["hits"], "symbol");
    assert_eq!(symbols("\"lends connections\""), ["src/pool.py#Pool"]);
    assert_eq!(symbols(r"/Pool\(\d\)\.\w+/"), ["app.py#main"]);
    assert_eq!(symbols("conn* -class"), ["src/pool.py#Pool.acquire"]);
}

#[test]
fn nothing_and_what_is_no_query() {
    let repo = Repo::pool();
    let run = repo.run(&["search", "nowhere"]);
    assert!(run.code == Some(1) && run.out.is_empty() && run.err.starts_with("note: "), "{run:?}");
    let run = repo.run(&["search", "nowhere", "--json", "--quiet"]);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert!(
        run.code == Some(1) && json["hits"].as_array().unwrap().is_empty() && json["omitted"] == 0,
        "{json}"
    );
    for (query, why) in [
        ("", "is empty"),
        ("kind:class", "lodemap symbols"),
        ("\"open", "not closed"),
        ("/(/", "unclosed group"),
        ("x1 lang:klingon", "give one of"),
        ("x1 kind:klass", "give one of"),
    ] {
        assert!(repo.fails(2, &["search", query]).contains(why), "{query}");
    }
    assert!(repo.fails(2, &["search", "--", "-foo"]).contains("only excludes"));
    assert!(repo.fails(2, &["search"]).contains("QUERY"));
}

#[test]
fn what_was_written_is_found_the_next_time() {
    let repo = Repo::pool();
    assert_eq!(repo.run(&["search", "frobnicate"]).code, Some(1));
    repo.write("src/new.py", b"def frobnicate():\n    return 1\n");
    assert_eq!(repo.text(&["search", "frobnicate"]), "src/new.py:1  frobnicate\n  1  def frobnicate():\n");
    std::fs::remove_file(repo.root().join("src/new.py")).unwrap();
    assert_eq!(repo.run(&["search", "frobnicate"]).code, Some(1));
}

#[test]
fn no_control_character_reaches_the_reader() {
    let repo = Repo::new(&[("a.py", "x = 'needle \u{1b}[31m\u{202e}'\n"), ("b.py", "needle = 1\n")]);
    for args in [&["search", "needle"][..], &["search", "needle", "--json"]] {
        let run = finish(repo.command(args));
        assert!(run.code == Some(0) && !run.out.contains(['\u{1b}', '\u{202e}']), "{run:?}");
        assert!(run.out.contains("u{202e}"), "{run:?}");
    }
}
