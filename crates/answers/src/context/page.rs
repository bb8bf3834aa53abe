//! The lines of a file that are shown, as they are shown.

use std::collections::BTreeSet;

use lodemap_base::is_hidden;

use super::redact::{REDACTED, is_key_border, redact};

/// Longer lines are cut: they are data.
const MAX_CHARS: usize = 300;

/// The text of one file, by line. Most lines are weighed and never shown.
pub(crate) struct Page {
    text: String,
    /// Where each line starts and ends.
    lines: Vec<(usize, usize)>,
    /// Lines of private keys, from 1.
    keys: BTreeSet<u32>,
}

impl Page {
    /// The lines of `text`.
    pub(crate) fn new(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text).into_owned();
        let at = |line: &str| line.as_ptr() as usize - text.as_ptr() as usize;
        let lines = text.lines().map(|line| (at(line), at(line) + line.len())).collect();
        let keys = if text.contains("PRIVATE KEY") { key_lines(&text) } else { BTreeSet::new() };
        Self { lines, keys, text }
    }

    /// How many lines there are.
    pub(crate) fn len(&self) -> u32 {
        self.lines.len() as u32
    }

    /// A line, from 1, as it stands in the file; not to be shown.
    pub(crate) fn raw(&self, number: u32) -> &str {
        let line = number.checked_sub(1).and_then(|ix| self.lines.get(ix as usize));
        line.map_or("", |(start, end)| &self.text[*start..*end])
    }

    /// A line, from 1, safe to show: control characters and marks that hide text are escaped, secrets are left out.
    pub(crate) fn line(&self, number: u32) -> String {
        if self.keys.contains(&number) { REDACTED.to_owned() } else { shown(self.raw(number)) }
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

/// The lines of private keys, with those that open and close them.
fn key_lines(text: &str) -> BTreeSet<u32> {
    let mut in_key = false;
    let mut out = BTreeSet::new();
    for (number, line) in (1..).zip(text.lines()) {
        let is_border = is_key_border(line);
        if is_border {
            in_key = !in_key;
        }
        if in_key || is_border {
            out.insert(number);
        }
    }
    out
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
