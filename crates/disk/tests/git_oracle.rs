//! Does discovery ignore what git ignores? Random trees and ignore files, with git itself as the oracle; and
//! does `explain` agree with `discover` on every path of them?
//!
//! A failure prints its seed; `LODEMAP_SEED=N cargo test` replays it alone.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests build the trees that they look at")]

use lodemap_base::RelPath;
use lodemap_disk::{Options, Root, discover, explain};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// xorshift64*: small, seeded, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }
}

const NAMES: &[&str] = &[
    "a",
    "b",
    "ab",
    "abc",
    "foo",
    "foo.py",
    "bar.py",
    "x.o",
    ".env",
    "a b",
    "{a}",
    "[a]",
    "a*",
    "!a",
    "#a",
    "é",
    "-",
    "^",
    "A",
    "build",
    "a\tb",
    "a ",
    "a\\b",
    "foo.tar.gz",
    "]",
    "1",
];

const ATOMS: &[&str] = &[
    "a",
    "b",
    "ab",
    "foo",
    "foo.py",
    "*",
    "*.py",
    "*.o",
    "?",
    "a?",
    "f*o",
    "[ab]",
    "[!a]",
    "[^a]",
    "[a-c]*",
    "{a}",
    "{a,b}",
    "\\{a\\}",
    "\\[a\\]",
    "a\\*",
    "a b",
    "é",
    "[[:alpha:]]",
    "[[:upper:][:digit:]]",
    "[]-]",
    "[!]a]",
    "[a",
    "a**",
    "**b",
    "***",
    "*.*",
    ".*",
    "build",
    "a\\ ",
    "f\\oo",
    "[\\]]",
    "[^^]",
    "[-^]",
    "[+-9]",
    "*[!/]",
    "[c-a]",
    "[[:nope:]]",
    "?\\?",
    ",",
    "a[",
    "b]",
    "a\tb",
];

fn pattern(dice: &mut Dice) -> String {
    let mut line = String::new();
    match dice.roll(8) {
        0 | 1 => line.push('!'),
        2 => line.push('\\'),
        _ => {}
    }
    if line == "\\" {
        line.push_str(dice.pick(&["!a", "#a"]));
        return line;
    }
    if dice.roll(4) == 0 {
        line.push('/');
    }
    if dice.roll(6) == 0 {
        line.push_str("**/");
    }
    line.push_str(dice.pick(ATOMS));
    for _ in 0..dice.roll(3) {
        line.push_str(if dice.roll(5) == 0 { "/**/" } else { "/" });
        line.push_str(dice.pick(ATOMS));
    }
    line.push_str(dice.pick(&["", "", "", "", "/", "/", "/**", "/*", " ", "  ", "\r", "\t", "\\"]));
    // After a literal beginning git reads `a**/b` against its own manual, as if a component began there.
    line.replace("a**/", "a*/")
}

fn rules(dice: &mut Dice) -> String {
    let mut text = String::from(if dice.roll(12) == 0 { "\u{feff}" } else { "" });
    for _ in 0..=dice.roll(5) {
        match dice.roll(12) {
            0 => text.push_str("# a comment"),
            1 => {}
            _ => text.push_str(&pattern(dice)),
        }
        text.push('\n');
    }
    if dice.roll(4) == 0 {
        text.pop();
    }
    text
}

/// Fills `dir`; returns every file and folder made, relative to the top.
fn grow(dice: &mut Dice, dir: &Path, relative: &str, depth: usize, all: &mut Vec<String>) {
    if dice.roll(3) == 0 {
        fs::write(dir.join(".gitignore"), rules(dice)).unwrap();
        all.push(format!("{relative}.gitignore"));
    }
    for _ in 0..2 + dice.roll(5) {
        let name = dice.pick(NAMES);
        let path = dir.join(name);
        if path.exists() {
            continue;
        }
        all.push(format!("{relative}{name}"));
        if depth < 4 && dice.roll(2) == 0 {
            fs::create_dir(&path).unwrap();
            grow(dice, &path, &format!("{relative}{name}/"), depth + 1, all);
        } else {
            fs::write(&path, "x").unwrap();
        }
    }
}

fn git(top: &Path, global: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("git")
        .args(["-c", &format!("core.excludesFile={}", global.display())])
        .args(arguments)
        .current_dir(top)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .expect("git is installed, for it is the oracle");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

struct Case {
    _dir: tempfile::TempDir,
    top: PathBuf,
    global: PathBuf,
    all: Vec<String>,
}

fn case(seed: u64) -> Case {
    let mut dice = Dice::new(seed);
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().canonicalize().unwrap().join("top");
    fs::create_dir(&top).unwrap();
    let global = dir.path().join("global");
    fs::write(&global, if dice.roll(3) == 0 { rules(&mut dice) } else { String::new() }).unwrap();
    let mut all = Vec::new();
    grow(&mut dice, &top, "", 0, &mut all);
    git(&top, &global, &["init", "-q"]);
    fs::create_dir_all(top.join(".git/info")).unwrap();
    if dice.roll(3) == 0 {
        fs::write(top.join(".git/info/exclude"), rules(&mut dice)).unwrap();
    }
    if dice.roll(3) == 0 {
        let version = dice.pick(&["2", "3", "4"]);
        git(&top, &global, &["config", "index.version", version]);
        for _ in 0..3 {
            let path = &all[dice.roll(all.len())];
            if top.join(path).is_file() {
                git(&top, &global, &["add", "-f", "--", &format!(":(literal){path}")]);
                if dice.roll(4) == 0 {
                    // An extended flag, which only newer formats of the index have.
                    git(&top, &global, &["rm", "-q", "--cached", "-f", "--", &format!(":(literal){path}")]);
                    git(&top, &global, &["add", "-N", "-f", "--", &format!(":(literal){path}")]);
                }
            }
        }
    }
    Case { _dir: dir, top, global, all }
}

fn check(seed: u64) {
    let case = case(seed);
    let listed = git(&case.top, &case.global, &["ls-files", "-coz", "--exclude-standard"]);
    let want: BTreeSet<RelPath> = listed
        .split(|b| *b == 0)
        .filter(|p| !p.is_empty())
        .map(|p| RelPath::from_bytes(p).unwrap())
        .collect();
    let options = Options {
        jobs: 1 + (seed % 3) as usize,
        global_ignore: Some(case.global.clone()),
        skip_hidden: false,
        skip_defaults: false,
        ..Options::default()
    };
    let root = Root::open(&case.top, false).unwrap();
    let got: BTreeSet<RelPath> =
        discover(&root, &options, &|_| {}).files.into_iter().map(|f| f.path).collect();
    let why = |p: &RelPath| {
        let name = p.to_os();
        let git = Command::new("git")
            .args([
                "-c",
                &format!("core.excludesFile={}", case.global.display()),
                "check-ignore",
                "-v",
                "--no-index",
            ])
            .arg(&name)
            .current_dir(&case.top)
            .output()
            .unwrap();
        format!(
            "{:?}\n  git: {}",
            explain(&root, p, &options),
            String::from_utf8_lossy(&git.stdout).trim_end()
        )
    };
    let wrong: Vec<String> = want.symmetric_difference(&got).map(why).collect();
    assert!(wrong.is_empty(), "LODEMAP_SEED={seed} disagrees with git on\n{}", wrong.join("\n"));

    // The same tree under the rules of every day: explain and discover are one.
    for options in [options, Options { global_ignore: Some(case.global.clone()), ..Options::default() }] {
        let found: BTreeSet<RelPath> =
            discover(&root, &options, &|_| {}).files.into_iter().map(|f| f.path).collect();
        for path in &case.all {
            let path = RelPath::from_bytes(path.as_bytes()).unwrap();
            let why = explain(&root, &path, &options);
            assert_eq!(why.indexed, found.contains(&path), "LODEMAP_SEED={seed} {why:?}");
        }
    }
}

#[test]
fn git_agrees() {
    match std::env::var("LODEMAP_SEED") {
        Ok(seed) => check(seed.parse().expect("LODEMAP_SEED is a number")),
        Err(_) => {
            let runs = std::env::var("LODEMAP_RUNS").ok().and_then(|r| r.parse().ok()).unwrap_or(150);
            let failed: Vec<u64> =
                (0..runs).filter(|seed| std::panic::catch_unwind(|| check(*seed)).is_err()).collect();
            assert!(failed.is_empty(), "seeds {failed:?}");
        }
    }
}

#[test]
fn a_folder_inside_a_repository_is_treated_as_there() {
    for seed in 1000..1040 {
        let case = case(seed);
        for sub in case.all.iter().filter(|p| case.top.join(p).is_dir()).take(3) {
            let root = Root::open(&case.top.join(sub), false).unwrap();
            let options = Options {
                global_ignore: Some(case.global.clone()),
                skip_hidden: false,
                skip_defaults: false,
                ..Options::default()
            };
            let whole = Root::open(&case.top, false).unwrap();
            let folder = RelPath::from_bytes(sub.as_bytes()).unwrap();
            if !explain(&whole, &folder, &options).reason.starts_with("a folder") {
                continue; // It is ignored as a whole, but was asked for.
            }
            let inside: Vec<String> = discover(&root, &options, &|_| {})
                .files
                .iter()
                .map(|f| format!("{folder}/{}", f.path))
                .collect();
            let from_top: Vec<String> = discover(&whole, &options, &|_| {})
                .files
                .iter()
                .filter(|f| f.path.is_below(&folder))
                .map(|f| f.path.to_string())
                .collect();
            assert_eq!(inside, from_top, "seed {seed}, {sub:?}");
        }
    }
}

#[test]
fn tracked_files_in_other_forms_of_the_index() {
    let dir = tempfile::tempdir().unwrap();
    let found = |top: &Path| {
        let root = Root::open(top, false).unwrap();
        let found = discover(&root, &Options::default(), &|_| {});
        (found.files.iter().map(|f| f.path.to_string()).collect::<Vec<_>>(), found.problems.len())
    };
    for (name, arguments) in [
        ("sha256", &["init", "-q", "--object-format=sha256"][..]),
        ("split", &["init", "-q"]),
        ("worktree", &["init", "-q"]),
    ] {
        let (top, global) = (dir.path().join(name), Path::new("/dev/null"));
        fs::create_dir_all(top.join("out/sub")).unwrap();
        fs::write(top.join(".gitignore"), "out/\n*.tmp\n").unwrap();
        for file in ["a.py", "b.tmp", "out/kept.py", "out/sub/kept.py", "out/other.py"] {
            fs::write(top.join(file), "x").unwrap();
        }
        git(&top, global, arguments);
        git(&top, global, &["add", "-f", "a.py", "out/kept.py", "out/sub/kept.py"]);
        match name {
            "split" => {
                git(&top, global, &["update-index", "--split-index"]);
                assert_eq!(found(&top), (vec!["a.py".to_owned()], 1), "ignore rules alone, and it says so");
            }
            "worktree" => {
                git(&top, global, &["-c", "user.name=n", "-c", "user.email=e", "commit", "-qm", "m"]);
                git(&top, global, &["worktree", "add", "-q", "../linked"]);
                fs::write(top.join(".git/info/exclude"), "a.py\n/out\n/x.py\n").unwrap();
                let linked = dir.path().join("linked");
                fs::write(linked.join("x.py"), "").unwrap();
                let want = ["a.py", "out/kept.py", "out/sub/kept.py"];
                assert_eq!(found(&linked), (want.map(str::to_owned).to_vec(), 0));
            }
            _ => {
                let want = ["a.py", "out/kept.py", "out/sub/kept.py"];
                assert_eq!(found(&top), (want.map(str::to_owned).to_vec(), 0));
                let root = Root::open(&top, false).unwrap();
                let why = explain(&root, &RelPath::parse("out/kept.py").unwrap(), &Options::default());
                assert!(why.indexed && why.rule.as_deref() == Some("out/"), "{why:?}");
            }
        }
    }
}
