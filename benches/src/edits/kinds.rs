//! The edits: what people do to one file, made alike in every language and repository.

use std::path::Path;

use lodemap_facts::{FileFacts, Level};
use lodemap_grammar::{Lang, SymbolKind, spec};
use lodemap_host::{RelPath, Snapshot};

use crate::run::BenchError;

/// A kind of edit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EditKind {
    /// A comment at the end.
    Comment,
    /// A call in the body of a function.
    Body,
    /// One more parameter of a function.
    Signature,
    /// A new function at the end.
    Function,
    /// Another name for the symbol that matters most in the file.
    Rename,
    /// A new file beside it, with the same content.
    NewFile,
    /// The file goes.
    DeletedFile,
}

impl EditKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Comment,
        Self::Body,
        Self::Signature,
        Self::Function,
        Self::Rename,
        Self::NewFile,
        Self::DeletedFile,
    ];

    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Body => "body",
            Self::Signature => "signature",
            Self::Function => "new function",
            Self::Rename => "rename",
            Self::NewFile => "new file",
            Self::DeletedFile => "deleted file",
        }
    }
}

/// One edit of one file.
pub(super) struct Edit {
    pub(super) path: RelPath,
    pub(super) lang: Lang,
    /// Contents before and after; `None` where there is no file.
    pub(super) before: Option<Vec<u8>>,
    pub(super) after: Option<Vec<u8>>,
}

/// Edits of one kind to files of that size, spread evenly over the repository in the order of paths; the first `skip`
/// files are left to others.
pub(super) fn edits(
    snapshot: &Snapshot,
    root: &Path,
    kind: EditKind,
    skip: usize,
    size: std::ops::Range<u32>,
    samples: usize,
) -> Result<Vec<Edit>, BenchError> {
    let mut files: Vec<_> = snapshot
        .world()
        .files()
        .filter(|f| {
            size.contains(&f.facts.bytes) && f.facts.level == Level::Full && words(f.facts.lang).is_some()
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let step = (files.len() / samples.max(1)).max(1);
    let mut out = Vec::new();
    for file in files.iter().skip(skip).step_by(step) {
        let before = std::fs::read(root.join(file.path.to_os()))?;
        // What stands in an encoding of its own has other positions than its text.
        if before.len() != file.facts.bytes as usize {
            continue;
        }
        let most_used = || {
            let own = (0..file.symbols.len()).filter(|ix| !file.facts.symbols.at(*ix as u32).kind.is_light());
            own.max_by_key(|ix| snapshot.symbol_score(file.symbols[*ix]))
        };
        let after = match kind {
            EditKind::NewFile => {
                let path = file.path.parent().join(&format!("lodemap_new_{}", file.path.name()));
                out.push(Edit { path, lang: file.facts.lang, before: None, after: Some(before) });
                continue;
            }
            EditKind::DeletedFile => None,
            EditKind::Rename => most_used().map(|ix| {
                let at = file.facts.symbols.at(ix as u32).name_at as usize;
                insert(&before, at, "zz_")
            }),
            _ => edited(&file.facts, &before, kind),
        };
        if after.is_some() || kind == EditKind::DeletedFile {
            let (path, lang) = (file.path.clone(), file.facts.lang);
            out.push(Edit { path, lang, before: Some(before), after });
        }
    }
    Ok(out)
}

/// How a language writes what is inserted.
struct Words {
    comment: &'static str,
    call: &'static str,
    parameter: &'static str,
    function: &'static str,
    has_braces: bool,
}

fn words(lang: Lang) -> Option<Words> {
    let braces = |parameter, function| Words {
        comment: "\n// one more comment\n",
        call: " lodemap_call(1); ",
        parameter,
        function,
        has_braces: true,
    };
    Some(match spec(lang).name.as_str() {
        "python" => Words {
            comment: "\n# one more comment\n",
            call: "lodemap_call(1);",
            parameter: "lodemap_parameter=1, ",
            function: "\n\ndef lodemap_function(x):\n    return len(x) + 1\n",
            has_braces: false,
        },
        "rust" => braces(
            "lodemap_parameter: u32, ",
            "\nfn lodemap_function(x: u32) -> u32 {\n    x.count_ones()\n}\n",
        ),
        "c" => braces("int lodemap_parameter, ", "\nint lodemap_function(int x)\n{\n\treturn x + 1;\n}\n"),
        _ => return None,
    })
}

fn edited(facts: &FileFacts, text: &[u8], kind: EditKind) -> Option<Vec<u8>> {
    let words = words(facts.lang)?;
    let function = || {
        // The one in the middle, so that what comes after it moves and what comes before does not.
        let with_body = facts.symbols.iter().filter(|s| {
            matches!(s.kind, SymbolKind::Function | SymbolKind::Method) && s.body_at < s.span.end
        });
        let all: Vec<_> = with_body.collect();
        all.get(all.len() / 2).copied()
    };
    match kind {
        EditKind::Comment => Some([text, words.comment.as_bytes()].concat()),
        EditKind::Function => Some([text, words.function.as_bytes()].concat()),
        EditKind::Body => {
            let at = function()?.body_at as usize;
            let line = memchr::memrchr(b'\n', text.get(..at)?).map_or(0, |n| n + 1);
            let indentation = String::from_utf8_lossy(&text[line..at]);
            let call = match words.has_braces {
                true => words.call.to_owned(),
                // A statement may be one that must begin a line.
                false if indentation.trim().is_empty() => format!("{}\n{indentation}", words.call),
                false => words.call.to_owned(),
            };
            Some(insert(text, if words.has_braces { at + 1 } else { at }, &call))
        }
        EditKind::Signature => {
            let s = function()?;
            let open = memchr::memchr(b'(', text.get(s.name_at as usize..s.body_at as usize)?)?;
            Some(insert(text, s.name_at as usize + open + 1, words.parameter))
        }
        EditKind::Rename | EditKind::NewFile | EditKind::DeletedFile => None,
    }
}

fn insert(text: &[u8], at: usize, what: &str) -> Vec<u8> {
    let at = at.min(text.len());
    [&text[..at], what.as_bytes(), &text[at..]].concat()
}
