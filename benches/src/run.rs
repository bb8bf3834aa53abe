//! All jobs on all repositories, each in a process of its own, several times.

use std::path::PathBuf;
use std::process::Command;

use lodemap_answers::AnswerError;
use lodemap_disk::RootError;
use lodemap_host::HostError;
use thiserror::Error;

use crate::generate::generate;
use crate::job::{Job, Measured, median};
use crate::report::Row;

/// What to measure.
#[derive(Clone, Debug)]
pub struct BenchOptions {
    /// The repositories.
    pub roots: Vec<PathBuf>,
    /// Sizes of repositories to generate, in files.
    pub sizes: Vec<usize>,
    /// How often each job is run; the report has medians.
    pub runs: usize,
    /// Threads; 0 for one a core.
    pub jobs: usize,
    /// The program that runs one job: called with `bench --job NAME [--jobs N] ROOT`, prints [`Measured`] as JSON.
    pub program: PathBuf,
}

/// Why a benchmark cannot be run.
#[derive(Debug, Error)]
pub enum BenchError {
    /// The repository cannot be opened.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The root cannot be opened.
    #[error(transparent)]
    Root(#[from] RootError),
    /// A question cannot be answered.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The threads cannot be started.
    #[error(transparent)]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The generated repositories cannot be written.
    #[error("cannot write generated repositories: {0}; free space or set TMPDIR")]
    Generate(#[from] std::io::Error),
    /// A job's process failed.
    #[error("the job {job} on {root} failed: {what}")]
    Job {
        /// Which job.
        job: &'static str,
        /// On which repository.
        root: String,
        /// What it said.
        what: String,
    },
}

/// Runs everything; `each` is told every row when it is there.
pub fn run(options: &BenchOptions, each: &mut dyn FnMut(&Row)) -> Result<Vec<Row>, BenchError> {
    let generated = tempfile::tempdir()?;
    let mut roots = options.roots.clone();
    for size in &options.sizes {
        let root = generated.path().join(format!("generated-{size}"));
        std::fs::create_dir(&root)?;
        generate(&root, *size)?;
        roots.push(root);
    }
    let mut rows = Vec::new();
    for root in &roots {
        // Round by round, so that a slow minute of the machine falls on bound and index alike.
        let mut results: Vec<Vec<Measured>> = vec![Vec::new(); Job::ALL.len()];
        for _ in 0..options.runs.max(1) {
            for (job, results) in Job::ALL.into_iter().zip(&mut results) {
                results.push(in_process(options, job, root)?);
            }
        }
        let name =
            root.file_name().map_or_else(|| root.display().to_string(), |n| n.to_string_lossy().into());
        let medians: Vec<Measured> = results.into_iter().map(middle).collect();
        for (job, m) in Job::ALL.into_iter().zip(&medians) {
            let row = Row::new(&name, job, m, &medians[0], options.runs.max(1));
            each(&row);
            rows.push(row);
        }
    }
    Ok(rows)
}

/// The median of each figure; the counts are those of the last run, and equal in all.
fn middle(mut runs: Vec<Measured>) -> Measured {
    let of = |f: fn(&Measured) -> f64| median(&mut runs.iter().map(f).collect::<Vec<_>>());
    let (wall, cpu) = (of(|m| m.wall), of(|m| m.cpu));
    let peak_rss_bytes = of(|m| m.peak_rss_bytes as f64) as u64;
    let last = runs.pop().unwrap_or_default();
    Measured { wall, cpu, peak_rss_bytes, ..last }
}

fn in_process(options: &BenchOptions, job: Job, root: &std::path::Path) -> Result<Measured, BenchError> {
    let failed = |what: String| BenchError::Job { job: job.as_str(), root: root.display().to_string(), what };
    let output = Command::new(&options.program)
        .args(["bench", "--job", job.as_str()])
        .args((options.jobs > 0).then(|| format!("--jobs={}", options.jobs)))
        .arg(root)
        .output()
        .map_err(|e| failed(e.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| failed(e.to_string()))
}
