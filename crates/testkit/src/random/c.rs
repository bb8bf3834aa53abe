//! How does random C look? Headers of one name in several folders, found beside the file or by the end of a path.

use super::{NAMES, Rng, Writer};

pub(super) const WRITER: Writer = Writer {
    paths: &[
        "c/main.c",
        "c/a.c",
        "c/a.h",
        "c/deep/a.h",
        "c/deep/b.c",
        "include/a.h",
        "include/deep/a.h",
        "include/d.h",
        "lib/b.h",
        "lib/b.c",
        "space/a.c",
    ],
    comment: "//",
    head,
    import,
    item,
    statement,
};

fn head(rng: &mut Rng) -> String {
    let text = if rng.one_in(6) { "#pragma once\n" } else { "" };
    text.into()
}

fn import(rng: &mut Rng) -> String {
    let path = *rng.pick(&["a.h", "deep/a.h", "../lib/b.h", "b.h", "d.h", "lib/b.h", "stdio.h", "a.c"]);
    if rng.one_in(3) { format!("#include <{path}>\n") } else { format!("#include \"{path}\"\n") }
}

fn item(rng: &mut Rng) -> String {
    let (n, o, p) = (*rng.pick(&NAMES), *rng.pick(&NAMES), *rng.pick(&NAMES));
    let body = statement(rng);
    match rng.below(9) {
        0 => format!("struct {n} {{\n    int {o};\n    struct {p} *x;\n}};\n"),
        1 => format!("typedef struct {o} {n};\n"),
        2 => format!("enum {n} {{ A, {o}, {p} }};\n"),
        3 => format!("#define {n}(x) {o}(x)\n"),
        4 => format!("static int {n}(struct {o} *x) {{\n    {body}\n    return {p}(x);\n}}\n"),
        5 => format!("int {n}({o} x);\n"),
        6 => format!("int {n} = 1;\n"),
        _ => format!("int {n}({o} *x) {{\n    {body}\n    return {p}(x->{o});\n}}\n"),
    }
}

fn statement(rng: &mut Rng) -> String {
    let (n, o, p) = (*rng.pick(&NAMES), *rng.pick(&NAMES), *rng.pick(&NAMES));
    match rng.below(4) {
        0 => format!("{n}({o}, {p});"),
        1 => format!("x->{n} = {o}();"),
        2 => format!("struct {n} y = {{ {o} }};"),
        _ => format!("{n}(x->{o});"),
    }
}
