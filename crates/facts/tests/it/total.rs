//! Any bytes give facts: no panic, no overflow of the stack, no endless work, and indices in range.

use crate::{Random, facts, samples};
use lodemap_facts::{Level, Problem, decode, encode, facts_of};
use lodemap_grammar::{Lang, languages, spec_by_name};

/// Extracts on a stack as small as that of a worker, and has the codec check every index.
fn check(lang: Lang, bytes: &[u8]) {
    let facts = facts_of(lang, bytes);
    assert!(facts.refs.iter().is_sorted_by_key(|r| r.at));
    let end = facts.bytes;
    assert!(facts.symbols.iter().all(|s| s.span.start <= s.name_at && s.span.end <= end && s.body_at <= end));
    assert_eq!(decode(&encode(&facts)), Ok(facts));
}

#[test]
fn odd_files() {
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain("x = 1\n".encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for spec in languages() {
        for bytes in [
            &b""[..],
            b"\xef\xbb\xbf",
            b"\xff\xfe",
            b"\n",
            b"\r\n\r\n",
            b"\r",
            b"\0",
            b"\xff\xff\xff",
            b"a\xffb(c\xfed)\n",
            b"\"",
            b"'",
            b"/*",
            b"#",
            b"\\",
            &utf16,
        ] {
            check(spec.lang, bytes);
        }
    }
    assert_eq!(facts_of(languages()[0].lang, &utf16).problems[..], [Problem::Utf16]);
    assert_eq!(facts("python", "\0").level, Level::Binary);
}

/// Each was found by random edits.
#[test]
fn broken_statements() {
    for text in [
        "from . import .",
        "from .a import .b",
        "from . import ..",
        "import .",
        "from a import (.)",
        "from .. import .a as b",
    ] {
        check(spec_by_name("python").unwrap().lang, text.as_bytes());
    }
}

#[test]
fn samples_with_other_line_ends_say_the_same() {
    for (lang, bytes) in samples() {
        let text = String::from_utf8(bytes).unwrap();
        let (unix, dos) =
            (facts_of(lang, text.as_bytes()), facts_of(lang, text.replace('\n', "\r\n").as_bytes()));
        assert_eq!((unix.symbols.len(), unix.refs.len()), (dos.symbols.len(), dos.refs.len()));
        assert_eq!(unix.hashes.refs, dos.hashes.refs);
    }
}

#[test]
fn truncated_files() {
    for (lang, bytes) in samples() {
        for end in (0..bytes.len()).step_by(61) {
            check(lang, &bytes[..end]);
            check(lang, &bytes[end..]);
        }
    }
}

#[test]
fn every_language_on_every_sample() {
    for spec in languages() {
        for (_, bytes) in samples() {
            check(spec.lang, &bytes);
        }
    }
}

#[test]
fn random_bytes_and_edits() {
    let seed = 0x5eed_f00d;
    println!("seed {seed:#x}");
    let mut random = Random(seed);
    let tokens = "( ) [ ] { } < > . , ; : = == => -> :: # @ ! & * \" ' ` \\ \n \t 0 x class def fn impl for if let use import export from function const type struct enum return match lambda global";
    let tokens: Vec<&str> = tokens.split(' ').chain(["\n", "    ", " "]).collect();
    for spec in languages() {
        for _ in 0..30 {
            let len = random.below(600);
            let noise: Vec<u8> = (0..len).map(|_| random.next() as u8 | 1).collect();
            check(spec.lang, &noise);
            let words: Vec<&str> = (0..len).map(|_| tokens[random.below(tokens.len())]).collect();
            check(spec.lang, words.join(" ").as_bytes());
        }
    }
    for (lang, bytes) in samples() {
        for _ in 0..20 {
            let mut edited = bytes.clone();
            for _ in 0..=random.below(4) {
                let (at, to) = (random.below(edited.len()), random.below(edited.len()));
                match random.below(3) {
                    0 => drop(edited.drain(at.min(to)..at.max(to).min(at.min(to) + 40))),
                    1 => edited.insert(at, random.next() as u8),
                    _ => edited[at] = edited[to],
                }
            }
            check(lang, &edited);
        }
    }
}

#[test]
fn deep_nesting() {
    let nest = |open: &str, middle: &str, close: &str, n: usize| {
        format!("{}{middle}{}", open.repeat(n), close.repeat(n))
    };
    for n in [200, 1_400, 10_000] {
        let mut texts: Vec<(String, String)> = vec![
            ("python".into(), format!("x = {}\n", nest("(", "a", ")", n))),
            ("python".into(), format!("x = {}\n", nest("[", "", "]", n))),
            ("python".into(), format!("x = {}a\n", "not ".repeat(n))),
            ("python".into(), format!("x = a{}\n", " + a".repeat(n))),
            ("python".into(), format!("x = a{}\n", ".b".repeat(n))),
            ("python".into(), format!("x = a{}\n", "(1)".repeat(n))),
            ("python".into(), format!("{}1\n", "x = ".repeat(n))),
            ("python".into(), format!("{}1\n", "lambda: ".repeat(n))),
            ("python".into(), (0..n.min(3_000)).map(|i| format!("{}if a:\n", " ".repeat(i))).collect()),
            ("python".into(), (0..n.min(300)).map(|i| format!("{}class A:\n", " ".repeat(i))).collect()),
            ("rust".into(), format!("fn f() {{ {} }}\n", nest("{", "a", "}", n))),
            ("rust".into(), format!("fn f() {{ {}a }}\n", "!".repeat(n))),
            ("rust".into(), format!("fn f() {{ a{} }}\n", ".b()?".repeat(n))),
            ("rust".into(), format!("type T = {}T;\n", "&".repeat(n))),
            ("rust".into(), format!("type T = {};\n", nest("A<", "B", ">", n))),
            ("rust".into(), format!("use {};\n", nest("a::{", "b", "}", n))),
            ("rust".into(), format!("m!({});\n", nest("(", "a", ")", n))),
            ("rust".into(), nest("mod a {", "fn f() {}", "}", n)),
            ("c".into(), format!("int {}x;\n", "*".repeat(n))),
            ("c".into(), format!("int {};\n", nest("(", "x", ")", n))),
            ("c".into(), nest("struct a {", "int x;", "} b;", n)),
            ("c".into(), format!("int f() {{ {} x; }}\n", "if (a) b; else ".repeat(n))),
            ("c".into(), "#ifdef A\n".repeat(n)),
            ("go".into(), format!("package p\nvar x {}int\n", "[]".repeat(n))),
            ("go".into(), format!("package p\nvar x = a{}\n", ".b".repeat(n))),
        ];
        for lang in ["javascript", "typescript", "tsx"] {
            for text in [
                format!("x = {};", nest("{a:", "1", "}", n)),
                format!("x = {}y;", "!".repeat(n)),
                format!("x = {}y;", "a => ".repeat(n)),
                format!("x = a{};", ".b(c)".repeat(n)),
                nest("function f() {", "", "}", n),
                format!("x = a{};", " ? b : c".repeat(n)),
                format!("x = {};", nest("`${", "a", "}`", n)),
                format!("x = {};", nest("<A>", "a", "</A>", n)),
                format!("const {} = a;", nest("{a:", "b", "}", n)),
            ] {
                texts.push((lang.into(), text));
            }
        }
        for (lang, text) in texts {
            let facts = facts(&lang, &text);
            assert_eq!(decode(&encode(&facts)), Ok(facts), "{lang} {}", &text[..40]);
        }
    }
}

#[test]
fn one_long_line_is_only_text() {
    for spec in languages() {
        let facts = facts_of(spec.lang, "x = f(1); ".repeat(20_000).as_bytes());
        assert_eq!(facts.level, Level::Lexical);
    }
}

/// What a signature shows neither steers a terminal nor hides text from a reader.
#[test]
fn signatures_show_what_they_hold() {
    let python = lodemap_grammar::spec_by_name("python").expect("python is built in").lang;
    let facts = lodemap_facts::facts_of(python, "def f(x=\"\u{1b}[31m\u{202e}\"): pass\n".as_bytes());
    let signature = facts.signatures.get(facts.symbols.at(0).signature);
    assert_eq!(signature, "def f(x=\"\\u{1b}[31m\\u{202e}\")");
}
