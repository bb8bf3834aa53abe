//! Writing a state.

use std::sync::Arc;

use lodemap_answers::{SymbolTable, TablePart};
use lodemap_base::RelPath;
use lodemap_disk::{Sighting, Stamp};
use lodemap_engine::Snapshot;
use lodemap_store::Section;
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::{Row, Rows, States, head, section, table};
use crate::quarantine::Quarantine;
use crate::stats::IndexStats;

/// A state that is to be written, and can be without the repository.
pub(crate) struct Unwritten {
    pub(crate) states: States,
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) sighting: Sighting,
    pub(crate) stamps: FxHashMap<RelPath, Stamp>,
    pub(crate) stats: IndexStats,
    pub(crate) quarantine: Arc<Quarantine>,
}

impl Unwritten {
    /// Writes it. Where that fails nothing is lost but time.
    pub(crate) fn write(self) {
        let files = self.snapshot.world().files();
        let mut rows: Vec<Row> = files
            .map(|f| Row {
                path: f.path.clone(),
                content: f.facts.hashes.content,
                lang: f.facts.lang,
                stamp: self.stamps.get(&f.path).copied(),
            })
            .collect();
        rows.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let Some(files) = Rows::encode(&rows) else { return };
        let mut parts = vec![
            (section::HEAD, encoded(&head(&self.states.root, &self.quarantine))),
            (section::SIGHTING, self.sighting.encode()),
            (section::FILES, files),
            (section::STATS, encoded(&self.stats)),
        ];
        let table = TablePart::ALL.into_iter().zip(SymbolTable::build(&self.snapshot));
        parts.extend(table.map(|(part, bytes)| (table::id(part), bytes)));
        let sections: Vec<Section<'_>> = parts.iter().map(|(id, bytes)| Section { id: *id, bytes }).collect();
        self.states.write(self.snapshot.generation().0, &sections);
    }
}

fn encoded<T: Serialize>(value: &T) -> Vec<u8> {
    // Plain data in memory has no way to fail; an empty section would be read as damaged.
    postcard::to_stdvec(value).unwrap_or_default()
}
