//! A small repository with a truth made by hand, and what must come of it.

use super::*;
use lodemap_graph::{Choice, Rule};
use score::{EdgeJudged, Tally};

/// Path, line, column, name; path and line of the definition; rule, number of candidates.
type Short<'s> = (&'s str, u32, u32, &'s str, &'s str, u32, &'s str, usize);

fn rows(list: &[Short<'_>]) -> Vec<Row> {
    let row = |&(path, line, col, name, def_path, def_line, rule, candidates): &Short<'_>| Row {
        path: path.into(),
        line,
        col,
        name: name.into(),
        def_path: def_path.into(),
        def_line,
        rule: rule.into(),
        candidates,
    };
    list.iter().map(row).collect()
}

fn truth() -> Truth {
    serde_json::from_str(
        r#"{"lang": "python", "source": "o+n", "commit": "0", "files": ["a.py", "b.py"],
            "refs": [
                ["a.py", 1, 7, "b", "b.py", 1, "module", 0, []],
                ["a.py", 2, 0, "f", "b.py", 3, "function", 1, [["b.py", 5]]],
                ["a.py", 2, 4, "f", "b.py", 3, "function", 0, []],
                ["a.py", 3, 0, "g", "b.py", 9, "method", 1, []],
                ["a.py", 4, 0, "x", "a.py", 4, "local", 0, []],
                ["a.py", 5, 0, "y", "a.py", 4, "param", 1, []],
                ["a.py", 6, 0, "z", "a.py", 4, "local", 0, []]],
            "external": [["a.py", 8, 0, "print"], ["a.py", 9, 0, "len"]],
            "file_edges": [["a.py", "b.py"], ["b.py", "a.py"]]}"#,
    )
    .unwrap()
}

fn tally(right: u32, wrong: u32, want: u32) -> Tally {
    Tally { right, wrong, want, any: right }
}

#[test]
fn places_are_scored_as_the_scorer_does_that_came_with_the_truth() {
    let scored = score::score(
        &truth(),
        &rows(&[
            // A module is its file, whatever the line.
            ("a.py", 1, 8, "b", "b.py", 7, "module-path", 1),
            // A definition that is as good.
            ("a.py", 2, 1, "f", "b.py", 5, "import", 1),
            // No place at this column: the nearest of the same name.
            ("a.py", 2, 4, "f", "b.py", 3, "scope", 1),
            // The first is scored, and wrong; the second would have been right.
            ("a.py", 3, 1, "g", "a.py", 9, "name", 2),
            ("a.py", 3, 1, "g", "b.py", 9, "name", 2),
            // A local name: right, then wrong as a call into another file.
            ("a.py", 4, 1, "x", "a.py", 4, "scope", 1),
            ("a.py", 5, 1, "y", "b.py", 4, "member", 1),
            // An external name, pointed into another file and into its own.
            ("a.py", 8, 1, "print", "b.py", 1, "glob", 1),
            ("a.py", 9, 1, "len", "a.py", 1, "glob", 1),
            // The truth is silent; but the file is said to depend on one that it does not know.
            ("a.py", 20, 1, "q", "c.py", 1, "glob", 1),
        ]),
        |path, line| match (path, line) {
            ("b.py", 9) => Some("def agg(): pass".into()),
            ("a.py", 4) => Some("x = y = 1".into()),
            _ => None,
        },
    );
    let expected = [
        ("calls", tally(1, 2, 2)),
        ("cross", tally(3, 3, 4)),
        ("files", tally(1, 0, 2)),
        ("global", tally(3, 4, 4)),
        ("kind:function", tally(2, 0, 2)),
        ("kind:method", Tally { any: 1, ..tally(0, 1, 1) }),
        ("kind:module", tally(1, 0, 1)),
        ("local", tally(1, 1, 3)),
    ];
    let found: Vec<(&str, Tally)> = scored.scopes.iter().map(|(k, v)| (&**k, *v)).collect();
    let without_any = |list: &[(&str, Tally)]| -> Vec<(String, Tally)> {
        list.iter().map(|(k, t)| ((*k).to_owned(), Tally { any: 0, ..*t })).collect()
    };
    assert_eq!(without_any(&found), without_any(&expected));
    assert_eq!(scored.scopes["global"].any, 4);
    assert_eq!((scored.rows, scored.unjudged), (10, 1));
    assert_eq!((scored.wrong_on_local, scored.wrong_on_external), (1, 2));
    let edge = |rule, choice, right, scored| EdgeJudged { rule, choice, right, scored, doubtful: false };
    assert_eq!(
        scored.edges[2..6],
        [
            edge(Rule::Scope, Choice::Only, true, true),
            EdgeJudged { doubtful: true, ..edge(Rule::Name, Choice::FirstOfTwo, false, true) },
            EdgeJudged { doubtful: true, ..edge(Rule::Name, Choice::LaterOfTwo, true, false) },
            edge(Rule::Scope, Choice::Only, true, false),
        ]
    );
}

fn edges(rule: Rule, choice: Choice, judged: usize, right: usize) -> Vec<EdgeJudged> {
    (0..judged)
        .map(|n| EdgeJudged { rule, choice, right: n < right, scored: true, doubtful: false })
        .collect()
}

#[test]
fn one_repository_outweighs_no_other() {
    let mut counts = Counts::default();
    counts.add("python", &edges(Rule::Member, Choice::Only, 5_000, 4_500));
    counts.add("python", &edges(Rule::Member, Choice::Only, 500, 500));
    let calibration = Calibration::parse(&calibrate::table(&counts)).unwrap();
    let p = calibration.of("python").of(Rule::Member, Choice::Only).per_mille;
    assert!((945..955).contains(&p), "the mean of .9 and 1, not of the edges: {p}");
}

#[test]
fn the_table_says_more_the_more_was_judged() {
    let mut counts = Counts::default();
    counts.add("python", &edges(Rule::Scope, Choice::Only, 998, 998));
    counts.add("python", &edges(Rule::Member, Choice::LaterOfTwo, 98, 98));
    counts.add("rust", &edges(Rule::Member, Choice::LaterOfTwo, 98, 0));
    counts.add("rust", &edges(Rule::Glob, Choice::Only, 2, 2));
    let calibration = Calibration::parse(&calibrate::table(&counts)).unwrap();
    let p = |lang, rule, choice| calibration.of(lang).of(rule, choice).per_mille;
    assert_eq!(p("python", Rule::Scope, Choice::Only), 1000);
    // Two of two, when nine of ten were expected: not yet a fact.
    assert_eq!(p("rust", Rule::Glob, Choice::Only), 974);
    assert_eq!(p("any", Rule::Glob, Choice::Only), 949);
    // Other candidates are as good in one language and none in the other, whatever the rule.
    assert_eq!(p("python", Rule::Field, Choice::LaterOfTwo), 972);
    assert_eq!(p("rust", Rule::Field, Choice::LaterOfTwo), 28);
    assert_eq!(p("go", Rule::Field, Choice::LaterOfTwo), 500);
    // What was never judged.
    assert_eq!(p("go", Rule::Package, Choice::Only), 900);
}

#[test]
fn a_repository_is_not_judged_by_itself() {
    let judged = |name: &str, lang: &str, right| Judged {
        name: name.into(),
        lang: lang.into(),
        commit: String::new(),
        scored: Scored { edges: edges(Rule::Scope, Choice::Only, 300, right), ..Scored::default() },
    };
    let all = [judged("a", "python", 300), judged("b", "python", 240), judged("c", "rust", 300)];
    let held_out = calibrate::held_out(&all).unwrap();
    assert_eq!(held_out.iter().map(|h| &*h.name).collect::<Vec<_>>(), ["a", "b"]);
    // Of b's three hundred 240 are right, which is what is said of a's.
    assert!((held_out[0].error() - 0.2).abs() < 0.01, "{}", held_out[0].error());
    assert_eq!(held_out[0].largest().unwrap().0, lodemap_graph::Tier::Constrained);
    assert!((held_out[1].error() - 0.2).abs() < 0.01, "{}", held_out[1].error());
}

/// What `a.py` and `b.py` of [`workspace`] mean, compressed by xz.
const TRUTH: &[u8] = &[
    253, 55, 122, 88, 90, 0, 0, 4, 230, 214, 180, 70, 2, 0, 33, 1, 22, 0, 0, 0, 116, 47, 229, 163, 224, 1, 3,
    0, 152, 93, 0, 61, 136, 137, 134, 84, 63, 212, 65, 151, 228, 248, 31, 164, 224, 82, 66, 85, 220, 87, 43,
    109, 46, 28, 91, 2, 78, 96, 152, 80, 153, 144, 4, 115, 205, 182, 25, 191, 67, 125, 140, 147, 20, 193, 56,
    20, 221, 206, 183, 197, 25, 112, 36, 182, 183, 255, 145, 87, 135, 159, 25, 236, 9, 98, 133, 85, 48, 146,
    188, 213, 10, 181, 138, 236, 124, 153, 61, 49, 226, 94, 248, 11, 63, 100, 177, 90, 229, 172, 183, 187,
    220, 109, 126, 217, 189, 60, 168, 117, 182, 139, 201, 125, 183, 131, 22, 107, 81, 155, 6, 182, 99, 76,
    211, 255, 19, 206, 115, 8, 227, 70, 82, 81, 2, 70, 28, 244, 64, 228, 5, 55, 209, 18, 51, 133, 122, 140,
    182, 231, 116, 119, 59, 149, 193, 129, 122, 202, 233, 143, 240, 102, 177, 225, 0, 0, 27, 7, 236, 183, 5,
    183, 117, 238, 0, 1, 180, 1, 132, 2, 0, 0, 12, 89, 209, 30, 177, 196, 103, 251, 2, 0, 0, 0, 0, 4, 89, 90,
];

/// A workspace with a document, a truth about one repository, and its tree.
fn workspace() -> (tempfile::TempDir, Resolve) {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, bytes: &[u8]| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    write("eval/resolve/truth/small.json.xz", TRUTH);
    write("src/small/a.py", b"import b\nb.f()\n");
    write("src/small/b.py", b"def f(): pass\n");
    write("crates/graph/calibration.toml", b"");
    let document = report::replaced(&format!("# R\n{}{}\nend\n", report::BEGIN, report::END), "old\n");
    write("docs/resolution.md", document.unwrap().as_bytes());
    let args = Resolve {
        eval: Some(dir.path().join("eval")),
        mirrors: None,
        src: Some(dir.path().join("src")),
        check: false,
        only: vec![],
    };
    (dir, args)
}

#[test]
fn what_is_measured_is_written_and_then_checked() {
    let (dir, mut args) = workspace();
    args.check = true;
    assert!(resolve(dir.path(), &args).unwrap() == Outcome::Problems);
    args.check = false;
    assert!(resolve(dir.path(), &args).unwrap() == Outcome::Clean);
    let document = fs::read_to_string(dir.path().join(DOCUMENT)).unwrap();
    let row = "| python | small | 0123456789 | 1.000 / 1.000 / 1.000 | 1.000 / 1.000 / 1.000 |";
    assert!(document.contains(row) && !document.contains("old"), "{document}");
    assert!(document.starts_with("# R\n") && document.ends_with("\nend\n"), "{document}");
    let table = fs::read_to_string(dir.path().join(TABLE)).unwrap();
    assert!(table.contains("[python.member]\nonly = { judged = 1, right = 1, p = "), "{table}");
    args.check = true;
    assert!(resolve(dir.path(), &args).unwrap() == Outcome::Clean);
    args.only = vec!["other".into()];
    let error = resolve(dir.path(), &args).err().unwrap().to_string();
    assert_eq!(error, "there is no truth about other; there is about small");
}

#[test]
fn every_rule_is_explained() {
    let document = fs::read_to_string(crate::workspace_root().join(DOCUMENT)).unwrap();
    let by_hand = document.split_once(report::BEGIN).unwrap().0;
    for rule in Rule::ALL {
        assert!(
            by_hand.contains(&format!("| `{}` |", rule.as_str())),
            "{} is not in {DOCUMENT}",
            rule.as_str()
        );
    }
}
