//! Takes a paragraph apart: inline code, quotations, addresses, and the writing between.

use super::blocks::{Lang, Span};
use super::{PartKind, boilerplate, words};
use std::collections::BTreeMap;

/// The longest quotation, in bytes.
const LONGEST_QUOTE: usize = 300;

/// HTML elements which are markup; other `<words>` are generics or placeholders.
const ELEMENTS: &str = "\
    a b br code details div em h1 h2 h3 h4 hr i img kbd li ol p pre samp span strong sub summary sup \
    table tbody td th thead tr tt ul video";

struct Splitter<'a, 'b> {
    text: &'a str,
    out: &'b mut Vec<Span>,
    /// Start of the writing not yet put out.
    from: usize,
}

impl Splitter<'_, '_> {
    /// Puts out the writing up to `start`, then the range as a part of its own; goes on at `next`.
    fn cut(&mut self, kind: PartKind, start: usize, end: usize, gap: usize, next: usize) {
        self.push(PartKind::Prose, self.from, gap);
        self.push(kind, start, end);
        self.from = next;
    }

    fn push(&mut self, kind: PartKind, start: usize, end: usize) {
        let raw = &self.text[start..end];
        let (body, start) = if kind == PartKind::Prose {
            // Marks of lists, headings and links; a dash only with a space after it.
            let body = raw.trim_start_matches(|c: char| c.is_whitespace() || ")],;:>#*|".contains(c));
            let body = body.strip_prefix("- ").unwrap_or(body);
            let from = end - body.len();
            (body.trim_end_matches(|c: char| c.is_whitespace() || "([<*|".contains(c)), from)
        } else {
            (raw.trim(), start + (raw.len() - raw.trim_start().len()))
        };
        let operator = kind == PartKind::Inline && !body.is_empty();
        if words::wordy(body) || operator {
            self.out.push(Span { kind, start, end: start + body.len(), lang: Lang::None });
        }
    }
}

/// Splits the paragraph `start..end` into parts.
pub(super) fn split(text: &str, start: usize, end: usize, out: &mut Vec<Span>) {
    let ticks = ticks(text, start, end);
    let bytes = text.as_bytes();
    let mut tick = 0;
    let mut s = Splitter { text, out, from: start };
    let mut at = start;
    while at < end {
        let before = if at == start { b' ' } else { bytes[at - 1] };
        let step = match bytes[at] {
            b'`' => {
                while ticks.get(tick).is_some_and(|t| t.0 < at) {
                    tick += 1;
                }
                let (_, length, close) = ticks.get(tick).copied().unwrap_or((at, 1, None));
                if let Some(close) = close {
                    s.cut(PartKind::Inline, at + length, close, at, close + length);
                    close + length
                } else {
                    at + length
                }
            }
            b'"' | b'\'' | 0xE2 => match quote(text, at, end, before) {
                Some((from, to, next)) => {
                    s.cut(PartKind::Quoted, from, to, at, next);
                    next
                }
                None => at + 1,
            },
            b'<' if !before.is_ascii_alphanumeric() => match element(&text[at..end]) {
                Some(length) => {
                    s.cut(PartKind::Boilerplate, at, at + length, at, at + length);
                    at + length
                }
                None => at + 1,
            },
            b if b.is_ascii_alphanumeric() && !before.is_ascii_alphanumeric() => {
                word(&mut s, at, end, before)
            }
            _ => at + 1,
        };
        at = step;
    }
    s.push(PartKind::Prose, s.from.min(end), end);
}

/// At the first byte of a word: cuts addresses and blobs out; gives where to go on.
fn word(s: &mut Splitter<'_, '_>, at: usize, end: usize, before: u8) -> usize {
    let text = s.text;
    let rest = &text[at..end];
    if rest.starts_with(['h', 'w', 'f', 'm'])
        && let Some(length) = boilerplate::url(rest)
    {
        s.cut(PartKind::Boilerplate, at, at + length, at, at + length);
        return at + length;
    }
    if b"./@-_+=".contains(&before) {
        return at + 1;
    }
    let stop = |c: char| !(c.is_ascii_alphanumeric() || "@._+-/=".contains(c));
    let length = rest.find(stop).unwrap_or(rest.len());
    let word = rest[..length].trim_end_matches(['.', '-', '_']);
    if boilerplate::blob(word) {
        s.cut(PartKind::Boilerplate, at, at + word.len(), at, at + word.len());
        return at + word.len();
    }
    // Inside a word only an address could begin, and it would have to follow a mark.
    at + rest[..length].find("http").unwrap_or(length).max(1)
}

/// All runs of back-ticks: start, length, start of the run that closes it.
fn ticks(text: &str, start: usize, end: usize) -> Vec<(usize, usize, Option<usize>)> {
    let bytes = &text.as_bytes()[..end];
    let mut runs = Vec::new();
    let mut at = start;
    while at < end {
        if bytes[at] != b'`' {
            at += 1;
            continue;
        }
        let length = bytes[at..].iter().take_while(|&&b| b == b'`').count();
        runs.push((at, length, None));
        at += length;
    }
    // From the end, so that each run sees the nearest later one of its length.
    let mut next: BTreeMap<usize, usize> = BTreeMap::new();
    for run in runs.iter_mut().rev() {
        run.2 = next.insert(run.1, run.0);
    }
    runs
}

/// A quotation beginning at `at`: its inside and where the text goes on.
fn quote(text: &str, at: usize, end: usize, before: u8) -> Option<(usize, usize, usize)> {
    let rest = &text[at..end];
    let (open, close) = match rest.chars().next()? {
        c @ ('"' | '\'') => (c, c),
        '\u{201c}' => ('\u{201c}', '\u{201d}'),
        '\u{2018}' => ('\u{2018}', '\u{2019}'),
        _ => return None,
    };
    if before.is_ascii_alphanumeric() || before == open as u8 && open.is_ascii() {
        return None;
    }
    let inside = &rest[open.len_utf8()..];
    let first = inside.chars().next()?;
    if first.is_whitespace() || first == open {
        return None;
    }
    let window = &inside[..inside.floor_char_boundary(LONGEST_QUOTE)];
    let window = &window[..window.find('\n').unwrap_or(window.len())];
    let mut from = 0;
    while let Some(n) = window[from..].find(close) {
        let to = from + n;
        let after = inside[to + close.len_utf8()..].chars().next();
        let ends = !after.is_some_and(char::is_alphanumeric) && !window[..to].ends_with(char::is_whitespace);
        if ends {
            let body = &window[..to];
            let long = body.len() >= 8 || body.split_whitespace().nth(1).is_some();
            let start = at + open.len_utf8();
            // A back-tick opened inside would be torn apart.
            let fine = long && words::wordy(body) && !body.contains('`') && !body.contains("://");
            return fine.then_some((start, start + to, start + to + close.len_utf8()));
        }
        from = to + close.len_utf8();
    }
    None
}

/// Bytes of an element of HTML which `s` begins with.
fn element(s: &str) -> Option<usize> {
    let inner = s[1..].strip_prefix('/').unwrap_or(&s[1..]);
    let name = inner.find(|c: char| !c.is_ascii_alphanumeric()).map(|n| &inner[..n])?;
    if !inner[name.len()..].starts_with([' ', '>', '/', '\n']) || !words::one_of(ELEMENTS, name) {
        return None;
    }
    s[..s.floor_char_boundary(1_000)].find('>').map(|n| n + 1)
}

#[cfg(test)]
mod tests {
    use super::super::PartKind::*;
    use super::super::parse;

    fn parts(text: &str) -> Vec<(super::PartKind, &str)> {
        let text = parse(text).parts;
        text.into_iter().skip(1).map(|p| (p.kind, p.text)).collect()
    }

    #[test]
    fn inline_and_quotes() {
        assert_eq!(
            parts("T\n\nthe `a b` and ``c`d`` end"),
            [(Prose, "the"), (Inline, "a b"), (Prose, "and"), (Inline, "c`d"), (Prose, "end")]
        );
        assert_eq!(
            parts("T\n\nsays \"it is wrong\" or 'ab' don't you'll"),
            [(Prose, "says"), (Quoted, "it is wrong"), (Prose, "or 'ab' don't you'll")]
        );
        assert_eq!(
            parts("T\n\nsee \u{201c}not found\u{201d} now"),
            [(Prose, "see"), (Quoted, "not found"), (Prose, "now")]
        );
        assert_eq!(parts("T\n\nan open ` tick"), [(Prose, "an open ` tick")]);
    }

    #[test]
    fn addresses() {
        assert_eq!(
            parts("T\n\nsee [this](https://a.org/b) by me@x.org"),
            [
                (Prose, "see [this]"),
                (Boilerplate, "https://a.org/b"),
                (Prose, "by"),
                (Boilerplate, "me@x.org")
            ]
        );
        assert_eq!(
            parts("T\n\n<img src=\"x\" /> and Vec<T> <details>"),
            [(Boilerplate, "<img src=\"x\" />"), (Prose, "and Vec<T>"), (Boilerplate, "<details>")]
        );
    }
}
