//! Rust names through modules, use trees and globs.

use insta::assert_snapshot;
use lodemap_testkit::edges;

#[test]
fn the_module_tree() {
    assert_snapshot!(edges("
//- Cargo.toml
[package]
name = \"it\"
//- src/lib.rs
pub mod a;
mod b;
pub mod inline { pub mod deep; pub fn f() { super::b::g() } }
#[path = \"odd/place.rs\"]
mod moved;
fn main() { a::x::f(); self::b::g(); crate::inline::f(); moved::h(); inline::deep::i() }
//- src/a.rs
pub mod x;
//- src/a/x.rs
pub fn f() { super::super::b::g() }
//- src/b/mod.rs
pub fn g() {}
//- src/inline/deep.rs
pub fn i() {}
//- src/odd/place.rs
pub fn h() {}
"), @r#"
src/a.rs:1:9 x -> src/a/x.rs import/import
src/a/x.rs:1:28 b -> src/b/mod.rs type/member
src/a/x.rs:1:31 g -> src/b/mod.rs:1 call/member
src/lib.rs:1:9 a -> src/a.rs import/import
src/lib.rs:2:5 b -> src/b/mod.rs import/import
src/lib.rs:3:26 deep -> src/inline/deep.rs import/import
src/lib.rs:3:52 b -> src/b/mod.rs type/member
src/lib.rs:3:55 g -> src/b/mod.rs:1 call/member
src/lib.rs:5:5 moved -> src/odd/place.rs import/import
src/lib.rs:6:13 a -> src/a.rs type/import
src/lib.rs:6:16 x -> src/a/x.rs type/member
src/lib.rs:6:19 f -> src/a/x.rs:1 call/member
src/lib.rs:6:30 b -> src/b/mod.rs type/member
src/lib.rs:6:33 g -> src/b/mod.rs:1 call/member
src/lib.rs:6:45 inline -> src/lib.rs:3 type/member
src/lib.rs:6:53 f -> src/lib.rs:3 call/member
src/lib.rs:6:58 moved -> src/odd/place.rs type/import
src/lib.rs:6:65 h -> src/odd/place.rs:1 call/member
src/lib.rs:6:70 inline -> src/lib.rs:3 type/scope
src/lib.rs:6:78 deep -> src/inline/deep.rs type/member
src/lib.rs:6:84 i -> src/inline/deep.rs:1 call/member
"#);
}

#[test]
fn use_trees_globs_and_reexports() {
    assert_snapshot!(edges("
//- src/lib.rs
mod a;
mod prelude;
use prelude::*;
use a::{self, Kind::{self, *}, inner::{deep as d}};
fn f() { Pool::new(); One; Kind::Two; d(); a::inner::deep(); shared() }
//- src/a.rs
pub enum Kind { One, Two }
pub mod inner { pub fn deep() {} }
pub struct Pool;
//- src/prelude.rs
pub use crate::a::Pool;
pub use crate::a::*;
pub use super::shared_mod::shared;
"), @r#"
src/lib.rs:1:5 a -> src/a.rs import/import
src/lib.rs:2:5 prelude -> src/prelude.rs import/import
src/lib.rs:3:5 prelude -> src/prelude.rs import/module-path
src/lib.rs:4:5 a -> src/a.rs import/import
src/lib.rs:4:15 Kind -> src/a.rs:1 import/import
src/lib.rs:4:32 inner -> src/a.rs:2 import/module-path
src/lib.rs:4:40 deep -> src/a.rs:2 import/import
src/lib.rs:5:10 Pool -> src/a.rs:3 type/glob
src/lib.rs:5:23 One -> src/a.rs:1 read/glob
src/lib.rs:5:28 Kind -> src/a.rs:1 type/import
src/lib.rs:5:34 Two -> src/a.rs:1 read/member
src/lib.rs:5:39 d -> src/a.rs:2 call/import
src/lib.rs:5:44 a -> src/a.rs type/import
src/lib.rs:5:47 inner -> src/a.rs:2 type/member
src/lib.rs:5:54 deep -> src/a.rs:2 call/member
src/prelude.rs:1:16 a -> src/a.rs import/module-path
src/prelude.rs:1:19 Pool -> src/a.rs:3 import/import
src/prelude.rs:2:16 a -> src/a.rs import/module-path
"#);
}

#[test]
fn implementations_in_other_files() {
    assert_snapshot!(edges("
//- src/lib.rs
mod pool; mod ext; mod other;
use pool::Pool;
fn f() { Pool::new(); Pool::extra(); other::Pool::new(); Self::x(); }
//- src/pool.rs
pub struct Pool { n: u32 }
impl Pool { pub fn new() -> Self { Self::start() } fn start() -> Self { Self { n: 1 } } }
//- src/ext.rs
use crate::pool::Pool;
impl Pool { pub fn extra() {} }
//- src/other.rs
pub struct Pool;
impl Pool { pub fn new() -> Self { Pool } }
"), @r#"
src/ext.rs:1:12 pool -> src/pool.rs import/module-path
src/ext.rs:1:18 Pool -> src/pool.rs:1 import/import
src/ext.rs:2:6 Pool -> src/pool.rs:1 type/import
src/lib.rs:1:5 pool -> src/pool.rs import/import
src/lib.rs:1:15 ext -> src/ext.rs import/import
src/lib.rs:1:24 other -> src/other.rs import/import
src/lib.rs:2:5 pool -> src/pool.rs import/module-path
src/lib.rs:2:11 Pool -> src/pool.rs:1 import/import
src/lib.rs:3:10 Pool -> src/pool.rs:1 type/import
src/lib.rs:3:16 new -> src/pool.rs:2 call/member
src/lib.rs:3:23 Pool -> src/pool.rs:1 type/import
src/lib.rs:3:29 extra -> src/ext.rs:2 call/member
src/lib.rs:3:38 other -> src/other.rs type/import
src/lib.rs:3:45 Pool -> src/other.rs:1 type/member
src/lib.rs:3:51 new -> src/other.rs:2 call/member
src/other.rs:2:6 Pool -> src/other.rs:1 type/scope
src/other.rs:2:29 Self -> src/other.rs:1 type/scope
src/other.rs:2:36 Pool -> src/other.rs:1 read/scope
src/pool.rs:2:6 Pool -> src/pool.rs:1 type/scope
src/pool.rs:2:29 Self -> src/pool.rs:1 type/scope
src/pool.rs:2:36 Self -> src/pool.rs:1 type/scope
src/pool.rs:2:42 start -> src/pool.rs:2 call/self-member
src/pool.rs:2:66 Self -> src/pool.rs:1 type/scope
src/pool.rs:2:73 Self -> src/pool.rs:1 call/scope
src/pool.rs:2:80 n -> src/pool.rs:1 read/self-member
"#);
}

#[test]
fn crates_of_a_workspace() {
    assert_snapshot!(edges("
//- Cargo.toml
[workspace]
members = [\"one\", \"two\"]
//- one/Cargo.toml
[package]
name = \"crate-one\"
//- one/src/lib.rs
pub fn api() {}
//- two/Cargo.toml
[package]
name = \"two\"
[dependencies]
renamed = { package = \"crate-one\", path = \"../one\" }
crate-one = { path = \"../one\" }
serde = \"1\"
//- two/src/lib.rs
use renamed::api;
use serde::Serialize;
pub fn f() { api(); crate_one::api(); serde::to() }
//- two/src/main.rs
fn main() { two::f(); std::mem::drop(1) }
//- two/tests/t.rs
use two::f;
#[test] fn t() { f() }
"), @r#"
two/src/lib.rs:1:5 renamed -> one/src/lib.rs import/module-path
two/src/lib.rs:1:14 api -> one/src/lib.rs:1 import/import
two/src/lib.rs:3:14 api -> one/src/lib.rs:1 call/import
two/src/lib.rs:3:21 crate_one -> one/src/lib.rs type/module-path
two/src/lib.rs:3:32 api -> one/src/lib.rs:1 call/member
two/src/main.rs:1:13 two -> two/src/lib.rs type/module-path
two/src/main.rs:1:18 f -> two/src/lib.rs:3 call/member
two/tests/t.rs:1:5 two -> two/src/lib.rs import/module-path
two/tests/t.rs:1:10 f -> two/src/lib.rs:3 import/import
two/tests/t.rs:2:18 f -> two/src/lib.rs:3 call/import
"#);
}

#[test]
fn a_cycle_of_globs_ends() {
    assert_snapshot!(edges("
//- src/lib.rs
pub mod a; pub mod b;
pub use a::*;
//- src/a.rs
pub use crate::b::*;
pub fn in_a() { in_b(); nowhere() }
//- src/b.rs
pub use super::*;
pub fn in_b() { in_a() }
"), @r#"
src/a.rs:1:16 b -> src/b.rs import/module-path
src/a.rs:2:17 in_b -> src/b.rs:2 call/glob
src/b.rs:2:17 in_a -> src/a.rs:2 call/glob
src/lib.rs:1:9 a -> src/a.rs import/import
src/lib.rs:1:20 b -> src/b.rs import/import
src/lib.rs:2:9 a -> src/a.rs import/module-path
"#);
}
