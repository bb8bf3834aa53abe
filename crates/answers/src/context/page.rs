//! The lines of a file that are shown, as they are shown.

use std::collections::BTreeSet;

use lodemap_base::is_hidden;

use super::redact::{REDACTED, is_key_border, redact};

/// Longer lines are cut: they are data.
const MAX_CHARS: usize = 300;

/// The text of one file, by line.
pub(crate) struct Page {
    lines: Vec<String>,
}

impl Page {
    /// The lines of `text`, safe to show: control characters and marks that hide text are escaped, secrets are left out.
    pub(crate) fn new(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        let mut in_key = false;
        let lines = text.lines().map(|line| {
            let is_border = is_key_border(line);
            if is_border {
                in_key = !in_key;
            }
            if in_key || is_border { REDACTED.to_owned() } else { shown(line) }
        });
        Self { lines: lines.collect() }
    }

    /// How many lines there are.
    pub(crate) fn len(&self) -> u32 {
        self.lines.len() as u32
    }

    /// A line, from 1, as it is shown.
    pub(crate) fn line(&self, number: u32) -> &str {
        number.checked_sub(1).and_then(|ix| self.lines.get(ix as usize)).map_or("", String::as_str)
    }

    /// The line with its number.
    pub(crate) fn numbered(&self, number: u32) -> String {
        let line = self.line(number);
        let gap = if line.is_empty() { "" } else { "  " };
        format!("{number:>5}{gap}{line}\n")
    }

    /// Lines with their numbers, and a mark wherever some are left out between them.
    pub(crate) fn text(&self, lines: &BTreeSet<u32>) -> String {
        let mut out = String::new();
        let mut last = None;
        for line in lines {
            if let Some(last) = last
                && *line > last + 1
            {
                out.push_str(&format!("    ⋮  {} lines\n", line - last - 1));
            }
            out.push_str(&self.numbered(*line));
            last = Some(*line);
        }
        out
    }
}

fn shown(line: &str) -> String {
    let line = redact(line.trim_end());
    let mut out = String::with_capacity(line.len());
    for (count, c) in line.chars().enumerate() {
        if count == MAX_CHARS {
            out.push('…');
            break;
        }
        if is_hidden(c) && c != '\t' { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// Runs of lines without gaps.
pub(crate) fn runs(lines: &BTreeSet<u32>) -> Vec<(u32, u32)> {
    let mut out: Vec<(u32, u32)> = vec![];
    for line in lines {
        match out.last_mut() {
            Some((_, end)) if *end + 1 == *line => *end = *line,
            _ => out.push((*line, *line)),
        }
    }
    out
}
