//! Names, paths, options and settings mentioned in a part.

use super::blocks::{Lang, Span};
use super::token::{Rules, word};
use super::words::{ident, setting};
use super::{Found, MentionKind, PartKind, errors, import, paths};

/// Notes what one part mentions.
pub(super) fn span(text: &str, span: &Span, found: &mut Vec<Found>) {
    let Span { kind, start, end, lang } = *span;
    let words = matches!(kind, PartKind::Title | PartKind::Prose | PartKind::Inline | PartKind::Quoted);
    let rules = Rules {
        source: kind,
        words,
        inline: kind == PartKind::Inline,
        flags: kind != PartKind::Diff,
        settings: words || lang == Lang::Shell,
    };
    match kind {
        PartKind::Trace => {}
        PartKind::Boilerplate => address(text, start, end, kind, found),
        PartKind::Title => title(text, start, end, rules, found),
        PartKind::Inline => {
            error(text, start, end, rules, found);
            inline(text, start, end, rules, found);
        }
        PartKind::Prose | PartKind::Quoted | PartKind::Code | PartKind::Output | PartKind::Diff => {
            lines(text, start, end, rules, lang, found);
        }
    }
}

/// Notes what the message of an error mentions.
pub(super) fn message(text: &str, start: usize, end: usize, found: &mut Vec<Found>) {
    let rules = Rules { source: PartKind::Trace, words: true, inline: false, flags: true, settings: true };
    scan(text, start, end, rules, found);
}

fn title(text: &str, start: usize, end: usize, rules: Rules, found: &mut Vec<Found>) {
    error(text, start, end, rules, found);
    let ticks = text[start..end].matches('`').count();
    let mut at = start;
    for (i, piece) in text[start..end].split('`').enumerate() {
        let to = at + piece.len();
        if i % 2 == 1 && i < ticks {
            inline(text, at, to, Rules { inline: true, ..rules }, found);
        } else {
            scan(text, at, to, rules, found);
        }
        at = to + 1;
    }
}

fn inline(text: &str, start: usize, end: usize, rules: Rules, found: &mut Vec<Found>) {
    let body = text[start..end].trim();
    let bare = body.trim_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let kebab = |s: &str| s.split('-').all(ident);
    if body.starts_with("import ") || body.starts_with("from ") || body.starts_with("use ") {
        return lines(text, start, end, rules, Lang::None, found);
    }
    if !body.contains('(') && !body.starts_with('-') && kebab(bare) && !bare.is_empty() {
        let kind = if setting(bare) { MentionKind::Config } else { MentionKind::Name };
        found.push(Found::new(start, kind, bare, rules.source));
    } else if let Some(section) = section(body) {
        found.push(Found::new(start, MentionKind::Config, section, rules.source));
    } else {
        scan(text, start, end, rules, found);
    }
}

/// `[tool.black]`, `[[bin]]`
fn section(t: &str) -> Option<&str> {
    let inner = t.strip_prefix('[')?.strip_suffix(']')?.trim_matches(['[', ']']);
    let fine = inner.starts_with(|c: char| c.is_ascii_alphabetic()) && inner.len() < 100;
    (fine && inner.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.: \"'".contains(&b))).then_some(inner)
}

fn error(text: &str, start: usize, end: usize, rules: Rules, found: &mut Vec<Found>) {
    if let Some((name, message)) = errors::error_line(text[start..end].trim_start(), false) {
        // A lone name is noted as a name already, and says nothing of an error having happened.
        if message.is_some() || !rules.inline && rules.source != PartKind::Prose {
            found.push(Found::new(start, MentionKind::ErrorType, name, rules.source).function(message));
        }
    }
}

fn lines(text: &str, start: usize, end: usize, rules: Rules, lang: Lang, found: &mut Vec<Found>) {
    let mut at = start;
    let code = !rules.words || rules.inline;
    let mut config = lang == Lang::Config;
    while at < end {
        let stop = text[at..end].find('\n').map_or(end, |n| at + n);
        let raw = &text[at..stop];
        let lead = raw.len() - unprompted(raw).len();
        let t = raw[lead..].trim_end();
        // Only at a line's start: a prose part may begin in the middle of one.
        if at == 0 || text.as_bytes()[at - 1] == b'\n' {
            // The message goes on where a quotation or inline code ends the part.
            let whole = text[at..].find('\n').map_or(text.len(), |n| at + n);
            error(text, at, if rules.inline { stop } else { whole }, rules, found);
        }
        let leading = rules.inline || at == 0 || at > start || text.as_bytes()[at - 1] == b'\n';
        if let Some((names, length)) = import::import(&text[at + lead..end], code).filter(|_| leading) {
            let kind = MentionKind::Import;
            found.extend(names.into_iter().map(|n| Found::new(at, kind, n, rules.source)));
            at = (at + lead + length).max(at + 1);
            continue;
        }
        let command = raw[..lead].contains('$') || t.starts_with("export ");
        let header = if code { section(t) } else { None };
        config |= header.is_some() && lang == Lang::None && at == start;
        if config && let Some(key) = header.or_else(|| key(t)) {
            found.push(Found::new(at, MentionKind::Config, key, rules.source));
        }
        let diffed = rules.source == PartKind::Diff
            && ["--- ", "+++ ", "diff --git ", "index ", "@@ "].iter().any(|h| raw.starts_with(h));
        if diffed || header.is_some() && config {
            at = stop + 1;
            continue;
        }
        scan(text, at + lead, stop, Rules { settings: rules.settings || command, ..rules }, found);
        at = stop + 1;
    }
}

/// The key of `key = value`.
fn key(t: &str) -> Option<&str> {
    let key = t.split_once('=')?.0.trim().trim_matches(['"', '\'']);
    let fine =
        !key.is_empty() && key.len() < 80 && key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (fine && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))).then_some(key)
}

/// A line without the prompt it begins with.
fn unprompted(raw: &str) -> &str {
    let t = raw.trim_start();
    for prompt in [">>> ", "... ", "$ ", "> ", "+", "E   "] {
        if let Some(rest) = t.strip_prefix(prompt) {
            return rest.trim_start();
        }
    }
    if let Some((number, rest)) = t.strip_prefix("In [").and_then(|r| r.split_once("]: "))
        && number.len() < 6
    {
        return rest.trim_start();
    }
    t
}

/// Addresses are not searched for, but some of them name a file.
fn address(text: &str, start: usize, end: usize, source: PartKind, found: &mut Vec<Found>) {
    if text[start..end].starts_with("http")
        && let Some((path, line)) = paths::blob_url(&text[start..end])
    {
        found.push(Found::new(start, MentionKind::Path, path, source).line(line));
    }
}

fn joins(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"_./:\\-~@#".contains(&b)
}

/// Goes over the words of a stretch.
fn scan(text: &str, start: usize, end: usize, rules: Rules, found: &mut Vec<Found>) {
    let bytes = text.as_bytes();
    let mut at = start;
    while at < end {
        if !joins(bytes[at]) || bytes[at] == b'#' {
            at += 1;
            continue;
        }
        let from = at;
        while at < end && joins(bytes[at]) {
            at += 1;
        }
        let before = if from == start { b' ' } else { bytes[from - 1] };
        if text[from..at].contains("://") {
            let url = &text[from..end];
            let stop = url.find(|c: char| c.is_whitespace() || "<>\"`')]|".contains(c)).unwrap_or(url.len());
            address(text, from, from + stop, rules.source, found);
            at = at.max(from + stop);
            continue;
        }
        let mut raw = text[from..at].to_string();
        // Generics in the middle of a path: A::<T>::b, A<T>::b
        for _ in 0..4 {
            let Some(close) = generics(bytes, at, end) else {
                break;
            };
            let more = text[close..end].starts_with("::");
            if !more && !raw.ends_with("::") {
                break;
            }
            raw.truncate(raw.trim_end_matches(':').len());
            let tail = close;
            at = close;
            while more && at < end && joins(bytes[at]) {
                at += 1;
            }
            raw.push_str(&text[tail..at]);
        }
        // Parameters of a test: test_x[a-b]
        if raw.contains(".py::") && at < end && bytes[at] == b'[' {
            let window = &text[at..text.floor_char_boundary(end.min(at + 200))];
            if let Some(n) =
                window.find(|c: char| c == ']' || c.is_whitespace()).filter(|&n| window[n..].starts_with(']'))
            {
                raw.push_str(&window[..=n]);
                at += n + 1;
            }
        }
        let called = at < end && bytes[at] == b'(' && !plural(&text[at..end]);
        let called = called || text[at..end].starts_with("!(") || text[at..end].starts_with("![");
        if raw.len() < 400 {
            word(&raw, from, before, called, rules, found);
        }
    }
}

/// `item(s)` is no call.
fn plural(s: &str) -> bool {
    s.starts_with("(s)") || s.starts_with("(es)") || s.starts_with("(ies)")
}

/// Where the bracket closes which opens at `at`.
fn generics(bytes: &[u8], at: usize, end: usize) -> Option<usize> {
    if at >= end || bytes[at] != b'<' {
        return None;
    }
    let mut depth = 0;
    for (i, &b) in bytes[at..end.min(at + 120)].iter().enumerate() {
        match b {
            b'<' => depth += 1,
            b'>' if depth == 1 => return Some(at + i + 1),
            b'>' => depth -= 1,
            b if b.is_ascii_alphanumeric() || b"_:, &'[]()*;".contains(&b) => {}
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::MentionKind::*;
    use super::super::tests::{of, texts};

    #[test]
    fn names_and_calls() {
        let text = "T\n\nThe foo_bar and QuerySet call run() on item(s) with `x`, `#[deref]`, \
                    `check-cfg` and float16.";
        assert_eq!(texts(text, Name), ["foo_bar", "QuerySet", "x", "deref", "check-cfg", "float16"]);
        assert_eq!(texts(text, Call), ["run"]);
        assert_eq!(texts("Fix `a_b` in `c()`", Name), ["a_b"]);
        assert_eq!(texts("T\n\n`DEFAULT_X` or MAX_Y", Config), ["DEFAULT_X", "MAX_Y"]);
    }

    #[test]
    fn dotted_and_paths() {
        let text = "T\n\nuse np.linalg.norm() and Model.save, works.However e.g. 1.2.3 github.com, see \
                    src/a.py:12 and a.b.\n";
        assert_eq!(texts(text, Dotted), ["np.linalg.norm", "Model.save"]);
        assert_eq!(of(text, Path), [("src/a.py".into(), Some(12), None)]);
        let text = "T\n\n`Vec::<T>::new()` std::fmt::Display, A<B>::c, crate::x::y. see owner/repo#12";
        assert_eq!(texts(text, PathName), ["Vec::new", "std::fmt::Display", "A::c", "crate::x::y"]);
        assert!(texts(text, Path).is_empty());
        let text = "T\n\nat https://github.com/o/r/blob/abc/x/y.rs#L3-L9 now";
        assert_eq!(of(text, Path), [("x/y.rs".into(), Some(3), None)]);
    }

    #[test]
    fn settings_and_imports() {
        let text = "T\n```toml\n[tool.black]\nline-length = 3\n```\n```rust\nuse a::{b, c};\n```\n```\n\
                    >>> import x.y as z\n```\nalso `[tool.isort]`";
        assert_eq!(texts(text, Config), ["tool.black", "line-length", "tool.isort"]);
        assert_eq!(texts(text, Import), ["a::b", "a::c", "x.y"]);
    }
}
