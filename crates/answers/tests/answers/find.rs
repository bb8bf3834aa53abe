//! Definitions and references, by name and by place.

use crate::settled;
use insta::assert_snapshot;
use std::sync::atomic::{AtomicUsize, Ordering};

use lodemap_answers::{AnswerError, DefAnswer, ENDLESS, RefsAnswer, Subject, def, def_with_code, refs};
use lodemap_base::RelPath;
use lodemap_engine::Snapshot;
use lodemap_testkit::Fixture;

pub(crate) const SHOP: &str = "
//- shop/cart.py
from shop.price import Money as M, total
class Cart:
    def add(self, item: M) -> None:
        self.items.append(item)
        self.check()
    def check(self):
        return total(self.items)
def total_of(cart):
    from shop.price import total as t
    return t(cart.items)
//- shop/price.py
class Money:
    cents = 0
def total(items):
    return sum(items)
def add(a, b):
    return a
//- shop/__init__.py
from shop.cart import Cart
//- tests/test_cart.py
from shop import Cart
def test_cart(cart):
    a = Cart()
    cart.check()
//- lib.rs
mod pool;
use pool::Pool;
pub fn run() { let p = Pool::new(); }
//- pool.rs
pub struct Pool { size: usize }
impl Pool {
    pub fn new() -> Self { Pool { size: 0 } }
}
pub fn new() {}
pub fn two() { new(); new(); }
";

pub(crate) fn subject(snapshot: &Snapshot, text: &str) -> Result<Subject, AnswerError> {
    let world = snapshot.world();
    let is_known =
        |path: &RelPath| world.file_at(path.as_str()).is_some() || world.dir_at(path.as_str()).is_some();
    Subject::parse(text, |path| RelPath::parse(path).filter(is_known))
}

fn ask_def(text: &str) -> Result<DefAnswer, AnswerError> {
    let snapshot = Fixture::parse(SHOP).snapshot();
    def(&snapshot, &subject(&snapshot, text)?, usize::MAX)
}

fn ask_refs(text: &str) -> Result<RefsAnswer, AnswerError> {
    let snapshot = Fixture::parse(SHOP).snapshot();
    refs(&snapshot, &subject(&snapshot, text)?, 0, &ENDLESS)
}

fn ids(text: &str) -> Vec<String> {
    ask_def(text).unwrap_or_else(|e| panic!("{text}: {e}")).targets.into_iter().map(|t| t.id).collect()
}

#[test]
fn definitions_by_name() {
    assert_snapshot!(ask_def("Cart").unwrap().text(), @r#"
    shop/cart.py:2:7  class Cart  class Cart  (unique, name)
    "#);
    assert_snapshot!(ask_def("add").unwrap().text(), @r#"
    shop/cart.py:3:9  method Cart.add  def add(self, item: M) -> None  (name, name)
    shop/price.py:5:5  function add  def add(a, b)  (name, name)
    "#);
    for name in [
        "Cart.add",
        "Cart::add",
        "shop/cart.py#Cart.add",
        "shop/cart.py#Cart::add",
        "cart.Cart.add",
        "Cart.add()",
    ] {
        assert_eq!(ids(name), ["shop/cart.py#Cart.add"], "{name}");
    }
    assert_eq!(ids("Pool"), ["pool.rs#Pool"], "the implementation is no second one");
    assert_eq!(ids("price.add"), ["shop/price.py#add"], "a module may stand before a name");
    assert_eq!(ids("crate::pool::Pool::new"), ["pool.rs#Pool.new"]);
    assert_eq!(ids("shop/price.py"), ["shop/price.py"]);
}

#[test]
fn no_more_definitions_than_are_asked_for() {
    let snapshot = Fixture::parse(SHOP).snapshot();
    let subject = subject(&snapshot, "add").unwrap();
    let all = def(&snapshot, &subject, usize::MAX).unwrap();
    assert_eq!((all.targets.len(), all.rest), (2, 0));
    let first = def(&snapshot, &subject, 1).unwrap();
    assert_eq!((first.targets.len(), first.rest), (1, 1));
    assert_eq!(first.targets[0].id, all.targets[0].id);
    // Texts are read for what can be shown alone.
    let read = AtomicUsize::new(0);
    let text = |_: &_| {
        read.fetch_add(1, Ordering::Relaxed);
        None
    };
    let with_code = |most, fit| def_with_code(&snapshot, &subject, most, |_| fit, &text).unwrap();
    for (most, fit) in [(1, true), (2, false)] {
        assert!(with_code(most, fit).targets[0].code.is_none());
    }
    assert_eq!(read.load(Ordering::Relaxed), 0);
    assert!(with_code(2, true).targets.iter().all(|t| t.code.is_some()));
    assert_eq!(read.load(Ordering::Relaxed), 2);
}

#[test]
fn definitions_by_place() {
    // Anywhere within an identifier: the import, the alias, the use of an alias inside a function.
    for place in ["shop/cart.py:1:24", "shop/cart.py:1:28", "shop/cart.py:3:25"] {
        assert_eq!(ids(place), ["shop/price.py#Money"], "{place}");
    }
    for place in ["shop/cart.py:7:16", "shop/cart.py:7:20", "shop/cart.py:10:12"] {
        assert_eq!(ids(place), ["shop/price.py#total"], "{place}");
    }
    assert_eq!(ids("shop/cart.py:1:11"), ["shop/price.py"], "the segment of a path");
    assert_eq!(ids("tests/test_cart.py:3:9"), ["shop/cart.py#Cart"], "through a package");
    assert_eq!(ids("lib.rs:3:24"), ["pool.rs#Pool"]);
    assert_eq!(ids("lib.rs:3:30"), ["pool.rs#Pool.new"]);
    // The definition itself.
    assert_eq!(ids("shop/price.py:3:7"), ["shop/price.py#total"]);
    assert_eq!(ids("shop/price.py:3"), ["shop/price.py#total"], "a line without references");
    assert_eq!(ids("shop/cart.py:1").len(), 3, "all that a line refers to");
}

#[test]
fn a_place_says_how_sure_it_is() {
    assert_snapshot!(settled(&ask_def("tests/test_cart.py:3:9").unwrap().text()), @r#"
    shop/cart.py:2:7  class Cart  class Cart  (sure, import)
    "#);
    assert_snapshot!(settled(&ask_def("tests/test_cart.py:4:10").unwrap().text()), @r#"
    shop/cart.py:6:9  method Cart.check  def check(self)  (possible, name)
    "#);
}

#[test]
fn nothing_to_be_found() {
    for place in [
        "shop/cart.py:3:4",
        "shop/cart.py:7:21",
        "shop/cart.py:99",
        "shop/cart.py:7:999",
        "shop/price.py:4:12",
    ] {
        assert!(matches!(ask_def(place), Err(AnswerError::NothingAt(_))), "{place}");
    }
    assert_snapshot!(ask_def("Crat").unwrap_err().to_string(), @r#"
    nothing is called `Crat`; closest: Cart
    "#);
    assert_snapshot!(ask_def("Cart.chek").unwrap_err().to_string(), @r#"
    nothing is called `Cart.chek`; closest: Cart.check
    "#);
    assert_snapshot!(ask_def("zzzzz").unwrap_err().to_string(), @r#"
    nothing is called `zzzzz`; `lodemap symbols` lists what there is
    "#);
    assert_snapshot!(ask_def("shop/no.py:3:1").unwrap_err().to_string(), @r#"
    shop/no.py is not indexed; `lodemap status --why shop/no.py` tells why
    "#);
    assert!(ask_def("zzzzz").unwrap_err().is_not_found() && ask_def("shop").is_err());
}

#[test]
fn references_sure_ones_first() {
    assert_snapshot!(ask_refs("shop/price.py#total").unwrap().text(), @r#"
    shop/cart.py:1:36  import
    shop/cart.py:7:16  call  in Cart.check
    shop/cart.py:9:28  import  in total_of
    shop/cart.py:10:12  call  in total_of
    "#);
    assert_snapshot!(settled(&ask_refs("check").unwrap().text()), @r#"
    shop/cart.py:5:14  call  in Cart.add
    possible:
      tests/test_cart.py:4:10  call  in test_cart  (possible)
    "#);
    assert_snapshot!(ask_refs("new").unwrap().text(), @r#"
    2 definitions:
      pool.rs#new
      pool.rs#Pool.new
    lib.rs:3:30  call  in run  -> pool.rs#Pool.new
    pool.rs:6:16  call  in two  -> pool.rs#new
    pool.rs:6:23  call  in two  -> pool.rs#new
    "#);
}

#[test]
fn references_by_place() {
    let text = ask_refs("shop/price.py#total").unwrap().text();
    // From the definition, and from a reference.
    for place in ["shop/price.py:3:5", "shop/price.py:3", "shop/cart.py:7:16"] {
        assert_eq!(ask_refs(place).unwrap().text(), text, "{place}");
    }
    let of_file = ask_refs("shop/price.py").unwrap();
    let places: Vec<_> =
        of_file.references.iter().map(|r| (r.path.as_str(), r.line, r.r#in.as_deref())).collect();
    assert_eq!(
        places,
        [("shop/cart.py", 1, None), ("shop/cart.py", 9, Some("shop/cart.py#total_of"))],
        "those to the module"
    );
}

#[test]
fn references_to_fields_and_within_limits() {
    let snapshot = Fixture::parse(SHOP).snapshot();
    let ask = |limit| refs(&snapshot, &subject(&snapshot, "Cart").unwrap(), limit, &ENDLESS).unwrap();
    let all = ask(0);
    let some = ask(1);
    assert_eq!((some.references.len(), some.omitted), (1, all.references.len() - 1));
    assert!(some.text().ends_with("more; raise --limit or --tokens\n"));
}
