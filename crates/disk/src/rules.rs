//! Do the ignore files say that a path is to be passed over?
//!
//! Precedence is that of git among git's own files: the nearest `.gitignore`, then `.git/info/exclude`, then the
//! user's global file. Rules meant for tools (the caller's own, `.lodemapignore`, `.ignore`) come before all of
//! them, and also apply to files that git tracks.

use crate::attributes::Attributes;
use crate::pattern::Patterns;
use std::sync::Arc;

/// The names of ignore files, strongest first; the last is git's.
pub(crate) const IGNORE_FILES: [&str; 3] = [".lodemapignore", ".ignore", ".gitignore"];
/// The place of git's among them.
pub(crate) const GIT: usize = 2;

/// Longer ignore files are not read: nobody writes them by hand, and they cost time on every path.
pub(crate) const MAX_RULES: u64 = 2 << 20;

/// One source of rules.
#[derive(Debug)]
pub(crate) struct RuleFile {
    patterns: Patterns,
    text: Vec<u8>,
    /// How its place is told to the user.
    source: String,
    /// How many bytes of an absolute path lead to the folder that the patterns are relative to.
    skip: usize,
}

impl RuleFile {
    /// Compiles `text`; says what could not be used.
    pub(crate) fn parse(text: Vec<u8>, source: String, skip: usize) -> (RuleFile, Vec<String>) {
        let body = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        let (patterns, problems) =
            Patterns::build(body.split(|b| *b == b'\n').enumerate().map(|(i, l)| (i + 1, l)));
        (RuleFile { patterns, text, source, skip }, problems)
    }

    /// Whether both say the same, and would name the same place for it.
    pub(crate) fn is_like(&self, other: &RuleFile) -> bool {
        self.skip == other.skip && self.source == other.source && self.text == other.text
    }

    /// What it says and where it stands.
    pub(crate) fn identity(&self) -> [&[u8]; 2] {
        [&self.text, self.source.as_bytes()]
    }

    pub(crate) fn verdict(&self, path: &[u8], is_dir: bool) -> Option<Hit<'_>> {
        let (line, kept) = self.patterns.last_match(path.get(self.skip..)?, is_dir)?;
        Some(Hit { file: self, line, kept })
    }
}

/// The line that decides about a path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit<'a> {
    file: &'a RuleFile,
    line: usize,
    /// Whether it starts with `!`: the path is not to be ignored.
    pub(crate) kept: bool,
}

impl Hit<'_> {
    /// The line itself.
    pub(crate) fn rule(&self) -> String {
        let line = self.file.text.split(|b| *b == b'\n').nth(self.line - 1).unwrap_or_default();
        String::from_utf8_lossy(line).trim_start_matches('\u{feff}').trim_end().to_owned()
    }

    /// Where it stands: file and line.
    pub(crate) fn source(&self) -> String {
        format!("{}:{}", self.file.source, self.line)
    }
}

/// The rules of one folder, linked to those of the folders above it.
#[derive(Debug, Default)]
pub(crate) struct Level {
    pub(crate) parent: Option<Arc<Level>>,
    pub(crate) ignores: [Option<RuleFile>; 3],
    pub(crate) attributes: Option<Attributes>,
}

impl Level {
    /// Whether the folder's own files say the same in both; those above it are not compared.
    pub(crate) fn is_like(&self, other: &Level) -> bool {
        let pairs = self.ignores.iter().zip(&other.ignores);
        pairs.into_iter().all(|(a, b)| alike(a, b, RuleFile::is_like))
            && alike(&self.attributes, &other.attributes, Attributes::is_like)
    }

    /// This level and those above it, nearest first.
    pub(crate) fn chain(&self) -> impl Iterator<Item = &Level> {
        std::iter::successors(Some(self), |level| level.parent.as_deref())
    }

    pub(crate) fn verdict(&self, kind: usize, path: &[u8], is_dir: bool) -> Option<Hit<'_>> {
        self.chain().find_map(|level| level.ignores[kind].as_ref()?.verdict(path, is_dir))
    }
}

/// Whether two things that need not be there are alike.
pub(crate) fn alike<T>(a: &Option<T>, b: &Option<T>, same: impl Fn(&T, &T) -> bool) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => same(a, b),
        _ => false,
    }
}
