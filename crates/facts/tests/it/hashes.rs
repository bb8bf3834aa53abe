//! Which hash moves when what is edited.

use crate::facts;
use lodemap_facts::Hashes;

/// Which of content, sig, refs, text and pos differ, as letters.
fn moved(lang: &str, before: &str, after: &str) -> String {
    let (a, b): (Hashes, Hashes) = (facts(lang, before).hashes, facts(lang, after).hashes);
    let differ = [
        ('c', a.content != b.content),
        ('s', a.sig != b.sig),
        ('r', a.refs != b.refs),
        ('t', a.text != b.text),
        ('p', a.pos != b.pos),
    ];
    differ.iter().filter(|(_, d)| *d).map(|(c, _)| *c).collect()
}

const PYTHON: &str = "import os\n\ndef f(x: int) -> str:\n    # a note\n    y = os.getcwd()\n    return g(x, y)\n\nclass A(B):\n    def m(self):\n        return self.n()\n";
const RUST: &str =
    "use std::fs;\n\n/// Doc.\npub fn f(x: u32) -> u32 {\n    // a note\n    g(x)\n}\n\nstruct S { a: u8 }\n";
const C: &str =
    "#include <a.h>\n/* doc */\nint f(int x)\n{\n\t/* a note */\n\treturn g(x);\n}\nstruct s { int a; };\n";
const TYPESCRIPT: &str = "import { a } from './a';\nexport function f(x: number): string {\n  // a note\n  return a(x);\n}\nconst h = (y) => {\n  a(y);\n};\n";
const GO: &str = "package p\nimport \"fmt\"\nfunc f(x int) int {\n\t// a note\n\treturn fmt.Print(x)\n}\ntype s struct { a int }\n";
const ALL: [(&str, &str); 5] =
    [("python", PYTHON), ("rust", RUST), ("c", C), ("typescript", TYPESCRIPT), ("go", GO)];

#[test]
fn a_comment_moves_neither_sig_nor_refs() {
    for (lang, text) in ALL {
        assert_eq!(moved(lang, text, &text.replace("a note", "b note")), "ct", "{lang}");
        assert_eq!(moved(lang, text, &text.replace("a note", "a longer note")), "ctp", "{lang}");
    }
}

#[test]
fn white_space_moves_places_only() {
    for (lang, text) in ALL {
        assert_eq!(moved(lang, text, &text.replacen('\n', "\n\n", 1)), "cp", "{lang}");
        assert_eq!(moved(lang, text, &text.replace('\n', "\r\n")), "cp", "{lang}");
    }
}

#[test]
fn a_body_moves_refs_and_not_sig() {
    for (lang, from, to) in [
        ("python", "g(x, y)", "h(x, y)"),
        ("rust", "g(x)", "h(x)"),
        ("c", "return g(x)", "return h(x)"),
        ("typescript", "return a(x)", "return b(x)"),
        ("typescript", "  a(y)", "  b(y)"),
        ("go", "fmt.Print(x)", "fmt.Paint(x)"),
    ] {
        let text = ALL.iter().find(|(l, _)| *l == lang).unwrap().1;
        assert_eq!(moved(lang, text, &text.replace(from, to)), "crt", "{lang} {from}");
    }
    // What a function returns says its type, unless that is declared.
    assert_eq!(moved("python", PYTHON, &PYTHON.replace("self.n()", "self.o()")), "csrt");
    // So does the way in which a local gets its value.
    let with = "def f():\n    with g() as x: pass\n    return x\n";
    assert_eq!(moved("python", with, "def f():\n    for x in g(): pass\n    return x\n"), "csrtp");
    // A local's name is nobody's business.
    let renamed = PYTHON.replace("y = os", "z = os").replace("(x, y)", "(x, z)");
    assert_eq!(moved("python", PYTHON, &renamed), "ct");
}

#[test]
fn a_signature_moves_sig() {
    for (lang, from, to) in [
        ("python", "x: int", "x: long"),
        ("python", "-> str", "-> bytes"),
        ("python", "class A(B)", "class A(C)"),
        ("python", "def m", "def n"),
        ("python", "import os", "import os as os"),
        ("rust", "pub fn", "fn"),
        ("rust", "a: u8", "a: u16"),
        ("rust", "std::fs", "std::io"),
        ("c", "int f", "static int f"),
        ("c", "a.h", "b.h"),
        ("typescript", "export ", ""),
        ("typescript", "x: number", "x: any"),
        ("go", "x int", "x uint"),
    ] {
        let text = ALL.iter().find(|(l, _)| *l == lang).unwrap().1;
        let after = text.replacen(from, to, 1);
        assert_ne!(text, after, "{lang} {from}");
        assert!(moved(lang, text, &after).contains('s') || from == "import os", "{lang} {from}");
    }
}

#[test]
fn order_is_a_fact() {
    // Later definitions of a name hide earlier ones, so order counts.
    let (a, b) = ("def f(): pass\n", "def g(): pass\n");
    assert_eq!(moved("python", &format!("{a}{b}"), &format!("{b}{a}")), "cst");
}

#[test]
fn equal_bytes_give_equal_facts() {
    for (lang, text) in ALL {
        assert_eq!(facts(lang, text), facts(lang, text));
    }
    for (lang, bytes) in crate::samples() {
        assert_eq!(lodemap_facts::facts_of(lang, &bytes), lodemap_facts::facts_of(lang, &bytes));
    }
}
