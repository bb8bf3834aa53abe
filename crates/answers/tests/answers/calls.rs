//! Who calls what, over several steps.

use crate::find::subject;
use crate::settled;
use insta::assert_snapshot;
use lodemap_answers::{Calls, CallsAnswer, ENDLESS, calls};
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
    calls(&snapshot, &subject(&snapshot, text).unwrap(), way, depth, 0, &ENDLESS).unwrap()
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
    let few =
        calls(&snapshot, &subject(&snapshot, "bottom").unwrap(), Calls::Incoming, 2, 2, &ENDLESS).unwrap();
    assert_eq!((few.calls.len(), few.omitted), (2, answer.calls.len() - 2));
}

const DISPATCH: &str = "
//- lib.rs
pub trait Shape { fn area(&self) -> f64; fn twice(&self) -> f64 { self.area() * 2.0 } }
pub struct Square;
pub struct Circle;
impl Shape for Square { fn area(&self) -> f64 { side() } }
impl Shape for Circle { fn area(&self) -> f64 { 3.0 } fn twice(&self) -> f64 { 6.0 } }
impl Circle { fn area_of(&self) -> f64 { self.area() } }
fn side() -> f64 { 1.0 }
pub fn dynamic(s: &dyn Shape) -> f64 { s.area() }
pub fn generic<S: Shape>(s: S) -> f64 { s.twice() }
pub fn known(c: Circle) -> f64 { c.area() }
//- base.py
class View:
    def get(self):
        return None
    def serve(self):
        return self.get()
class Page(View):
    pass
class Home(Page):
    def get(self):
        return 1
";

fn dispatch(text: &str, way: Calls) -> String {
    let snapshot = Fixture::parse(DISPATCH).snapshot();
    settled(&calls(&snapshot, &subject(&snapshot, text).unwrap(), way, 2, 0, &ENDLESS).unwrap().text())
}

#[test]
fn a_call_through_a_trait_may_reach_its_implementations() {
    assert_snapshot!(dispatch("dynamic", Calls::Outgoing), @r#"
lib.rs#dynamic
  lib.rs#Shape.area  L8
possible:
  lib.rs#Square.area  lib.rs:8  (may be reached through lib.rs#Shape.area)
  lib.rs#Circle.area  lib.rs:8  (may be reached through lib.rs#Shape.area)
"#);
    assert_snapshot!(dispatch("generic", Calls::Outgoing), @r#"
lib.rs#generic
  lib.rs#Shape.twice  L9
    lib.rs#Shape.area  L1
possible:
  lib.rs#Circle.twice  lib.rs:9  (may be reached through lib.rs#Shape.twice)
  lib.rs#Square.area  lib.rs:1  <- lib.rs#Shape.twice  (may be reached through lib.rs#Shape.area)
  lib.rs#Circle.area  lib.rs:1  <- lib.rs#Shape.twice  (may be reached through lib.rs#Shape.area)
"#);
    assert_snapshot!(dispatch("known", Calls::Outgoing), @r#"
lib.rs#known
  lib.rs#Circle.area  L10
"#);
    assert_snapshot!(dispatch("lib.rs#Circle.area", Calls::Incoming), @r#"
lib.rs#Circle.area
  lib.rs#Circle.area_of  L6
  lib.rs#known  L10
possible:
  lib.rs#Shape.twice  lib.rs:1  (may be reached through lib.rs#Shape.area)
  lib.rs#dynamic  lib.rs:8  (may be reached through lib.rs#Shape.area)
"#);
    assert_snapshot!(dispatch("Shape.area", Calls::Incoming), @r#"
lib.rs#Shape.area
  lib.rs#Shape.twice  L1
    lib.rs#generic  L9
  lib.rs#dynamic  L8
"#);
}

#[test]
fn a_call_through_a_class_may_reach_what_overrides_it() {
    assert_snapshot!(dispatch("View.serve", Calls::Outgoing), @r#"
base.py#View.serve
  base.py#View.get  L5
possible:
  base.py#Home.get  base.py:5  (may be reached through base.py#View.get)
"#);
    assert_snapshot!(dispatch("Home.get", Calls::Incoming), @r#"
base.py#Home.get
possible:
  base.py#View.serve  base.py:5  (may be reached through base.py#View.get)
"#);
    assert_snapshot!(dispatch("View.get", Calls::Incoming), @r#"
base.py#View.get
  base.py#View.serve  L5
"#);
}
