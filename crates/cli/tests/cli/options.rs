//! Options that every command takes: where they may stand, and what they do.

use crate::repo::{Repo, finish};
use lodemap_answers::Tokenizer;

/// Each command with what it needs, and whether its answer depends on nothing but the repository.
const COMMANDS: &[(&[&str], bool)] = &[
    (&["map"], true),
    (&["index"], false),
    (&["symbols", "Pool"], true),
    (&["search", "Pool"], true),
    (&["outline", "src/pool.py"], true),
    (&["deps", "src/pool.py"], true),
    (&["def", "Pool"], true),
    (&["refs", "src/pool.py:1:7"], true),
    (&["callers", "Pool"], true),
    (&["callees", "main", "--depth", "2"], true),
    (&["impact", "src/pool.py"], true),
    (&["status"], false),
    (&["status", "--why", "app.py"], true),
    (&["export", "facts"], true),
    (&["export", "edges"], true),
    (&["export", "dump"], true),
    (&["languages"], true),
    (&["completions", "bash"], true),
    (&["man"], true),
];

#[test]
fn common_options_stand_before_or_after_the_command() {
    let repo = Repo::pool();
    let root = repo.root();
    let options = [
        "-C",
        root.to_str().unwrap(),
        "--json",
        "--tokens",
        "3000",
        "--tokenizer",
        "cl100k",
        "--quiet",
        "--jobs",
        "2",
        "--no-daemon",
        "--no-cache",
        "--allow-root",
    ];
    for (command, repeats) in COMMANDS {
        let before = repo.text(&[&options, *command].concat());
        let after = repo.text(&[*command, &options].concat());
        let mixed = repo.text(&[&options[..5], *command, &options[5..]].concat());
        if *repeats {
            assert_eq!((&after, &mixed), (&before, &before), "{command:?}");
        }
        if command[0] != "export" {
            serde_json::from_str::<serde_json::Value>(&before).unwrap_or_else(|e| panic!("{command:?}: {e}"));
        }
    }
}

#[test]
fn an_option_given_twice_counts_the_last_time() {
    let repo = Repo::pool();
    let text = repo.text(&["map", "--tokens", "40"]);
    assert_eq!(repo.text(&["--tokens", "4000", "map", "--tokens", "40"]), text);
    assert_eq!(repo.text(&["map", "--tokens", "4000", "--tokens", "40"]), text);
    repo.json(&["map", "--json", "--quiet", "--quiet"]);
}

#[test]
fn a_map_is_never_larger_than_its_budget() {
    let repo = Repo::pool();
    for tokenizer in [Tokenizer::O200k, Tokenizer::Cl100k] {
        let name = format!("{tokenizer:?}").to_lowercase();
        for budget in (30..160).step_by(13) {
            let budget_text = budget.to_string();
            let args = ["map", "--tokens", &budget_text, "--tokenizer", &name];
            let text = repo.text(&args);
            assert!(tokenizer.count(&text) <= budget, "{budget}: {text}");
            assert_eq!(repo.json(&args)["tokens"], tokenizer.count(&text), "{budget}: {text}");
        }
    }
}

#[test]
fn lists_are_never_larger_than_their_budget_either() {
    let repo = Repo::pool();
    let all = [
        &["symbols"][..],
        &["search", "pool"],
        &["search", "pool", "--files"],
        &["outline", "src/pool.py"],
        &["deps", "app.py"],
        &["status"],
        &["languages"],
        &["def", "app.py:5"],
        &["refs", "Pool"],
        &["callers", "Pool"],
        &["callees", "main"],
        &["impact", "Pool"],
    ];
    for command in all {
        for budget in ["45", "60", "90"] {
            let text = repo.text(&[command, &["--tokens", budget]].concat());
            let count = Tokenizer::O200k.count(&text);
            assert!(count <= budget.parse().unwrap() && count > 0, "{command:?} --tokens {budget}: {text}");
        }
    }
    let cut = repo.text(&["outline", "src/pool.py", "--tokens", "45"]);
    assert!(cut.ends_with("more; raise --tokens\n"), "{cut}");
    let json = repo.json(&["outline", "src/pool.py", "--tokens", "45"]);
    assert_eq!(json["tokens"], Tokenizer::O200k.count(&cut));
    // Two lines are no definitions: the path, and the last.
    let all = repo.text(&["outline", "src/pool.py"]).lines().count() - 1;
    assert_eq!(json["omitted"], all - (cut.lines().count() - 2), "{cut}");
}

#[test]
fn a_budget_that_leaves_no_room_is_wrong_usage() {
    let repo = Repo::pool();
    for command in [&["map"][..], &["symbols"], &["outline", "app.py"], &["status"]] {
        for budget in ["0", "1"] {
            let message = repo.fails(2, &[command, &["--tokens", budget]].concat());
            assert!(message.contains("give at least"), "{message}");
        }
    }
}

#[test]
fn quiet_leaves_answers_and_errors() {
    let repo = Repo::pool();
    assert_eq!(repo.text(&["map", "--quiet"]), repo.text(&["map"]));
    let run = repo.run(&["symbols", "no_such_thing"]);
    assert!(run.code == Some(1) && run.out.is_empty() && run.err.starts_with("note: "), "{run:?}");
    let run = repo.run(&["symbols", "no_such_thing", "--quiet"]);
    assert!(run.code == Some(1) && run.out.is_empty() && run.err.is_empty(), "{run:?}");
    repo.fails(1, &["outline", "nope.py", "--quiet"]);
}

#[test]
fn nothing_is_coloured_where_colour_is_not_wanted() {
    let repo = Repo::pool();
    for args in [&["map"][..], &["map", "--help"], &["nonsense"], &["outline", "nope.py"]] {
        let mut command = repo.command(args);
        command.env("NO_COLOR", "1");
        let run = finish(command);
        assert!(!run.out.contains('\u{1b}') && !run.err.contains('\u{1b}'), "{run:?}");
    }
}

#[test]
fn wrong_usage_says_what_is_right() {
    let repo = Repo::pool();
    for (args, hint) in [
        (&["frobnicate"][..], "frobnicate"),
        (&["map", "--tokens", "many"], "--tokens"),
        (&["map", "--jobs", "0"], "1..=1024"),
        (&["map", "--tokenizer", "p50k"], "o200k"),
        (&["symbols", "--kind", "klass"], "class"),
        (&["symbols", "--path", "a["], "--path"),
        (&["export", "yaml"], "facts"),
        (&["completions", "tcsh"], "bash"),
        (&["man", "nope"], "symbols"),
        (&["outline"], "PATH"),
        (&["def"], "NAME"),
        (&["def", "app.py:0"], "count from 1"),
        (&["callers", "main", "--depth", "0"], "1..=1000"),
        (&["impact"], "PATH"),
        (&["impact", "--diff=-x"], "revision"),
        (&["impact", "--diff=HEAD..main"], "range"),
        (&["map", ".", "-C", "."], "once"),
        (&["-C", ".", "index", "."], "once"),
    ] {
        let message = repo.fails(2, args);
        assert!(message.contains(hint), "{args:?}: {message}");
    }
    let run = repo.run(&[]);
    assert!(run.code == Some(2) && run.out.is_empty() && run.err.contains("Usage: lodemap"), "{run:?}");
}
