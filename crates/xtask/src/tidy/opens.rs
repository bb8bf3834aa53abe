//! Who opens files, and who runs programs?
//!
//! What is in a repository is opened by one function, beneath the root and never through a link. Whatever else opens
//! something is named in a list with its reason, so that no second way grows unseen.

use super::Problem;
use super::sources::has_word;
use super::tree::{Tree, is_test, lines_outside_tests};
use std::collections::BTreeMap;

/// Crates that run on a user's machine and have IO, or could.
const FOLDERS: &[&str] = &[
    "crates/answers/src/",
    "crates/cli/src/",
    "crates/daemon/src/",
    "crates/disk/src/",
    "crates/engine/src/",
    "crates/host/src/",
    "crates/mcp/src/",
    "crates/store/src/",
    "benches/src/",
];

/// What opens a file or a folder, or runs a program.
const WAYS: &[&str] = &[
    "File::open",
    "File::options",
    "File::create",
    "OpenOptions::new",
    "DirBuilder",
    "fs::read",
    "fs::read_to_string",
    "fs::read_dir",
    "fs::read_link",
    "fs::copy",
    "fs::write",
    "fs::hard_link",
    "fs::open",
    "fs::openat",
    "fs::openat2",
    "WalkBuilder",
    "Walk::new",
    "Gitignore::new",
    "Gitignore::global",
    "memfd_create",
    "Command::new",
];

/// Every way is in the list, and the list has no other.
pub(super) fn check(tree: &Tree, list: &str, problems: &mut Vec<Problem>) {
    let mut excused: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (index, line) in tree.text(list).unwrap_or_default().lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let mut parts = line.splitn(3, char::is_whitespace);
        let (path, way) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if parts.next().is_none_or(|reason| reason.trim().is_empty()) {
            let message = "write the path, the way and the reason, one blank between them";
            problems.push(Problem::new(list, index + 1, message));
        }
        excused.insert((path, way), index + 1);
    }
    let mut used: Vec<(&str, &str)> = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| is_watched(path)) {
        for (number, line) in lines_outside_tests(text) {
            let code = line.split("//").next().unwrap_or_default();
            for way in WAYS.iter().filter(|way| has_word(code, way)) {
                if excused.contains_key(&(path, *way)) {
                    used.push((path, way));
                } else {
                    let message = format!(
                        "opens something by `{way}`: read what is in a repository by `Root::read`, or name this place in {list}"
                    );
                    problems.push(Problem::new(path, number, message));
                }
            }
        }
    }
    for ((path, way), line) in excused.into_iter().filter(|(place, _)| !used.contains(place)) {
        let message = format!("`{path}` has no `{way}`: remove the line");
        problems.push(Problem::new(list, line, message));
    }
}

fn is_watched(path: &str) -> bool {
    path.ends_with(".rs") && !is_test(path) && FOLDERS.iter().any(|folder| path.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "opens.txt";

    fn problems(path: &str, text: &str, list: &str) -> Vec<String> {
        let mut problems = Vec::new();
        check(&Tree::of(&[(path, text), (LIST, list)]), LIST, &mut problems);
        problems.iter().map(|p| format!("{}:{}", p.path, p.line)).collect()
    }

    #[test]
    fn another_way_to_a_file_is_found() {
        let host = "crates/host/src/a.rs";
        for code in [
            "let x = std::fs::read(path)?;",
            "let x = fs::read_to_string(path)?;",
            "File::open(path)?;",
            "std::fs::OpenOptions::new().read(true);",
            "rustix::fs::openat2(dir, path, flags, mode, resolve)?;",
            "ignore::WalkBuilder::new(root);",
            "Command::new(\"git\");",
        ] {
            assert_eq!(
                problems(host, &format!("//! A.\n{code}\n"), ""),
                ["crates/host/src/a.rs:2"],
                "{code}"
            );
        }
        for code in ["root.read(&path, max)", "offs::read(x)", "// File::open", "fs::reader()"] {
            assert_eq!(problems(host, code, ""), [""; 0], "{code}");
        }
        assert_eq!(problems("crates/xtask/src/a.rs", "std::fs::read(p)", ""), [""; 0]);
        assert_eq!(problems("crates/host/tests/a.rs", "std::fs::read(p)", ""), [""; 0]);
        assert_eq!(problems(host, "#[cfg(test)]\nmod tests {\n    fs::read(p);\n}\n", ""), [""; 0]);
    }

    #[test]
    fn the_list_excuses_one_way_in_one_file_for_a_reason() {
        let host = "crates/host/src/a.rs";
        let list = "# why\ncrates/host/src/a.rs fs::read the process's own figures\n";
        assert_eq!(problems(host, "fs::read(p)", list), [""; 0]);
        assert_eq!(problems(host, "File::open(p)", list), ["crates/host/src/a.rs:1", "opens.txt:2"]);
        assert_eq!(problems(host, "fs::read(p)", "crates/host/src/a.rs fs::read\n"), ["opens.txt:1"]);
    }
}
