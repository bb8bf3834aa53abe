//! Every marked name of `fixtures/goto` leads where the language says, but for the cases that say they are open.

use std::path::{Path, PathBuf};

use lodemap_testkit::{GotoCase, with_open};

#[test]
fn python() {
    eprintln!("{}", check("python", "main.py", 150));
}

#[test]
fn rust() {
    eprintln!("{}", check("rust", "src/lib.rs", 150));
}

/// Plays all cases of a folder, tells of those that do not do what their titles say, and counts.
///
/// `LODEMAP_CASE=words` plays only the cases with these words in their titles; `LODEMAP_BLESS_OPEN=1` writes into the
/// titles which cases are open.
fn check(folder: &str, path: &str, at_least: usize) -> String {
    let only = std::env::var("LODEMAP_CASE").unwrap_or_default();
    let bless = std::env::var_os("LODEMAP_BLESS_OPEN").is_some();
    let (mut cases, mut questions, mut open, mut report) = (0, 0, 0, Vec::new());
    for file in texts(folder) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).expect("a text can be read");
        let read = GotoCase::parse_all(&text, path).unwrap_or_else(|e| panic!("{folder}/{name}: {e}"));
        let mut failing = Vec::new();
        for case in read.iter().filter(|c| c.title.contains(&only)) {
            cases += 1;
            questions += case.questions();
            let failures = case.failures();
            let fails = !failures.is_empty();
            open += usize::from(case.open && fails);
            if fails {
                failing.push(case.line);
            }
            let place = format!("{folder}/{name}:{} {}", case.line, case.title);
            if case.open && !fails {
                report
                    .push(format!("{place}\n    is open, but passes: LODEMAP_BLESS_OPEN=1 takes note of it"));
            } else if fails && (!case.open || !only.is_empty()) {
                report.push(format!("{place}\n    {}", failures.join("\n    ")));
            }
        }
        if bless && only.is_empty() {
            std::fs::write(&file, with_open(&text, &failing)).expect("a text can be written");
        }
    }
    let counts =
        format!("{folder}: {cases} cases with {questions} names, {open} open, {} not as told", report.len());
    assert!(report.is_empty() || bless, "\n{}\n\n{counts}", report.join("\n"));
    assert!(cases >= at_least || !only.is_empty(), "the cases are not where they should be");
    counts
}

fn texts(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/goto").join(folder);
    let found = std::fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<_> = found.flatten().map(|e| e.path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "txt"));
    paths.sort();
    paths
}
