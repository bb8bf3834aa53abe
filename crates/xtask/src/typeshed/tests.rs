//! Small stubs, and the tables that come of them.

use super::expr::{Expr, parse};
use super::resolve::Library;
use super::{LARGEST, MODULES, TABLE, table};

const BUILTINS: &str = "
class object: ...
class int: ...
class str: ...
class bytes: ...
class bool(int): ...
class list(Generic[_T]):
    def __init__(self, iterable: Iterable[_T], /) -> None: ...
class tuple: ...
class type: ...
_T = TypeVar('_T')
from typing import Generic, Iterable
";
const TYPING: &str = "
class TypeVar: ...
_T = TypeVar('_T')
Any = object()
Optional: _SpecialForm
Union: _SpecialForm
Generic: _SpecialForm
Callable: _SpecialForm
Literal: _SpecialForm
Self: _SpecialForm
class Iterable(Protocol[_T]): ...
class Iterator(Iterable[_T]): ...
class Coroutine(Generic[_A, _B, _C]): ...
List = list
";

/// The rows of the table that a module `m` makes, without those of `builtins` and `typing`.
fn rows(stub: &str) -> String {
    rows_of(&[("m", stub)])
}

fn rows_of(stubs: &[(&str, &str)]) -> String {
    let mut texts: Vec<(String, String)> =
        stubs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    texts.push(("builtins".into(), BUILTINS.into()));
    texts.push(("typing".into(), TYPING.into()));
    let source = move |module: &str| texts.iter().find(|(m, _)| m == module).map(|(_, t)| (t.clone(), false));
    let out = table::write(&mut Library::new(Box::new(source)), &["m"], "a test");
    let (_, out) = out.split_once("\n\n").expect("a head");
    let sections =
        out.split("\n\n").filter(|s| !s.contains("[class.\"builtins.") && !s.contains("[class.\"typing."));
    let mut lines: Vec<&str> = sections.flat_map(str::lines).collect();
    lines.retain(|l| !l.is_empty() && !matches!(*l, "[alias]" | "[value]" | "[function]"));
    lines.join("\n")
}

#[test]
fn types_are_read_as_they_are_written() {
    let name = |n: &str| Expr::Name(n.into());
    assert_eq!(parse("a.B"), name("a.B"));
    assert_eq!(parse("'list[A]'"), Expr::Index(Box::new(name("list")), vec![name("A")]));
    assert_eq!(parse("A | # why\n None"), Expr::Union(vec![name("A"), name("None")]));
    assert_eq!(parse("(\n  A | B\n)"), Expr::Union(vec![name("A"), name("B")]));
    assert_eq!(
        parse("Callable[[A, B], C]"),
        Expr::Index(Box::new(name("Callable")), vec![Expr::Other, name("C")])
    );
    assert_eq!(parse("tuple[int, ...]"), Expr::Index(Box::new(name("tuple")), vec![name("int"), Expr::Dots]));
    assert_eq!(parse("f(x)"), Expr::Other);
    assert_eq!(parse(""), Expr::Other);
}

#[test]
fn functions_say_what_they_give() {
    let stub = "
from typing import Any, Literal, Optional, overload
def plain() -> str: ...
def maybe() -> Optional[str]: ...
def either() -> int | str | None: ...
def nothing() -> None: ...
def anything() -> Any: ...
def partly() -> str | Any: ...
def exact() -> Literal['a', 'b']: ...
def unheard() -> Foreign: ...
async def later() -> str: ...
@overload
def forms(x: None) -> None: ...
@overload
def forms(x: int) -> str: ...
@overload
def forms(x: str) -> bytes: ...
@overload
def special(x: str) -> Any: ...
@overload
def special(x: str, y: int) -> int: ...
def _hidden() -> str: ...
";
    assert_eq!(
        rows(stub),
        r#""m.either" = "int | str"
"m.exact" = "str"
"m.forms" = "str"
"m.later" = "typing.Coroutine[?, ?, str]"
"m.maybe" = "str"
"m.partly" = "str"
"m.plain" = "str""#
    );
}

#[test]
fn arguments_bind_what_is_given() {
    let stub = "
from typing import Callable, Iterable, List, overload
_T = TypeVar('_T')
_S = TypeVar('_S')
def first(x: Iterable[_T], /, *, default: _S = ...) -> _T: ...
def second(x: int, y: Callable[[int], _S] = ..., z: str = ...) -> List[_S]: ...
def rest(*xs: _T) -> list[_T]: ...
def unbound(*, key: _T) -> list[_T]: ...
@overload
def pairs(x: Iterable[_T]) -> list[tuple[_T]]: ...
@overload
def pairs(x: Iterable[_T], y: Iterable[_S]) -> list[tuple[_S, _T]]: ...
";
    assert_eq!(
        rows(stub),
        r#""m.first" = "(typing.Iterable[%0]) -> %0"
"m.pairs" = ["(typing.Iterable[%0]) -> list[tuple[%0]]", "(typing.Iterable[%1], typing.Iterable[%0]) -> list[tuple[%0, %1]]"]
"m.rest" = "(*%0) -> list[%0]"
"m.second" = "(?, typing.Callable[?, %0]) -> list[%0]"
"m.unbound" = "list""#
    );
}

#[test]
fn branches_must_agree() {
    let stub = "
import sys
if sys.version_info >= (3, 10):
    def same(x: int) -> str: ...
    def other() -> str: ...
    def new() -> int: ...
else:
    def same() -> str: ...
    def other() -> bytes: ...
if sys.platform == 'win32':
    def place() -> int: ...
else:
    def place() -> str: ...
";
    let stub = stub.replace('\'', "\"");
    assert_eq!(rows(&stub), "\"m.new\" = \"int\"\n\"m.place\" = \"str\"\n\"m.same\" = \"str\"");
}

#[test]
fn classes_have_parameters_bases_and_members() {
    let stub = "
from typing import Generic, Iterable, Iterator, Self
_K = TypeVar('_K')
_V = TypeVar('_V')
class Base(Generic[_V]): ...
class Table(Base[_V], Generic[_K, _V]):
    size: int
    def __init__(self, rows: Iterable[tuple[_K, _V]]) -> None: ...
    @property
    def keys(self) -> list[_K]: ...
    @keys.setter
    def keys(self, value: list[_K]) -> None: ...
    def get(self, key: _K, default: None = None) -> _V | None: ...
    def copy(self) -> Self: ...
    def same(self: _S, other: int) -> _S: ...
    @classmethod
    def make(cls: type[_S]) -> _S: ...
    @staticmethod
    def of(x: int) -> Inner: ...
    def __iter__(self) -> Iterator[_K]: ...
    def __len__(self) -> int: ...
    def _private(self) -> int: ...
    class Inner: ...
_S = TypeVar('_S')
";
    assert_eq!(
        rows(stub),
        r#"[class."m.Base"]
params = 1
[class."m.Table"]
params = 2
bases = ["m.Base[$1]"]
new = "(typing.Iterable[tuple[$0, $1]]) -> self"
methods = { __iter__ = "typing.Iterator[$0]", copy = "self", get = "$1", make = "self", of = "m.Table.Inner", same = "self" }
fields = { keys = "list[$0]", size = "int" }
[class."m.Table.Inner"]"#
    );
}

#[test]
fn names_lead_home() {
    let m = "
from . import helper as helper
from _inner import *
from _inner import Deep as Deep, make as build
from _inner import Unseen
T: TypeAlias = Deep | None
_box: Box
opened = _box.open
Case = Box
def one() -> T: ...
def two() -> helper.Tool: ...
__all__ = ['build']
";
    let inner = "
from typing import Iterable as Iterable
class Deep: ...
class Box:
    def open(self) -> Deep: ...
class Unseen: ...
def make() -> Box: ...
def _hidden() -> Box: ...
";
    let helper = "class Tool: ...";
    assert_eq!(
        rows_of(&[("m", m), ("_inner", inner), ("helper", helper)]),
        r#""m.Box" = "_inner.Box"
"m.Case" = "_inner.Box"
"m.Deep" = "_inner.Deep"
"m.Iterable" = "typing.Iterable"
"m.Unseen" = "_inner.Unseen"
"m.build" = "_inner.Box"
"m.make" = "_inner.Box"
"m.one" = "_inner.Deep"
"m.opened" = "_inner.Deep"
"m.two" = "helper.Tool"
[class."_inner.Box"]
methods = { open = "_inner.Deep" }
[class."_inner.Deep"]
[class."_inner.Unseen"]
[class."helper.Tool"]"#
    );
}

/// The table in the repository was written by this generator, and is as small as it must be.
#[test]
fn the_table_that_is_kept_is_whole() {
    let text = std::fs::read_to_string(crate::workspace_root().join(TABLE)).unwrap();
    assert!(text.len() <= LARGEST && text.starts_with("# What calls and attributes"));
    let table: toml::Table = text.parse().unwrap();
    let at = |section: &str, name: &str| table[section][name].clone();
    assert_eq!(at("function", "re.compile").as_str(), Some("(%0) -> re.Pattern[%0]"));
    assert_eq!(at("function", "builtins.sorted").as_str(), Some("(typing.Iterable[%0]) -> list[%0]"));
    assert_eq!(at("alias", "collections.abc.Iterable").as_str(), Some("typing.Iterable"));
    assert_eq!(at("value", "os.environ").as_str(), Some("os._Environ[str]"));
    let list = at("class", "builtins.list");
    assert_eq!(list["methods"]["pop"].as_str(), Some("$0"));
    assert_eq!(list["bases"][0].as_str(), Some("typing.MutableSequence[$0]"));
    for module in MODULES {
        let known = ["function", "alias", "value", "class"].iter().any(|section| {
            let mut names = table[*section].as_table().unwrap().keys();
            names.any(|n| n.rsplit_once('.').is_some_and(|(m, _)| m == *module))
        });
        assert!(known || *module == "multiprocessing", "{module} has no row");
    }
}
