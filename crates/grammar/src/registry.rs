//! Which languages there are: the one place where a folder of rules meets its parser.

use std::sync::OnceLock;

use lodemap_base::{NameKey, RelPath, name_key};
use rustc_hash::FxHashMap;

use crate::lang::{Lang, LangSpec, RawLang};
use crate::rules::{RawRules, RuleError};
use crate::table::Table;

struct Builtin {
    folder: &'static str,
    lang: &'static str,
    /// Later files add to and replace the rules of earlier ones.
    rules: &'static [&'static str],
    /// What the language's own library gives.
    library: &'static [&'static str],
    language: fn() -> tree_sitter::Language,
    /// The version of the parser crate.
    parser: &'static str,
}

macro_rules! folder {
    ($name:literal, $file:literal) => {
        include_str!(concat!("../../../grammars/", $name, "/", $file))
    };
}

/// In the order of [`Lang`]. Append only: the order is part of the facts' codec.
const BUILTINS: &[Builtin] = &[
    #[cfg(feature = "python")]
    Builtin {
        folder: "python",
        lang: folder!("python", "lang.toml"),
        rules: &[folder!("python", "rules.toml")],
        library: &[folder!("python", "library.txt"), folder!("python", "library.toml")],
        language: || tree_sitter_python::LANGUAGE.into(),
        parser: "tree-sitter-python 0.25.0",
    },
    #[cfg(feature = "rust")]
    Builtin {
        folder: "rust",
        lang: folder!("rust", "lang.toml"),
        rules: &[folder!("rust", "rules.toml")],
        library: &[folder!("rust", "library.txt")],
        language: || tree_sitter_rust::LANGUAGE.into(),
        parser: "tree-sitter-rust 0.24.2",
    },
    #[cfg(feature = "javascript")]
    Builtin {
        folder: "javascript",
        lang: folder!("javascript", "lang.toml"),
        rules: &[folder!("javascript", "rules.toml")],
        library: &[],
        language: || tree_sitter_javascript::LANGUAGE.into(),
        parser: "tree-sitter-javascript 0.25.0",
    },
    #[cfg(feature = "typescript")]
    Builtin {
        folder: "typescript",
        lang: folder!("typescript", "lang.toml"),
        rules: &[folder!("typescript", "rules.toml")],
        library: &[],
        language: || tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        parser: "tree-sitter-typescript 0.23.2",
    },
    #[cfg(feature = "typescript")]
    Builtin {
        folder: "tsx",
        lang: folder!("tsx", "lang.toml"),
        rules: &[folder!("typescript", "rules.toml"), folder!("tsx", "rules.toml")],
        library: &[],
        language: || tree_sitter_typescript::LANGUAGE_TSX.into(),
        parser: "tree-sitter-typescript 0.23.2",
    },
    #[cfg(feature = "go")]
    Builtin {
        folder: "go",
        lang: folder!("go", "lang.toml"),
        rules: &[folder!("go", "rules.toml")],
        library: &[],
        language: || tree_sitter_go::LANGUAGE.into(),
        parser: "tree-sitter-go 0.25.0",
    },
    #[cfg(feature = "c")]
    Builtin {
        folder: "c",
        lang: folder!("c", "lang.toml"),
        rules: &[folder!("c", "rules.toml")],
        library: &[],
        language: || tree_sitter_c::LANGUAGE.into(),
        parser: "tree-sitter-c 0.24.2",
    },
];

struct Registry {
    specs: Vec<LangSpec>,
    by_extension: FxHashMap<String, Lang>,
    by_filename: FxHashMap<String, Lang>,
}

fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    REGISTRY.get_or_init(|| build().unwrap_or_else(|e| panic!("{e}")))
}

fn build() -> Result<Registry, RuleError> {
    let mut out =
        Registry { specs: Vec::new(), by_extension: FxHashMap::default(), by_filename: FxHashMap::default() };
    for (index, b) in BUILTINS.iter().enumerate() {
        let raw: RawLang = toml::from_str(b.lang).map_err(|e| RuleError::Syntax {
            lang: b.folder.into(),
            file: "lang.toml",
            message: e.to_string(),
        })?;
        let lang = Lang(index as u8);
        for e in &raw.extensions {
            out.by_extension.entry(e.clone()).or_insert(lang);
        }
        for f in &raw.filenames {
            out.by_filename.entry(f.clone()).or_insert(lang);
        }
        let mut hash = blake3::Hasher::new();
        hash.update(b.lang.as_bytes());
        b.rules.iter().for_each(|r| _ = hash.update(r.as_bytes()));
        let rules_hash = &hash.finalize().to_hex()[..16];
        let mut common_members: Vec<NameKey> =
            raw.conventions.common_members.iter().map(|m| name_key(m)).collect();
        common_members.sort_unstable();
        out.specs.push(LangSpec {
            lang,
            name: raw.name,
            title: raw.title,
            family: raw.family,
            depth: raw.depth,
            extensions: raw.extensions,
            filenames: raw.filenames,
            shebangs: raw.shebangs,
            line_comment: raw.line_comment,
            common_members,
            visibility_kinds: OnceLock::new(),
            conventions: raw.conventions,
            version: format!("{} rules {rules_hash}", b.parser),
            language: b.language,
            rules: b.rules,
            library: b.library,
            table: OnceLock::new(),
        });
    }
    Ok(out)
}

pub(crate) fn compile_rules(
    lang: &str,
    sources: &[&str],
    language: &tree_sitter::Language,
) -> Result<Table, RuleError> {
    let parsed = sources
        .iter()
        .map(|s| {
            toml::from_str::<RawRules>(s).map_err(|e| RuleError::Syntax {
                lang: lang.into(),
                file: "rules.toml",
                message: e.to_string(),
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    crate::table::compile(lang, &parsed.iter().collect::<Vec<_>>(), language)
}

/// All languages, in the order of [`Lang`].
pub fn languages() -> &'static [LangSpec] {
    &registry().specs
}

/// The language's description.
pub fn spec(lang: Lang) -> &'static LangSpec {
    &registry().specs[lang.0 as usize]
}

/// The language called `name`.
pub fn spec_by_name(name: &str) -> Option<&'static LangSpec> {
    languages().iter().find(|s| s.name == name)
}

/// The language of a file by its name; a file without an extension may still have a `#!` line.
pub fn detect(path: &RelPath) -> Option<Lang> {
    let r = registry();
    let by_name = r.by_filename.get(path.name()).copied();
    by_name.or_else(|| path.extension().and_then(|e| r.by_extension.get(e).copied()))
}

/// The language named by a `#!` line at the head of a file.
pub fn detect_shebang(head: &[u8]) -> Option<Lang> {
    let line = head.strip_prefix(b"#!")?.split(|b| *b == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.split_whitespace();
    let mut program = words.next()?.rsplit('/').next()?;
    if program == "env" {
        program = words.find(|w| !w.starts_with('-') && !w.contains('='))?;
    }
    let stem = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let matches = |s: &LangSpec| s.shebangs.iter().any(|b| b == program || b == stem);
    languages().iter().find(|s| matches(s)).map(|s| s.lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_compiles() {
        for s in languages() {
            s.check().map(|_| ()).unwrap_or_else(|e| panic!("{e}"));
        }
    }

    #[test]
    fn unknown_words_are_errors() {
        let python = spec_by_name("python").unwrap();
        let check =
            |rules: &str| compile_rules("python", &[rules], &python.language()).map(|_| ()).unwrap_err();
        for (rules, says) in [
            ("[nodes]\nidentifier = { role = \"naem\" }", "naem"),
            ("[nodes]\nidentifier = { role = \"name\", colour = 1 }", "colour"),
            ("[nodes]\nidentifierr = { role = \"name\" }", "identifierr"),
            ("[nodes]\ncall = { role = \"call\", function = \"functoin\" }", "functoin"),
            ("[nodes]\nx = { role = \"define\", kind = \"klass\", name = \"name\" }", "klass"),
        ] {
            assert!(check(rules).to_string().contains(says), "{}", check(rules));
        }
    }

    #[test]
    fn languages_are_told_by_name_extension_and_shebang() {
        let by_path = |p: &str| detect(&RelPath::parse(p).unwrap()).map(|l| spec(l).name.as_str());
        assert_eq!(by_path("a/b.py"), Some("python"));
        assert_eq!(by_path("b.rs"), Some("rust"));
        assert_eq!(by_path("b.h"), Some("c"));
        assert_eq!(by_path("b.tsx"), Some("tsx"));
        assert_eq!(by_path("Makefile"), None);
        let by_head = |h: &str| detect_shebang(h.as_bytes()).map(|l| spec(l).name.as_str());
        assert_eq!(by_head("#!/usr/bin/env python3\n"), Some("python"));
        assert_eq!(by_head("#!/usr/bin/python3.11 -u\n"), Some("python"));
        assert_eq!(by_head("#!/usr/bin/env -S X=1 node --x\n"), Some("javascript"));
        assert_eq!(by_head("#!/bin/sh\n"), None);
        assert_eq!(by_head("python"), None);
    }
}
