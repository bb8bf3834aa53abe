//! Who refers to it?

use lodemap_base::{Patience, RelPath};
use lodemap_engine::Snapshot;
use lodemap_engine::graph::{FileEntry, Target, Tier};
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use serde::Serialize;

use crate::error::AnswerError;
use crate::find::{self, Subject};
use crate::toward::files_toward;

/// References, the sure ones first.
#[derive(Clone, Debug, Serialize)]
pub struct RefsAnswer {
    /// The definitions that are referred to.
    pub of: Vec<String>,
    /// The references: those that were resolved or inferred, then those that are possible.
    pub references: Vec<RefRow>,
    /// How many more there are.
    pub omitted: usize,
}

/// One reference.
#[derive(Clone, Debug, Serialize)]
pub struct RefRow {
    /// Its file.
    pub path: RelPath,
    /// Where the name stands, from 1.
    pub line: u32,
    /// From 1, in bytes.
    pub col: u32,
    /// The id of the symbol around it, if it stands in one.
    pub r#in: Option<String>,
    /// How it refers.
    pub kind: &'static str,
    /// How sure it is.
    pub tier: &'static str,
    /// The definition that it leads to.
    pub to: String,
    #[serde(skip)]
    is_sure: bool,
}

/// The references to what `subject` means, at most `limit`; 0 for all. Parts of it run on the threads of the pool it is
/// called in.
pub fn refs(
    snapshot: &Snapshot,
    subject: &Subject,
    limit: usize,
    patience: &Patience,
) -> Result<RefsAnswer, AnswerError> {
    let of = find::targets(snapshot, subject)?;
    let wanted: FxHashSet<Target> = of.iter().copied().collect();
    let files = files_toward(snapshot, &wanted, patience);
    let of_files: Vec<Vec<(Tier, RefRow)>> =
        files.par_chunks(FILES).map(|files| rows(snapshot, files, &wanted, patience)).collect();
    patience.check()?;
    let mut rows: Vec<(Tier, RefRow)> = of_files.into_iter().flatten().collect();
    rows.sort_by_key(|(tier, _)| *tier); // stable: by path and position within
    let mut references: Vec<RefRow> = rows.into_iter().map(|(_, row)| row).collect();
    let keep = if limit == 0 { references.len() } else { limit.min(references.len()) };
    let omitted = references.len() - keep;
    references.truncate(keep);
    Ok(RefsAnswer { of: of.iter().map(|t| find::id(snapshot, *t)).collect(), references, omitted })
}

/// A thread takes so many files at a time.
const FILES: usize = 128;

/// The references of some files to what is wanted, in their order.
fn rows(
    snapshot: &Snapshot,
    files: &[&FileEntry],
    wanted: &FxHashSet<Target>,
    patience: &Patience,
) -> Vec<(Tier, RefRow)> {
    let mut rows = Vec::new();
    for file in files.iter().take_while(|_| !patience.is_over()) {
        // A place is shown once, however many of the wanted it may lead to.
        let mut last = None;
        snapshot.edges_of(file.id, |edge| {
            let place = (edge.reference.at, edge.reference.kind);
            if !wanted.contains(&edge.target) || last == Some(place) {
                return;
            }
            last = Some(place);
            let at = file.facts.lines.position(edge.reference.at);
            let owner = find::owner(file, &edge.reference);
            let row = RefRow {
                path: file.path.clone(),
                line: at.line,
                col: at.col,
                r#in: matches!(owner, Target::Symbol(_)).then(|| find::id(snapshot, owner)),
                kind: edge.reference.kind.as_str(),
                tier: edge.tier.as_str(),
                to: find::id(snapshot, edge.target),
                is_sure: find::is_sure(edge.tier),
            };
            // Among the sure ones the place matters more than the way in which they were found.
            let tier = if row.is_sure { Tier::Resolved } else { edge.tier };
            rows.push((tier, row));
        });
    }
    rows
}

impl RefsAnswer {
    /// One line a reference, for people and models.
    pub fn text(&self) -> String {
        let mut out = of_text(&self.of);
        let several = self.of.len() > 1;
        let mut before = true;
        for r in &self.references {
            if before && !r.is_sure {
                out.push_str("possible:\n");
            }
            before = r.is_sure;
            let indent = if r.is_sure { "" } else { "  " };
            out.push_str(&format!("{indent}{}:{}:{}  {}", r.path, r.line, r.col, r.kind));
            // The path was said already.
            if let Some(name) = r.r#in.as_deref().and_then(|id| id.strip_prefix(r.path.as_str())) {
                out.push_str(&format!("  in {}", name.trim_start_matches('#')));
            }
            if several {
                out.push_str(&format!("  -> {}", r.to));
            }
            if !r.is_sure {
                out.push_str(&format!("  ({})", r.tier));
            }
            out.push('\n');
        }
        out + &more_text(self.omitted)
    }
}

/// Which definitions an answer is about, where that is not clear from the question.
pub(crate) fn of_text(of: &[String]) -> String {
    if of.len() < 2 {
        return String::new();
    }
    let lines: String = of.iter().map(|id| format!("  {id}\n")).collect();
    format!("{} definitions:\n{lines}", of.len())
}

pub(crate) fn more_text(omitted: usize) -> String {
    if omitted == 0 { String::new() } else { format!("… {omitted} more; raise --limit or --tokens\n") }
}
