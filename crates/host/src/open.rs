//! Opening a repository: discover, extract, apply.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use lodemap_base::{Generation, RelPath};
use lodemap_disk::{Discovery, Options, Root, discover, explain, find_root, global_ignore_file};
use lodemap_engine::{ChangeSet, Engine, Snapshot};
use lodemap_facts::Problem;
use lodemap_grammar::{detect, detect_shebang};

use crate::error::HostError;
use crate::extract::{MAX_READ, extract};
use crate::memory::peak_rss_bytes;
use crate::progress::Progress;
use crate::stats::IndexStats;
use crate::status::{PathReason, StatusAnswer, WatcherStatus, WhyAnswer};

/// What to open and how.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// The root; `None`: the nearest folder at or above the current one that holds `.git` or `lodemap.toml`.
    pub root: Option<PathBuf>,
    /// Open a root that holds more than a repository, such as `/` or the home folder.
    pub allow_root: bool,
    /// Threads; 0 for one a core.
    pub jobs: usize,
}

/// An open repository.
pub struct Repository {
    root: Root,
    options: Options,
    engine: Engine,
    stats: IndexStats,
    discovery: Discovery,
    unread: Vec<(RelPath, String)>,
    pool: rayon::ThreadPool,
}

/// Syntax trees are walked recursively to a fixed depth; this is room for it with plenty to spare. Only what is
/// used of it costs memory.
const STACK_BYTES: usize = 64 << 20;

/// The root that is meant where none is named: the nearest folder at or above the current one that holds `.git`
/// or `lodemap.toml`, else the current one.
pub fn nearest_root() -> PathBuf {
    find_root(&std::env::current_dir().unwrap_or_else(|_| ".".into()))
}

impl Repository {
    /// Opens and indexes a repository.
    pub fn open(options: &OpenOptions, progress: &dyn Progress) -> Result<Self, HostError> {
        let start = match &options.root {
            Some(root) => root.clone(),
            None => nearest_root(),
        };
        let root = Root::open(&start, options.allow_root)?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(options.jobs)
            .stack_size(STACK_BYTES)
            .thread_name(|i| format!("lodemap-{i}"))
            .build()?;
        let disk_options = Options { global_ignore: global_ignore_file(), ..Options::default() };
        let mut engine = Engine::new();
        let mut clock = Clock::start();
        let (discovery, unread, mut stats) = pool.install(|| {
            progress.stage("finding files", 0);
            let discovery = discover(&root, &disk_options, &|_| {});
            clock.lap("discover");
            progress.stage("reading files", discovery.files.len());
            let extracted = extract(&root, &discovery.files, progress);
            clock.lap("facts");
            progress.stage("linking", 0);
            let parsed = extracted.files.len();
            let changes =
                ChangeSet { files: extracted.files, removed: vec![], manifests: extracted.manifests };
            let (snapshot, _) = engine.apply_observed(changes, &mut |stage| clock.lap(stage));
            let mut stats = IndexStats::count(&snapshot);
            stats.parsed = parsed;
            stats.other = extracted.other;
            (discovery, extracted.unread, stats)
        });
        progress.done();
        stats.seconds = clock.laps();
        stats.peak_rss_bytes = peak_rss_bytes();
        Ok(Self { root, options: disk_options, engine, stats, discovery, unread, pool })
    }

    /// The current state.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.engine.snapshot()
    }

    /// The number of the state in its index; 0, as there is no index on disk.
    pub fn generation(&self) -> Generation {
        Generation(0)
    }

    /// What indexing found and what it cost.
    pub fn stats(&self) -> &IndexStats {
        &self.stats
    }

    /// The absolute path of the root.
    pub fn root(&self) -> &std::path::Path {
        self.root.path()
    }

    /// Runs `f` on the repository's own threads, where parallel parts of an answer belong.
    pub fn install<T: Send>(&self, f: impl FnOnce() -> T + Send) -> T {
        self.pool.install(f)
    }

    /// Health and coverage.
    pub fn status(&self) -> StatusAnswer {
        let snapshot = self.snapshot();
        let (mut quarantined, mut problems) = (Vec::new(), Vec::new());
        for file in snapshot.world().files() {
            for p in &file.facts.problems {
                match p {
                    Problem::Quarantined(why) => quarantined.push(reason(file.path.as_str(), why.clone())),
                    p => problems.push(reason(file.path.as_str(), p.to_string())),
                }
            }
        }
        problems.extend(self.unread.iter().map(|(p, why)| reason(p.as_str(), why.clone())));
        problems.extend(self.discovery.problems.iter().map(|p| reason(&p.place, p.what.clone())));
        let skipped = self
            .discovery
            .skipped
            .iter()
            .map(|s| {
                let rule = s.rule.as_deref().map(|r| format!(" ({r})")).unwrap_or_default();
                reason(s.path.as_str(), format!("{}{rule}", s.reason.as_str()))
            })
            .collect();
        StatusAnswer {
            state: "ready",
            pending: 0,
            watcher: WatcherStatus { mode: "none", dirs: 0, polled: 0 },
            files: self.stats.files,
            quarantined,
            problems,
            skipped,
            ignored: self.discovery.ignored,
            hidden: self.discovery.hidden,
            config: self.foreign_config(),
        }
    }

    /// Configuration that comes with a repository may mark its root; nothing in it is obeyed.
    fn foreign_config(&self) -> Vec<String> {
        let path = RelPath::parse("lodemap.toml").expect("a plain name is a path");
        match self.root.read(&path, MAX_READ) {
            Ok(read) if !read.bytes.trim_ascii().is_empty() => {
                vec!["lodemap.toml marks the root; what it says is not obeyed".into()]
            }
            _ => vec![],
        }
    }

    /// Why a path is indexed or not; `path` is relative to the root, or absolute below it.
    pub fn why(&self, path: &str) -> WhyAnswer {
        let inside = std::path::Path::new(path).strip_prefix(self.root.path()).ok();
        let given = inside.map_or_else(|| PathBuf::from(path), std::path::Path::to_path_buf);
        let clean: PathBuf = given.components().filter(|c| *c != std::path::Component::CurDir).collect();
        let Some(rel) = RelPath::from_os(&clean).or_else(|| RelPath::parse(path)) else {
            return WhyAnswer {
                path: RelPath::from_bytes(path.trim_start_matches('/').as_bytes())
                    .unwrap_or_else(RelPath::root),
                indexed: false,
                reason: "outside the root; give a path below it".into(),
                rule: None,
                source: None,
            };
        };
        let why = explain(&self.root, &rel, &self.options);
        let mut out = WhyAnswer {
            path: rel.clone(),
            indexed: why.indexed,
            reason: why.reason,
            rule: why.rule,
            source: why.source,
        };
        if !out.indexed {
            return out;
        }
        if let Some(id) = self.snapshot().world().file_at(rel.as_str()) {
            let snapshot = self.snapshot();
            let facts = &snapshot.world().file(id).facts;
            let problems: Vec<String> = facts.problems.iter().map(ToString::to_string).collect();
            out.reason = format!("read as {}; {}", snapshot.world().file(id).spec().name, out.reason);
            if !problems.is_empty() {
                out.reason.push_str(&format!("; {}", problems.join("; ")));
            }
            return out;
        }
        out.indexed = false;
        out.reason = match self.unread.iter().find(|(p, _)| *p == rel) {
            Some((_, why)) => why.clone(),
            None => self.no_language(&rel),
        };
        out
    }

    fn no_language(&self, path: &RelPath) -> String {
        let has_shebang = || self.root.read(path, MAX_READ).is_ok_and(|r| detect_shebang(&r.bytes).is_some());
        if detect(path).is_none() && !has_shebang() {
            "in no language that is indexed; `lodemap languages` lists them".into()
        } else {
            "appeared after the files were read; ask again".into()
        }
    }
}

fn reason(path: &str, reason: String) -> PathReason {
    PathReason { path: path.into(), reason }
}

/// Seconds of each stage, in the order they ran.
struct Clock {
    last: Instant,
    laps: std::collections::BTreeMap<String, f64>,
    begun: Instant,
}

impl Clock {
    fn start() -> Self {
        let now = Instant::now();
        Self { last: now, laps: Default::default(), begun: now }
    }

    fn lap(&mut self, stage: &str) {
        let now = Instant::now();
        *self.laps.entry(stage.into()).or_default() += (now - self.last).as_secs_f64();
        self.last = now;
    }

    fn laps(mut self) -> std::collections::BTreeMap<String, f64> {
        self.laps.insert("total".into(), self.begun.elapsed().as_secs_f64());
        self.laps
    }
}
