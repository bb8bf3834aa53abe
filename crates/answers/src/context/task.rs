//! Splits the text of a task (an issue, a message, an error, a stack trace) into typed parts and
//! the things it mentions. Pure, deterministic and linear in the length of the text.

mod blocks;
mod boilerplate;
mod code;
mod diff;
mod errors;
mod frames;
mod import;
mod mention;
mod paths;
mod prose;
mod token;
mod trace;
mod trace_lines;
mod words;

use std::collections::BTreeSet;

/// Bytes of the text read in detail; what follows becomes one [`PartKind::Prose`] part.
pub(crate) const DETAIL_BYTES: usize = 200_000;
/// The most mentions one task can hold.
pub(crate) const MOST_MENTIONS: usize = 2_000;
/// The longest title, in bytes.
pub(crate) const TITLE_BYTES: usize = 300;

/// A text taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task<'a> {
    /// First line with words in it, without heading marks, at most [`TITLE_BYTES`] long.
    pub(crate) title: &'a str,
    /// The parts in the order of the text; they do not overlap and leave out only markup.
    pub(crate) parts: Vec<Part<'a>>,
    /// What the text mentions, in the order of the text, without exact repeats.
    pub(crate) mentions: Vec<Mention>,
}

/// A stretch of the text of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    /// What sort of text it is.
    pub(crate) kind: PartKind,
    /// The stretch itself, a slice of the text parsed.
    pub(crate) text: &'a str,
}

/// The sorts of text a task is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum PartKind {
    /// The first line, if it is a sentence rather than the start of a trace, a diff or a fence.
    Title,
    /// Plain writing.
    Prose,
    /// Source code and commands: fences, indented blocks, prompt lines.
    Code,
    /// Between back-ticks.
    Inline,
    /// Lines of a stack trace or a compiler's diagnostic.
    Trace,
    /// Lines of a diff.
    Diff,
    /// Between quotation marks in prose.
    Quoted,
    /// Logs and other output of programs.
    Output,
    /// Template headings, version listings, check lists, comments, addresses, blobs.
    Boilerplate,
}

/// Something named in the text which can be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    /// What sort of thing it is.
    pub(crate) kind: MentionKind,
    /// The normalised name; see [`MentionKind`].
    pub(crate) text: String,
    /// Line number, counted from 1, where the text gives one.
    pub(crate) line: Option<u32>,
    /// Function of a frame or a hunk, last segment of a test id, message of an error.
    pub(crate) function: Option<String>,
    /// Frames: 0 is where the error was raised, rising outwards, per trace. Otherwise 0.
    pub(crate) rank: u32,
    /// Kind of the part it stands in.
    pub(crate) source: PartKind,
}

/// The sorts of things a text mentions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum MentionKind {
    /// A frame of a stack trace, or the place of a compiler's diagnostic: path, line, function.
    Frame,
    /// A path or file name, with `/` between components.
    Path,
    /// `a.b.c`, without call brackets.
    Dotted,
    /// `a::b::c`, without generics. In a Rust backtrace, a frame of which the file is not told.
    PathName,
    /// An identifier directly followed by `(`, in prose or inline code.
    Call,
    /// A word that only code is written with, or a word alone between back-ticks.
    Name,
    /// One imported name in full: `a.b.c` (Python) or `a::b::c` (Rust).
    Import,
    /// `path.py::Class::test` or `module.tests.Class.test`; the function is the last segment.
    TestId,
    /// The type of an error at the start of a line, or `E0277`; the function is the message.
    ErrorType,
    /// An option of a command line, without its dashes.
    Flag,
    /// A key of a settings file, a section of one, or an `UPPER_CASE` setting.
    Config,
    /// A file touched by a diff, or one of its hunks with line (old side) and function.
    Diffed,
}

/// A mention and where in the text it stands.
struct Found {
    at: usize,
    mention: Mention,
}

impl Found {
    fn new(at: usize, kind: MentionKind, text: impl Into<String>, source: PartKind) -> Self {
        let mention = Mention { kind, text: text.into(), line: None, function: None, rank: 0, source };
        Found { at, mention }
    }
    fn line(mut self, line: Option<u32>) -> Self {
        self.mention.line = line;
        self
    }
    fn function(mut self, function: Option<String>) -> Self {
        self.mention.function = function;
        self
    }
}

/// Takes a text apart. Never fails; any text has parts if it has words.
pub(crate) fn parse(text: &str) -> Task<'_> {
    let (head, rest) = text.split_at(detail(text));
    let mut found = Vec::new();
    let mut lines = blocks::lines(head);
    let messages = trace::mark(head, &mut lines, &mut found);
    diff::mark(head, &mut lines, &mut found);
    let title = blocks::title(head, &mut lines);
    blocks::mark(head, &mut lines);
    let spans = blocks::spans(head, &lines);
    for span in &spans {
        mention::span(head, span, &mut found);
    }
    for (start, end) in messages {
        mention::message(head, start, end, &mut found);
    }
    let mut parts: Vec<Part<'_>> =
        spans.iter().map(|s| Part { kind: s.kind, text: &head[s.start..s.end] }).collect();
    let rest = rest.trim();
    if words::wordy(rest) {
        parts.push(Part { kind: PartKind::Prose, text: rest });
    }
    Task { title, parts, mentions: distinct(found) }
}

/// Where the part read in detail ends: at a line's end if there is one not far before the limit.
fn detail(text: &str) -> usize {
    if text.len() <= DETAIL_BYTES {
        return text.len();
    }
    let limit = text.floor_char_boundary(DETAIL_BYTES);
    let near = text.floor_char_boundary(limit.saturating_sub(2_000));
    text[near..limit].rfind('\n').map_or(limit, |at| near + at + 1)
}

fn distinct(mut found: Vec<Found>) -> Vec<Mention> {
    found.sort_by_key(|f| f.at);
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    for Found { mention, .. } in found {
        if kept.len() == MOST_MENTIONS {
            break;
        }
        if seen.insert((mention.kind, mention.text.clone(), mention.line, mention.function.clone())) {
            kept.push(mention);
        }
    }
    kept
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Mentions of one kind as (text, line, function).
    pub(crate) fn of(text: &str, kind: MentionKind) -> Vec<(String, Option<u32>, Option<String>)> {
        let task = parse(text);
        let of = task.mentions.into_iter().filter(|m| m.kind == kind);
        of.map(|m| (m.text, m.line, m.function)).collect()
    }

    /// Texts of the mentions of one kind.
    pub(crate) fn texts(text: &str, kind: MentionKind) -> Vec<String> {
        of(text, kind).into_iter().map(|m| m.0).collect()
    }

    fn check(text: &str) {
        let task = parse(text);
        let base = text.as_ptr() as usize;
        let mut end = base;
        for part in &task.parts {
            let start = part.text.as_ptr() as usize;
            assert!(start >= end, "overlap at {:?} in {text:?}", part.text);
            end = start + part.text.len();
            assert!(end <= base + text.len());
            assert_eq!(&text[start - base..end - base], part.text);
        }
        assert!(task.title.len() <= TITLE_BYTES);
        assert!(task.mentions.len() <= MOST_MENTIONS);
        // Every word outside of markup must be in some part.
        let inside: usize =
            task.parts.iter().map(|p| p.text.chars().filter(|c| c.is_alphanumeric()).count()).sum();
        let all = text.chars().filter(|c| c.is_alphanumeric()).count();
        let fences: usize =
            text.lines().filter(|l| l.contains("```") || l.contains("~~~")).map(str::len).sum();
        assert!(inside + fences >= all, "lost words: {inside} of {all} in {text:?}");
    }

    #[test]
    fn whole_issue() {
        let text = "# `foo_bar` fails on empty input\n#### Description\nCalling `a.b.foo_bar()` says \
                    \"cannot be empty now\".\n\n```python\nfrom a.b import foo_bar, c as d\nfoo_bar([])\n\
                    ```\n\n```\n\
                    Traceback (most recent call last):\n  File \"a/b.py\", line 12, in foo_bar\n    raise X\n\
                    ValueError: cannot be empty\n```\n\n#### Versions\nPython 3.7.2 (default)\nnumpy 1.16\n";
        let task = parse(text);
        assert_eq!(task.title, "`foo_bar` fails on empty input");
        let kinds: Vec<PartKind> = task.parts.iter().map(|p| p.kind).collect();
        use PartKind::*;
        assert_eq!(kinds, [Title, Boilerplate, Prose, Inline, Prose, Quoted, Code, Trace, Boilerplate]);
        assert_eq!(texts(text, MentionKind::Import), ["a.b.foo_bar", "a.b.c"]);
        assert_eq!(of(text, MentionKind::Frame), [("a/b.py".into(), Some(12), Some("foo_bar".into()))]);
        check(text);
    }

    #[test]
    fn garbage_keeps_order() {
        let snippets = "\
            §\
            Traceback (most recent call last):\n  File \"a/b.py\", line 12, in foo\n    x = y\n\
                    ValueError: bad é\n§\
            path/test_x.py:12: ValueError\n§thread 'main' panicked at src/main.rs:4:5:\nboom\n§\
            stack backtrace:\n   3: crate::module::func\n             at src/foo.rs:12:5\n§\
            \x20 --> src/main.rs:10:9\n   |\n10 | let x\n§    at com.x.Y.method(Y.java:12)\n§\
            \x20   at fn (/a/b.js:1:2)\n§main.foo(0x1)\n\t/a/b.go:12 +0x1d\n§\
            #0 0x12 in func /a/b.c:12:3\n§```python\n§```\n§~~~\n§`inline`§``§\"quoted text here\"§\
            'a b'§<!-- c§-->§- [x] I have searched\n§## Steps to reproduce\n§Python 3.7.2 (default\n§\
            System:\n python: 3\n§https://github.com/o/r/blob/REV/a/b.rs#L10-L20§me@x.org§\
            diff --git a/x.py b/x.py\n--- a/x.py\n§+++ b/x.py\n@@ -10,7 +10,7 @@ def foo\n§\
            \x20ctx\n-old\n+new\n§from a.b import (c,\n d as e)\n§use a::b::{c, d::{e, self}};\n§--flag-x§\
            [tool.black]\nkey = 1\n§a.b.c()§A::<T>::b::c<X>(§\u{201c}curly \u{201d}§日本語§\r\n§\t§\
            \x20   x = f(y)\n§>>> a\n§$ ls --all\n§\\§C:\\a\\b.py:3§<img src=x>§é§\u{0}§In [1]: x\n§\
            ---> 12 x\n§~/a/b.py in f(x)\n§E   FooError: x\n";
        let snippets: Vec<&str> = snippets.split('§').collect();
        let mut state = 0x9E37_79B9_7F4A_7C15u64;
        let mut next = move |n: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % n as u64) as usize
        };
        for _ in 0..2_000 {
            let mut text = String::new();
            for _ in 0..next(14) {
                let s = snippets[next(snippets.len())];
                let a = s.floor_char_boundary(if next(3) == 0 { next(s.len() + 1) } else { 0 });
                let b = s.floor_char_boundary(if next(3) == 0 { next(s.len() + 1) } else { s.len() });
                text.push_str(&s[a.min(b)..b]);
            }
            check(&text);
        }
    }

    #[test]
    fn megabytes_complete() {
        for piece in [
            "`", "(", "File \"", "use a::{", "\"a ", "<!--", "a<", "http://", "::", "/", "\n", "a.",
            "`a``b```", "@a", "é ",
        ] {
            check(&piece.repeat(1_000_000 / piece.len()));
        }
        for line in
            ["#0 a at \n", "1: a::b\n", "```\n", "use a::{\n", "from a import (b,\n", "\"a b\n", " at a(\n"]
        {
            check(&line.repeat(100_000));
        }
    }

    #[test]
    fn empty_and_limits() {
        assert_eq!(parse(""), Task { title: "", parts: vec![], mentions: vec![] });
        assert!(parse(" \n```\n```\n").parts.is_empty());
        let long = "é".repeat(400);
        assert_eq!(parse(&long).title.len(), 300);
        let many: String = (0..5_000).map(|i| format!("foo_{i} ")).collect();
        assert_eq!(parse(&many).mentions.len(), MOST_MENTIONS);
        let big = "word and more\n".repeat(20_000);
        check(&big);
        assert_eq!(parse(&big).parts.last().map(|p| p.text.len() > 70_000), Some(true));
    }
}
