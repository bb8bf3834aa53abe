//! What does a comment or docstring say, without what makes it one?

use lodemap_base::Span;

/// The documentation in a span of a text, if there is any.
pub(super) fn text(source: Option<&[u8]>, span: Span) -> Option<String> {
    let raw = source?.get(span.start as usize..span.end as usize).filter(|raw| !raw.is_empty())?;
    let text = clean(&String::from_utf8_lossy(raw));
    (!text.is_empty()).then_some(text)
}

fn clean(raw: &str) -> String {
    let raw = raw.trim();
    if let Some(text) = docstring(raw) {
        return outdented(text);
    }
    let lines = raw.lines().map(|line| {
        let line = line.trim();
        let line = line.strip_suffix("*/").map_or(line, str::trim_end);
        let markers = ["///", "//!", "//", "/**", "/*!", "/*", "#", "*"];
        let line = markers.iter().find_map(|m| line.strip_prefix(m)).unwrap_or(line);
        line.strip_prefix(' ').unwrap_or(line).trim_end()
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// What stands between the quotes of a text, whatever its prefix.
fn docstring(raw: &str) -> Option<&str> {
    let text = raw.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let inside = |quotes: &str| text.strip_prefix(quotes)?.strip_suffix(quotes);
    ["\"\"\"", "'''", "\"", "'"].into_iter().find_map(inside)
}

/// Without the indentation that all lines but the first share.
fn outdented(text: &str) -> String {
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let rest = || text.lines().skip(1).filter(|line| !line.trim().is_empty());
    let shared = rest().map(|l| indent(&l)).min().unwrap_or(0);
    let lines = text.lines().enumerate().map(|(i, line)| {
        let line = if i == 0 { line.trim_start() } else { line.get(shared..).unwrap_or("") };
        line.trim_end()
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_words_are_left() {
        for (raw, text) in [
            ("/// Lends.\n    ///\n    /// More:\n    ///   code", "Lends.\n\nMore:\n  code"),
            ("/** Lends.\n * More.\n */", "Lends.\nMore."),
            ("// Acquire lends.\n// More.", "Acquire lends.\nMore."),
            ("# Lends.", "Lends."),
            ("\"\"\"Lends.\n\n    More:\n      code\n    \"\"\"", "Lends.\n\nMore:\n  code"),
            ("r'''Lends.'''", "Lends."),
            ("\"\"\"\"\"\"", ""),
            ("", ""),
        ] {
            assert_eq!(clean(raw), text, "{raw}");
        }
    }
}
