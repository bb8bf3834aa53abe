//! A file that is walked in parts says what it says as a whole.

use crate::{Random, samples};
use lodemap_facts::{facts_in_parts, facts_of};
use lodemap_grammar::Lang;

fn check(lang: Lang, text: &[u8]) {
    let whole = facts_of(lang, text);
    for parts in 2..6 {
        assert_eq!(
            facts_in_parts(lang, text, parts),
            whole,
            "{parts} parts of {}",
            String::from_utf8_lossy(text)
        );
    }
}

#[test]
fn samples_one_after_another() {
    let samples = samples();
    let mut random = Random(0x10de_3a9f);
    for (lang, text) in &samples {
        check(*lang, text);
        // Names that one part declares are met again in the next ones.
        let same: Vec<&Vec<u8>> = samples.iter().filter(|(l, _)| l == lang).map(|(_, t)| t).collect();
        for _ in 0..4 {
            let joined: Vec<&[u8]> = (0..4).map(|_| same[random.below(same.len())].as_slice()).collect();
            check(*lang, &joined.join(&b'\n'));
        }
    }
}

#[test]
fn cut_anywhere() {
    let mut random = Random(7);
    for (lang, text) in samples() {
        let lines: Vec<&[u8]> = text.split_inclusive(|b| *b == b'\n').collect();
        for _ in 0..6 {
            let from = random.below(lines.len());
            let to = from + random.below(lines.len() - from + 1);
            check(lang, &lines[from..to].concat());
        }
    }
}

/// Cases where one part sees what stands in another.
#[test]
fn what_reaches_across() {
    for (name, text) in [
        ("python", "a = 1\nb = a\na = 2\nb = 3\na = 4\n"),
        (
            "python",
            "from typing import overload\n@overload\ndef f(x: int): ...\n@overload\ndef f(x: str): ...\ndef f(x): pass\n",
        ),
        ("python", "__all__ = ['a']\ndef a(): pass\n__all__ += ['b']\ndef b(): pass\n__all__ = x\n"),
        ("python", "import a\nif not isinstance(a, b):\n    raise a\na.c()\na.d()\n"),
        (
            "rust",
            "// About this file.\n// It goes on.\n\n/// Doc.\n#[test]\n// Why.\nfn f() {}\n#[cfg(x)]\nm! {}\nstruct A;\nimpl A {}\n",
        ),
        ("javascript", "export { a as b, c };\nfunction a() {}\nfunction c() {}\nexport default a;\n"),
        (
            "c",
            "#ifdef A\nint f(void) { return 1; }\n#endif\nint f(void) { return g(); }\nstatic int g(void);\n",
        ),
    ] {
        check(crate::lang(name), text.as_bytes());
    }
}
