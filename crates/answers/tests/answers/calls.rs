//! Who calls what, over several steps.

use crate::find::subject;
use crate::settled;
use insta::assert_snapshot;
use lodemap_answers::{Calls, CallsAnswer, calls};
use lodemap_testkit::Fixture;

const STEPS: &str = "
//- app.py
from steps import top, Job
top()
def main():
    top()
    top()
    Job(1)
def unknown(x):
    x.bottom_of()
//- steps.py
def top():
    middle()
    def inner():
        bottom()
    inner()
def middle():
    bottom()
    top()
def bottom():
    bottom()
class Job:
    def __init__(self, n):
        middle()
    def bottom_of(self):
        return bottom()
";

fn ask(text: &str, way: Calls, depth: u32) -> CallsAnswer {
    let snapshot = Fixture::parse(STEPS).snapshot();
    calls(&snapshot, &subject(&snapshot, text).unwrap(), way, depth, 0).unwrap()
}

#[test]
fn direct_callers_and_callees() {
    assert_snapshot!(ask("top", Calls::Incoming, 1).text(), @r#"
    steps.py#top
      app.py  L2
      app.py#main  L4, L5
      steps.py#middle  L8
    "#);
    assert_snapshot!(ask("top", Calls::Outgoing, 1).text(), @r#"
    steps.py#top
      steps.py#middle  L2
      steps.py#bottom  L4
      steps.py#top.inner  L5
    "#);
    assert_snapshot!(ask("Job", Calls::Outgoing, 1).text(), @r#"
    steps.py#Job
      steps.py#middle  L13
      steps.py#bottom  L15
    "#);
    assert_snapshot!(ask("app.py", Calls::Outgoing, 1).text(), @r#"
    app.py
      steps.py#top  L2
    "#);
}

#[test]
fn steps_end_where_they_meet() {
    assert_snapshot!(settled(&ask("bottom", Calls::Incoming, 9).text()), @r#"
    steps.py#bottom
      steps.py#top.inner  L4
        steps.py#top  L5
          app.py  L2
          app.py#main  L4, L5
          steps.py#middle  L8  (as elsewhere)
      steps.py#middle  L7
        steps.py#top  L2  (as elsewhere)
        steps.py#Job.__init__  L13
      steps.py#bottom  L10  (as elsewhere)
      steps.py#Job.bottom_of  L15
    possible:
      app.py#unknown  app.py:8  -> steps.py#Job.bottom_of  (possible)
    "#);
    assert_snapshot!(ask("main", Calls::Outgoing, 9).text(), @r#"
    app.py#main
      steps.py#top  L4, L5
        steps.py#middle  L2
          steps.py#bottom  L7  (as elsewhere)
          steps.py#top  L8  (as elsewhere)
        steps.py#bottom  L4
          steps.py#bottom  L10  (as elsewhere)
        steps.py#top.inner  L5
          steps.py#bottom  L4  (as elsewhere)
      steps.py#Job  L6
    "#);
}

#[test]
fn what_is_possible_is_shown_apart_and_not_followed() {
    let answer = ask("bottom_of", Calls::Incoming, 9);
    assert_snapshot!(settled(&answer.text()), @r#"
    steps.py#Job.bottom_of
    possible:
      app.py#unknown  app.py:8  (possible)
    "#);
    assert_eq!(answer.calls.len(), 1);
    assert_eq!(answer.calls[0].depth, 1);
}

#[test]
fn rows_are_nearest_first() {
    let answer = ask("bottom", Calls::Incoming, 2);
    assert!(answer.calls.is_sorted_by_key(|c| c.depth));
    let first = &answer.calls[0];
    assert_eq!((first.from.as_str(), first.to.as_str()), ("steps.py#top.inner", "steps.py#bottom"));
    assert_eq!((first.path.as_str(), first.line, first.col), ("steps.py", 4, 9));
    let snapshot = Fixture::parse(STEPS).snapshot();
    let few = calls(&snapshot, &subject(&snapshot, "bottom").unwrap(), Calls::Incoming, 2, 2).unwrap();
    assert_eq!((few.calls.len(), few.omitted), (2, answer.calls.len() - 2));
}
