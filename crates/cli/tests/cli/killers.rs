//! Files on which released grammars abort, hang or take all memory, and many that look as if they might.
//!
//! `fixtures/killers` says how each is made; here they are made, and the rest of the repository is asked for.

use crate::repo::{Repo, column};

const LANGUAGES: &[(&str, &str, &str)] = &[
    ("py", "", "\n"),
    ("rs", "fn f() { ", " }\n"),
    ("js", "function f() { ", " }\n"),
    ("ts", "function f() { ", " }\n"),
    ("tsx", "function f() { ", " }\n"),
    ("go", "package p\nfunc f() { ", " }\n"),
    ("c", "int f(void) { ", " }\n"),
];

/// A recipe: what comes first, again and again, in the middle, and again and again at the end.
struct Recipe {
    name: &'static str,
    first: String,
    open: String,
    middle: String,
    close: String,
}

/// Reads `fixtures/killers/recipes.txt`.
fn recipes() -> Vec<Recipe> {
    let text = include_str!("../../../../fixtures/killers/recipes.txt");
    let lines = text.lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
    let recipe = |line: &'static str| {
        let mut parts = line.split('\t');
        let name = parts.next().unwrap();
        let mut next = || parts.next().unwrap_or_default().replace("\\n", "\n").replace("\\0", "\0");
        Recipe { name, first: next(), open: next(), middle: next(), close: next() }
    };
    lines.map(recipe).collect()
}

/// A file after a recipe, with so many turns; short lines at its end keep it from being taken for data.
fn cook(r: &Recipe, turns: usize, (_, before, after): (&str, &str, &str)) -> String {
    let body = format!("{}{}{}{}", r.first, r.open.repeat(turns), r.middle, r.close.repeat(turns));
    let lines = "\n".repeat(body.len() / 200 + 2);
    format!("{before}{body}{after}{lines}")
}

#[test]
fn nothing_of_the_corpus_ends_the_process_and_all_else_is_indexed() {
    let repo = Repo::pool();
    let mut count = 0;
    for recipe in recipes() {
        for language in LANGUAGES {
            // As many as no rule of the content objects to.
            let path = format!("bad/{}.{}", recipe.name, language.0);
            repo.write(&path, cook(&recipe, 1_400, *language).as_bytes());
            count += 1;
        }
    }
    let status = repo.json(&["status"]);
    assert_eq!(status["files"].as_u64(), Some(3 + count), "all are known, if only by name");
    assert_eq!(column(&repo.json(&["symbols", "acquire"])["symbols"], "path"), ["src/pool.py"]);
    assert_eq!(repo.json(&["index"])["parsed"], 0);
    assert!(repo.text(&["verify", "--no-cache"]).contains("equal to a build from scratch"));
}

/// Ways past the rules of the content that were found in the grammars of this release: each in a worker that may take
/// little, since all that differs is how long it takes to say so.
#[cfg(debug_assertions)]
#[test]
fn killers_that_no_rule_knows_are_named() {
    let killers =
        [("comment", "py", "memory"), ("comment-open", "c", "time"), ("comment-open", "go", "time")];
    let repo = Repo::pool();
    let recipes = recipes();
    for (name, ext, _) in killers {
        let recipe = recipes.iter().find(|r| r.name == name).unwrap();
        let language = LANGUAGES.iter().find(|l| l.0 == ext).unwrap();
        repo.write(&format!("bad/{name}.{ext}"), cook(recipe, 20_000, *language).as_bytes());
    }
    let mut command = repo.command(&["status", "--json"]);
    command.env("LODEMAP_FAULTS", "2");
    let run = crate::repo::finish(command);
    assert_eq!(run.code, Some(0), "{run:?}");
    let status: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let reasons = column(&status["quarantined"], "reason");
    assert_eq!(
        column(&status["quarantined"], "path"),
        ["bad/comment-open.c", "bad/comment-open.go", "bad/comment.py"],
        "{status}"
    );
    assert!(reasons.iter().all(|r| r.contains("took longer") || r.contains("needed more")), "{reasons:?}");
    assert_eq!(column(&repo.json(&["symbols", "acquire"])["symbols"], "path"), ["src/pool.py"]);
}

/// The killer that needs no more than a screen of code in each of its lines, past the rule that knows it.
#[test]
fn six_hundred_levels_of_indentation() {
    let repo = Repo::pool();
    let nested: String = (0..600).map(|i| format!("{}if 1:\n", " ".repeat(i))).collect();
    repo.write("nested.py", format!("{nested}{}'a'\n", " ".repeat(600)).as_bytes());
    assert_eq!(column(&repo.json(&["status"])["quarantined"], "path"), ["nested.py"]);
    assert_eq!(column(&repo.json(&["symbols", "acquire"])["symbols"], "path"), ["src/pool.py"]);
}
