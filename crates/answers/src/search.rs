//! Where does it say so? Words, phrases and regular expressions, over everything that is indexed.
//!
//! The index of words finds candidates and ranks them; phrases and regular expressions are decided by the text. What is
//! found is a definition, or the rest of a file, and shown by the lines that say most of what was asked.

mod excerpt;
mod filter;
mod find;
mod pattern;
mod query;
mod texts;
mod words;

use lodemap_base::{Patience, RelPath};
use lodemap_engine::Snapshot;
use lodemap_engine::grammar::SymbolKind;
use lodemap_engine::graph::FileEntry;
use lodemap_search::View;
use serde::Serialize;

use crate::error::AnswerError;
use crate::refs::more_text;
use filter::Filter;
use find::Finder;
use query::Query;

/// Reads the text of a file of the state; `None` where it is another one by now.
pub type TextOf<'t> = &'t (dyn Fn(&FileEntry) -> Option<Vec<u8>> + Sync);

/// The way to texts, and how long somebody waits for what they say.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'t> {
    pub(crate) text: TextOf<'t>,
    pub(crate) patience: &'t Patience,
}

/// What to search for, and where.
#[derive(Clone, Debug)]
pub struct SearchOptions {
    /// The query.
    pub query: String,
    /// Find files instead of definitions.
    pub files: bool,
    /// Only definitions of this kind.
    pub kind: Option<SymbolKind>,
    /// Only files that this glob matches, or below this folder.
    pub path: Option<String>,
    /// Only files in this language.
    pub lang: Option<String>,
    /// At most so many; 0 for all.
    pub limit: usize,
    /// For phrases and regular expressions at most so many bytes of text are looked at, each counted once per pattern.
    pub max_bytes: u64,
    /// How long somebody waits.
    pub patience: Patience,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self {
            query: String::new(),
            files: false,
            kind: None,
            path: None,
            lang: None,
            limit: 20,
            max_bytes: 512 << 20,
            patience: Patience::default(),
        }
    }
}

impl SearchOptions {
    /// Whether it can be searched for, before anything is looked at.
    pub fn check(&self) -> Result<(), AnswerError> {
        let query = Query::parse(&self.query)?;
        self.filter()?;
        query.patterns().map(|_| ())
    }

    fn filter(&self) -> Result<Filter, AnswerError> {
        let mut filter = Filter::default();
        let kind = self.kind.map(SymbolKind::as_str);
        for (key, value) in [("kind", kind), ("path", self.path.as_deref()), ("lang", self.lang.as_deref())] {
            if let Some(value) = value {
                filter.add(key, value, false)?;
            }
        }
        Ok(filter)
    }
}

/// What was found, best first.
#[derive(Clone, Debug, Serialize)]
pub struct SearchAnswer {
    /// Definitions and rests of files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hits: Option<Vec<Hit>>,
    /// Files, if these were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<HitFile>>,
    /// How many more there are.
    pub omitted: usize,
    /// Files that a phrase or regular expression was not looked for in, because there is too much text.
    #[serde(skip_serializing_if = "is_zero")]
    pub not_searched: usize,
    /// Prefixes that begin so many words that not all were looked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cut_prefixes: Vec<String>,
    /// Whether the answer is of an older state than the files.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub stale: bool,
    /// Files that changed since the state was made.
    #[serde(skip_serializing_if = "is_zero")]
    pub pending: usize,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// A definition in which it was found, or the rest of a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hit {
    /// Its file.
    pub path: RelPath,
    /// The first of the lines that say most of what was asked, from 1.
    pub line: u32,
    /// The last of them.
    pub end_line: u32,
    /// The id of the definition; none for the rest of a file.
    pub symbol: Option<String>,
    /// How good it is, against others of the same answer.
    pub score: f64,
    /// The lines, long ones cut, with nothing in them that is hidden.
    pub excerpt: String,
}

/// A file in which it was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HitFile {
    /// Its path.
    pub path: RelPath,
    /// How good it is, against others of the same answer.
    pub score: f64,
}

/// What a query finds in the files of a state; `view` has their words.
pub fn search(
    snapshot: &Snapshot,
    view: &View,
    options: &SearchOptions,
    text: TextOf<'_>,
) -> Result<SearchAnswer, AnswerError> {
    let query = Query::parse(&options.query)?;
    let reading = Reading { text, patience: &options.patience };
    let finder = Finder::new(snapshot, view, &query, options.filter()?, options.files, reading)?;
    let mut found = finder.find(options.max_bytes)?;
    let keep = if options.limit == 0 { found.units.len() } else { options.limit.min(found.units.len()) };
    let omitted = found.units.len() - keep;
    found.units.truncate(keep);
    let mut answer = SearchAnswer {
        hits: None,
        files: None,
        omitted,
        not_searched: found.not_searched,
        cut_prefixes: finder.cut_prefixes.clone(),
        stale: false,
        pending: 0,
    };
    let mut changed = std::mem::take(&mut found.changed);
    if options.files {
        let file = |unit: &find::Unit| HitFile {
            path: finder.file(unit.file).path.clone(),
            score: points(unit.score),
        };
        answer.files = Some(found.units.iter().map(file).collect());
    } else {
        let (hits, gone) = excerpt::hits(&finder, &found);
        changed.extend(gone);
        answer.hits = Some(hits);
    }
    options.patience.check()?;
    changed.sort_unstable();
    changed.dedup();
    answer.note_pending(changed.len());
    Ok(answer)
}

/// A score as it is shown: hundredths, rounded down.
fn points(score: u64) -> f64 {
    ((u128::from(score) * 100) >> 16) as f64 / 100.0
}

impl SearchAnswer {
    /// Says that files changed since the state was made, if any did.
    pub fn note_pending(&mut self, files: usize) {
        self.pending = self.pending.max(files);
        self.stale = self.pending > 0;
    }

    /// How much was found.
    pub fn len(&self) -> usize {
        self.hits.as_ref().map_or(0, Vec::len) + self.files.as_ref().map_or(0, Vec::len)
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.len() + self.omitted == 0
    }

    /// Keeps the best.
    pub fn shorten(&mut self, keep: usize) {
        self.omitted += self.len().saturating_sub(keep);
        self.hits.iter_mut().for_each(|hits| hits.truncate(keep));
        self.files.iter_mut().for_each(|files| files.truncate(keep));
    }

    /// Places with their lines, for people and models.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for hit in self.hits.iter().flatten() {
            out.push_str(&format!("{}:{}", hit.path, hit.line));
            // The path was said already.
            if let Some(name) = hit.symbol.as_deref().and_then(|id| id.strip_prefix(hit.path.as_str())) {
                out.push_str(&format!("  {}", name.trim_start_matches('#')));
            }
            out.push('\n');
            let width = hit.end_line.to_string().len();
            for (line, text) in (hit.line..).zip(hit.excerpt.lines()) {
                out.push_str(format!("  {line:>width$}  {text}").trim_end());
                out.push('\n');
            }
        }
        self.files.iter().flatten().for_each(|file| out.push_str(&format!("{}\n", file.path)));
        for prefix in &self.cut_prefixes {
            out.push_str(&format!("! {prefix}* begins too many words to look for all; add letters\n"));
        }
        if self.not_searched > 0 {
            let files = self.not_searched;
            out.push_str(&format!(
                "! {files} files were not looked at; narrow with --path, --lang or a word\n"
            ));
        }
        if self.stale {
            out.push_str(&format!("! {} files changed meanwhile; ask again\n", self.pending));
        }
        out + &more_text(self.omitted)
    }
}
