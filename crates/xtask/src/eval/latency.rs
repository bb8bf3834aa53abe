//! How long does an answer take?
//!
//! The texts of all tasks are asked of one open repository; then files are written, and asked for, one after the other.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use lodemap_answers::{ContextOptions, SymbolsOptions, Tokenizer, context, symbols};
use lodemap_host::{Dirty, NoProgress, OpenOptions, Repository, Unwatched};

use super::localise::tasks;
use crate::Outcome;

#[derive(clap::Args)]
pub(super) struct Latency {
    /// The repository; it is copied before anything is written
    #[arg(value_name = "DIR")]
    repository: PathBuf,
    /// The folder of evaluations, with localise/tasks.jsonl.xz [default: ../shared/eval beside the repository]
    #[arg(long, value_name = "DIR")]
    eval: Option<PathBuf>,
    /// So many files are edited
    #[arg(long, value_name = "N", default_value_t = 200)]
    edits: usize,
}

pub(super) fn run(root: &Path, args: &Latency) -> Result<Outcome> {
    let temporary = tempfile::tempdir().context("a temporary folder cannot be made")?;
    let copy = temporary.path().join("repository");
    let copied = std::process::Command::new("cp").arg("-r").arg(&args.repository).arg(&copy).status();
    ensure!(copied.is_ok_and(|status| status.success()), "the repository cannot be copied");
    let cache = Some(temporary.path().join("cache"));
    let options = OpenOptions { root: Some(copy.clone()), cache, ..OpenOptions::default() };
    let mut repository = Repository::open(&options, &NoProgress)?;
    repository.warm_up();
    let snapshot = repository.snapshot();
    let started = Instant::now();
    let searchable = repository.searchable(&snapshot)?;
    println!(
        "{} files; words of all taken over in {:.2} s",
        snapshot.world().file_count(),
        started.elapsed().as_secs_f64()
    );
    let ask = |task: &str| ContextOptions {
        task: task.to_owned(),
        tokens: 4000,
        tokenizer: Tokenizer::O200k,
        focus: vec![],
        limit: 20,
        tests: false,
        files_only: false,
        since: None,
        patience: Default::default(),
    };
    let mut times = vec![];
    context(&snapshot, &searchable.view, None, &ask("warm up"), &|file| repository.text(file))?;
    for task in tasks(root, args.eval.as_deref())? {
        let options = ask(&task.text);
        let started = Instant::now();
        repository.install(|| {
            context(&snapshot, &searchable.view, None, &options, &|file| repository.text(file))
        })?;
        times.push(started.elapsed());
    }
    tell("context of a task", &mut times);
    times.clear();
    for task in tasks(root, args.eval.as_deref())? {
        let options = ContextOptions { files_only: true, ..ask(&task.text) };
        let started = Instant::now();
        repository.install(|| {
            context(&snapshot, &searchable.view, None, &options, &|file| repository.text(file))
        })?;
        times.push(started.elapsed());
    }
    tell("files of a task", &mut times);

    let mut paths: Vec<_> = snapshot.world().files().map(|file| file.path.clone()).collect();
    paths.sort();
    let mut names: Vec<String> = vec![];
    for file in snapshot.world().files().step_by(7) {
        names.extend((0..file.facts.symbols.len().min(3)).map(|ix| file.facts.name_of(ix as u32).to_owned()));
    }
    times.clear();
    for name in names.iter().take(1000) {
        let options = SymbolsOptions { query: Some(name.clone()), limit: 20, ..Default::default() };
        let started = Instant::now();
        repository.install(|| symbols(&snapshot, &options))?;
        times.push(started.elapsed());
    }
    tell("symbols by name", &mut times);
    drop((snapshot, searchable));

    times.clear();
    let step = (paths.len() / args.edits.max(1)).max(1);
    for (number, path) in paths.iter().step_by(step).take(args.edits).enumerate() {
        let file = copy.join(path.as_str());
        let mut text = fs::read(&file)?;
        let word = format!("xylophone{number}");
        let comment = if path.extension() == Some("py") { "#" } else { "//" };
        text.extend(format!("\n{comment} {word}\n").bytes());
        fs::write(&file, &text)?;
        let started = Instant::now();
        let mut dirty = Dirty::default();
        dirty.files.insert(path.clone());
        repository.refresh(&dirty, &Unwatched, &NoProgress);
        let snapshot = repository.snapshot();
        let searchable = repository.searchable(&snapshot)?;
        let mut postings = vec![];
        searchable.view.postings(&word, &mut postings)?;
        times.push(started.elapsed());
        ensure!(!postings.is_empty(), "what was written into {path} is not found");
    }
    tell("from an edit to its words", &mut times);
    Ok(Outcome::Clean)
}

fn tell(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |part: f64| times[((times.len().max(1) - 1) as f64 * part) as usize].as_secs_f64() * 1000.0;
    println!(
        "{what}: {} times, p50 {:.1} ms, p99 {:.1} ms, most {:.1} ms",
        times.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
