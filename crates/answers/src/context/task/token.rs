//! One word of a text: a path, a name, an option, or nothing.

use super::words::{codelike, ident, keyword, setting};
use super::{Found, MentionKind, PartKind, paths};

/// How a stretch of text is read.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub(crate) source: PartKind,
    /// Writing, in which single words may be names.
    pub(crate) words: bool,
    /// Between back-ticks.
    pub(crate) inline: bool,
    pub(crate) flags: bool,
    pub(crate) settings: bool,
}

/// Notes what one word is, if it is anything.
pub(super) fn word(raw: &str, at: usize, before: u8, called: bool, rules: Rules, found: &mut Vec<Found>) {
    let mut push = |kind, text: &str| found.push(Found::new(at, kind, text, rules.source));
    if raw.starts_with('-') {
        let name =
            raw.trim_start_matches('-').split(':').next().unwrap_or("").trim_end_matches(['.', '-', '/']);
        let dashes = raw.len() - raw.trim_start_matches('-').len();
        let free = before.is_ascii_whitespace() || b"\"'`([|/,<{".contains(&before);
        let fine = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.len() > 1;
        let flag = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        if rules.flags && free && fine && flag && (dashes == 2 || dashes == 1 && rules.inline) {
            return push(MentionKind::Flag, name);
        }
    }
    let dotted_start = raw.starts_with("./") || raw.starts_with("../") || raw.starts_with(".g");
    let word = raw.trim_start_matches([':', '-', '@']).trim_end_matches(['.', ':', '-', '#', '\\', '@']);
    let word = if dotted_start { word } else { word.trim_start_matches('.') };
    if word.is_empty() {
        return;
    }
    if let Some((path, _)) = word.split_once(".py::") {
        if path.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./\\".contains(&b)) {
            let last = word.rsplit("::").next().unwrap_or("").to_string();
            found.push(Found::new(at, MentionKind::TestId, word, rules.source).function(Some(last)));
        }
        return;
    }
    if word.contains("::") {
        let path = word.trim_matches(':').rsplit('.').next().unwrap_or("");
        if path.split("::").all(ident) && path.contains("::") {
            return push(MentionKind::PathName, path);
        }
    } else if let Some((path, line)) = paths::path(word, called, rules.inline) {
        found.push(Found::new(at, MentionKind::Path, path, rules.source).line(line));
        return;
    }
    // References to issues: owner/name#12
    if word.split_once('#').is_some_and(|(_, n)| n.bytes().all(|b| b.is_ascii_digit())) {
        return;
    }
    let mut pieces = word.split(|c: char| "/\\-:~@#".contains(c)).filter(|p| !p.is_empty()).peekable();
    while let Some(piece) = pieces.next() {
        simple(piece.trim_matches('.'), at, called && pieces.peek().is_none(), rules, found);
    }
}

/// A word without slashes, colons and dashes.
fn simple(w: &str, at: usize, called: bool, rules: Rules, found: &mut Vec<Found>) {
    let mut push = |kind, text: &str| found.push(Found::new(at, kind, text, rules.source));
    if w.contains('.') {
        if dotted(w, called || !rules.words || rules.inline) {
            let mut parts = w.rsplit('.');
            let last = parts.next().unwrap_or("");
            if last.starts_with("test_") && parts.any(|p| p.to_ascii_lowercase().starts_with("test")) {
                found.push(
                    Found::new(at, MentionKind::TestId, w, rules.source).function(Some(last.to_string())),
                );
            } else {
                push(MentionKind::Dotted, w);
            }
        } else if rules.words {
            w.split('.').filter(|p| codelike(p)).for_each(|p| push(MentionKind::Name, p));
        }
        return;
    }
    // Emphasis: _word_
    let bare =
        if w.starts_with("__") || w.starts_with('_') != w.ends_with('_') { w } else { w.trim_matches('_') };
    if setting(w) {
        if rules.settings {
            push(MentionKind::Config, w);
        }
    } else if !rules.words {
    } else if called && ident(w) && w.len() > 1 && !keyword(w) {
        push(MentionKind::Call, w);
    } else if codelike(bare) {
        push(MentionKind::Name, bare);
    }
}

/// Whether words with dots between them are a name; `sure` where it cannot be two sentences.
fn dotted(w: &str, sure: bool) -> bool {
    let count = w.split('.').count();
    if !w.split('.').all(ident) || w.len() < 4 {
        return false;
    }
    let mut parts = w.split('.');
    let (first, second) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let last = w.rsplit('.').next().unwrap_or("");
    let host = ["com", "org", "net", "js"].contains(&last) || w == "crates.io" || w.starts_with("en_US");
    let letters = w.split('.').all(|p| p.len() == 1);
    if host || letters && !sure || first == "e" || first == "i" {
        return false;
    }
    // Two sentences without a space between them: "works.However"
    let capital = second.starts_with(|c: char| c.is_ascii_uppercase()) && !codelike(second);
    let joined = count == 2 && capital && first.bytes().all(|b| b.is_ascii_lowercase());
    let openers = [
        "However", "The", "This", "It", "But", "And", "If", "When", "We", "I", "In", "For", "So", "You",
        "There", "That", "Is", "Also", "As",
    ];
    sure || !(joined && openers.contains(&second))
}

#[cfg(test)]
mod tests {
    use super::super::MentionKind::*;
    use super::super::tests::{of, texts};

    #[test]
    fn tests_errors_flags() {
        let text = "T\n\nrun t/test_x.py::TestA::test_b[p-1] and m.tests.TestX.test_y with --no-color=1 or \
                    `-Zfoo`\nFooError: bad";
        let got: Vec<_> = of(text, TestId).into_iter().map(|t| (t.0, t.2.unwrap_or_default())).collect();
        assert_eq!(got[0], ("t/test_x.py::TestA::test_b[p-1]".into(), "test_b[p-1]".into()));
        assert_eq!(got[1], ("m.tests.TestX.test_y".into(), "test_y".into()));
        assert_eq!(texts(text, Flag), ["no-color", "Zfoo"]);
        assert_eq!(of(text, ErrorType), [("FooError".into(), None, Some("bad".into()))]);
    }
}
