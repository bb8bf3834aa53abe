//! One measured job, run in this process.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use lodemap_answers::{MapOptions, SymbolsOptions, Tokenizer, map, symbols};
use lodemap_host::{NoProgress, OpenOptions, Repository, cpu_seconds, peak_rss_bytes};
use serde::{Deserialize, Serialize};

use crate::bound::bound;
use crate::run::BenchError;

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Job {
    /// Walk, read and parse.
    Bound,
    /// The cold index, with what is stored for the next time.
    Index,
    /// A repo map from a warm engine, the tokenizer loaded.
    Map,
    /// A symbol query from a warm engine.
    Symbols,
}

impl Job {
    /// All jobs, in the order of the report.
    pub const ALL: [Job; 4] = [Job::Bound, Job::Index, Job::Map, Job::Symbols];

    /// The word used in options and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::Index => "index",
            Self::Map => "map",
            Self::Symbols => "symbols",
        }
    }

    /// The job with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|j| j.as_str() == name)
    }
}

/// What a job cost and did.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Measured {
    /// Wall-clock seconds.
    pub wall: f64,
    /// Seconds on all cores.
    pub cpu: f64,
    /// The largest resident size, in bytes.
    pub peak_rss_bytes: u64,
    /// Files handled.
    pub files: usize,
    /// Lines in them.
    pub lines: u64,
    /// Bytes of text in them.
    pub bytes: u64,
    /// Symbols found or answered.
    pub symbols: usize,
    /// Edges of the importance graph.
    pub edges: usize,
    /// Wall-clock seconds of each stage.
    pub seconds: BTreeMap<String, f64>,
}

/// Runs a job on `root` in this process; `how` to open it, but for the root.
pub fn measure(job: Job, root: &Path, how: &OpenOptions) -> Result<Measured, BenchError> {
    let how = &OpenOptions { root: Some(root.to_path_buf()), allow_root: true, ..how.clone() };
    let store = tempfile::tempdir()?;
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    let mut out = match job {
        Job::Bound => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(how.jobs).build()?;
            let b = pool.install(|| bound(root))?;
            Measured { files: b.files, lines: b.lines, bytes: b.bytes, ..Measured::default() }
        }
        Job::Index => {
            let cache = Some(store.path().to_path_buf());
            let repository = Repository::open(&OpenOptions { cache, ..how.clone() }, &NoProgress)?;
            repository.searchable(&repository.snapshot())?;
            repository.save();
            indexed(&repository)
        }
        Job::Map | Job::Symbols => return warm(job, how),
    };
    out.wall = wall.elapsed().as_secs_f64();
    out.cpu = cpu_seconds() - cpu;
    out.peak_rss_bytes = peak_rss_bytes();
    Ok(out)
}

fn indexed(repository: &Repository) -> Measured {
    let s = repository.stats();
    Measured {
        files: s.files,
        lines: s.by_language.values().map(|l| l.lines as u64).sum(),
        bytes: s.by_language.values().map(|l| l.bytes).sum(),
        symbols: s.symbols,
        edges: s.edges,
        seconds: s.seconds.clone(),
        ..Measured::default()
    }
}

/// A question to a warm engine: the median of several, the first left out (it loads the tokenizer).
fn warm(job: Job, how: &OpenOptions) -> Result<Measured, BenchError> {
    const ASKED: usize = 7;
    let repository = Repository::open(how, &NoProgress)?;
    let snapshot = repository.snapshot();
    let mut out = indexed(&repository);
    let (mut walls, mut cpus) = (Vec::new(), Vec::new());
    for round in 0..=ASKED {
        let (wall, cpu) = (Instant::now(), cpu_seconds());
        out.symbols = match job {
            Job::Map => {
                let options = MapOptions {
                    tokens: 4096,
                    tokenizer: Tokenizer::O200k,
                    focus: vec![],
                    mention: vec![],
                    patience: Default::default(),
                    files: false,
                };
                map(&snapshot, &options)?.files.iter().map(|f| f.symbols.len()).sum()
            }
            _ => {
                let options =
                    SymbolsOptions { query: Some("parse".into()), limit: 20, ..SymbolsOptions::default() };
                symbols(&snapshot, &options)?.symbols.len()
            }
        };
        if round > 0 {
            walls.push(wall.elapsed().as_secs_f64());
            cpus.push(cpu_seconds() - cpu);
        }
    }
    out.wall = median(&mut walls);
    out.cpu = median(&mut cpus);
    out.peak_rss_bytes = peak_rss_bytes();
    Ok(out)
}

/// The middle of the values; 0 if there is none.
pub(crate) fn median<T: PartialOrd + Copy + Default>(values: &mut [T]) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values.get(values.len() / 2).copied().unwrap_or_default()
}
