//! One string, one repository.

use std::sync::Arc;

use lodemap_base::RelPath;
use lodemap_engine::{ChangeSet, Engine, FileInput, Snapshot};
use lodemap_facts::facts_of;
use lodemap_graph::{FileClass, Manifest, Target, is_manifest};

/// The files of a repository.
#[derive(Clone, Debug, Default)]
pub struct Fixture {
    /// Paths with contents, in the order given.
    pub files: Vec<(RelPath, Vec<u8>)>,
}

impl Fixture {
    /// Reads a fixture: a line `//- path` begins a file, everything up to the next is its content.
    ///
    /// # Panics
    /// If text stands before the first header or a path is not relative and clean.
    pub fn parse(text: &str) -> Self {
        let mut files: Vec<(RelPath, Vec<u8>)> = Vec::new();
        for line in text.trim_start_matches('\n').split_inclusive('\n') {
            if let Some(path) = line.trim_start().strip_prefix("//- ") {
                let path = RelPath::parse(path.trim()).expect("a fixture names relative paths");
                files.push((path, Vec::new()));
            } else {
                let (_, content) = files.last_mut().expect("a fixture begins with `//- path`");
                content.extend_from_slice(line.as_bytes());
            }
        }
        Self { files }
    }

    /// Everything as one change.
    pub fn changes(&self) -> ChangeSet {
        let mut out = ChangeSet::default();
        for (path, content) in &self.files {
            if is_manifest(path)
                && let Some(m) = Manifest::parse(path, content)
            {
                out.manifests.push((path.clone(), Some(m)));
            }
            if let Some(lang) = lodemap_grammar::detect(path) {
                let facts = Arc::new(facts_of(lang, content));
                out.files.push(FileInput { path: path.clone(), class: class_of(path), facts });
            }
        }
        out
    }

    /// The state of this repository, from scratch.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Engine::new().apply(self.changes()).0
    }

    /// The same on a pool of so many threads.
    pub fn snapshot_on(&self, threads: usize) -> Arc<Snapshot> {
        let pool =
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
        pool.install(|| self.snapshot())
    }
}

/// Tests are told from the rest as simply as this; the real rules are the disk's.
pub(crate) fn class_of(path: &RelPath) -> FileClass {
    let is_test = path.as_str().starts_with("tests/") || path.name().starts_with("test_");
    FileClass(if is_test { FileClass::TEST } else { 0 })
}

/// The edges of a repository as text: `path:line:col name -> path:line kind/rule`, in canonical order.
pub fn edges(text: &str) -> String {
    let fixture = Fixture::parse(text);
    let snapshot = fixture.snapshot();
    let mut files: Vec<_> = snapshot.world().files().cloned().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut out = String::new();
    for file in files {
        let source =
            &fixture.files.iter().find(|(p, _)| *p == file.path).expect("files come from the fixture").1;
        snapshot.edges_of(file.id, |edge| {
            let at = file.facts.lines.position(edge.reference.at);
            let name: String = source[edge.reference.at as usize..]
                .iter()
                .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
                .map(|b| *b as char)
                .collect();
            let (def, line) = snapshot.target_line(edge.target);
            let whole = if matches!(edge.target, Target::File(_)) { "" } else { &format!(":{line}") };
            out.push_str(&format!(
                "{}:{}:{} {name} -> {}{whole} {}/{}\n",
                file.path,
                at.line,
                at.col,
                def.path,
                edge.reference.kind.as_str(),
                edge.rule.as_str(),
            ));
        });
    }
    out
}
