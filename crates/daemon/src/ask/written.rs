//! These files were written: what became of them?

use std::ffi::OsStr;
use std::time::Duration;

use lodemap_answers::FileChange;
use lodemap_host::{Live, Marked, RelPath};
use lodemap_wire::{MarkDirtyRequest, Problem, ProblemKind, Response};
use serde::Serialize;

use super::Asker;
use super::ground::Footing;
use crate::paths;

/// The reply to a notice.
#[derive(Serialize)]
struct Written<'a> {
    changes: &'a [FileChange],
    /// Whether the file on disk has another content than was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    differs: Option<bool>,
}

/// Has the files looked at.
pub(super) fn mark(
    live: &Live,
    request: &MarkDirtyRequest,
    asker: Asker<'_>,
    wait: Duration,
) -> Result<Marked, Problem> {
    let root = live.root();
    let snapshot = live.snapshot();
    let path = |text: &String| {
        paths::resolve(&snapshot, OsStr::new(text), &root, asker.folder)
            .filter(|path| *path != RelPath::root())
            .ok_or_else(|| paths::outside(OsStr::new(text), &root))
    };
    let paths: Vec<RelPath> = request.paths.iter().map(path).collect::<Result<_, _>>()?;
    match (&request.content, paths.as_slice()) {
        (None, paths) => Ok(live.mark_dirty(paths, wait)),
        (Some(content), [path]) => Ok(live.mark_written(path, content.as_bytes(), wait)),
        (Some(_), _) => Err(Problem::usage("a content is that of one file; give one path with it")),
    }
}

pub(super) fn mark_dirty(footing: &Footing<'_>, request: &MarkDirtyRequest) -> Result<Response, Problem> {
    let Some(marked) = &footing.marked else {
        let message = "notices are for a repository that is kept open; start one with `lodemap daemon start`";
        return Err(Problem::new(ProblemKind::Usage, message));
    };
    let differs = request.content.as_ref().map(|_| marked.differs);
    footing.render().answer(&Written { changes: &marked.changes, differs }, text)
}

fn text(written: &Written<'_>) -> String {
    let mut out = String::new();
    for change in written.changes {
        out.push_str(&format!("{}: {}\n", change.path, change.state));
        let symbols = &change.symbols;
        for (mark, names) in [('+', &symbols.added), ('-', &symbols.removed), ('~', &symbols.changed)] {
            names.iter().for_each(|name| out.push_str(&format!("  {mark} {name}\n")));
        }
        let files = &change.dependencies;
        for (word, paths) in [("now depends on", &files.added), ("no longer depends on", &files.removed)] {
            paths.iter().for_each(|path| out.push_str(&format!("  {word} {path}\n")));
        }
    }
    if written.differs == Some(true) {
        out.push_str("! the file on disk has another content than was told\n");
    }
    out
}
