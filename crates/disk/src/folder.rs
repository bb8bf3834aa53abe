//! What does a folder hold, and which rules stand in it?

use crate::attributes::Attributes;
use crate::reason::{Cause, Problem};
use crate::rules::{IGNORE_FILES, Level, MAX_RULES, RuleFile};
use crate::survey::path_of;
use crate::{ReadError, Root, Stamp};
use lodemap_base::RelPath;
use rustix::fs::{AtFlags, Dir, FileType, Stat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use xxhash_rust::xxh3::Xxh3Default;

/// A folder that is to be entered.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Relative to the root, as the file system has it.
    pub(crate) path: Vec<u8>,
    /// The rules in force above it.
    pub(crate) level: Arc<Level>,
    /// Set where git ignores the folder, but tracks files in it: only those count.
    pub(crate) tracked_only: Option<Arc<Cause>>,
    /// Whether an ignore file for tools asks for it in so many words, whatever the built-in rules say.
    pub(crate) asked_for: bool,
}

impl Step {
    /// Whether what is found below depends on the same rules; cheap, and wrong only in saying no.
    pub(crate) fn is_like(&self, other: &Step) -> bool {
        Arc::ptr_eq(&self.level, &other.level)
            && self.tracked_only == other.tracked_only
            && self.asked_for == other.asked_for
    }
}

/// A folder that was listed.
pub(crate) struct Folder {
    /// Relative to the root, as the file system has it.
    pub(crate) path: Vec<u8>,
    dir: Dir,
    /// In the order of their names.
    pub(crate) entries: Vec<Entry>,
    /// The device that it is on.
    pub(crate) device: u64,
    /// What it looked like before it was listed.
    pub(crate) stamp: Stamp,
    /// Whether it changed so lately that an equal stamp later does not prove an equal listing.
    pub(crate) racy: bool,
}

/// The name of files that tell the roles of others.
pub(crate) const ATTRIBUTES: &str = ".gitattributes";

/// What the rules of a folder come to.
pub(crate) struct Ruling {
    /// The rules in force in it.
    pub(crate) level: Arc<Level>,
    /// A hash of the texts that stand in it.
    pub(crate) texts: u64,
    /// What was wrong with them.
    pub(crate) problems: Vec<Problem>,
}

fn note_text(hash: &mut Xxh3Default, name: &str, text: &[u8]) {
    hash.update(name.as_bytes());
    hash.update(&(text.len() as u64).to_le_bytes());
    hash.update(text);
}

/// What a folder holds under one name.
pub(crate) struct Entry {
    pub(crate) name: Box<[u8]>,
    /// Never [`FileType::Unknown`].
    pub(crate) kind: FileType,
    /// As the listing has it.
    pub(crate) ino: u64,
}

impl Folder {
    /// Lists the folder `path`.
    pub(crate) fn open(root: &Root, path: &[u8]) -> Result<Folder, Errno> {
        let fd = root.open_dir(Path::new(OsStr::from_bytes(path)))?;
        let stat = rustix::fs::fstat(&fd)?;
        let (device, stamp) = (stat.st_dev, Stamp::of(&stat));
        let (dir, entries, racy) = (Dir::new(fd)?, Vec::new(), stamp.is_racy());
        let mut folder = Folder { path: path.to_vec(), dir, entries, device, stamp, racy };
        while let Some(entry) = folder.dir.read() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            let mut entry = Entry { name: name.into(), kind: entry.file_type(), ino: entry.ino() };
            if entry.kind == FileType::Unknown {
                // Some file systems do not say it in the listing.
                match folder.stat(&entry) {
                    Ok(stat) => entry.kind = FileType::from_raw_mode(stat.st_mode),
                    Err(Errno::NOENT) => continue,
                    Err(error) => return Err(error),
                }
            }
            folder.entries.push(entry);
        }
        folder.entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(folder)
    }

    /// The path of one of its entries, relative to the root.
    pub(crate) fn path_of(&self, name: &[u8]) -> Vec<u8> {
        path_of(&self.path, name)
    }

    /// Its entry of that name.
    pub(crate) fn entry(&self, name: &[u8]) -> Option<&Entry> {
        self.entries.binary_search_by(|e| (*e.name).cmp(name)).ok().map(|at| &self.entries[at])
    }

    /// Whether it has an entry of that name.
    pub(crate) fn holds(&self, name: &str) -> bool {
        self.entry(name.as_bytes()).is_some()
    }

    pub(crate) fn stat(&self, entry: &Entry) -> Result<Stat, Errno> {
        rustix::fs::statat(self.dir.fd()?, &*entry.name, AtFlags::SYMLINK_NOFOLLOW)
    }

    /// The rules in force in it: those `above` it and its own files. `skip` bytes of an absolute path lead to it.
    pub(crate) fn level(&self, root: &Root, above: &Arc<Level>, skip: usize) -> Ruling {
        let mut problems = Vec::new();
        let mut texts = Xxh3Default::new();
        let mut level = Level { parent: Some(above.clone()), ..Level::default() };
        for (slot, name) in level.ignores.iter_mut().zip(IGNORE_FILES) {
            *slot = self.rule_file(root, name, &mut problems).map(|(path, text)| {
                note_text(&mut texts, name, &text);
                let (file, more) = RuleFile::parse(text, path.to_string(), skip);
                problems.extend(more.into_iter().map(|what| Problem { place: path.to_string(), what }));
                file
            });
        }
        if let Some((path, text)) = self.rule_file(root, ATTRIBUTES, &mut problems) {
            note_text(&mut texts, ATTRIBUTES, &text);
            let (attributes, more) = Attributes::parse(&text, skip);
            problems.extend(more.into_iter().map(|what| Problem { place: path.to_string(), what }));
            level.attributes = attributes;
        }
        let empty = level.attributes.is_none() && level.ignores.iter().all(Option::is_none);
        let level = if empty { above.clone() } else { Arc::new(level) };
        Ruling { level, texts: texts.digest(), problems }
    }

    /// As in [`Ruling`], without reading the texts as rules.
    pub(crate) fn rule_texts(&self, root: &Root) -> u64 {
        let mut texts = Xxh3Default::new();
        for name in IGNORE_FILES.into_iter().chain([ATTRIBUTES]) {
            if let Some((_, text)) = self.rule_file(root, name, &mut Vec::new()) {
                note_text(&mut texts, name, &text);
            }
        }
        texts.digest()
    }

    /// Reads one of its rule files. As in git since 2.32, one that is a link does not count.
    fn rule_file(&self, root: &Root, name: &str, problems: &mut Vec<Problem>) -> Option<(RelPath, Vec<u8>)> {
        self.entry(name.as_bytes())?;
        let path = RelPath::from_bytes(&self.path_of(name.as_bytes()))?;
        match root.read(&path, MAX_RULES) {
            Ok(read) => Some((path, read.bytes)),
            Err(ReadError::Missing(_)) => None,
            Err(error) => {
                problems.push(Problem { place: path.to_string(), what: format!("not used: {error}") });
                None
            }
        }
    }
}
