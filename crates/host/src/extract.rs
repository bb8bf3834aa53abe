//! From a found file to its facts: read, tell the language, extract; on all threads, the largest files first.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lodemap_base::RelPath;
use lodemap_disk::{Found, ReadError, Root};
use lodemap_engine::FileInput;
use lodemap_facts::facts_of;
use lodemap_grammar::{Lang, detect, detect_shebang, spec_by_name};
use lodemap_graph::{FileClass, Manifest, is_manifest};

use crate::progress::Progress;

/// Larger files are not read at all: they are data, whatever their name says.
pub(crate) const MAX_READ: u64 = 20 << 20;

/// What came of the found files.
#[derive(Default)]
pub(crate) struct Extracted {
    pub(crate) files: Vec<FileInput>,
    pub(crate) manifests: Vec<(RelPath, Option<Manifest>)>,
    /// Files that could not be read, and why.
    pub(crate) unread: Vec<(RelPath, String)>,
    /// Files in no language that is known.
    pub(crate) other: usize,
}

/// Reads and extracts `found`.
///
/// Threads take the next file from one list, largest first: a large file that comes last would keep one thread
/// busy while the others wait.
pub(crate) fn extract(root: &Root, found: &[Found], progress: &dyn Progress) -> Extracted {
    let mut order: Vec<&Found> = found.iter().collect();
    order.sort_by(|a, b| b.stamp.size.cmp(&a.stamp.size).then_with(|| a.path.cmp(&b.path)));
    let next = AtomicUsize::new(0);
    let parts = rayon::broadcast(|_| {
        let mut part = Extracted::default();
        while let Some(f) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            one(root, f, &mut part);
            progress.advance(1);
        }
        part
    });
    let mut all = Extracted::default();
    for part in parts {
        all.files.extend(part.files);
        all.manifests.extend(part.manifests);
        all.unread.extend(part.unread);
        all.other += part.other;
    }
    // Threads finish in any order; nothing after this may see it.
    all.files.sort_by(|a, b| a.path.cmp(&b.path));
    all.manifests.sort_by(|a, b| a.0.cmp(&b.0));
    all.unread.sort();
    all
}

fn one(root: &Root, found: &Found, out: &mut Extracted) {
    let by_name = language_of(found);
    let may_have_shebang = by_name.is_none() && found.path.extension().is_none();
    let is_manifest = is_manifest(&found.path);
    if by_name.is_none() && !may_have_shebang && !is_manifest {
        out.other += 1;
        return;
    }
    let read = match root.read(&found.path, MAX_READ) {
        Ok(read) => read,
        Err(ReadError::TooLarge { .. }) if by_name.is_none() => {
            out.other += 1;
            return;
        }
        Err(e) => {
            out.unread.push((found.path.clone(), reason(&e)));
            return;
        }
    };
    if is_manifest && let Some(m) = Manifest::parse(&found.path, &read.bytes) {
        out.manifests.push((found.path.clone(), Some(m)));
    }
    match by_name.or_else(|| detect_shebang(&read.bytes)) {
        Some(lang) => {
            let facts = Arc::new(facts_of(lang, &read.bytes));
            out.files.push(FileInput { path: found.path.clone(), class: class_of(found), facts });
        }
        None => out.other += 1,
    }
}

/// The language by attribute or name.
fn language_of(found: &Found) -> Option<Lang> {
    let by_attribute = found.language.as_deref().and_then(|l| spec_by_name(&l.to_ascii_lowercase()));
    by_attribute.map(|s| s.lang).or_else(|| detect(&found.path))
}

pub(crate) fn class_of(found: &Found) -> FileClass {
    let c = &found.class;
    let flags = [
        (c.generated, FileClass::GENERATED),
        (c.vendored, FileClass::VENDORED),
        (c.test, FileClass::TEST),
        (c.example, FileClass::EXAMPLE),
        (c.docs, FileClass::DOCS),
    ];
    FileClass(flags.iter().filter(|(on, _)| *on).map(|(_, flag)| flag).sum())
}

/// The reason without the path, which stands beside it.
fn reason(e: &ReadError) -> String {
    match e {
        ReadError::Missing(_) => "gone while it was read".into(),
        ReadError::Symlink(_) => "a symbolic link, which is not followed".into(),
        ReadError::NotRegular(_) => "not a regular file".into(),
        ReadError::TooLarge { size, .. } => format!("{size} bytes: larger than {MAX_READ}, so not read"),
        ReadError::Unstable(_) => "changed again and again while it was read; try again".into(),
        ReadError::Io { error, .. } => format!("not readable: {error}"),
    }
}
