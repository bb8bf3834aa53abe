//! Which contents no parser survives, and why: so that it is found out once.
//!
//! The list is a part of what the state is a function of: two builds with the same list give the same state. It holds
//! for one revision of the extractor, and is forgotten where everything is parsed anew. On disk it is a folder with a
//! small file for each content, so that any number of processes add to it.

use std::path::Path;
use std::sync::{PoisonError, RwLock};

use lodemap_base::ContentHash;
use lodemap_facts::REVISION;
use lodemap_grammar::Lang;
use lodemap_store::{DiskFolder, Folder};
use rustc_hash::FxHashMap;

/// No reason is longer.
const MAX_BYTES: u64 = 1024;

/// Contents that are kept from the parser.
#[derive(Default)]
pub(crate) struct Quarantine {
    known: RwLock<FxHashMap<(ContentHash, Lang), String>>,
    /// Where they are written, if anything is.
    folder: Option<Box<dyn Folder>>,
}

impl Quarantine {
    /// Reads the list that is kept in a cache folder; where that fails there is none, and none is kept.
    pub(crate) fn open(cache: Option<&Path>) -> Self {
        let folder = cache.and_then(|cache| DiskFolder::open(cache, &format!("quarantine/{REVISION}")).ok());
        folder.map_or_else(Self::default, |folder| Self::read(Box::new(folder)))
    }

    fn read(folder: Box<dyn Folder>) -> Self {
        folder.clean();
        let mut known = FxHashMap::default();
        for entry in folder.list().unwrap_or_default() {
            let text = (entry.len <= MAX_BYTES).then(|| {
                let mut bytes = vec![0; entry.len as usize];
                folder.open(&entry.name).and_then(|source| source.read_at(&mut bytes, 0)).ok()?;
                String::from_utf8(bytes).ok()
            });
            match text.flatten().and_then(|text| parse(&entry.name, &text)) {
                Some((key, reason)) => _ = known.insert(key, reason),
                // It is found out again.
                None => _ = folder.remove(&entry.name),
            }
        }
        Self { known: RwLock::new(known), folder: Some(folder) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Why a content is kept from the parser, if it is.
    pub(crate) fn reason(&self, content: ContentHash, lang: Lang) -> Option<String> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(&(content, lang)).cloned()
    }

    /// A hash of the list: states are worked out with one, and are those of another only where it is the same.
    pub(crate) fn fingerprint(&self) -> ContentHash {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut lines: Vec<String> = known.iter().map(|((c, l), why)| name(*c, *l) + &text(why)).collect();
        lines.sort_unstable();
        ContentHash::of(lines.concat().as_bytes())
    }

    /// Adds a content. Where it cannot be written it holds for as long as this process.
    pub(crate) fn add(&self, content: ContentHash, lang: Lang, reason: &str) {
        if let Some(folder) = &self.folder {
            _ = folder.write(&name(content, lang), &[text(reason).as_bytes()]);
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert((content, lang), reason.to_owned());
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        for entry in self.folder.iter().flat_map(|f| f.list().unwrap_or_default()) {
            _ = self.folder.as_ref().map(|f| f.remove(&entry.name));
        }
        self.known.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn name(content: ContentHash, lang: Lang) -> String {
    format!("{content}-{}", lang.0)
}

/// The reason, and a hash by which damage shows.
fn text(reason: &str) -> String {
    format!("{reason}\n{}\n", ContentHash::of(reason.as_bytes()))
}

fn parse(name: &str, text: &str) -> Option<((ContentHash, Lang), String)> {
    let (content, lang) = name.split_once('-')?;
    let byte = |i: usize| u8::from_str_radix(content.get(2 * i..2 * i + 2)?, 16).ok();
    let mut hash = [0; 16];
    for (i, out) in hash.iter_mut().enumerate() {
        *out = byte(i)?;
    }
    let key = (ContentHash(hash), Lang(lang.parse().ok()?));
    let reason = text.lines().next()?;
    (self::name(key.0, key.1) == name && self::text(reason) == text).then(|| (key, reason.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_kept_until_it_is_cleared() {
        let dir = tempfile::tempdir().unwrap();
        let cache = dir.path().join("cache");
        let (content, lang) = (ContentHash::of(b"x"), Lang(3));
        let first = Quarantine::open(Some(&cache));
        assert!(first.is_empty());
        first.add(content, lang, "its parser aborted (signal 6)");
        let second = Quarantine::open(Some(&cache));
        assert_eq!(second.reason(content, lang).as_deref(), Some("its parser aborted (signal 6)"));
        assert_eq!(second.reason(content, Lang(4)), None);
        assert_eq!(second.reason(ContentHash::of(b"y"), lang), None);
        second.clear();
        assert!(second.is_empty() && Quarantine::open(Some(&cache)).is_empty());
        assert_eq!(first.reason(content, lang).as_deref(), Some("its parser aborted (signal 6)"));
    }

    #[test]
    fn what_is_damaged_is_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let list = Quarantine::open(Some(dir.path()));
        list.add(ContentHash::of(b"a"), Lang(1), "first");
        list.add(ContentHash::of(b"b"), Lang(1), "second");
        let folder = dir.path().join("quarantine").join(REVISION);
        let damaged = folder.join(name(ContentHash::of(b"a"), Lang(1)));
        std::fs::write(&damaged, text("first").replace("irs", "or")).unwrap();
        std::fs::write(folder.join("odd"), "odd").unwrap();
        std::fs::write(folder.join("empty-1"), "").unwrap();
        let again = Quarantine::open(Some(dir.path()));
        assert_eq!(again.reason(ContentHash::of(b"a"), Lang(1)), None);
        assert_eq!(again.reason(ContentHash::of(b"b"), Lang(1)).as_deref(), Some("second"));
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn without_a_folder_it_holds_for_the_process() {
        let list = Quarantine::open(None);
        list.add(ContentHash::of(b"a"), Lang(1), "why");
        assert_eq!(list.reason(ContentHash::of(b"a"), Lang(1)).as_deref(), Some("why"));
    }
}
