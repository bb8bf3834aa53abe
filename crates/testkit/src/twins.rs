//! Does an engine that lived through the changes know the same as one that met the result?
//!
//! Each change of a story goes to one engine; after it, a new engine gets all files at once, in another order and
//! sometimes on more threads. Their canonical dumps and digests must be equal, and snapshots taken earlier must
//! still be what they were.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use lodemap_base::{Letters, RelPath};
use lodemap_engine::{ChangeSet, Digests, Engine, Snapshot};
use lodemap_graph::{FileClass, Manifest, is_manifest};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::facts::FactsCache;
use crate::model::{Model, Step};
use crate::random::Rng;
use crate::story::Story;

/// What lives through a story: an engine, or one that somebody spoiled in order to see it caught.
pub trait Subject: Send {
    /// Applies changes.
    fn apply(&mut self, changes: ChangeSet) -> Arc<Snapshot>;
}

impl Subject for Engine {
    fn apply(&mut self, changes: ChangeSet) -> Arc<Snapshot> {
        Engine::apply(self, changes).0
    }
}

/// Plays stories to a subject beside new engines.
pub struct Twins<'m> {
    make: &'m dyn Fn() -> Box<dyn Subject>,
    facts: FactsCache,
    pools: [ThreadPool; 2],
    /// What was done so far.
    pub counts: Counts,
}

/// How much was played.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Stories.
    pub stories: u64,
    /// Steps that changed a repository.
    pub edits: u64,
    /// Change sets applied to the subject.
    pub applies: u64,
    /// Pairs of dumps compared.
    pub comparisons: u64,
}

/// Whether what names are looked up by is what the files say, and nothing is left of those that went.
fn names_are_told(snapshot: &Snapshot) -> Result<(), String> {
    let world = snapshot.world();
    let mut told: Vec<Letters> = world.letters().flat_map(|(_, letters)| letters).copied().collect();
    for file in world.files() {
        for (ix, symbol) in (0..).zip(file.symbols.iter()) {
            let name = file.facts.names.get(file.facts.symbols.at(ix).name);
            let letters = told.get_mut(symbol.index()).map(std::mem::take);
            let is_found = world.symbol(*symbol).is_some_and(|(f, at)| f.id == file.id && at == ix);
            if letters != Some(Letters::of(name)) || file.spelled(ix).0 != name || !is_found {
                return Err(format!("{name} in {} is not looked up by its letters", file.path));
            }
        }
    }
    match told.iter().all(|letters| *letters == Letters::default()) {
        true => Ok(()),
        false => Err("letters are left of a name that went".into()),
    }
}

/// Where a story went wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// After how many steps.
    pub step: usize,
    /// What differed.
    pub what: String,
}

type Visible = BTreeMap<RelPath, (Arc<[u8]>, FileClass)>;

/// The subject in the middle of a story.
struct Played {
    subject: Box<dyn Subject>,
    model: Model,
    /// What the subject was last told.
    told: Visible,
    /// Named in the next change although nothing may have happened there.
    touched: BTreeSet<RelPath>,
    applies: usize,
    /// Snapshots taken on the way, with their dumps.
    held: Vec<(Arc<Snapshot>, String)>,
}

impl<'m> Twins<'m> {
    /// Twins of subjects made by `make`.
    pub fn new(make: &'m dyn Fn() -> Box<dyn Subject>) -> Self {
        let pool = |n| ThreadPoolBuilder::new().num_threads(n).build().expect("threads can be started");
        Self { make, facts: FactsCache::default(), pools: [pool(1), pool(2)], counts: Counts::default() }
    }

    /// Plays a story to its end; a panic of the subject is a failure too.
    pub fn play(&mut self, story: &Story) -> Result<(), Failure> {
        self.counts.stories += 1;
        self.counts.edits += story.edits() as u64;
        let start = Model::new(&story.start);
        let mut played = Played {
            subject: (self.make)(),
            model: start.clone(),
            told: Visible::new(),
            touched: BTreeSet::new(),
            applies: 0,
            held: Vec::new(),
        };
        let failed = |step: usize| move |what: String| Failure { step, what };
        let first = self.apply(&mut played).map_err(failed(0))?;
        for (ix, step) in story.steps.iter().enumerate() {
            let failed = failed(ix + 1);
            match step {
                Step::Touch(path) => _ = played.touched.insert(path.clone()),
                Step::Apply => _ = self.apply(&mut played).map_err(failed)?,
                Step::Undo => {
                    played.model = start.clone();
                    let dump = self.apply(&mut played).map_err(failed)?;
                    same(&first, &dump, "undone, it is not as it was").map_err(failed)?;
                }
                _ => played.model.take(step),
            }
        }
        let end = story.steps.len();
        if played.told != played.model.visible() || !played.touched.is_empty() {
            self.apply(&mut played).map_err(failed(end))?;
        }
        for (snapshot, before) in &played.held {
            same(before, &dump_of(snapshot), "a snapshot changed after it was taken").map_err(failed(end))?;
        }
        Ok(())
    }

    /// Tells the subject what happened since the last time and holds it against a new engine; gives its dump.
    fn apply(&mut self, played: &mut Played) -> Result<String, String> {
        let now = played.model.visible();
        let mut rng = Rng::new(played.applies as u64);
        let changes = guarded("extraction", || self.changes(played, &now, &mut rng))?;
        let pool = usize::from(played.applies % 3 == 2);
        let subject = &mut played.subject;
        let (snapshot, dump) = guarded("the engine", || {
            self.pools[pool].install(move || {
                let snapshot = subject.apply(changes);
                let dump = dump_of(&snapshot);
                (snapshot, dump)
            })
        })?;
        let everything = guarded("extraction", || self.everything(&now, &mut rng))?;
        let pool = usize::from(played.applies % 4 == 3);
        let (scratch, expected) = guarded("a new engine", || {
            self.pools[pool].install(|| {
                let scratch = Engine::new().apply(everything).0;
                let dump = dump_of(&scratch);
                (scratch, dump)
            })
        })?;
        self.counts.applies += 1;
        self.counts.comparisons += 1;
        same(&expected, &dump, "the engine and a new one differ")?;
        if let Some(table) = differing_table(scratch.digests(), snapshot.digests()) {
            return Err(format!("the dumps are equal, the digests of {table} are not"));
        }
        names_are_told(&snapshot)?;
        // The first, and ever fewer of the later ones.
        if played.applies.is_power_of_two() || played.applies == 0 {
            played.held.push((snapshot, dump.clone()));
        }
        played.applies += 1;
        played.told = now;
        played.touched.clear();
        Ok(dump)
    }

    /// The difference as an indexer reports it: each path once, in any order.
    fn changes(&mut self, played: &Played, now: &Visible, rng: &mut Rng) -> ChangeSet {
        let mut paths: BTreeSet<&RelPath> = played.touched.iter().collect();
        let differs = |p: &&RelPath| now.get(*p) != played.told.get(*p);
        paths.extend(now.keys().chain(played.told.keys()).filter(differs));
        let mut paths: Vec<&RelPath> = paths.into_iter().collect();
        rng.shuffle(&mut paths);
        let mut out = ChangeSet::default();
        for path in paths {
            self.tell(path, now.get(path), &mut out);
        }
        for file in &mut out.files {
            // A redundant entry need not bring the same allocation.
            if played.touched.contains(&file.path) {
                file.facts = Arc::new((*file.facts).clone());
            }
        }
        out
    }

    fn everything(&mut self, now: &Visible, rng: &mut Rng) -> ChangeSet {
        let mut files: Vec<_> = now.iter().collect();
        rng.shuffle(&mut files);
        let mut out = ChangeSet::default();
        for (path, file) in files {
            let (bytes, class) = file;
            out.files.extend(self.facts.input(path, bytes, *class));
            if is_manifest(path)
                && let Some(m) = Manifest::parse(path, bytes)
            {
                out.manifests.push((path.clone(), Some(m)));
            }
        }
        out
    }

    fn tell(&mut self, path: &RelPath, file: Option<&(Arc<[u8]>, FileClass)>, out: &mut ChangeSet) {
        if is_manifest(path) {
            let manifest = file.and_then(|(bytes, _)| Manifest::parse(path, bytes));
            out.manifests.push((path.clone(), manifest));
        }
        match file.and_then(|(bytes, class)| self.facts.input(path, bytes, *class)) {
            Some(input) => out.files.push(input),
            None => out.removed.push(path.clone()),
        }
    }
}

/// The canonical dump of a snapshot.
pub fn dump_of(snapshot: &Snapshot) -> String {
    let mut out = Vec::new();
    snapshot.dump(&mut out).expect("memory takes every byte");
    String::from_utf8(out).expect("a dump is text")
}

/// The first line in which two dumps differ: whole dumps are long.
pub fn difference(expected: &str, found: &str) -> Option<String> {
    if expected == found {
        return None;
    }
    let (mut a, mut b) = (expected.lines(), found.lines());
    loop {
        let (x, y) = (a.next(), b.next());
        if x != y {
            let end = "(the dump ends here)";
            return Some(format!("  expected {}\n  found    {}", x.unwrap_or(end), y.unwrap_or(end)));
        }
        if x.is_none() {
            return Some("  they differ in line ends only".into());
        }
    }
}

fn same(expected: &str, found: &str, what: &str) -> Result<(), String> {
    difference(expected, found).map_or(Ok(()), |d| Err(format!("{what}\n{d}")))
}

/// The first table whose digests differ.
pub fn differing_table(a: &Digests, b: &Digests) -> Option<&'static str> {
    let tables = [
        ("files", a.files == b.files),
        ("resolution", a.resolution == b.resolution),
        ("ranks", a.ranks == b.ranks),
    ];
    tables.iter().find(|(_, equal)| !equal).map(|(name, _)| *name)
}

fn guarded<T>(what: &str, run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
        format!("{what} panicked: {}", text.unwrap_or_else(|| "without a text".into()))
    })
}
