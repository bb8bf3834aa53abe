//! Facts by content: most files of a random run were seen before, and parsing is most of what a small run costs.

use std::sync::Arc;

use lodemap_base::{ContentHash, RelPath};
use lodemap_engine::FileInput;
use lodemap_facts::{FileFacts, facts_of};
use lodemap_grammar::{Lang, detect, detect_shebang};
use lodemap_graph::FileClass;
use rustc_hash::FxHashMap;

/// Facts that were extracted before.
#[derive(Default)]
pub struct FactsCache {
    known: FxHashMap<(Lang, ContentHash), Arc<FileFacts>>,
}

/// A long run meets more contents than memory holds; beyond this many it begins anew.
const MOST: usize = 20_000;

impl FactsCache {
    /// What a file is to the engine; `None` if it is in no language.
    pub fn input(&mut self, path: &RelPath, bytes: &[u8], class: FileClass) -> Option<FileInput> {
        let by_name = detect(path);
        let may_have_shebang = by_name.is_none() && path.extension().is_none();
        let lang = by_name.or_else(|| may_have_shebang.then(|| detect_shebang(bytes)).flatten())?;
        if self.known.len() > MOST {
            self.known.clear();
        }
        let key = (lang, ContentHash::of(bytes));
        let facts = self.known.entry(key).or_insert_with(|| Arc::new(facts_of(lang, bytes))).clone();
        Some(FileInput { path: path.clone(), class, facts })
    }
}
