//! What is in the repository now? A repository in memory, and the steps that change it.
//!
//! Every step can be taken in every state, so that a story stays one when steps are left out of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lodemap_base::RelPath;
use lodemap_graph::FileClass;

use crate::fixture::class_of;

/// The files of a repository, and what is said about them elsewhere.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Model {
    files: BTreeMap<RelPath, Arc<[u8]>>,
    ignored: BTreeSet<RelPath>,
    classes: BTreeMap<RelPath, FileClass>,
}

/// One thing that happens to a repository.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// A file has this content from now on.
    Write(RelPath, Arc<[u8]>),
    /// A file, or a folder with everything in it, is gone.
    Remove(RelPath),
    /// A file or folder stands elsewhere.
    Rename(RelPath, RelPath),
    /// A file or folder stands elsewhere too.
    Copy(RelPath, RelPath),
    /// Two files have each other's content.
    Swap(RelPath, RelPath),
    /// An ignore file hides a folder.
    Ignore(RelPath),
    /// It does so no longer.
    Unignore(RelPath),
    /// An attribute says what kind of file it is, or does so no longer.
    Class(RelPath, Option<FileClass>),
    /// The next change names this path, whether or not anything happened there.
    Touch(RelPath),
    /// Everything is as it was at the start; applied at once, and met by the dump of the start.
    Undo,
    /// The engine hears of everything since the last time.
    Apply,
}

impl Model {
    /// A repository of these files.
    pub fn new(files: &[(RelPath, Arc<[u8]>)]) -> Self {
        let mut model = Self::default();
        for (path, bytes) in files {
            model.put(path.clone(), bytes.clone());
        }
        model
    }

    /// All files, hidden ones too.
    pub fn files(&self) -> &BTreeMap<RelPath, Arc<[u8]>> {
        &self.files
    }

    /// The folders that are hidden.
    pub fn ignored(&self) -> &BTreeSet<RelPath> {
        &self.ignored
    }

    /// What an indexer finds: the files that are not hidden, each with its class.
    pub fn visible(&self) -> BTreeMap<RelPath, (Arc<[u8]>, FileClass)> {
        let seen = self.files.iter().filter(|(p, _)| !self.ignored.iter().any(|dir| p.is_below(dir)));
        seen.map(|(p, bytes)| {
            let class = self.classes.get(p).copied().unwrap_or_else(|| class_of(p));
            (p.clone(), (bytes.clone(), class))
        })
        .collect()
    }

    /// Takes a step; those that concern the engine alone change nothing here.
    pub fn take(&mut self, step: &Step) {
        match step {
            Step::Write(path, bytes) => self.put(path.clone(), bytes.clone()),
            Step::Remove(path) => _ = self.cut(path),
            Step::Rename(from, to) => {
                let moved = self.cut(from);
                self.paste(moved, from, to);
            }
            Step::Copy(from, to) => self.paste(self.below(from), from, to),
            Step::Swap(a, b) => {
                if let (Some(x), Some(y)) = (self.files.get(a).cloned(), self.files.get(b).cloned()) {
                    self.files.insert(a.clone(), y);
                    self.files.insert(b.clone(), x);
                }
            }
            Step::Ignore(dir) => _ = self.ignored.insert(dir.clone()),
            Step::Unignore(dir) => _ = self.ignored.remove(dir),
            Step::Class(path, Some(class)) => _ = self.classes.insert(path.clone(), *class),
            Step::Class(path, None) => _ = self.classes.remove(path),
            Step::Touch(_) | Step::Undo | Step::Apply => {}
        }
    }

    /// A file takes the place of a folder of its name, and the other way round, as in a file system.
    fn put(&mut self, path: RelPath, bytes: Arc<[u8]>) {
        if path.as_str().is_empty() {
            return;
        }
        self.files.retain(|p, _| !p.is_below(&path) && !path.is_below(p));
        self.files.insert(path, bytes);
    }

    fn below(&self, path: &RelPath) -> Vec<(RelPath, Arc<[u8]>)> {
        let found = self.files.iter().filter(|(p, _)| p.is_below(path));
        found.map(|(p, b)| (p.clone(), b.clone())).collect()
    }

    fn cut(&mut self, path: &RelPath) -> Vec<(RelPath, Arc<[u8]>)> {
        let out = self.below(path);
        self.files.retain(|p, _| !p.is_below(path));
        out
    }

    fn paste(&mut self, files: Vec<(RelPath, Arc<[u8]>)>, from: &RelPath, to: &RelPath) {
        for (path, bytes) in files {
            let rest = path.as_str()[from.as_str().len()..].trim_start_matches('/');
            let target = if rest.is_empty() { to.clone() } else { to.join(rest) };
            self.put(target, bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RelPath {
        RelPath::parse(text).unwrap()
    }

    fn model(paths: &[&str]) -> Model {
        let files: Vec<_> = paths.iter().map(|p| (path(p), Arc::from(p.as_bytes()))).collect();
        Model::new(&files)
    }

    fn shown(model: &Model) -> String {
        let shown = |(p, (b, c)): (RelPath, (Arc<[u8]>, FileClass))| {
            format!("{p}={}{}", String::from_utf8_lossy(&b), if c.is_core() { "" } else { "!" })
        };
        model.visible().into_iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn folders_move_with_what_is_in_them() {
        let mut m = model(&["a/x.py", "a/b/y.py", "ab.py"]);
        m.take(&Step::Rename(path("a"), path("c/d")));
        assert_eq!(shown(&m), "ab.py=ab.py c/d/b/y.py=a/b/y.py c/d/x.py=a/x.py");
        m.take(&Step::Rename(path("ab.py"), path("ab/__init__.py")));
        m.take(&Step::Copy(path("c/d/b"), path("ab")));
        assert_eq!(shown(&m), "ab/__init__.py=ab.py ab/y.py=a/b/y.py c/d/b/y.py=a/b/y.py c/d/x.py=a/x.py");
        m.take(&Step::Rename(path("missing"), path("ab")));
        assert_eq!(m.files().len(), 4, "what is not there cannot move");
    }

    #[test]
    fn a_name_is_a_file_or_a_folder() {
        let mut m = model(&["a/x.py", "a/y.py"]);
        m.take(&Step::Write(path("a"), Arc::from(&b"1"[..])));
        assert_eq!(shown(&m), "a=1");
        m.take(&Step::Write(path("a/z.py"), Arc::from(&b"2"[..])));
        assert_eq!(shown(&m), "a/z.py=2");
    }

    #[test]
    fn hidden_files_come_back_and_classes_are_overruled() {
        let mut m = model(&["a/x.py", "b.py"]);
        m.take(&Step::Ignore(path("a")));
        assert_eq!(shown(&m), "b.py=b.py");
        m.take(&Step::Unignore(path("a")));
        m.take(&Step::Class(path("b.py"), Some(FileClass(FileClass::TEST))));
        m.take(&Step::Swap(path("a/x.py"), path("b.py")));
        assert_eq!(shown(&m), "a/x.py=b.py b.py=a/x.py!");
        m.take(&Step::Class(path("b.py"), None));
        assert_eq!(shown(&m), "a/x.py=b.py b.py=a/x.py");
    }
}
