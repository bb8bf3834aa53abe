//! Who calls what is shown.

use lodemap_base::SymbolId;
use lodemap_engine::Snapshot;
use lodemap_engine::grammar::RefKind;
use lodemap_engine::graph::{FileClass, Target, Tier};
use lodemap_search::{SearchError, View, for_each_word};

use crate::find;

/// A place that calls a symbol.
pub(crate) struct Caller {
    /// The id of what calls.
    pub(crate) from: String,
    pub(crate) line: u32,
    pub(crate) tier: Tier,
}

/// Names in more files than this are no question for an answer in milliseconds.
const MAX_FILES: usize = 40;
/// So many callers are told.
const MAX_CALLERS: usize = 4;

/// Some callers of a symbol outside of tests, by the order of their paths; and whether there may be more.
///
/// Only files that contain the name can call it, and the index knows them.
pub(crate) fn callers(
    snapshot: &Snapshot,
    view: &View,
    symbol: SymbolId,
) -> Result<(Vec<Caller>, bool), SearchError> {
    let world = snapshot.world();
    let slot = world.slot(symbol);
    let name = world.file(slot.file).facts.name_of(slot.symbol);
    let mut word = None;
    for_each_word(name, |w| {
        word.get_or_insert_with(|| w.to_owned());
    });
    let mut postings = vec![];
    if let Some(word) = &word {
        view.postings(word, &mut postings)?;
    }
    let mut files: Vec<_> =
        postings.iter().filter_map(|posting| world.file_with_key(view.file_key(posting.file))).collect();
    files.sort_by(|a, b| world.file(*a).path.cmp(&world.file(*b).path));
    files.dedup();
    files.retain(|file| !world.file(*file).class.has(FileClass::TEST));
    if files.len() > MAX_FILES {
        return Ok((vec![], true));
    }
    let mut out: Vec<Caller> = vec![];
    for file in files {
        let entry = world.file(file);
        snapshot.edges_of(file, |edge| {
            if edge.target == Target::Symbol(symbol) && edge.reference.kind == RefKind::Call {
                let from = find::id(snapshot, find::owner(entry, &edge.reference));
                let line = entry.facts.lines.line(edge.reference.at);
                if out.iter().all(|known| known.from != from) {
                    out.push(Caller { from, line, tier: edge.tier });
                }
            }
        });
    }
    let more = out.len() > MAX_CALLERS;
    out.sort_by_key(|caller| !find::is_sure(caller.tier));
    out.truncate(MAX_CALLERS);
    Ok((out, more))
}
