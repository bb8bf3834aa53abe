//! A file that is parsed in pieces and walked in parts says what it says as a whole.

use crate::{Random, samples};
use lodemap_facts::{facts_in_parts, facts_in_pieces, facts_of};
use lodemap_grammar::{Lang, detect, spec};

fn check(lang: Lang, text: &[u8]) {
    let whole = facts_of(lang, text);
    for parts in 2..6 {
        assert_eq!(
            facts_in_parts(lang, text, parts),
            whole,
            "{parts} parts of {}",
            String::from_utf8_lossy(text)
        );
        let pieces = facts_in_pieces(lang, text, parts, 1);
        let alike = facts_in_pieces(lang, text, parts, 2);
        assert_eq!(alike, pieces, "{parts} pieces of {}", String::from_utf8_lossy(text));
        // With an error, what the parser makes of a text is anyone's guess.
        if whole.problems.is_empty() {
            assert_eq!(pieces, whole, "{parts} pieces of {}", String::from_utf8_lossy(text));
        }
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

/// One item holds everything, so that the file can be cut between its members only.
fn wrapped(lang: Lang, text: &[u8]) -> Option<Vec<u8>> {
    let around = |before: &str, after: &str| Some([before.as_bytes(), text, after.as_bytes()].concat());
    match spec(lang).name.as_str() {
        "rust" => around("// Why.\n#[cfg(test)]\nmod m {\n", "\n}\nfn after() {}\n"),
        "typescript" => around("module N {\n", "\n}\nfunction after() {}\n"),
        "python" => {
            let mut out = b"class A(B):\n    '''About it.'''\n".to_vec();
            for line in text.split_inclusive(|b| *b == b'\n') {
                out.extend_from_slice(b"    ");
                out.extend_from_slice(line);
            }
            out.extend_from_slice(b"\ndef after(): pass\n");
            Some(out)
        }
        _ => None,
    }
}

#[test]
fn members_of_one_item() {
    let samples = samples();
    let mut random = Random(0x3e3b_0a11);
    let mut count = 0;
    for (lang, text) in &samples {
        let same: Vec<&Vec<u8>> = samples.iter().filter(|(l, _)| l == lang).map(|(_, t)| t).collect();
        for joined in 0..4 {
            let more = (0..joined).map(|_| same[random.below(same.len())].as_slice());
            let texts: Vec<&[u8]> = std::iter::once(text.as_slice()).chain(more).collect();
            if let Some(text) = wrapped(*lang, &texts.join(&b'\n')) {
                check(*lang, &text);
                count += 1;
            }
        }
    }
    assert!(count > 20, "{count}");
}

/// Where a text is cut by its lines, what they mean may be another thing.
#[test]
fn what_lines_do_not_tell() {
    for (name, text) in [
        // Of a class over several pieces: its end, what its members bind, its documentation.
        (
            "python",
            "class A(\n    B,\n):\n    \"\"\"Doc.\"\"\"\n\n    def f(self):\n        self.x = 1\n\n    # Why.\n\n    @c\n    def g(self):\n        self.x = 2\n\n    def h(self):\n        return self.x\n\n    y = 1\n\n\nz = 1\n",
        ),
        (
            "python",
            "@a\nclass B:\n\n    def f(self): pass\n\n    def g(self): pass\n\n    def h(self): pass\n",
        ),
        ("python", "class A:\n\n    def f(self): pass\n\n    def g(self): pass\n\n    def h(self): pass\n"),
        ("python", "x = 1\n\n# A.\nclass A:\n\n    def f(self): pass\n"),
        ("python", "x = 1\n\n# A.\nclass A:\n    # B.\n\n    def f(self): pass\n\n    def g(self): pass\n"),
        (
            "python",
            "class A:\n        # Odd.\n    def f(self):\n        x = 1\n\n        def g(): pass\n\n    def h(self): pass\n\n    def i(self): pass\n",
        ),
        ("python", "class A:\n\tx = 1\n\n\tdef f(self):\n\t\tpass\n\n\tdef g(self): pass\n"),
        ("typescript", "try\n{\n  f();\n}\ncatch (e)\n{\n  g(e);\n}\nif (a)\n{\n}\nelse\n{\n  g();\n}\n"),
        ("javascript", "let b = {\n}\n/foo/g.test(x)\nlet c = {\n}\n/bar/g\n"),
        ("c", "#if A\nint f(void)\n{\n}\n#endif\nint g(void)\n{\n}\nint h(void)\n{\n}\n"),
        (
            "rust",
            "mod_x! {\n    a {\n    }\n    b {\n    }\n}\nfn f() {\n} // end\nimpl A {\n    fn g() {\n    }\n    fn h() {\n    }\n}\n",
        ),
        ("python", "A = \"\"\"\n\ndef f():\n    pass\n\ndef g():\n    pass\n\"\"\"\n\ndef h():\n    pass\n"),
        ("python", "A = '\"\"\"'\n\ndef f():\n    pass\n\ndef g():\n    pass\n\ndef h():\n    pass\n"),
        ("rust", "const A: &str = \"\nfn f() {\n}\nfn g() {\n}\n\";\nfn h() {\n}\nfn i() {\n}\n"),
        ("rust", "/*\nfn f() {\n}\nfn g() {\n}\n*/\nfn h() {\n}\nfn i() {\n}\n"),
        ("rust", "m! {\n    a {\n    }\n    b {\n    }\n}\nm! {\nfn f() {\n}\nfn g() {\n}\n}\n"),
        (
            "rust",
            "/// Doc.\n\n#[a]\n\n/// More.\nimpl<T> B for C<T>\nwhere\n    T: D,\n{\n    type E = T;\n    fn f() {\n    }\n    fn g(&self) {\n        self.h()\n    }\n    /// Why.\n    #[b]\n    fn h(&self) {\n    }\n}\nstruct I;\n",
        ),
        (
            "rust",
            "mod a {\n    use b::*;\n    fn f() {\n        c()\n    }\n    mod d {\n        fn g() {\n        }\n        fn h() {\n        }\n    }\n    fn i() {\n        d::g()\n    }\n}\nmod e {\n    fn j() {\n    }\n    fn k() {\n    }\n}\n",
        ),
        ("rust", "trait A {\n    fn f() {\n    }\n    fn g();\n    fn h() {\n    }\n    fn i() {\n    }\n}"),
        (
            "javascript",
            "const a = `\nfunction f() {\n}\nfunction g() {\n}\n`\nfunction h() {\n}\nlet b = {\n}\nc\n",
        ),
        ("typescript", "@a\nclass B {\n  f() {\n  }\n}\ninterface C {\n}\nexport default B\n"),
        ("go", "package a\nfunc f() {\n}\nvar b = `\nfunc g() {\n}\nfunc h() {\n}\n`\nfunc i() {\n}\n"),
        ("c", "#define A \\\nint f(void) \\\n{ \\\n}\nint g(void)\n{\n}\nint h(void)\n{\n}\n"),
        ("c", "struct a {\n}\nb;\nint f(void)\n{\n}\nint g(void)\n{\n}\n"),
    ] {
        check(crate::lang(name), text.as_bytes());
        check(crate::lang(name), text.replace('\n', "\r\n").as_bytes());
        check(crate::lang(name), text.repeat(3).as_bytes());
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
        // An attribute that waits for an item through another one, and is not among what leads it.
        (
            "rust",
            "#[cfg(test)]\nextern \"C\" {}\nmod t {\n    fn aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa() {}\n    fn b() {}\n    fn c() {}\n}\n",
        ),
        // Members that meet; parameters of the head; a base with many others between it and who asks for it.
        ("python", "class A:\n    def f(self):\n        self.x = 1\n    def g(self):\n        self.x = 2\n"),
        ("rust", "struct A<T: B = C> {\n    a: T,\n    b: D<T>,\n    c: D<T>,\n    d: C,\n}\n"),
        (
            "rust",
            "/// Doc.\n#[a(b)]\nimpl<T: B> C<T> for D<T> {\n    /// One.\n    fn e(&self) -> T { self.f() }\n    #[g]\n    fn f(&self) -> T {}\n    const H: T = i();\n}\nfn j() {}\n",
        ),
        (
            "python",
            "class A(B):\n    def f(self, a):\n        class C(D): pass\n        class E(D): pass\n        class F(D): pass\n        class G(D): pass\n        class H(D): pass\n        class I(D): pass\n        class J(D): pass\n        class K(D): pass\n    def g(self, b):\n        b.c()\n    def h(self, b):\n        b.c()\n",
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

/// Every file below the folder `LODEMAP_TEXTS`, as it is and after a random change.
#[test]
#[ignore = "needs a folder of texts, LODEMAP_TEXTS"]
fn texts_of_a_folder() {
    let root = std::env::var_os("LODEMAP_TEXTS").expect("LODEMAP_TEXTS names a folder of texts");
    let mut random = Random(0x91ec_e500);
    let (mut folders, mut count) = (vec![std::path::PathBuf::from(root)], 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            let name = entry.file_name();
            let lang = lodemap_base::RelPath::from_os(std::path::Path::new(&name)).and_then(|p| detect(&p));
            if kind.is_dir() {
                folders.push(path);
            } else if let Some(lang) = lang.filter(|_| kind.is_file()) {
                let mut text = std::fs::read(&path).unwrap();
                check(lang, &text);
                if !text.is_empty() {
                    text.insert(random.below(text.len()), b"{}()\"'[]\n"[random.below(9)]);
                    check(lang, &text);
                }
                count += 1;
            }
        }
    }
    assert!(count > 0, "the folder has no text in a known language");
    println!("{count} files");
}
