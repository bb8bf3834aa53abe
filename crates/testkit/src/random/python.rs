//! How does random Python look? Packages with and without `__init__`, stars, `__all__`, relative imports.

use super::{NAMES, Rng, Writer};

pub(super) const WRITER: Writer = Writer {
    paths: &[
        "pkg/__init__.py",
        "pkg/a.py",
        "pkg/a.pyi",
        "pkg/b.py",
        "pkg/b/__init__.py",
        "pkg/sub/__init__.py",
        "pkg/sub/b.py",
        "a.py",
        "tests/test_a.py",
        "space/a.py",
        "space/deep/b.py",
        "py/pyproject.toml",
        "py/src/pkg/a.py",
        "py/src/run/__init__.py",
        "bin/load",
    ],
    comment: "#",
    head,
    import,
    item,
    statement,
};

const MODULES: [&str; 17] = [
    "pkg",
    "pkg.a",
    "pkg.b",
    "pkg.sub",
    "pkg.sub.b",
    "a",
    "space",
    "space.a",
    "space.deep",
    "run",
    "os",
    ".",
    ".a",
    "..",
    "..b",
    ".sub",
    "...a",
];

fn head(rng: &mut Rng) -> String {
    let mut out = String::new();
    if rng.one_in(8) {
        out.push_str("\"\"\"What a file is for.\"\"\"\n");
    }
    if rng.one_in(5) {
        out.push_str(&format!("__all__ = ['{}', '{}']\n", rng.pick(&NAMES), rng.pick(&NAMES)));
    }
    out
}

fn import(rng: &mut Rng) -> String {
    let (m, n, o) = (*rng.pick(&MODULES), *rng.pick(&NAMES), *rng.pick(&NAMES));
    match rng.below(9) {
        0 if !m.starts_with('.') => format!("import {m}\n"),
        1 if !m.starts_with('.') => format!("import {m} as {n}\n"),
        2..=4 => format!("from {m} import *\n"),
        5 => format!("from {m} import {n} as {o}\n"),
        6 => format!(
            "try:\n    from {m} import {n}\nexcept ImportError:\n    from {} import {n}\n",
            rng.pick(&MODULES)
        ),
        7 => format!("from {m} import (\n    {n},\n    {o},\n)\n"),
        _ => format!("from {m} import {n}\n"),
    }
}

fn item(rng: &mut Rng) -> String {
    let (n, o, p) = (*rng.pick(&NAMES), *rng.pick(&NAMES), *rng.pick(&NAMES));
    let body = statement(rng);
    match rng.below(24) {
        0 => format!("{n} = {o}\n"),
        1 => format!("{n} = {o}.{p}()\n"),
        2 | 3 => {
            let other = statement(rng);
            let base = if rng.one_in(3) { format!("pkg.a.{o}") } else { o.to_owned() };
            format!(
                "class {n}({base}):\n    {p} = {o}\n    def __init__(self, x: {o}):\n        self.x = {p}()\n        \
                 {other}\n    def {p}(self):\n        {body}\n"
            )
        }
        4 => format!("@{o}\ndef {n}(x: '{p}') -> {o}:\n    {body}\n"),
        5 => format!("if {o}:\n    def {n}(x):\n        {body}\nelse:\n    {n} = {p}\n"),
        6 => format!("__all__ += ['{n}']\n"),
        // What the types of receivers follow from.
        8 => format!(
            "class {n}({o}, {p}):\n    {o}: '{p}'\n    {p} = []\n    def {n}(self):\n        return self\n"
        ),
        9 => format!(
            "class {n}({o}):\n    @property\n    def {p}(self):\n        return super().{o}()\n    @{p}.setter\n    def \
             {p}(self, x):\n        self.{n} = x\n    def __iter__(self):\n        yield {p}()\n"
        ),
        10 => {
            format!("{n}: dict[str, list[{o}]] = {{}}\nfor x in {n}.values():\n    x[0].{p}()\n    {body}\n")
        }
        11 => format!(
            "def {n}(x: {o} | None, *, y={p}()):\n    if isinstance(x, {p}):\n        x.{o}()\n    return y\n"
        ),
        12 => format!(
            "from typing import TypeVar\n{n} = TypeVar('{n}', bound='{o}')\ndef {p}(x: {n}) -> {n}:\n    {body}\n"
        ),
        13 => format!("with {n}() as x, {o} as y:\n    x.{p}(y.{o}())\n(a, b), {p} = x, {n}()\na.{o}()\n"),
        14 => format!(
            "def {n}(x):\n    for a, b in enumerate([{o}(), {p}]):\n        b.{n}()\n    return {o}() or b\n"
        ),
        // What follows from arguments, bases and stubs.
        15 => format!(
            "from typing import Generic, TypeVar\n{n} = TypeVar('{n}')\nclass {o}(Generic[{n}]):\n    def __init__(self, \
             x: {n}):\n        self.x = x\n    def {p}(self) -> {n}: ...\n{o}({p}()).{p}().{o}()\n"
        ),
        16 => format!(
            "class {n}({o}[{p}]):\n    def {p}(self, x, y=1):\n        x.{o}(y)\n        return self.{o}()\n"
        ),
        17 => format!(
            "class {n}({o}):\n    def {o}(self, x: {p}, *, y: {n}) -> {p}: ...\n    {p}: '{o} | {n}'\n"
        ),
        18 => format!(
            "def {n}(x: '{o} | {p}', y: {o}):\n    if isinstance(x, {o}):\n        return x.{p}()\n    elif isinstance(y.{p}, \
             {p}):\n        y.{p}.{n}()\n    else:\n        x.{n}()\n    return x + y\n"
        ),
        19 => format!(
            "from typing import NamedTuple\nclass {n}(NamedTuple):\n    {o}: {p}\n    {p}: '{n}'\na, b = \
             {n}()\na.{o}(b.{p}())\n"
        ),
        20 => format!(
            "class {n}:\n    def __getattr__(self, x) -> {o}: ...\n    def __get__(self, x, y) -> {p}: ...\n{o} = \
             {n}()\n{o}.x.{p}()\n"
        ),
        21 => format!("{n} = None\ndef {o}():\n    global {n}\n    {n} = {p}()\n    {n}.{o}()\n"),
        22 => format!(
            "{n} = dict[str, {o}]\ndef {p}(x: {n}, y=[{o} for {o} in {p}]):\n    x['{o}'].{p}(lambda: {n}())\n"
        ),
        7 => format!("def {n}(x: {o}) -> {p}:\n    y = x.{o}()\n    {body}\n    return y.{n}()\n"),
        _ => format!("def {n}(x):\n    {body}\n    return x.{o}()\n"),
    }
}

fn statement(rng: &mut Rng) -> String {
    let (n, o, p) = (*rng.pick(&NAMES), *rng.pick(&NAMES), *rng.pick(&NAMES));
    match rng.below(11) {
        0 => format!("{n}.{o}(x.{p}())"),
        1 => format!("self.{n}()"),
        2 => format!("{n}.{o}()"),
        3 => format!("{n}().{o}()"),
        4 => format!("{n} = {o}({p})"),
        5 => format!("self.{n}().{o}"),
        6 => format!("import pkg.{n}; pkg.{n}.{o}()"),
        8 => format!("return self.{n}.{o}"),
        9 => format!("x = {n}.{o}(); return x.{p}"),
        _ => format!("return {n}.{o}.{p}"),
    }
}
