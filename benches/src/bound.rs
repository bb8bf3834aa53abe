//! The bound: discover, read and parse; nothing is kept.

use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use lodemap_disk::{Options, Root, RootError, discover, global_ignore_file};
use lodemap_facts::Source;
use lodemap_grammar::{GuardVerdict, ParseOutcome, detect, guard, parse, spec};

/// What was parsed.
pub(crate) struct Bound {
    pub(crate) files: usize,
    pub(crate) bytes: u64,
    pub(crate) lines: u64,
}

/// Parses every file that the index would parse, on all threads of the pool, the largest first.
pub(crate) fn bound(path: &Path) -> Result<Bound, RootError> {
    let root = Root::open(path, true)?;
    let options = Options { global_ignore: global_ignore_file(), ..Options::default() };
    let mut found = discover(&root, &options, &|_| {}).files;
    found.retain(|f| detect(&f.path).is_some());
    found.sort_by_key(|f| std::cmp::Reverse(f.stamp.size));
    let (next, bytes, lines) = (AtomicUsize::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let parsed = rayon::broadcast(|_| {
        let mut parsed = 0;
        while let Some(f) = found.get(next.fetch_add(1, Ordering::Relaxed)) {
            let Some(lang) = detect(&f.path) else { continue };
            let Ok(read) = root.read(&f.path, 20 << 20) else { continue };
            let Some(source) = Source::decode(&read.bytes) else { continue };
            if guard(spec(lang), &source.text) != GuardVerdict::Parse {
                continue;
            }
            if let ParseOutcome::Tree(tree) = parse(spec(lang), &source.text) {
                parsed += 1;
                bytes.fetch_add(source.text.len() as u64, Ordering::Relaxed);
                lines.fetch_add(tree.root_node().end_position().row as u64, Ordering::Relaxed);
            }
        }
        parsed
    });
    Ok(Bound { files: parsed.into_iter().sum(), bytes: bytes.into_inner(), lines: lines.into_inner() })
}
