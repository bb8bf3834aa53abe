//! What the text decides: phrases and regular expressions.
//!
//! The index has no positions. It says which files have the words that a pattern cannot do without, where these are
//! certain; in all other files there is no match.

use std::sync::OnceLock;

use lodemap_base::Span;
use lodemap_search::for_each_plain_word;
use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look};

use super::query::is_word;
use super::words::whole;
use crate::error::AnswerError;

/// A compiled expression is no larger than this, nor what is worked out of it while it runs.
const MAX_COMPILED: usize = 4 << 20;
const MAX_DFA: usize = 8 << 20;
/// More words make files no fewer.
const MAX_WORDS: usize = 8;

/// A phrase or a regular expression, or the beginning of a word of which the index has a form that begins otherwise.
pub(super) struct Pattern {
    kind: Kind,
    /// What a file has that matches: of each, any of the forms.
    pub(super) words: Vec<Vec<String>>,
}

enum Kind {
    /// Goes over the ends of lines.
    Phrase(Regex),
    /// Lines are looked at one by one. `\A` and `\z` mean a line's ends, so that with them nothing is found without
    /// cutting lines first.
    Lines {
        regex: Regex,
        anchored: bool,
    },
    Prefix(String),
}

impl Pattern {
    /// Text in any case; where it begins and ends with a word, the word does too. Spaces match any spaces.
    pub(super) fn phrase(text: &str) -> Result<Self, AnswerError> {
        let text = text.trim();
        let mut pattern = String::new();
        if text.starts_with(is_word) {
            pattern.push_str(r"\b{start-half}");
        }
        for (at, piece) in text.split_whitespace().enumerate() {
            if at > 0 {
                pattern.push_str(r"\s+");
            }
            piece.chars().for_each(|c| any_case(c, &mut pattern));
        }
        if text.ends_with(is_word) {
            pattern.push_str(r"\b{end-half}");
        }
        Self::compile(&pattern, false)
    }

    /// A regular expression over lines.
    pub(super) fn regex(pattern: &str) -> Result<Self, AnswerError> {
        Self::compile(pattern, true)
    }

    /// Words that begin so, in lower case; the index has them in any of these forms.
    pub(super) fn prefix(prefix: &str, forms: Vec<String>) -> Self {
        Self { kind: Kind::Prefix(prefix.to_owned()), words: vec![forms] }
    }

    /// What words have to begin with, if that is all there is to it.
    pub(super) fn as_prefix(&self) -> Option<&str> {
        if let Kind::Prefix(prefix) = &self.kind { Some(prefix) } else { None }
    }

    fn compile(pattern: &str, by_line: bool) -> Result<Self, AnswerError> {
        let regex = RegexBuilder::new(pattern)
            .multi_line(true)
            .crlf(true)
            .size_limit(MAX_COMPILED)
            .dfa_size_limit(MAX_DFA)
            .build();
        let regex = regex.map_err(|e| AnswerError::Usage(refusal(pattern, &e)))?;
        let hir = ParserBuilder::new().utf8(false).multi_line(true).crlf(true).build().parse(pattern);
        let hir = hir
            .map_err(|e| AnswerError::Usage(format!("the regular expression /{pattern}/ is not one: {e}")))?;
        let looks = hir.properties().look_set();
        let anchored = looks.contains(Look::Start) || looks.contains(Look::End);
        let kind = if by_line { Kind::Lines { regex, anchored } } else { Kind::Phrase(regex) };
        Ok(Self { kind, words: required(&hir) })
    }

    /// Where it is in a text: of a regular expression the first match of each line.
    pub(super) fn find(&self, text: &[u8]) -> Vec<Span> {
        let span = |from: usize, m: regex::bytes::Match<'_>| Span {
            start: (from + m.start()) as u32,
            end: (from + m.end()) as u32,
        };
        let (regex, anchored) = match &self.kind {
            Kind::Phrase(regex) => return regex.find_iter(text).map(|m| span(0, m)).collect(),
            Kind::Prefix(prefix) => return words_with(prefix, text),
            Kind::Lines { regex, anchored } => (regex, *anchored),
        };
        let mut out = vec![];
        let mut at = 0;
        while at < text.len() {
            if !anchored {
                // Whatever matches a line by itself also matches it in its place, so no line before is lost.
                let Some(m) = regex.find_at(text, at) else { break };
                at += memchr::memrchr(b'\n', &text[at..m.start()]).map_or(0, |before| before + 1);
                if at == text.len() {
                    break; // behind the last line
                }
            }
            let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |length| at + length);
            let line = &text[at..end];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            out.extend(regex.find(line).map(|m| span(at, m)));
            at = end + 1;
        }
        out
    }
}

/// Where words begin so.
fn words_with(prefix: &str, text: &[u8]) -> Vec<Span> {
    let mut out: Vec<Span> = vec![];
    let mut at = 0;
    for chunk in text.utf8_chunks() {
        for_each_plain_word(chunk.valid(), |start, word| {
            if word.starts_with(prefix) {
                let start = (at + start) as u32;
                out.push(Span { start, end: start + 1 });
            }
        });
        at += chunk.valid().len() + chunk.invalid().len();
    }
    out
}

fn refusal(pattern: &str, error: &regex::Error) -> String {
    let short: String = pattern.chars().take(60).collect();
    match error {
        regex::Error::CompiledTooBig(_) => {
            format!(
                "the regular expression /{short}/ is too large; write smaller counts, or `[a-z]` for `\\w`"
            )
        }
        error => {
            let text = error.to_string();
            let why = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!(
                "the regular expression /{short}/ is not one: {why}; put a phrase in quotes to look for it as it is"
            )
        }
    }
}

/// A character in all its cases that the index takes for the same.
fn any_case(c: char, out: &mut String) {
    let lower = lower(c);
    let upper: Vec<char> = c.to_uppercase().collect();
    let mut cases = vec![c];
    for other in [lower, <[char; 1]>::try_from(upper).ok().map(|[c]| c)].into_iter().flatten() {
        if !cases.contains(&other) && self::lower(other) == lower {
            cases.push(other);
        }
    }
    match cases[..] {
        [c] => out.push_str(&regex_syntax::escape(c.encode_utf8(&mut [0; 4]))),
        _ => {
            out.push('[');
            out.extend(cases);
            out.push(']');
        }
    }
}

/// A character in lower case, if that is one.
fn lower(c: char) -> Option<char> {
    let mut chars = c.to_lowercase();
    chars.next().filter(|_| chars.next().is_none())
}

/// What a pattern is made of, as far as words go.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Piece {
    /// A character of a word, in lower case.
    Part(char),
    /// Words begin and end here.
    Edge,
    /// Anything at all, or nothing.
    Any,
}

/// The words without which there is no match, each in the forms that the index may have.
///
/// Only what certainly is a whole word counts: ASCII alone, because other characters change their length with their
/// case, and the index leaves out what is too long.
fn required(hir: &Hir) -> Vec<Vec<String>> {
    let mut pieces = vec![Piece::Any];
    flatten(hir, &mut pieces);
    pieces.push(Piece::Any);
    let mut words: Vec<Vec<String>> = vec![];
    let mut run = String::new();
    let mut starts_at_edge = false;
    for pair in pieces.windows(2) {
        match pair[1] {
            Piece::Part(c) => {
                if run.is_empty() {
                    starts_at_edge = pair[0] == Piece::Edge;
                }
                run.push(c);
            }
            after => {
                let run = std::mem::take(&mut run);
                if starts_at_edge
                    && after == Piece::Edge
                    && run.is_ascii()
                    && let Some(forms) = whole(&run)
                    && !words.contains(&forms)
                {
                    words.push(forms);
                }
            }
        }
    }
    words.truncate(MAX_WORDS);
    words
}

/// Deep nesting is refused by the parser before.
fn flatten(hir: &Hir, out: &mut Vec<Piece>) {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => out.extend(text.chars().map(|c| match lower(c) {
                Some(lower) if is_word(c) => Piece::Part(lower),
                _ if is_word(c) => Piece::Any,
                _ => Piece::Edge,
            })),
            Err(_) => out.push(Piece::Any),
        },
        HirKind::Class(class) => out.push(of_class(class)),
        HirKind::Look(look) => out.push(match look {
            Look::Start | Look::End | Look::StartLF | Look::EndLF | Look::StartCRLF | Look::EndCRLF => {
                Piece::Edge
            }
            Look::WordUnicode
            | Look::WordStartUnicode
            | Look::WordEndUnicode
            | Look::WordStartHalfUnicode
            | Look::WordEndHalfUnicode => Piece::Edge,
            _ => Piece::Any,
        }),
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            let mut inner = vec![];
            flatten(&repetition.sub, &mut inner);
            if inner == [Piece::Edge] {
                out.push(Piece::Edge);
            } else {
                out.push(Piece::Any);
                out.append(&mut inner);
                out.push(Piece::Any);
            }
        }
        HirKind::Capture(capture) => flatten(&capture.sub, out),
        HirKind::Concat(all) => all.iter().for_each(|hir| flatten(hir, out)),
        HirKind::Repetition(_) | HirKind::Alternation(_) => out.push(Piece::Any),
    }
}

fn of_class(class: &Class) -> Piece {
    let Class::Unicode(class) = class else { return Piece::Any };
    let mut chars = class.ranges().iter().flat_map(|range| range.start()..=range.end());
    let first: Vec<char> = chars.by_ref().take(4).collect();
    if chars.next().is_none()
        && let Some(c) = first.first().and_then(|c| lower(*c))
        && is_word(c)
        && first.iter().all(|other| lower(*other) == Some(c))
    {
        return Piece::Part(c);
    }
    let mut words = class.clone();
    words.intersect(word_class());
    if words.ranges().is_empty() && !first.is_empty() { Piece::Edge } else { Piece::Any }
}

/// All characters of words.
fn word_class() -> &'static ClassUnicode {
    static WORDS: OnceLock<ClassUnicode> = OnceLock::new();
    WORDS.get_or_init(|| match regex_syntax::parse(r"\w").map(Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => class,
        other => unreachable!("a class is a class: {other:?}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(pattern: &str) -> String {
        let pattern = Pattern::regex(pattern).unwrap();
        pattern.words.iter().map(|forms| forms.join("|")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_that_are_certain() {
        assert_eq!(words(r"\bfoo\b"), "foo");
        assert_eq!(words(r"foo"), "", "may be a part of a word");
        assert_eq!(words(r" foo bar\("), "foo bar");
        assert_eq!(words(r"^def (get_users)\("), "def get_users");
        assert_eq!(words(r"(?i)\bPool\b"), "pool");
        assert_eq!(words(r"(?i)\bass\b"), "", "ſ is an s in another case, and the index has it as it is");
        assert_eq!(words(r"\bfo+o\b"), "");
        assert_eq!(words(r"\bfoo\s+bar\s*=\s*qux;"), "foo");
        assert_eq!(words(r"\b(foo|bar)\b"), "");
        assert_eq!(words(r"(\bfoo\b)?"), "");
        assert_eq!(words(r"(\bfoo\b,)+"), "foo");
        assert_eq!(words(r"(?-u:\bfoo\b)"), "", "other letters count as no letters there");
        assert_eq!(words(r"\bgröße\b"), "");
        assert_eq!(words(r"\ba\b \b__x1__\b"), "x1");
    }

    #[test]
    fn phrases() {
        let found = |phrase: &str, text: &str| Pattern::phrase(phrase).unwrap().find(text.as_bytes()).len();
        assert_eq!(found("raise  Error", "x\n  raise\n    error, RAISE ERROR"), 2);
        assert_eq!(found("pool", "pools Pool _pool"), 1);
        assert_eq!(found("(pool", "x(pool) (POOLS"), 1);
        assert_eq!(found("größe", "GRÖSSE Größe"), 1);
        assert_eq!(found("a.b", "axb a.b a.bc"), 1);
        assert_eq!(found("[x]", "a[x]"), 1);
        let phrase = Pattern::phrase("raise ValueError(").unwrap();
        assert_eq!(phrase.words, [vec!["raise", "rais"], vec!["valueerror"]]);
    }

    /// Every line by itself, without any shortcut.
    fn plainly(pattern: &str, text: &[u8]) -> Vec<Span> {
        let regex = RegexBuilder::new(pattern).multi_line(true).crlf(true).build();
        let regex = regex.unwrap();
        let mut at = 0;
        let mut out = vec![];
        for line in text.split_inclusive(|b| *b == b'\n') {
            let cut = line.strip_suffix(b"\n").unwrap_or(line);
            let cut = cut.strip_suffix(b"\r").unwrap_or(cut);
            let found = regex.find(cut).map(|m| (at + m.start(), at + m.end()));
            out.extend(found.map(|(start, end)| Span { start: start as u32, end: end as u32 }));
            at += line.len();
        }
        out
    }

    #[test]
    fn a_line_matches_by_itself() {
        let texts: [&[u8]; 5] =
            [b"", b"foo\nbar\r\n\nfoo bar", b"a\n\n", b"\xff foo\n\xc3\nx", b"foo\r\nfoo\rbar\n"];
        for pattern in [
            "foo",
            "^",
            "$",
            "^$",
            r"\Afoo",
            r"bar\z",
            r"o\s+b",
            "x*",
            r"foo\nbar",
            r"\bfoo$",
            ".*",
            r"(?s)o.b",
        ] {
            for text in texts {
                let found = Pattern::regex(pattern).unwrap().find(text);
                assert_eq!(found, plainly(pattern, text), "/{pattern}/ {:?}", String::from_utf8_lossy(text));
            }
        }
    }

    #[test]
    fn what_is_refused() {
        let why = |pattern: &str| Pattern::regex(pattern).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(why("(").contains("unclosed group"), "{}", why("("));
        assert!(why(r"\w{1000}{1000}").contains("too large"), "{}", why(r"\w{1000}{1000}"));
        assert!(why(&"(".repeat(3000)).contains("is not one"));
        assert!(why(&format!("{}{}", "(".repeat(300), ")".repeat(300))).contains("is not one"));
    }
}
