//! Random repositories: small, dense with imports, globs, cycles and names that collide.

use lodemap_base::RelPath;

use crate::fixture::Fixture;

/// SplitMix64: small, good enough, and the same everywhere.
pub struct Rng(u64);

impl Rng {
    /// A generator that always gives the same for a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(0x9e37_79b9_7f4a_7c15))
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next_u64() % n.max(1) as u64) as usize
    }

    /// One of the items.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// Puts the items in a random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// The seeds of a random test: `count` of them (or `LODEMAP_RUNS`), or the one in `LODEMAP_SEED`. Print the seed
/// on failure.
pub fn seeds(count: u64) -> Vec<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|s| s.parse().ok());
    match number("LODEMAP_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("LODEMAP_RUNS").unwrap_or(count)).collect(),
    }
}

const NAMES: [&str; 8] = ["a", "b", "c", "d", "load", "Pool", "Conn", "run"];
const PYTHON: [&str; 8] = [
    "pkg/__init__.py",
    "pkg/a.py",
    "pkg/b.py",
    "pkg/sub/__init__.py",
    "pkg/sub/c.py",
    "a.py",
    "tests/test_a.py",
    "space/d.py",
];
const RUST: [&str; 7] =
    ["src/lib.rs", "src/main.rs", "src/a.rs", "src/b/mod.rs", "src/b/c.rs", "src/a/d.rs", "tests/t.rs"];

/// A random repository of Python and Rust.
pub fn random_repository(rng: &mut Rng) -> Fixture {
    let mut files = Vec::new();
    let mut add = |path: &str, text: String| {
        files.push((RelPath::parse(path).expect("paths here are clean"), text.into_bytes()));
    };
    for path in PYTHON {
        if !rng.one_in(4) {
            add(path, python(rng));
        }
    }
    if !rng.one_in(4) {
        add("Cargo.toml", "[package]\nname = \"it\"\n".into());
    }
    for path in RUST {
        if !rng.one_in(4) {
            add(path, rust(rng));
        }
    }
    rng.shuffle(&mut files);
    Fixture { files }
}

fn python(rng: &mut Rng) -> String {
    let mut out = String::new();
    let modules = [
        "pkg",
        "pkg.a",
        "pkg.b",
        "pkg.sub",
        "pkg.sub.c",
        "a",
        "space.d",
        "os",
        ".",
        ".a",
        "..",
        "..b",
        ".sub",
    ];
    for _ in 0..rng.below(5) {
        let (m, n) = (*rng.pick(&modules), *rng.pick(&NAMES));
        out.push_str(&match rng.below(6) {
            0 if !m.starts_with('.') => format!("import {m}\n"),
            1 if !m.starts_with('.') => format!("import {m} as {n}\n"),
            2 | 3 => format!("from {m} import *\n"),
            4 => format!("from {m} import {n} as {}\n", rng.pick(&NAMES)),
            _ => format!("from {m} import {n}\n"),
        });
    }
    if rng.one_in(5) {
        out.push_str(&format!("__all__ = ['{}', '{}']\n", rng.pick(&NAMES), rng.pick(&NAMES)));
    }
    for _ in 0..rng.below(4) {
        let n = *rng.pick(&NAMES);
        out.push_str(&match rng.below(4) {
            0 => format!("{n} = {}\n", rng.pick(&NAMES)),
            1 => format!(
                "class {n}({}):\n    def {}(self):\n        return self.{}()\n",
                rng.pick(&NAMES),
                rng.pick(&NAMES),
                rng.pick(&NAMES)
            ),
            _ => format!(
                "def {n}(x):\n    return {}.{}(x.{}())\n",
                rng.pick(&NAMES),
                rng.pick(&NAMES),
                rng.pick(&NAMES)
            ),
        });
    }
    out
}

fn rust(rng: &mut Rng) -> String {
    let mut out = String::new();
    for m in ["a", "b", "c", "d"] {
        if rng.one_in(2) {
            out.push_str(&format!("pub mod {m};\n"));
        }
    }
    let heads =
        ["crate", "self", "super", "it", "std", "a", "b", "crate::a", "crate::b", "self::c", "super::d"];
    for _ in 0..rng.below(5) {
        let (h, n) = (*rng.pick(&heads), *rng.pick(&NAMES));
        let p = if rng.one_in(2) { "pub " } else { "" };
        out.push_str(&match rng.below(4) {
            0 | 1 => format!("{p}use {h}::*;\n"),
            2 => format!("{p}use {h}::{{{n} as {}, {}}};\n", rng.pick(&NAMES), rng.pick(&NAMES)),
            _ => format!("{p}use {h}::{n};\n"),
        });
    }
    for _ in 0..rng.below(4) {
        let n = *rng.pick(&NAMES);
        out.push_str(&match rng.below(5) {
            0 => format!("pub struct {n};\nimpl {n} {{ pub fn {}() {{}} }}\n", rng.pick(&NAMES)),
            1 => format!(
                "pub mod {n} {{ use super::*; pub fn {}() {{ {}() }} }}\n",
                rng.pick(&NAMES),
                rng.pick(&NAMES)
            ),
            2 => format!("pub enum {n} {{ A, B }}\n"),
            _ => format!(
                "pub fn {n}() {{ {}::{}(); {}() }}\n",
                rng.pick(&NAMES),
                rng.pick(&NAMES),
                rng.pick(&NAMES)
            ),
        });
    }
    out
}
