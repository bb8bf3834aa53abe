//! What a change reaches.

use crate::find::subject;
use crate::settled;
use insta::assert_snapshot;
use lodemap_answers::{ImpactAnswer, ImpactOptions, impact};
use lodemap_testkit::Fixture;

const LAYERS: &str = "
//- core.py
LIMIT = 3

class Store:
    size = 0

    def load(self):
        return self.read()

    def read(self):
        return LIMIT

def helper():
    return Store()
//- api.py
from core import Store, helper
def serve():
    return helper()
class Cache(Store):
    pass
//- cli.py
import api
def main():
    api.serve()
//- alone.py
def nothing():
    pass
//- tests/test_api.py
from api import serve
def test_serve():
    assert serve()
//- tests/test_core.py
from core import helper
def test_helper():
    assert helper()
//- lib.rs
/// Doubles.
///
/// Always.
pub fn twice(n: u32) -> u32 { n * 2 }
#[cfg(test)]
mod tests {
    #[test]
    fn it_doubles() { assert_eq!(super::twice(2), 4); }
}
";

fn ask(subjects: &[&str], diff: Option<&str>, depth: u32) -> ImpactAnswer {
    let snapshot = Fixture::parse(LAYERS).snapshot();
    let subjects = subjects.iter().map(|s| subject(&snapshot, s).unwrap()).collect();
    impact(
        &snapshot,
        &ImpactOptions { subjects, diff: diff.map(Into::into), depth, limit: 0, ..Default::default() },
    )
    .unwrap()
}

fn changed(diff: &str) -> Vec<String> {
    ask(&[], Some(diff), 0).changed
}

#[test]
fn dependants_by_distance_and_tests_nearest_first() {
    assert_snapshot!(ask(&["helper"], None, 1).text(), @r#"
    changed:
      core.py#helper
    tests to run:
      tests/test_core.py
    affected:
      1  api.py  (resolved)
      1  api.py#serve  (resolved)
      1  tests/test_core.py  (resolved)
      1  tests/test_core.py#test_helper  (resolved)
    "#);
    let far = ask(&["helper"], None, 3);
    assert!(far.affected.is_sorted_by_key(|a| a.distance));
    // Within a distance the surest are first; which those are follows from measurements.
    let mut lines: Vec<String> = settled(&far.text()).lines().map(str::to_owned).collect();
    let first = lines.iter().position(|line| line == "affected:").unwrap() + 1;
    lines[first..].sort();
    assert_snapshot!(lines.join("\n"), @r#"
    changed:
      core.py#helper
    tests to run:
      tests/test_core.py
      tests/test_api.py
    affected:
      1  api.py  (sure)
      1  api.py#serve  (sure)
      1  tests/test_core.py  (sure)
      1  tests/test_core.py#test_helper  (sure)
      2  cli.py  (sure)
      2  cli.py#main  (sure)
      2  tests/test_api.py  (sure)
      2  tests/test_api.py#test_serve  (sure)
    "#);
    assert_snapshot!(ask(&["alone.py"], None, 3).text(), @r#"
    changed:
      alone.py
    tests to run: nothing
    affected: nothing
    "#);
}

#[test]
fn a_type_changes_with_all_that_is_in_it() {
    let of_type = ask(&["Store"], None, 1);
    let ids: Vec<&str> = of_type.affected.iter().map(|a| a.id.as_str()).collect();
    assert!(ids.contains(&"api.py#Cache") && ids.contains(&"core.py#helper"), "{ids:?}");
    assert!(!ids.iter().any(|id| id.starts_with("core.py#Store")), "nothing affects itself: {ids:?}");
    assert_eq!(ask(&["core.py:10"], None, 1).changed, ["core.py#Store.read"]);
    let of_method = ask(&["Store.read"], None, 1);
    assert_eq!(of_method.affected[0].id, "core.py#Store.load");
}

#[test]
fn tests_in_the_file_itself_are_found_by_their_mark() {
    let answer = ask(&["twice"], None, 1);
    assert_eq!(answer.tests.iter().map(|t| t.as_str()).collect::<Vec<_>>(), ["lib.rs"]);
    assert_eq!(ask(&["test_serve"], None, 1).tests[0].as_str(), "tests/test_api.py", "what changed itself");
}

#[test]
fn changed_lines_lead_to_the_innermost_symbol() {
    let file = "--- a/core.py\n+++ b/core.py\n";
    let hunk = |hunk: &str| changed(&format!("{file}{hunk}"));
    assert_eq!(hunk("@@ -10 +10 @@\n-        return 1\n+        return LIMIT\n"), ["core.py#Store.read"]);
    assert_eq!(
        hunk("@@ -4 +4 @@\n-    size = 1\n+    size = 0\n"),
        ["core.py#Store"],
        "a field is its type's"
    );
    assert_eq!(hunk("@@ -2 +2 @@\n-#\n+\n"), ["core.py"]);
    assert_eq!(hunk("@@ -1 +1 @@\n-LIMIT = 4\n+LIMIT = 3\n"), ["core.py#LIMIT"]);
    let doc = "--- a/lib.rs\n+++ b/lib.rs\n@@ -1 +1 @@\n-/// x\n+/// Doubles.\n";
    assert_eq!(changed(doc), ["lib.rs#twice"], "documentation belongs to what it tells of");
    let two = hunk("@@ -7 +7 @@\n-x\n+y\n@@ -13 +13 @@\n-x\n+y\n");
    assert_eq!(two, ["core.py#Store.load", "core.py#helper"]);
}

#[test]
fn what_was_taken_away_leaves_a_gap() {
    let file = "--- a/core.py\n+++ b/core.py\n";
    let hunk = |hunk: &str| changed(&format!("{file}{hunk}"));
    assert_eq!(hunk("@@ -11 +10,0 @@\n-        pass\n"), ["core.py#Store.read"]);
    assert_eq!(hunk("@@ -12,2 +11,0 @@\n-def gone():\n-    pass\n"), ["core.py", "core.py#helper"]);
    assert_eq!(hunk("@@ -12 +11,0 @@\n-@cached\n"), ["core.py", "core.py#helper"]);
}

#[test]
fn paths_of_a_diff() {
    let line = "@@ -2 +2 @@\n-x\n+y\n";
    for header in [
        "--- a/cli.py\n+++ b/cli.py\n",
        "--- cli.py\n+++ cli.py\n",
        "--- i/cli.py\n+++ w/cli.py\n",
        "--- old/cli.py\t2026\n+++ ./cli.py\t2026\n",
    ] {
        assert_eq!(changed(&format!("{header}{line}")), ["cli.py#main"], "{header}");
    }
    assert_eq!(changed("--- a/gone.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"), ["gone.py"]);
    assert_eq!(changed("diff --git a/old.py b/cli.py\nrename from old.py\nrename to cli.py\n"), ["cli.py"]);
    assert!(changed("").is_empty() && changed("no diff\n").is_empty());
}

#[test]
fn a_folder_is_all_its_files() {
    assert_eq!(ask(&["tests"], None, 1).changed, ["tests/test_api.py", "tests/test_core.py"]);
}

#[test]
fn limits_cut_the_least_important() {
    let snapshot = Fixture::parse(LAYERS).snapshot();
    let subjects = vec![subject(&snapshot, "helper").unwrap()];
    let all = ask(&["helper"], None, 3);
    let few =
        impact(&snapshot, &ImpactOptions { subjects, diff: None, depth: 3, limit: 2, ..Default::default() })
            .unwrap();
    assert_eq!((few.affected.len(), few.omitted), (2, all.affected.len() - 2));
    assert_eq!(few.tests, all.tests, "tests are not cut");
    assert!(all.affected.is_sorted_by_key(|a| a.distance));
}

#[test]
fn methods_that_stand_in_for_others() {
    let snapshot = Fixture::parse(
        "
//- lib.rs
pub trait Shape { fn area(&self) -> f64; }
pub struct Square;
impl Shape for Square { fn area(&self) -> f64 { 1.0 } }
pub fn dynamic(s: &dyn Shape) -> f64 { s.area() }
pub fn caller(s: &dyn Shape) -> f64 { dynamic(s) }
",
    )
    .snapshot();
    let ask = |text: &str| {
        let subjects = vec![subject(&snapshot, text).unwrap()];
        impact(&snapshot, &ImpactOptions { subjects, diff: None, depth: 2, limit: 0, ..Default::default() })
            .unwrap()
            .text()
    };
    assert_snapshot!(ask("lib.rs#Square.area"), @r#"
changed:
  lib.rs#Square.area
tests to run: nothing
affected:
  1  lib.rs#dynamic  (constrained)
  2  lib.rs#caller  (constrained)
"#);
    assert_snapshot!(ask("Shape.area"), @r#"
changed:
  lib.rs#Shape.area
tests to run: nothing
affected:
  1  lib.rs#dynamic  (resolved)
  1  lib.rs#Square.area  (inferred)
  2  lib.rs#caller  (resolved)
"#);
}
