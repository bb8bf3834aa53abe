//! Do the files keep the rules about what they contain?
//!
//! Headers, lengths, the lint of pure crates, who opens files, and paths that exist on one machine only.

use super::Problem;
use super::edges::Crate;
use super::table::{Io, Row};
use super::tree::{Tree, is_test, lines_outside_tests};
use std::collections::BTreeMap;

/// Beyond this many lines, a file needs a reason.
const LONGEST: usize = 800;

/// Every module says in its first line what it is for.
pub(super) fn check_headers(tree: &Tree, problems: &mut Vec<Problem>) {
    for (path, text) in tree.texts().filter(|(path, _)| is_module(path)) {
        let first = text.lines().next().unwrap_or_default();
        let says = first.strip_prefix("//!").map(str::trim);
        if says.is_none_or(|says| says.is_empty() || says == "placeholder") {
            problems.push(Problem::new(
                path,
                1,
                "does not open with a `//!` header: say which question the module answers",
            ));
        }
    }
}

fn is_module(path: &str) -> bool {
    let in_crate = |rest: &str| rest.split_once('/').is_some_and(|(_, file)| file.starts_with("src/"));
    path.ends_with(".rs")
        && (path.starts_with("benches/src/") || path.strip_prefix("crates/").is_some_and(in_crate))
}

/// No file is longer than [`LONGEST`] lines, unless the exceptions say why.
pub(super) fn check_lengths(tree: &Tree, exceptions: &str, problems: &mut Vec<Problem>) {
    let mut excused: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, line) in tree.text(exceptions).unwrap_or_default().lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (path, reason) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        if reason.trim().is_empty() {
            let message = format!("`{path}` is excused without a reason: write it behind the path");
            problems.push(Problem::new(exceptions, index + 1, message));
        }
        excused.insert(path, index + 1);
    }
    for (path, text) in
        tree.texts().filter(|(path, _)| path.ends_with(".rs") && !path.starts_with("fixtures/"))
    {
        let lines = text.lines().count();
        if lines > LONGEST && excused.remove(path).is_none() {
            let message = format!(
                "is {lines} lines long, {LONGEST} are allowed: cut it by subject, or give the reason in {exceptions}"
            );
            problems.push(Problem::new(path, LONGEST + 1, message));
        }
    }
    for (path, line) in excused {
        let message = format!("`{path}` needs no exception: remove the line");
        problems.push(Problem::new(exceptions, line, message));
    }
}

/// Crates without IO switch on the lint that keeps them so.
pub(super) fn check_pure_lint(crates: &[Crate], table: &[Row], tree: &Tree, problems: &mut Vec<Problem>) {
    for item in crates.iter().filter(|item| io_of(item, table) == Some(Io::No)) {
        let path = format!("{}/src/lib.rs", item.folder);
        let text = tree.text(&path).unwrap_or_default();
        if !text.lines().any(|line| line.starts_with("#![warn(clippy::disallowed_methods")) {
            let message = format!(
                "`{}` is listed as free of IO: add `#![warn(clippy::disallowed_methods, clippy::disallowed_types)]`",
                item.name
            );
            problems.push(Problem::new(&path, 1, message));
        }
    }
}

/// Only crates with IO name the file system; tests may.
pub(super) fn check_file_access(crates: &[Crate], table: &[Row], tree: &Tree, problems: &mut Vec<Problem>) {
    for item in crates.iter().filter(|item| matches!(io_of(item, table), Some(Io::No | Io::Through))) {
        let folder = format!("{}/src/", item.folder);
        for (path, text) in
            tree.texts().filter(|(path, _)| path.starts_with(&folder) && path.ends_with(".rs"))
        {
            if is_test(path) {
                continue;
            }
            for line in file_access(text) {
                let message = format!(
                    "touches the file system, which `{}` may not: take bytes from the caller",
                    item.name
                );
                problems.push(Problem::new(path, line, message));
            }
        }
    }
}

fn io_of(item: &Crate, table: &[Row]) -> Option<Io> {
    table.iter().find(|row| row.name == item.name).map(|row| row.io)
}

/// The lines of a Rust text that name the file system, outside comments and tests.
fn file_access(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut in_use_std = false;
    for (number, line) in lines_outside_tests(text) {
        let code = line.split("//").next().unwrap_or_default();
        in_use_std |= code.contains("use std::{");
        let named =
            ["std::fs", "File::open", "File::create", "OpenOptions"].iter().any(|name| has_word(code, name));
        if named || (in_use_std && has_word(code, "fs")) {
            found.push(number);
        }
        in_use_std &= !code.contains(';');
    }
    found
}

/// Is the word in the line, not as a part of a longer one?
pub(super) fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(is_part) && !line[at + word.len()..].starts_with(is_part))
}

/// Nothing names a folder that exists on one machine only.
pub(super) fn check_machine_paths(tree: &Tree, problems: &mut Vec<Problem>) {
    for (path, text) in tree.texts().filter(|(path, _)| !is_test(path)) {
        let lines: Box<dyn Iterator<Item = (usize, &str)>> = if path.ends_with(".rs") {
            Box::new(lines_outside_tests(text))
        } else {
            Box::new(text.lines().enumerate().map(|(index, line)| (index + 1, line)))
        };
        for (number, _) in lines.filter(|(_, line)| names_machine_path(line)) {
            let message = "names a path of one machine: write it relative to the repository or to `~`";
            problems.push(Problem::new(path, number, message));
        }
    }
}

fn names_machine_path(line: &str) -> bool {
    // Without their last slash, so that this file passes its own check.
    ["/root", "/home", "/Users"].iter().any(|folder| {
        line.match_indices(folder).any(|(at, _)| {
            let inside = line[..at].ends_with(|c: char| c.is_alphanumeric() || "_-./~}$*>".contains(c));
            !inside && line[at + folder.len()..].starts_with('/')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{edges, table};
    use std::path::Path;

    const LIST: &str = "exceptions.txt";

    fn lines_of(problems: &[Problem]) -> Vec<String> {
        problems.iter().map(|problem| format!("{}:{}", problem.path, problem.line)).collect()
    }

    #[test]
    fn modules_need_a_header_that_says_something() {
        let tree = Tree::of(&[
            ("crates/a/src/good.rs", "//! What?\n"),
            ("crates/a/src/deep/bare.rs", "use std::fmt;\n"),
            ("crates/a/src/empty.rs", ""),
            ("crates/a/src/mute.rs", "//!\n"),
            ("crates/a/src/todo.rs", "//! placeholder\n"),
            ("crates/a/tests/it.rs", "use a::b;\n"),
            ("crates/a/build.rs", "fn main() {}\n"),
            ("benches/src/late.rs", "\n//! What?\n"),
        ]);
        let mut problems = Vec::new();
        check_headers(&tree, &mut problems);
        assert_eq!(
            lines_of(&problems),
            [
                "benches/src/late.rs:1",
                "crates/a/src/deep/bare.rs:1",
                "crates/a/src/empty.rs:1",
                "crates/a/src/mute.rs:1",
                "crates/a/src/todo.rs:1"
            ]
        );
    }

    fn length_problems(lines: usize, list: &str) -> Vec<String> {
        let text = "x\n".repeat(lines);
        let mut problems = Vec::new();
        check_lengths(&Tree::of(&[("crates/a/src/lib.rs", &text), (LIST, list)]), LIST, &mut problems);
        lines_of(&problems)
    }

    #[test]
    fn long_files_need_a_reason() {
        assert_eq!(length_problems(800, ""), [""; 0]);
        assert_eq!(length_problems(801, ""), ["crates/a/src/lib.rs:801"]);
        assert_eq!(length_problems(801, "# list\ncrates/a/src/lib.rs  one flat table\n"), [""; 0]);
        assert_eq!(length_problems(801, "crates/a/src/lib.rs\n"), ["exceptions.txt:1"]);
    }

    #[test]
    fn exceptions_that_excuse_nothing_are_problems() {
        assert_eq!(length_problems(800, "\ncrates/a/src/lib.rs why\n"), ["exceptions.txt:2"]);
        assert_eq!(length_problems(1, "crates/a/src/gone.rs why\n"), ["exceptions.txt:1"]);
    }

    /// Problems of a crate `a` with the given IO cell and text.
    fn io_problems(io: &str, path: &str, text: &str) -> (usize, Vec<usize>) {
        let metadata = r#"{"packages": [{"name": "lodemap-a", "manifest_path": "/r/crates/a/Cargo.toml", "dependencies": []}]}"#;
        let crates = edges::crates(metadata, Path::new("/r")).unwrap();
        let mut problems = Vec::new();
        let rows = format!("| crate | may use | IO |\n|---|---|---|\n| a | – | {io} |\n");
        let table = table::parse("t.md", &rows, &mut problems);
        let tree = Tree::of(&[(path, text)]);
        check_pure_lint(&crates, &table, &tree, &mut problems);
        let lints = problems.len();
        check_file_access(&crates, &table, &tree, &mut problems);
        (lints, problems[lints..].iter().map(|problem| problem.line).collect())
    }

    #[test]
    fn pure_crates_switch_the_lint_on() {
        let lib = "crates/a/src/lib.rs";
        assert_eq!(io_problems("no", lib, "//! A.\n").0, 1);
        assert_eq!(io_problems("no", lib, "//! A.\n// #![warn(clippy::disallowed_methods)]\n").0, 1);
        assert_eq!(io_problems("no", lib, "//! A.\n#![warn(clippy::disallowed_methods, x)]\n").0, 0);
        assert_eq!(io_problems("no", "crates/a/src/main.rs", "//! A.\n").0, 1);
        for io in ["yes", "via x", "–"] {
            assert_eq!(io_problems(io, lib, "//! A.\n").0, 0);
        }
    }

    #[test]
    fn only_crates_with_io_open_files() {
        let text = "use std::fs;\nfn f() { std::fs::read(p); }\nfn g() { File::open(p); }\n// std::fs\n";
        let lib = "crates/a/src/lib.rs";
        assert_eq!(io_problems("no", lib, text).1, [1, 2, 3]);
        assert_eq!(io_problems("via x", lib, text).1, [1, 2, 3]);
        assert_eq!(io_problems("yes", lib, text).1, [0; 0]);
        assert_eq!(io_problems("–", lib, text).1, [0; 0]);
        assert_eq!(io_problems("no", "crates/a/tests/it.rs", text).1, [0; 0]);
        assert_eq!(io_problems("no", "crates/a/src/tests.rs", text).1, [0; 0]);
        assert_eq!(io_problems("no", lib, "#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n").1, [0; 0]);
    }

    #[test]
    fn grouped_imports_are_seen() {
        assert_eq!(file_access("use std::{fs, io};\n"), [1]);
        assert_eq!(file_access("use std::{\n    fmt,\n    fs::File,\n};\nlet fs = 1;\n"), [3]);
        assert_eq!(file_access("use std::fmt;\nlet fs = offset; Profile::open(x);\n"), [0; 0]);
    }

    fn machine_path_problems(path: &str, text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        check_machine_paths(&Tree::of(&[(path, text)]), &mut problems);
        lines_of(&problems)
    }

    #[test]
    fn machine_paths_are_found_wherever_they_stand() {
        assert_eq!(machine_path_problems("a.md", "ok\nsee `/home/me/x`\n"), ["a.md:2"]);
        assert_eq!(machine_path_problems("b.sh", "cd /Users/x\n"), ["b.sh:1"]);
        assert_eq!(
            machine_path_problems("crates/a/src/lib.rs", "/// In /home/x.\n"),
            ["crates/a/src/lib.rs:1"]
        );
    }

    #[test]
    fn paths_that_only_look_alike_pass() {
        assert_eq!(
            machine_path_problems("a.md", "refuses `/root` and `/home`\nsrc/home/x ~/home/y\n"),
            [""; 0]
        );
        assert_eq!(machine_path_problems("crates/a/tests/it.rs", "\"/home/x\"\n"), [""; 0]);
        let inline = "fn f() {}\n#[cfg(test)]\nmod tests {\n    const P: &str = \"/home/x\";\n}\n";
        assert_eq!(machine_path_problems("crates/a/src/lib.rs", inline), [""; 0]);
    }
}
