//! Each test that `docs/security.md` names is there.

use std::fs;
use std::path::Path;

/// The files and the names that stand behind each, in a cell such as `` `a/b.rs`: `one`, `two`; `c.rs`: `three` ``.
fn named(cell: &str) -> Vec<(String, Vec<String>)> {
    let files = cell.split(';').map(|part| part.split('`').skip(1).step_by(2).map(str::to_owned));
    files.filter_map(|mut words| Some((words.next()?, words.collect()))).collect()
}

#[test]
fn every_test_that_is_named_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("docs/security.md")).unwrap();
    let mut count = 0;
    for row in page.lines().filter(|line| line.starts_with("| ") && line.contains(".rs`")) {
        let cell = row.trim_end_matches('|').rsplit(" | ").next().unwrap();
        for (file, tests) in named(cell) {
            let text = fs::read_to_string(root.join("crates").join(&file));
            let text = text.unwrap_or_else(|e| panic!("{file}: {e}"));
            assert!(!tests.is_empty(), "{file} stands without a test: {row}");
            for test in tests {
                let is_test = text.contains(&format!("#[test]\nfn {test}()"))
                    || text.contains(&format!("    #[test]\n    fn {test}()"));
                assert!(is_test, "{file} has no test `{test}`");
                count += 1;
            }
        }
    }
    assert!(count > 60, "only {count} tests were found on the page");
}
