//! From a found file to its facts: read, tell the language, extract; on all threads, the largest files first.
//!
//! Files are parsed by workers, or in this process where there are none. Then a tree lives for a moment and facts for as
//! long as the repository is open. Allocated in turn by one thread they share pages; each tree is scattered over the
//! gaps between the facts before it, and parsing slows down with every file. So where there are many files, one thread
//! does nothing but take the facts over into memory of its own.

use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use lodemap_base::{ContentHash, RelPath};
use lodemap_disk::{Found, ReadError, Root};
use lodemap_engine::FileInput;
use lodemap_facts::{FileFacts, facts_in_parts, facts_of, facts_of_quarantined};
use lodemap_grammar::{Lang, detect, detect_shebang, spec_by_name};
use lodemap_graph::{FileClass, Manifest, World, is_manifest};
use lodemap_store::FactsCache;
use rustc_hash::FxHashMap;

use crate::kept::Earlier;
use crate::progress::Progress;
use crate::quarantine::Quarantine;
use crate::worker::{Job, Outcome, Workers};

/// Larger files are not read at all: they are data, whatever their name says.
pub(crate) const MAX_READ: u64 = 20 << 20;

/// Facts are handed over so many at a time: waking a thread costs more than copying the facts of one file.
const BATCH: usize = 8;
/// So many batches may wait.
const QUEUE: usize = 16;
/// Waking other threads takes longer than reading so many files.
const FEW: usize = 3;
/// So many bytes of one file are worth waking one.
const PART: usize = 8 << 10;

/// A worker is given files until they are so many bytes, or so many: waking a process costs as much as parsing a
/// kilobyte, and who waits for the last batch should not wait long.
const REQUEST: (usize, usize) = (128 << 10, 64);

/// Who parses, and what must not be.
pub(crate) struct Parsing {
    /// `None`: this process itself.
    pub(crate) workers: Option<Workers>,
    pub(crate) quarantine: Arc<Quarantine>,
}

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

    /// The content and language of a file that looks as it did in an earlier run.
    fn unread(&self, found: &Found, by_name: Option<Lang>) -> Option<(ContentHash, Lang)> {
        let (content, lang) = self.earlier?.content(&found.path, found.stamp)?;
        by_name.is_none_or(|by_name| by_name == lang).then_some((content, lang))
    }

    fn is_empty(&self) -> bool {
        self.world.file_count() == 0 && self.cache.is_none()
    }

    /// Those of the file itself, or of one that is about to go.
    fn here(&self, path: &RelPath, lang: Lang, content: ContentHash) -> Option<Arc<FileFacts>> {
        let here = self.world.file_at(path.as_str()).map(|id| &self.world.file(id).facts);
        let here = here.filter(|f| f.lang == lang && f.hashes.content == content);
        here.or_else(|| self.by_content.get(&(content, lang))).cloned()
    }

    fn facts(&self, path: &RelPath, lang: Lang, content: ContentHash) -> Option<Taken> {
        let here = self.here(path, lang, content).map(Taken::Known);
        here.or_else(|| Some(Taken::New(Box::new(self.stored(lang, content)?))))
    }

    fn stored(&self, lang: Lang, content: ContentHash) -> Option<FileFacts> {
        let (cache, _) = self.cache.filter(|(_, is_asked)| *is_asked)?;
        cache.get(content, lang)
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
pub(crate) fn extract(
    root: &Root,
    found: &[Found],
    known: &Known<'_>,
    parsing: &Parsing,
    progress: &dyn Progress,
) -> Extracted {
    let mut order: Vec<&Found> = found.iter().collect();
    order.sort_by(|a, b| b.stamp.size.cmp(&a.stamp.size).then_with(|| a.path.cmp(&b.path)));
    let next = AtomicUsize::new(0);
    let work = |take: &mut dyn FnMut(&Found, Taken)| {
        let mut request = Request { parsing, known, alone: found.len() <= FEW, files: vec![], bytes: 0 };
        let mut part = Extracted::default();
        while let Some(f) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            match look(root, f, known, &parsing.quarantine, &mut part) {
                Looked::Nothing => {}
                Looked::Known(facts) => take(f, facts),
                Looked::Unknown(lang, bytes, content) => {
                    request.bytes += bytes.len();
                    request.files.push(Unknown { found: f, lang, bytes, content });
                }
            }
            if request.is_full() {
                request.parse(&mut part, take);
            }
            progress.advance(1);
        }
        request.parse(&mut part, take);
        part
    };
    let mut all = Extracted::default();
    if found.len() <= FEW {
        let mut files = Vec::new();
        all = work(&mut |found, facts| files.push(input(found, facts)));
        all.files = files;
    } else if parsing.workers.is_some() {
        // Trees are elsewhere, so facts lie together by themselves.
        let parts = rayon::broadcast(|_| {
            let mut files = Vec::new();
            let part = work(&mut |found, facts| files.push(input(found, facts)));
            (part, files)
        });
        for (part, files) in parts {
            all.add(part);
            all.files.extend(files);
        }
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

/// What a look at a file gives.
enum Looked {
    /// It has no facts.
    Nothing,
    Known(Taken),
    /// It must be parsed; its hash, if that was asked for.
    Unknown(Lang, Vec<u8>, Option<ContentHash>),
}

fn look(
    root: &Root,
    found: &Found,
    known: &Known<'_>,
    quarantine: &Quarantine,
    out: &mut Extracted,
) -> Looked {
    if !is_read(found) {
        out.other.push(found.path.clone());
        return Looked::Nothing;
    }
    let by_name = language_of(found);
    let is_manifest = is_manifest(&found.path);
    let begun = Instant::now();
    if !is_manifest
        && let Some((content, lang)) = known.unread(found, by_name)
        && quarantine.reason(content, lang).is_none()
        && let Some(facts) = known.facts(&found.path, lang, content)
    {
        out.times.0 += begun.elapsed();
        return Looked::Known(facts);
    }
    let read = match root.read(&found.path, MAX_READ) {
        Ok(read) => read,
        Err(ReadError::TooLarge { .. }) if by_name.is_none() => {
            out.other.push(found.path.clone());
            return Looked::Nothing;
        }
        Err(e) => {
            if matches!(e, ReadError::Unstable(_)) {
                out.unstable.push(found.path.clone());
            }
            out.unread.push((found.path.clone(), reason(&e)));
            return Looked::Nothing;
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
        return Looked::Nothing;
    };
    // At the start nothing is known, and extraction hashes by itself.
    let is_asked = !known.is_empty() || !quarantine.is_empty();
    let content = is_asked.then(|| ContentHash::of(&read.bytes));
    let facts = content.and_then(|content| {
        if let Some(facts) = known.here(&found.path, lang, content) {
            return Some(Taken::Known(facts));
        }
        let facts = match quarantine.reason(content, lang) {
            Some(why) => facts_of_quarantined(lang, &read.bytes, &why),
            None => known.stored(lang, content)?,
        };
        Some(Taken::New(Box::new(facts)))
    });
    out.times.0 += begun.elapsed();
    facts.map_or_else(|| Looked::Unknown(lang, read.bytes, content), Looked::Known)
}

/// A file that must be parsed.
struct Unknown<'f> {
    found: &'f Found,
    lang: Lang,
    bytes: Vec<u8>,
    content: Option<ContentHash>,
}

/// Files that are parsed with one request.
struct Request<'a, 'f> {
    parsing: &'a Parsing,
    known: &'a Known<'a>,
    /// No other thread has something to do.
    alone: bool,
    files: Vec<Unknown<'f>>,
    bytes: usize,
}

impl Request<'_, '_> {
    fn is_full(&self) -> bool {
        let (bytes, files) = if self.parsing.workers.is_some() && !self.alone { REQUEST } else { (0, 1) };
        self.files.len() >= files || self.bytes >= bytes
    }

    /// Parses what was gathered; what came of it goes to `take` and into `out`.
    fn parse(&mut self, out: &mut Extracted, take: &mut dyn FnMut(&Found, Taken)) {
        let begun = Instant::now();
        let (files, alone) = (std::mem::take(&mut self.files), self.alone);
        self.bytes = 0;
        let parts = |bytes: &[u8]| match alone {
            true => rayon::current_num_threads().min(bytes.len() / PART).max(1),
            false => 1,
        };
        let jobs: Vec<Job<'_>> =
            files.iter().map(|f| Job { lang: f.lang, bytes: &f.bytes, parts: parts(&f.bytes) }).collect();
        let mut done = |ix: usize, outcome: Outcome<'_>| {
            if let Some(facts) = self.facts(&files[ix], outcome, out) {
                out.parsed.push(files[ix].found.path.clone());
                take(files[ix].found, Taken::New(facts));
            }
        };
        match &self.parsing.workers {
            Some(workers) => workers.extract(&jobs, &mut done),
            None => jobs.iter().enumerate().for_each(|(ix, job)| done(ix, extract_here(*job))),
        }
        out.times.1 += begun.elapsed();
    }

    /// The facts that came of a file. What goes wrong in one is told of that file, and the others are indexed.
    fn facts(&self, file: &Unknown<'_>, outcome: Outcome<'_>, out: &mut Extracted) -> Option<Box<FileFacts>> {
        let mut unread = |why: String| out.unread.push((file.found.path.clone(), why));
        match outcome {
            Outcome::Facts(facts, encoded) => {
                if let Some((cache, _)) = self.known.cache {
                    match encoded {
                        Some(encoded) => cache.put_encoded(facts.hashes.content, facts.lang, encoded),
                        None => cache.put(&facts),
                    }
                }
                Some(facts)
            }
            Outcome::Killer(cause) => {
                let why = cause.to_string();
                let content = file.content.unwrap_or_else(|| ContentHash::of(&file.bytes));
                self.parsing.quarantine.add(content, file.lang, &why);
                Some(Box::new(facts_of_quarantined(file.lang, &file.bytes, &why)))
            }
            Outcome::Panicked => {
                unread("the extractor failed on it, which is a mistake of its own: please report it".into());
                None
            }
            Outcome::Unavailable(why) => {
                unread(why);
                None
            }
        }
    }
}

/// Parses a file in this process.
fn extract_here<'e>(job: Job<'_>) -> Outcome<'e> {
    let facts = catch_unwind(|| match job.parts {
        1 => facts_of(job.lang, job.bytes),
        parts => facts_in_parts(job.lang, job.bytes, parts),
    });
    facts.map_or(Outcome::Panicked, |facts| Outcome::Facts(Box::new(facts), None))
}

/// Whether anything but its being there is asked of a file: all others are known by their names alone.
///
/// A state is kept without looks at the others, so this is the one place that says so.
pub(crate) fn is_read(found: &Found) -> bool {
    // A file without an ending may say in its first line what it is.
    language_of(found).is_some() || found.path.extension().is_none() || is_manifest(&found.path)
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
