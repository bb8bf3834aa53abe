//! From a found file to its facts: read, tell the language, extract; on all threads, the largest files first.
//!
//! A tree lives for a moment and facts for as long as the repository is open. Allocated in turn by one thread they
//! share pages; then each tree is scattered over the gaps between the facts before it, and parsing slows down
//! with every file. So where there are many files, one thread does nothing but take the facts over into memory of its
//! own.

use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use lodemap_base::{ContentHash, RelPath};
use lodemap_disk::{Found, ReadError, Root};
use lodemap_engine::FileInput;
use lodemap_facts::{FileFacts, facts_in_parts, facts_of};
use lodemap_grammar::{Lang, detect, detect_shebang, spec_by_name};
use lodemap_graph::{FileClass, Manifest, World, is_manifest};
use lodemap_store::FactsCache;
use rustc_hash::FxHashMap;

use crate::kept::Earlier;
use crate::progress::Progress;

/// Larger files are not read at all: they are data, whatever their name says.
pub(crate) const MAX_READ: u64 = 20 << 20;

/// Facts are handed over so many at a time: waking a thread costs more than copying the facts of one file.
const BATCH: usize = 8;
/// So many batches may wait.
const QUEUE: usize = 16;
/// Waking other threads takes longer than reading so many files.
const FEW: usize = 3;
/// So many bytes of one file are worth waking one.
const PART: usize = 20 << 10;

/// Facts that need not be extracted again.
pub(crate) struct Known<'w> {
    world: &'w World,
    /// What was known earlier, or of other checkouts; whether it is asked.
    cache: Option<(&'w FactsCache, bool)>,
    /// Those of files that are about to go, by content: a file that was moved says what it said.
    by_content: FxHashMap<(ContentHash, Lang), Arc<FileFacts>>,
    /// What an earlier run knew.
    earlier: Option<&'w Earlier>,
}

impl<'w> Known<'w> {
    /// What the world knows; `going` may turn up elsewhere.
    pub(crate) fn new<'p>(
        world: &'w World,
        cache: Option<(&'w FactsCache, bool)>,
        earlier: Option<&'w Earlier>,
        going: impl Iterator<Item = &'p RelPath>,
    ) -> Self {
        let facts = going.filter_map(|path| Some(world.file(world.file_at(path.as_str())?).facts.clone()));
        Self { world, cache, by_content: facts.map(|f| ((f.hashes.content, f.lang), f)).collect(), earlier }
    }

    /// The facts of a file that looks as it did in an earlier run, without reading it.
    fn unread(&self, found: &Found, by_name: Option<Lang>) -> Option<Taken> {
        let (content, lang) = self.earlier?.content(&found.path, found.stamp)?;
        let is_same = by_name.is_none_or(|by_name| by_name == lang);
        if is_same { self.facts(&found.path, lang, content) } else { None }
    }

    fn is_empty(&self) -> bool {
        self.world.file_count() == 0 && self.cache.is_none()
    }

    fn facts(&self, path: &RelPath, lang: Lang, content: ContentHash) -> Option<Taken> {
        let here = self.world.file_at(path.as_str()).map(|id| &self.world.file(id).facts);
        let here = here.filter(|f| f.lang == lang && f.hashes.content == content);
        let known = here.or_else(|| self.by_content.get(&(content, lang))).cloned().map(Taken::Known);
        known.or_else(|| {
            let (cache, _) = self.cache.filter(|(_, is_asked)| *is_asked)?;
            Some(Taken::New(Box::new(cache.get(content, lang)?)))
        })
    }
}

/// What came of the found files.
#[derive(Default)]
pub(crate) struct Extracted {
    pub(crate) files: Vec<FileInput>,
    /// What manifests say; `None` where they say nothing that is understood.
    pub(crate) manifests: Vec<(RelPath, Option<Manifest>)>,
    /// Files that could not be read, and why.
    pub(crate) unread: Vec<(RelPath, String)>,
    /// Files that changed while they were read, each time they were.
    pub(crate) unstable: Vec<RelPath>,
    /// Files in no language that is known.
    pub(crate) other: Vec<RelPath>,
    /// Files so fresh that an equal stamp later does not prove equal contents.
    pub(crate) racy: Vec<RelPath>,
    /// Files that went through the parser.
    pub(crate) parsed: Vec<RelPath>,
    /// Time spent reading and hashing, and time spent extracting, over all threads.
    pub(crate) times: (Duration, Duration),
}

/// The facts of a file, on their way to the one who keeps them.
enum Taken {
    /// They were known.
    Known(Arc<FileFacts>),
    /// They were extracted or decoded just now, and lie among things that are about to go.
    New(Box<FileFacts>),
}

type Batch = Vec<(Found, Taken)>;

/// Reads and extracts `found`.
///
/// Threads take the next file from one list, largest first: a large file that comes last would keep one thread
/// busy while the others wait.
pub(crate) fn extract(root: &Root, found: &[Found], known: &Known<'_>, progress: &dyn Progress) -> Extracted {
    let mut order: Vec<&Found> = found.iter().collect();
    order.sort_by(|a, b| b.stamp.size.cmp(&a.stamp.size).then_with(|| a.path.cmp(&b.path)));
    let next = AtomicUsize::new(0);
    let work = |take: &mut dyn FnMut(&Found, Taken)| {
        let mut part = Extracted::default();
        while let Some(f) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(facts) = one(root, f, known, found.len() <= FEW, &mut part) {
                take(f, facts);
            }
            progress.advance(1);
        }
        part
    };
    let mut all = Extracted::default();
    if found.len() <= FEW {
        let mut files = Vec::new();
        all = work(&mut |found, facts| files.push(input(found, facts)));
        all.files = files;
    } else {
        let (hand_over, handed_over) = sync_channel(QUEUE);
        std::thread::scope(|scope| {
            let keeper = scope.spawn(move || keep(handed_over));
            let parts = rayon::broadcast(|_| {
                let mut batch = Batch::new();
                let part = work(&mut |found, facts| {
                    batch.push((found.clone(), facts));
                    if batch.len() >= BATCH {
                        send(&hand_over, std::mem::take(&mut batch));
                    }
                });
                send(&hand_over, batch);
                part
            });
            drop(hand_over);
            parts.into_iter().for_each(|part| all.add(part));
            all.files = keeper.join().expect("copying facts does not panic");
        });
    }
    // Threads finish in any order; nothing after this may see it.
    all.files.sort_by(|a, b| a.path.cmp(&b.path));
    all.manifests.sort_by(|a, b| a.0.cmp(&b.0));
    all.unread.sort();
    all.parsed.sort();
    all
}

impl Extracted {
    fn add(&mut self, part: Self) {
        self.manifests.extend(part.manifests);
        self.unread.extend(part.unread);
        self.unstable.extend(part.unstable);
        self.other.extend(part.other);
        self.racy.extend(part.racy);
        self.parsed.extend(part.parsed);
        self.times.0 += part.times.0;
        self.times.1 += part.times.1;
    }
}

fn send(to: &SyncSender<Batch>, batch: Batch) {
    to.send(batch).expect("the keeper listens until all senders are gone");
}

/// Copies what comes in, so that it lies together and has exactly the size it needs.
fn keep(from: Receiver<Batch>) -> Vec<FileInput> {
    let copied = |(found, facts): (Found, Taken)| match facts {
        Taken::New(facts) => input(&found, Taken::New(facts.clone())),
        known @ Taken::Known(_) => input(&found, known),
    };
    from.into_iter().flatten().map(copied).collect()
}

fn input(found: &Found, facts: Taken) -> FileInput {
    let facts = match facts {
        Taken::Known(facts) => facts,
        Taken::New(facts) => Arc::from(facts),
    };
    FileInput { path: found.path.clone(), class: class_of(found), facts }
}

/// The facts of one file, if it has any; `alone` if no other thread has something to do.
fn one(root: &Root, found: &Found, known: &Known<'_>, alone: bool, out: &mut Extracted) -> Option<Taken> {
    let by_name = language_of(found);
    let may_have_shebang = by_name.is_none() && found.path.extension().is_none();
    let is_manifest = is_manifest(&found.path);
    if by_name.is_none() && !may_have_shebang && !is_manifest {
        out.other.push(found.path.clone());
        return None;
    }
    let begun = Instant::now();
    if !is_manifest && let Some(facts) = known.unread(found, by_name) {
        out.times.0 += begun.elapsed();
        return Some(facts);
    }
    let read = match root.read(&found.path, MAX_READ) {
        Ok(read) => read,
        Err(ReadError::TooLarge { .. }) if by_name.is_none() => {
            out.other.push(found.path.clone());
            return None;
        }
        Err(e) => {
            if matches!(e, ReadError::Unstable(_)) {
                out.unstable.push(found.path.clone());
            }
            out.unread.push((found.path.clone(), reason(&e)));
            return None;
        }
    };
    if read.racy {
        out.racy.push(found.path.clone());
    }
    if is_manifest {
        out.manifests.push((found.path.clone(), Manifest::parse(&found.path, &read.bytes)));
    }
    let Some(lang) = by_name.or_else(|| detect_shebang(&read.bytes)) else {
        out.other.push(found.path.clone());
        return None;
    };
    // At the start nothing is known, and extraction hashes by itself.
    let content = (!known.is_empty()).then(|| ContentHash::of(&read.bytes));
    let facts = content.and_then(|content| known.facts(&found.path, lang, content));
    out.times.0 += begun.elapsed();
    if facts.is_some() {
        return facts;
    }
    let begun = Instant::now();
    // What goes wrong in one file is told of that file, and the others are indexed.
    let facts = catch_unwind(|| match alone {
        true => facts_in_parts(lang, &read.bytes, rayon::current_num_threads().min(read.bytes.len() / PART)),
        false => facts_of(lang, &read.bytes),
    });
    out.times.1 += begun.elapsed();
    out.parsed.push(found.path.clone());
    if facts.is_err() {
        let why = "the extractor failed on it, which is a mistake of its own: please report it";
        out.unread.push((found.path.clone(), why.into()));
    }
    let facts = facts.ok()?;
    if let Some((cache, _)) = known.cache {
        cache.put(&facts);
    }
    Some(Taken::New(Box::new(facts)))
}

/// The language by attribute or name.
fn language_of(found: &Found) -> Option<Lang> {
    let by_attribute = found.language.as_deref().and_then(|l| spec_by_name(&l.to_ascii_lowercase()));
    by_attribute.map(|s| s.lang).or_else(|| detect(&found.path))
}

pub(crate) fn class_of(found: &Found) -> FileClass {
    let c = &found.class;
    FileClass::of_roles(c.generated, c.vendored, c.test, c.example, c.docs)
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
