//! All jobs on all repositories, each in a process of its own, several times.

use std::path::{Path, PathBuf};
use std::process::Command;

use lodemap_answers::AnswerError;
use lodemap_disk::RootError;
use lodemap_host::HostError;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::edits::{EditReport, middle as middle_of_edits};
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
    let roots = all_roots(options, generated.path())?;
    let mut rows = Vec::new();
    for root in &roots {
        // Round by round, so that a slow minute of the machine falls on bound and index alike.
        let mut results: Vec<Vec<Measured>> = vec![Vec::new(); Job::ALL.len()];
        for _ in 0..options.runs.max(1) {
            for (job, results) in Job::ALL.into_iter().zip(&mut results) {
                results.push(in_process(options, job, root)?);
            }
        }
        let name = name_of(root);
        let medians: Vec<Measured> = results.into_iter().map(middle).collect();
        for (job, m) in Job::ALL.into_iter().zip(&medians) {
            let row = Row::new(&name, job, m, &medians[0], options.runs.max(1));
            each(&row);
            rows.push(row);
        }
    }
    Ok(rows)
}

/// Measures the edits of each repository, all of them so often as is asked; `each` is told every report when it is there,
/// and may end it.
pub fn edits_in_process<E>(
    options: &BenchOptions,
    samples: usize,
    each: &mut dyn FnMut(&str, &EditReport) -> Result<(), E>,
) -> Result<Result<(), E>, BenchError> {
    let generated = tempfile::tempdir()?;
    for root in all_roots(options, generated.path())? {
        let samples = format!("--samples={samples}");
        let runs: Result<Vec<EditReport>, BenchError> = (0..options.runs.max(1))
            .map(|_| child(options, "edits", std::slice::from_ref(&samples), &root))
            .collect();
        if let Err(stop) = each(&name_of(&root), &middle_of_edits(&runs?)) {
            return Ok(Err(stop));
        }
    }
    Ok(Ok(()))
}

/// The repositories given, and those that are generated below a folder.
fn all_roots(options: &BenchOptions, generated: &Path) -> Result<Vec<PathBuf>, BenchError> {
    let mut roots = options.roots.clone();
    for size in &options.sizes {
        let root = generated.join(format!("generated-{size}"));
        std::fs::create_dir(&root)?;
        generate(&root, *size)?;
        roots.push(root);
    }
    Ok(roots)
}

fn name_of(root: &Path) -> String {
    root.file_name().map_or_else(|| root.display().to_string(), |n| n.to_string_lossy().into())
}

/// The median of each figure; the counts are those of the last run, and equal in all.
fn middle(mut runs: Vec<Measured>) -> Measured {
    let of = |f: fn(&Measured) -> f64| median(&mut runs.iter().map(f).collect::<Vec<_>>());
    let (wall, cpu) = (of(|m| m.wall), of(|m| m.cpu));
    let peak_rss_bytes = of(|m| m.peak_rss_bytes as f64) as u64;
    let last = runs.pop().unwrap_or_default();
    Measured { wall, cpu, peak_rss_bytes, ..last }
}

fn in_process(options: &BenchOptions, job: Job, root: &Path) -> Result<Measured, BenchError> {
    child(options, job.as_str(), &[], root)
}

/// Runs a job in a process of its own.
fn child<T: DeserializeOwned>(
    options: &BenchOptions,
    job: &'static str,
    more: &[String],
    root: &Path,
) -> Result<T, BenchError> {
    let failed = |what: String| BenchError::Job { job, root: root.display().to_string(), what };
    let output = Command::new(&options.program)
        .args(["bench", "--job", job])
        .args((options.jobs > 0).then(|| format!("--jobs={}", options.jobs)))
        .args(more)
        .arg(root)
        .output()
        .map_err(|e| failed(e.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| failed(e.to_string()))
}
