//! Which files does the repository consist of?
//!
//! Texts of what the checks read, names of everything else.
//! Built output, fetched corpora and git's own folder are not part of the repository.

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::Path;

/// Every file by its path relative to the root, `None` for files that no check reads.
pub(super) struct Tree {
    pub(super) files: BTreeMap<String, Option<String>>,
}

impl Tree {
    pub(super) fn read(root: &Path) -> Result<Tree> {
        let mut tree = Tree { files: BTreeMap::new() };
        tree.read_folder(root, "")?;
        Ok(tree)
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        let entries =
            std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type()?;
            if kind.is_dir() && !is_foreign(&path) {
                self.read_folder(&entry.path(), &format!("{path}/"))?;
            } else if kind.is_file() {
                let text = if is_read(&path) {
                    let bytes = std::fs::read(entry.path()).with_context(|| format!("cannot read {path}"))?;
                    Some(String::from_utf8_lossy(&bytes).into_owned())
                } else {
                    None
                };
                self.files.insert(path, text);
            }
        }
        Ok(())
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.as_deref()
    }

    /// Path and text of all files that are read.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }
}

#[cfg(test)]
impl Tree {
    pub(super) fn of(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree { files: BTreeMap::new() };
        for (path, text) in files {
            tree.add(path, text);
        }
        tree
    }

    pub(super) fn add(&mut self, path: &str, text: &str) {
        self.files.insert(path.to_owned(), Some(text.to_owned()));
    }
}

fn is_foreign(folder: &str) -> bool {
    matches!(folder, ".git" | "target" | "benches/corpora")
}

fn is_read(path: &str) -> bool {
    path.starts_with(".ci/")
        || path == "crates/xtask/tidy-exceptions.txt"
        || path == "crates/xtask/tidy-opens.txt"
        || [".rs", ".md", ".toml", ".sh"].iter().any(|end| path.ends_with(end))
}

/// Is the file, as a whole, test code or test data?
pub(super) fn is_test(path: &str) -> bool {
    path.starts_with("fixtures/") || path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// The lines of a Rust file with their numbers, from 1, without those under `#[cfg(test)]`.
///
/// A test module ends the walk: clippy's `items_after_test_module` sees to it that nothing follows one.
/// Any other item under `#[cfg(test)]` ends with the brace that stands under its first line.
pub(super) fn lines_outside_tests(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    std::iter::from_fn(move || {
        loop {
            let (number, line) = lines.next()?;
            if line.trim() != "#[cfg(test)]" {
                return Some((number, line));
            }
            let item = lines.by_ref().map(|(_, line)| line).find(|line| !line.trim().starts_with("#["))?;
            if item.starts_with("mod ") && item.ends_with('{') {
                return None;
            }
            if !item.ends_with(';') && !item.ends_with('}') {
                let indent = &item[..item.len() - item.trim_start().len()];
                let end = format!("{indent}}}");
                lines.by_ref().find(|(_, line)| line.starts_with(&end))?;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<usize> {
        lines_outside_tests(text).map(|(number, _)| number).collect()
    }

    #[test]
    fn a_test_module_ends_the_file_even_with_braces_in_its_strings() {
        assert_eq!(numbers("use a;\n#[cfg(test)]\nmod tests {\n    r\"\n}\n\";\n}\n"), [1]);
    }

    #[test]
    fn a_test_item_is_left_out_alone() {
        assert_eq!(numbers("#[cfg(test)]\nmod tests;\nfn a() {}\n"), [3]);
        assert_eq!(numbers("#[cfg(test)]\n#[allow(x)]\nfn t() {\n    if a {\n    }\n}\nfn a() {}\n"), [7]);
        assert_eq!(numbers("impl A {\n    #[cfg(test)]\n    fn t() {\n    }\n    fn a() {}\n}\n"), [1, 5, 6]);
    }

    #[test]
    fn built_output_and_corpora_are_not_read() {
        assert!(is_foreign("target") && is_foreign("benches/corpora") && is_foreign(".git"));
        assert!(!is_foreign(".ci") && !is_foreign("crates/cli/src/target"));
    }
}
