//! Python names through imports, re-exports and stars.

use insta::assert_snapshot;
use lodemap_testkit::edges;

#[test]
fn relative_imports_and_reexports() {
    assert_snapshot!(edges("
//- pkg/__init__.py
from .pool import Pool as P
from . import util
//- pkg/pool.py
class Pool:
    def take(self): pass
//- pkg/util.py
def load(): pass
//- pkg/sub/__init__.py
//- pkg/sub/deep.py
from ...pkg import P
from .. import util
from ..util import load
def f():
    P()
    util.load()
    load()
    P.take(1)
"), @r#"
pkg/__init__.py:1:7 pool -> pkg/pool.py import/module-path
pkg/__init__.py:1:19 Pool -> pkg/pool.py:1 import/import
pkg/__init__.py:2:15 util -> pkg/util.py import/import
pkg/sub/deep.py:1:9 pkg -> pkg/__init__.py import/module-path
pkg/sub/deep.py:1:20 P -> pkg/pool.py:1 import/import
pkg/sub/deep.py:2:16 util -> pkg/util.py import/import
pkg/sub/deep.py:3:8 util -> pkg/util.py import/module-path
pkg/sub/deep.py:3:20 load -> pkg/util.py:1 import/import
pkg/sub/deep.py:5:5 P -> pkg/pool.py:1 call/import
pkg/sub/deep.py:6:5 util -> pkg/util.py read/import
pkg/sub/deep.py:6:10 load -> pkg/util.py:1 call/member
pkg/sub/deep.py:7:5 load -> pkg/util.py:1 call/import
pkg/sub/deep.py:8:5 P -> pkg/pool.py:1 read/import
pkg/sub/deep.py:8:7 take -> pkg/pool.py:2 call/member
"#);
}

#[test]
fn stars_bring_what_is_public_or_listed() {
    assert_snapshot!(edges("
//- a.py
def shown(): pass
def _hidden(): pass
//- b.py
__all__ = ['_listed']
def _listed(): pass
def unlisted(): pass
//- c.py
from a import *
from b import *
shown(); _hidden(); _listed(); unlisted()
"), @r#"
c.py:1:6 a -> a.py import/module-path
c.py:2:6 b -> b.py import/module-path
c.py:3:1 shown -> a.py:1 call/glob
c.py:3:21 _listed -> b.py:2 call/glob
"#);
}

#[test]
fn a_cycle_of_stars_ends() {
    assert_snapshot!(edges("
//- a.py
from b import *
def in_a(): in_b()
//- b.py
from c import *
def in_b(): in_c(); in_a()
//- c.py
from a import *
def in_c(): in_b(); nowhere()
"), @r#"
a.py:1:6 b -> b.py import/module-path
a.py:2:13 in_b -> b.py:2 call/glob
b.py:1:6 c -> c.py import/module-path
b.py:2:13 in_c -> c.py:2 call/glob
b.py:2:21 in_a -> a.py:2 call/glob
c.py:1:6 a -> a.py import/module-path
c.py:2:13 in_b -> b.py:2 call/glob
"#);
}

#[test]
fn an_attribute_comes_before_a_submodule() {
    assert_snapshot!(edges("
//- pkg/__init__.py
from .impl import thing
//- pkg/impl.py
def thing(): pass
//- pkg/thing.py
//- pkg/other.py
//- use.py
from pkg import thing, other
import pkg.thing
import pkg.other as o
thing()
"), @r#"
pkg/__init__.py:1:7 impl -> pkg/impl.py import/module-path
pkg/__init__.py:1:19 thing -> pkg/impl.py:1 import/import
use.py:1:6 pkg -> pkg/__init__.py import/module-path
use.py:1:17 thing -> pkg/impl.py:1 import/import
use.py:1:24 other -> pkg/other.py import/import
use.py:2:12 thing -> pkg/thing.py import/module-path
use.py:3:12 other -> pkg/other.py import/module-path
use.py:4:1 thing -> pkg/impl.py:1 call/import
"#);
}

#[test]
fn roots_namespaces_and_outside() {
    assert_snapshot!(edges("
//- src/core/__init__.py
def go(): pass
//- pyproject.toml
[project]
//- tests/test_core.py
import os
import core
from core import go
from os.path import join
go(); core.go(); join()
//- space/part/mod.py
X = 1
//- main.py
import space.part.mod
from space.part.mod import X
from space.part import mod
print(X, space.part.mod.X)
"), @r#"
main.py:1:19 mod -> space/part/mod.py import/module-path
main.py:2:17 mod -> space/part/mod.py import/module-path
main.py:2:28 X -> space/part/mod.py:1 import/import
main.py:3:24 mod -> space/part/mod.py import/import
main.py:4:7 X -> space/part/mod.py:1 read/import
main.py:4:21 mod -> space/part/mod.py read/member
main.py:4:25 X -> space/part/mod.py:1 read/member
tests/test_core.py:2:8 core -> src/core/__init__.py import/module-path
tests/test_core.py:3:6 core -> src/core/__init__.py import/module-path
tests/test_core.py:3:18 go -> src/core/__init__.py:1 import/import
tests/test_core.py:5:1 go -> src/core/__init__.py:1 call/import
tests/test_core.py:5:7 core -> src/core/__init__.py read/import
tests/test_core.py:5:12 go -> src/core/__init__.py:1 call/member
"#);
}

#[test]
fn conditional_bindings_give_all_alternatives() {
    assert_snapshot!(edges("
//- fast.py
def f(): pass
//- slow.py
def f(): pass
//- use.py
try:
    from fast import f
except ImportError:
    from slow import f
f()
"), @r#"
use.py:2:10 fast -> fast.py import/module-path
use.py:2:22 f -> fast.py:1 import/import
use.py:4:10 slow -> slow.py import/module-path
use.py:4:22 f -> slow.py:1 import/import
use.py:5:1 f -> fast.py:1 call/import
use.py:5:1 f -> slow.py:1 call/import
"#);
}

#[test]
fn scopes_hide_names() {
    assert_snapshot!(edges("
//- a.py
def f(): pass
x = 1
class C:
    def f(self):
        return f()
    g = f
def outer(f, y):
    f()
    def inner():
        return later()
    def later(): pass
    x = y
    return x, inner
def user():
    global x
    x = 2
    return [f for f in y]
"), @r#"
a.py:5:16 f -> a.py:1 call/scope
a.py:6:9 f -> a.py:4 read/scope
a.py:10:16 later -> a.py:11 call/scope
a.py:13:15 inner -> a.py:9 read/scope
a.py:15:12 x -> a.py:2 read/scope
a.py:16:5 x -> a.py:2 write/scope
"#);
}

#[test]
fn members_by_name_when_nothing_else_is_known() {
    assert_snapshot!(edges("
//- a.py
class Pool:
    def acquire(self): pass
    def shut(self): pass
class File:
    def shut(self): pass
//- b.py
def f(x):
    x.acquire()
    x.shut()
    x.append(1)
    x.unknown()
"), @r#"
b.py:2:7 acquire -> a.py:2 call/name
b.py:3:7 shut -> a.py:3 call/name
b.py:3:7 shut -> a.py:5 call/name
"#);
}
