//! How does random Rust look? Module trees in both layouts, globs of modules and enums, implementations elsewhere.

use super::{NAMES, Rng, Writer};

pub(super) const WRITER: Writer = Writer {
    paths: &[
        "Cargo.toml",
        "src/lib.rs",
        "src/main.rs",
        "src/a.rs",
        "src/a/mod.rs",
        "src/a/b.rs",
        "src/b.rs",
        "src/b/mod.rs",
        "src/b/a.rs",
        "src/load.rs",
        "src/a/load.rs",
        "src/bin/run.rs",
        "src/odd/x.rs",
        "tests/t.rs",
        "tests/a/mod.rs",
        "two/Cargo.toml",
        "two/src/lib.rs",
        "two/src/a.rs",
        "two/build.rs",
    ],
    comment: "//",
    head,
    import,
    item,
    statement,
};

const HEADS: [&str; 15] = [
    "crate",
    "self",
    "super",
    "it",
    "two",
    "std",
    "a",
    "b",
    "crate::a",
    "crate::b",
    "self::a",
    "super::load",
    "crate::b::Pool",
    "super::super",
    "self::Conn",
];

fn head(rng: &mut Rng) -> String {
    let mut out = String::new();
    for m in ["a", "b", "a", "load"] {
        if rng.one_in(2) {
            out.push_str(&module(rng, m));
        }
    }
    out
}

fn module(rng: &mut Rng, name: &str) -> String {
    match rng.below(10) {
        8 => format!("#[macro_use]\nmod {name};\n"),
        0 => format!("#[path = \"{}\"]\nmod {name};\n", rng.pick(&["odd/x.rs", "../b.rs", "b.rs", "a/b.rs"])),
        1 => format!("pub mod b {{ pub mod {name}; }}\n"),
        2 => format!("#[cfg(test)]\nmod {name};\n"),
        _ => format!("pub mod {name};\n"),
    }
}

fn import(rng: &mut Rng) -> String {
    let (h, n, o) = (*rng.pick(&HEADS), *rng.pick(&NAMES), *rng.pick(&NAMES));
    let p = *rng.pick(&["", "pub ", "pub ", "pub(crate) "]);
    match rng.below(7) {
        0 | 1 => format!("{p}use {h}::*;\n"),
        2 => format!("{p}use {h}::{{{n} as {o}, {}}};\n", rng.pick(&NAMES)),
        3 => format!("{p}use {h}::{{self, {n}::{{*, {o}}}}};\n"),
        4 => module(rng, o),
        5 if rng.one_in(3) => format!("extern crate {} as {n};\n", rng.pick(&["two", "self"])),
        _ => format!("{p}use {h}::{n};\n"),
    }
}

fn item(rng: &mut Rng) -> String {
    let (n, o, p) = (*rng.pick(&NAMES), *rng.pick(&NAMES), *rng.pick(&NAMES));
    let (h, body) = (*rng.pick(&HEADS), statement(rng));
    match rng.below(27) {
        0 => format!(
            "pub struct {n};\nimpl {n} {{\n    pub fn {o}(&self) -> {p} {{\n        {body}\n    }}\n}}\n"
        ),
        1 => format!("impl {h}::{n} {{\n    pub fn {o}(self) {{\n        {body}\n    }}\n}}\n"),
        2 => format!("impl {o} for {n} {{\n    fn {p}(&self) {{\n        {body}\n    }}\n}}\n"),
        3 => format!("pub trait {n} {{\n    fn {o}(&self);\n    fn {p}() {{\n        {body}\n    }}\n}}\n"),
        4 => format!("pub mod {n} {{\n    use super::*;\n    pub fn {o}() {{\n        {body}\n    }}\n}}\n"),
        5 => format!("pub enum {n} {{ A, {o}({p}), {p} }}\n"),
        6 => format!("pub struct {n} {{ pub {o}: {p}, x: Vec<{h}::{o}> }}\n"),
        7 => format!("macro_rules! {n} {{\n    () => {{ {o}() }};\n}}\n"),
        8 => format!("pub type {n} = {h}::{o};\n"),
        25 => format!("bitflags! {{ pub struct {n}: {o} {{ const {p} = Self::{o}; }} }}\n"),
        19 => format!(
            "{}macro_rules! {n} {{\n    () => {{ {o}() }};\n}}\n{}use {n};\n",
            rng.pick(&["#[macro_export]\n", ""]),
            rng.pick(&["pub(crate) ", "// "])
        ),
        20 => format!(
            "thread_local! {{ static {n}: {o} = {p}::{n}(); }}\nlazy_static! {{ static ref {o}: {p} = {n}; }}\n"
        ),
        21 => format!(
            "cfg_if! {{ if #[cfg(x)] {{ pub fn {n}() -> {o} {{ {body} }} }} else {{ mod {n}; use {h}::{p}; }} }}\n"
        ),
        22 => format!(
            "{n}! {{\n    pub struct {o} {{ {p}: {n} }}\n    impl {h}::{o} {{ fn {n}(&self) -> {p} {{ {body} }} }}\n}}\n"
        ),
        23 => format!(
            "fn {n}<T: {o} + {p}>(x: &[T], f: impl Fn({n}) -> {o}) -> {p} {{\n    let y: Vec<_> = x.iter().zip(x).map(|(a, b)| a.{n}(b)).collect();\n    f(y[0]).{o}();\n    (x[0] + y).{p}();\n    {body}\n}}\n"
        ),
        24 => format!(
            "fn {n}() -> {o} {{\n    use {h}::{p}::*;\n    let x;\n    x = <{n} as {p}>::{o}();\n    x.{n}();\n    {body}\n}}\n"
        ),
        // What the types of receivers follow from.
        11 => format!(
            "impl<T: {o}> {n} for T {{\n    type Target = {p};\n    fn {p}(&self) -> Self::Target {{\n        {body}\n    }}\n}}\n"
        ),
        12 => format!(
            "pub struct {n}<T>(pub {o}, Vec<T>);\nimpl<T> Deref for {n}<T> {{\n    type Target = {o};\n}}\n"
        ),
        13 => format!(
            "fn {n}(x: {o}) {{\n    match x.{p}() {{\n        {h}::{o}(y) => y.{n}(),\n        {p} {{ {o}, .. }} => {o}.{n}(),\n    }}\n}}\n"
        ),
        14 => format!("pub trait {n}: {o} {{\n    type {p}: {o};\n    fn {o}(&self) -> Self::{p};\n}}\n"),
        15 => format!(
            "fn {n}<T>(x: &T, y: Box<dyn {p}>) -> Option<T>\nwhere\n    T: {o},\n{{\n    x.{p}();\n    y.{o}();\n    {body}\n}}\n"
        ),
        16 => format!(
            "impl Iterator for {n} {{\n    type Item = {o};\n    fn next(&mut self) -> Option<Self::Item> {{ None }}\n}}\n"
        ),
        17 => format!(
            "fn {n}(x: Vec<{o}>) -> Result<{p}> {{\n    for a in &x {{ a.{p}(); }}\n    x.iter().map(|b| b.{n}());\n    Ok({p} {{ {o}: x[0] }})\n}}\n"
        ),
        18 => format!("pub type {n}<T> = Result<T, {o}>;\n"),
        9 => format!("pub const {n}: {o} = {p};\n"),
        10 => format!("fn {n}(x: &{o}) -> Option<{p}> {{\n    x.{p}()?;\n    {body}\n}}\n"),
        _ => format!("pub fn {n}() -> {o} {{\n    {body}\n    {p}::{o}()\n}}\n"),
    }
}

fn statement(rng: &mut Rng) -> String {
    let (n, o, p) = (*rng.pick(&NAMES), *rng.pick(&NAMES), *rng.pick(&NAMES));
    match rng.below(14) {
        12 => format!("{}::{n}!({o}.iter().map(|x| x.{p}()));", rng.pick(&HEADS)),
        0 | 8 => format!("{n}::{o}();"),
        1 => format!("{}::{n}({o});", rng.pick(&HEADS)),
        2 => format!("let x = {n}::{o}(); x.{p}();"),
        3 => format!("self.{n}().{o}();"),
        4 => format!("Self::{n}();"),
        5 => format!("{n}!({o}());"),
        6 => format!("use {}::{n}; {n}();", rng.pick(&HEADS)),
        9 => format!("let (a, b) = ({n}::{o}(), {p}.0); a.{n}(b.{p}()?);"),
        10 => format!("assert_eq!({n} {{ {o}: self.{p} }}.{o}(), {p}.{n}()[0].{o});"),
        11 => format!("if let Some(x) = {n}().{o} {{ x.{p}(); }}"),
        _ => format!("{n}().{o}.{p}();"),
    }
}
