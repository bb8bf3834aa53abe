//! Does every language bring all that a language needs?
//!
//! A folder of `grammars/` whose name opens with `_` holds shared pieces and is no language.

use super::Problem;
use super::tree::Tree;
use std::collections::BTreeMap;

pub(super) fn check(tree: &Tree, problems: &mut Vec<Problem>) {
    let mut languages: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in tree.files.keys() {
        let inside = path.strip_prefix("grammars/").and_then(|rest| rest.split_once('/'));
        if let Some((language, file)) = inside.filter(|(language, _)| !language.starts_with('_')) {
            languages.entry(language).or_default().push(file);
        }
    }
    for (language, files) in languages {
        let lang_toml = format!("grammars/{language}/lang.toml");
        let mut lacks = |what: &str, remedy: &str| {
            problems.push(Problem::new(&lang_toml, 1, format!("the language has no {what}: {remedy}")));
        };
        if !files.contains(&"lang.toml") {
            lacks("lang.toml", "say its name, its file names and its parser");
        }
        if !files.contains(&"rules.toml") {
            lacks("rules.toml", "say what declares, uses and imports");
        }
        if !files.iter().any(|file| file.starts_with("tests/")) {
            lacks("sample in tests/", "add one real source file with assertions");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(paths: &[&str]) -> Vec<String> {
        let files: Vec<_> = paths.iter().map(|path| (*path, "")).collect();
        let mut problems = Vec::new();
        check(&Tree::of(&files), &mut problems);
        problems.iter().map(Problem::to_string).collect()
    }

    #[test]
    fn a_complete_language_passes() {
        let go = ["grammars/go/lang.toml", "grammars/go/rules.toml", "grammars/go/tests/basic.go"];
        assert_eq!(problems_of(&go), [""; 0]);
        assert_eq!(problems_of(&["grammars/README.md", "grammars/_ecma/rules.toml"]), [""; 0]);
    }

    #[test]
    fn each_missing_piece_is_named() {
        let all = ["grammars/go/lang.toml", "grammars/go/rules.toml", "grammars/go/tests/basic.go"];
        for (missing, part) in all.iter().zip(["no lang.toml", "no rules.toml", "no sample"]) {
            let rest: Vec<_> = all.iter().copied().filter(|path| path != missing).collect();
            let problems = problems_of(&rest);
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(problems[0].contains(part), "{problems:?}");
        }
    }
}
