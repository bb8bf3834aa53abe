//! What did the engine have to hear at each commit? Blobs become facts, once for each content and language.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use lodemap_base::RelPath;
use lodemap_engine::{ChangeSet, FileInput};
use lodemap_facts::{FileFacts, facts_of};
use lodemap_grammar::{Lang, detect, detect_shebang};
use lodemap_graph::{FileClass, Manifest, is_manifest};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::git::{Blob, Change, Contents};

/// Everything that an engine should know at a commit.
#[derive(Default)]
pub(super) struct State {
    files: BTreeMap<RelPath, FileInput>,
    manifests: BTreeMap<RelPath, Manifest>,
    blobs: BTreeMap<RelPath, Blob>,
    facts: FxHashMap<(Blob, Lang), Arc<FileFacts>>,
    /// The languages of contents whose names do not tell.
    shebangs: FxHashMap<Blob, Option<Lang>>,
}

/// So many contents are read before they are parsed, on all threads.
const BATCH: usize = 2048;

impl State {
    /// Takes the changes in and gives them as the engine hears them.
    pub(super) fn take(&mut self, changes: Vec<Change>, contents: &mut Contents) -> Result<ChangeSet> {
        for batch in changes.chunks(BATCH) {
            self.learn(batch, contents)?;
        }
        let mut out = ChangeSet::default();
        for (path, blob) in changes {
            if is_manifest(&path) {
                let bytes = blob.as_ref().map(|b| contents.read(b)).transpose()?.flatten();
                let manifest = bytes.and_then(|b| Manifest::parse(&path, &b));
                match &manifest {
                    Some(m) => _ = self.manifests.insert(path.clone(), m.clone()),
                    None => _ = self.manifests.remove(&path),
                }
                out.manifests.push((path.clone(), manifest));
            }
            let facts = blob.as_ref().and_then(|b| {
                let lang = detect(&path).or_else(|| self.shebangs.get(b).copied().flatten())?;
                self.facts.get(&(b.clone(), lang)).cloned()
            });
            match blob {
                Some(blob) => _ = self.blobs.insert(path.clone(), blob),
                None => _ = self.blobs.remove(&path),
            }
            match facts {
                Some(facts) => {
                    let input = FileInput { path: path.clone(), class: class_of(&path), facts };
                    self.files.insert(path, input.clone());
                    out.files.push(input);
                }
                // The engine hears of the end of files that it knows; of others there is nothing to say.
                None if self.files.remove(&path).is_some() => out.removed.push(path),
                None => {}
            }
        }
        self.forget();
        Ok(out)
    }

    /// Reads and parses what is not known yet.
    fn learn(&mut self, changes: &[Change], contents: &mut Contents) -> Result<()> {
        let mut wanted: BTreeMap<(Blob, Lang), Vec<u8>> = BTreeMap::new();
        for (path, blob) in changes {
            let Some(blob) = blob else { continue };
            let mut lang = detect(path);
            if lang.is_none() && path.extension().is_none() {
                if !self.shebangs.contains_key(blob) {
                    let bytes = contents.read(blob)?.unwrap_or_default();
                    self.shebangs.insert(blob.clone(), detect_shebang(&bytes));
                }
                lang = self.shebangs[blob];
            }
            let Some(lang) = lang else { continue };
            let key = (blob.clone(), lang);
            if !self.facts.contains_key(&key)
                && !wanted.contains_key(&key)
                && let Some(bytes) = contents.read(blob)?
            {
                wanted.insert(key, bytes);
            }
        }
        let learnt: Vec<_> = wanted
            .into_par_iter()
            .map(|((blob, lang), bytes)| ((blob, lang), Arc::new(facts_of(lang, &bytes))))
            .collect();
        self.facts.extend(learnt);
        Ok(())
    }

    /// History comes back to old contents, but not to all of them: what is not in use goes when it is too much.
    fn forget(&mut self) {
        if self.facts.len() > 3 * self.files.len() + 20_000 {
            self.facts.retain(|_, facts| Arc::strong_count(facts) > 1);
        }
    }

    /// All files at once, as a new engine hears of them.
    pub(super) fn everything(&self) -> ChangeSet {
        ChangeSet {
            files: self.files.values().cloned().collect(),
            removed: vec![],
            manifests: self.manifests.iter().map(|(p, m)| (p.clone(), Some(m.clone()))).collect(),
        }
    }

    /// How many files are indexed.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether the changes taken in led to this tree.
    pub(super) fn is_tree(&self, tree: &[(RelPath, Blob)]) -> bool {
        self.blobs.len() == tree.len() && tree.iter().all(|(p, b)| self.blobs.get(p) == Some(b))
    }
}

/// Roles by path alone: attributes are files of the tree, but what they say is the disk's business.
pub(super) fn class_of(path: &RelPath) -> FileClass {
    let c = lodemap_disk::classify(path);
    FileClass::of_roles(c.generated, c.vendored, c.test, c.example, c.docs)
}
