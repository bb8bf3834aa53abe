//! How do random JavaScript, TypeScript and TSX look? They share folders and import each other without extensions.

use super::{NAMES, Rng, Writer};

pub(super) const WRITER: Writer = Writer {
    paths: &[
        "web/index.js",
        "web/a.js",
        "web/a.ts",
        "web/b/index.ts",
        "web/b/index.js",
        "web/b.mjs",
        "web/b/a.tsx",
        "web/load.jsx",
        "web/run.tsx",
        "web/package.json",
        "lib/package.json",
        "lib/src/index.ts",
        "lib/load.ts",
    ],
    comment: "//",
    head,
    import,
    item,
    statement,
};

const MODULES: [&str; 13] = [
    "./a",
    "./b",
    "./b/c",
    "./c",
    "../a",
    ".",
    "..",
    "./a.js",
    "../d",
    "@it/lib",
    "@it/lib/d",
    "@it/web",
    "react",
];

fn head(rng: &mut Rng) -> String {
    let text = if rng.one_in(8) { "'use strict';\n" } else { "" };
    text.into()
}

fn import(rng: &mut Rng) -> String {
    let (m, n, o) = (*rng.pick(&MODULES), *rng.pick(&NAMES), *rng.pick(&NAMES));
    match rng.below(10) {
        0 => format!("import {n} from '{m}';\n"),
        1 => format!("import * as {n} from '{m}';\n"),
        2 => format!("import {{ {n}, {o} as {} }} from '{m}';\n", rng.pick(&NAMES)),
        3 | 4 => format!("export * from '{m}';\n"),
        5 => format!("export {{ {n} as {o} }} from '{m}';\n"),
        6 => format!("const {n} = require('{m}');\n"),
        7 => format!("const {{ {n}, {o} }} = require('{m}');\n"),
        8 => format!("import '{m}';\n"),
        _ => format!("import {{ {n} }} from '{m}';\n"),
    }
}

fn item(rng: &mut Rng) -> String {
    let (n, o, p) = (*rng.pick(&NAMES), *rng.pick(&NAMES), *rng.pick(&NAMES));
    let e = *rng.pick(&["", "export ", "export "]);
    let body = statement(rng);
    match rng.below(7) {
        0 => format!("{e}class {n} extends {o} {{\n  {p}() {{\n    {body}\n  }}\n}}\n"),
        1 => format!("export default function {n}(x) {{\n  {body}\n}}\n"),
        2 => format!("{e}const {n} = (x) => {o}.{p}(x);\n"),
        3 => format!("module.exports = {{ {n}, {o} }};\n"),
        4 => format!("{e}let {n} = new {o}();\n"),
        5 => format!("export {{ {n} as {o} }};\n"),
        _ => format!("{e}function {n}(x) {{\n  {body}\n  return x.{o}();\n}}\n"),
    }
}

fn statement(rng: &mut Rng) -> String {
    let (n, o, p) = (*rng.pick(&NAMES), *rng.pick(&NAMES), *rng.pick(&NAMES));
    match rng.below(6) {
        0 => format!("{n}.{o}(x.{p}());"),
        1 => format!("new {n}().{o}();"),
        2 => format!("this.{n}().{o};"),
        3 => format!("import('{}').then({n});", rng.pick(&MODULES)),
        4 => format!("const {n} = {o}.{p};"),
        _ => format!("return {n}({o}.{p});"),
    }
}
