//! How does random Go look? Packages of several files, methods away from their types, embedded types.

use super::{NAMES, Rng, Writer};

pub(super) const WRITER: Writer = Writer {
    paths: &[
        "go.mod",
        "main.go",
        "a/a.go",
        "a/b.go",
        "a/a_test.go",
        "a/load/c.go",
        "b/b.go",
        "b/d.go",
        "pkg/a.go",
        "mod/go.mod",
        "mod/c.go",
        "mod/run/run.go",
    ],
    comment: "//",
    head,
    import,
    item,
    statement,
};

const PACKAGES: [&str; 9] = [
    "example.com/it",
    "example.com/it/a",
    "example.com/it/b",
    "example.com/it/pkg",
    "example.com/it/a/load",
    "example.com/it/mod",
    "example.com/mod",
    "example.com/mod/run",
    "fmt",
];
const NAMES_HERE: [&str; 7] = ["Load", "Run", "Pool", "Conn", "load", "a", "b"];

fn head(rng: &mut Rng) -> String {
    format!("package {}\n", rng.pick(&NAMES[..3]))
}

fn import(rng: &mut Rng) -> String {
    let (p, n) = (*rng.pick(&PACKAGES), *rng.pick(&NAMES));
    match rng.below(5) {
        0 => format!("import {n} \"{p}\"\n"),
        1 => format!("import (\n\t\"{p}\"\n\t{n} \"{}\"\n)\n", rng.pick(&PACKAGES)),
        2 => format!("import . \"{p}\"\n"),
        _ => format!("import \"{p}\"\n"),
    }
}

fn item(rng: &mut Rng) -> String {
    let (n, o, p) = (*rng.pick(&NAMES_HERE), *rng.pick(&NAMES_HERE), *rng.pick(&NAMES_HERE));
    let q = *rng.pick(&NAMES);
    let body = statement(rng);
    match rng.below(7) {
        0 => format!("type {n} struct {{\n\t{o}\n\tx {q}.{p}\n}}\n"),
        1 | 2 => format!("func (p *{n}) {o}() {p} {{\n\t{body}\n\treturn p.{o}()\n}}\n"),
        3 => format!("type {n} interface {{\n\t{o}() {p}\n}}\n"),
        4 => format!("const {n} = {q}.{o}\n"),
        5 => format!("var {n} {o} = {p}()\n"),
        _ => format!("func {n}(x {o}) *{q}.{p} {{\n\t{body}\n\treturn x.{o}()\n}}\n"),
    }
}

fn statement(rng: &mut Rng) -> String {
    let (n, o, q) = (*rng.pick(&NAMES_HERE), *rng.pick(&NAMES_HERE), *rng.pick(&NAMES));
    match rng.below(5) {
        0 => format!("{q}.{n}()"),
        1 => format!("x := {q}.{n}{{}}; x.{o}()"),
        2 => format!("{n}({o})"),
        3 => format!("defer p.{n}()"),
        _ => format!("{n}().{o}()"),
    }
}
