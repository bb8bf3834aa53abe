//! What goes into the engine, and what it did with it.

use std::sync::Arc;

use lodemap_base::RelPath;
use lodemap_facts::FileFacts;
use lodemap_graph::{FileClass, Manifest};

/// A file with its facts.
#[derive(Clone, Debug)]
pub struct FileInput {
    /// Where it is.
    pub path: RelPath,
    /// What kind of file it is.
    pub class: FileClass,
    /// What it says.
    pub facts: Arc<FileFacts>,
}

/// Everything that changed since the last snapshot, as one transaction.
#[derive(Clone, Debug, Default)]
pub struct ChangeSet {
    /// Files that are new or different.
    pub files: Vec<FileInput>,
    /// Files that are gone.
    pub removed: Vec<RelPath>,
    /// Manifests that are new or different, or gone.
    pub manifests: Vec<(RelPath, Option<Manifest>)>,
}

impl ChangeSet {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.removed.is_empty() && self.manifests.is_empty()
    }
}

/// How much work an application of changes was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct WorkLog {
    /// Files whose references were resolved.
    pub resolved: usize,
    /// Edges of the importance graph.
    pub edges: usize,
}
