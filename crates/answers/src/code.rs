//! The code of what was found: the lines of a definition, with their numbers.
//!
//! A short definition is shown whole. Of a long one that holds others, only the lines with which these begin are shown:
//! each can be asked for by itself.

use std::collections::BTreeSet;

use lodemap_engine::Snapshot;
use lodemap_engine::facts::NONE;
use lodemap_engine::graph::Target;

use crate::context::Page;
use crate::def::DefAnswer;
use crate::search::TextOf;

/// The code of so many definitions is shown; the best come first.
const MOST: usize = 5;
/// A definition that holds others is shown whole up to so many lines.
const WHOLE: u32 = 80;
/// Signatures are shown up to so many lines, and heads of files too.
const HEAD: u32 = 8;

/// Adds their code to the first targets of an answer.
pub(crate) fn add_code(answer: &mut DefAnswer, targets: &[Target], snapshot: &Snapshot, texts: TextOf<'_>) {
    for (row, target) in answer.targets.iter_mut().zip(targets).take(MOST) {
        row.code = Some(code(snapshot, *target, texts));
    }
}

/// The lines of one definition, each with its number; one that says so where the file was changed meanwhile.
fn code(snapshot: &Snapshot, target: Target, texts: TextOf<'_>) -> Vec<String> {
    let world = snapshot.world();
    let (file, symbol) = match target {
        Target::File(file) => (file, None),
        Target::Symbol(symbol) => (world.slot(symbol).file, Some(world.slot(symbol).symbol)),
    };
    let entry = world.file(file);
    let Some(text) = texts(entry) else {
        return vec!["  (the file was changed meanwhile; ask again)\n".to_owned()];
    };
    let (facts, page) = (&entry.facts, Page::new(&text));
    let (from, to) = match symbol {
        None => (1, page.len()),
        Some(ix) => {
            let span = facts.symbols.at(ix).span;
            (facts.lines.line(span.start), facts.lines.line(span.end.saturating_sub(1)).min(page.len()))
        }
    };
    let mut children: Vec<u32> = vec![];
    let mut inside: BTreeSet<u32> = symbol.into_iter().collect();
    // Parents come before their children.
    for (ix, s) in facts.symbols.iter().enumerate() {
        let is_top = symbol.is_none() && s.parent == NONE;
        if is_top || (s.parent != NONE && inside.contains(&s.parent)) {
            inside.insert(ix as u32);
            children.push(facts.lines.line(s.name_at));
        }
    }
    let is_whole = children.is_empty() || to.saturating_sub(from) < WHOLE;
    let lines: BTreeSet<u32> = if is_whole {
        (from..=to).collect()
    } else {
        (from..=to.min(from.saturating_add(HEAD - 1))).chain(children).chain([to]).collect()
    };
    page.text(&lines).split_inclusive('\n').map(str::to_owned).collect()
}
