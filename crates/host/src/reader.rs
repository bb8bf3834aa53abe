//! What an answer needs of an open repository besides the state, while that goes on to change.

use std::path::Path;
use std::sync::Arc;

use lodemap_answers::Past;
use lodemap_base::Generation;
use lodemap_disk::Root;
use lodemap_engine::Snapshot;
use lodemap_graph::FileEntry;

use crate::error::HostError;
use crate::git;
use crate::past::Pasts;
use crate::searching::{Searchable, Searching, text_of};

/// The way of readers to texts, words and threads; none of them waits for a step.
#[derive(Clone)]
pub struct Reader {
    pub(crate) root: Arc<Root>,
    pub(crate) searching: Arc<Searching>,
    pub(crate) pasts: Arc<Pasts>,
    pub(crate) pool: Arc<rayon::ThreadPool>,
    /// Whether states have numbers that outlive the process.
    pub(crate) is_numbered: bool,
}

impl Reader {
    /// The absolute path of the root.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// The number of a state in its index; 0 where nothing is kept.
    pub fn generation(&self, snapshot: &Snapshot) -> Generation {
        if self.is_numbered { snapshot.generation() } else { Generation::default() }
    }

    /// The text of a file of a state, as it is read for the state; `None` where it is another one by now.
    pub fn text(&self, file: &FileEntry) -> Option<Vec<u8>> {
        text_of(file, &self.root)
    }

    /// The words of the files of a state. Not to be called on the repository's own threads.
    pub fn searchable(&self, snapshot: &Arc<Snapshot>) -> Result<Searchable, HostError> {
        Ok(self.searching.of(snapshot, &self.root, &self.pool)?)
    }

    /// What led to the commit that is checked out, as git tells it; `None` where git or its history is not there. It is
    /// read again when another commit is checked out.
    pub fn past(&self) -> Option<Arc<Past>> {
        self.pasts.of(self.root.path())
    }

    /// What `git diff` tells between a revision and the working tree.
    pub fn diff(&self, revision: &str) -> Result<String, HostError> {
        git::diff(self.root.path(), revision)
    }

    /// Runs `f` on the repository's own threads, where parallel parts of an answer belong.
    pub fn install<T: Send>(&self, f: impl FnOnce() -> T + Send) -> T {
        self.pool.install(f)
    }
}
