//! Would an engine that ran since an old commit know today what a new one finds?
//!
//! The commits of a repository are told to one engine, each as the difference from the tree of the one before in
//! the list, merges and all. After each, its digests must be those of a new engine that gets the whole tree.
//! Histories hold what nobody thinks of: moves of whole folders, conversions, files that come and go.

mod git;
mod state;
mod told;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use clap::builder::PossibleValuesParser;
use lodemap_engine::{Engine, Snapshot};
use lodemap_testkit::{KINDS, Story, Subject, difference, differing_table, dump_of, sabotaged};

use crate::Outcome;
use git::Git;
pub(crate) use git::bare_command;
use state::State;

/// Replays the history of a git repository.
#[derive(Parser, Clone)]
#[command(name = "cargo xtask replay", disable_version_flag = true)]
struct Args {
    /// A repository, with or without a work tree
    repo: PathBuf,
    /// The last so many commits; with `--from`, the first so many after it
    #[arg(long, default_value_t = 500)]
    commits: usize,
    /// Begin with the tree of this commit
    #[arg(long, value_name = "REV")]
    from: Option<String>,
    /// End with this commit
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    to: String,
    /// Compare with a new engine at every n-th commit
    #[arg(long, value_name = "N", default_value_t = 1)]
    scratch_every: usize,
    /// Compare whole dumps at every n-th commit; 0 for the last alone
    #[arg(long, value_name = "N", default_value_t = 50)]
    dump_every: usize,
    /// Stop after so many differences
    #[arg(long, value_name = "N", default_value_t = 10)]
    most: usize,
    /// Shrink the first difference to a story, which can take long, and save it in fixtures/edits/
    #[arg(long)]
    shrink: bool,
    /// Spoil the engine in this way, to see that the replay finds it
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(KINDS))]
    sabotage: Option<String>,
    /// Threads; 0 for one a core
    #[arg(long, value_name = "N", default_value_t = 0)]
    jobs: usize,
}

/// Syntax trees are walked recursively to a fixed depth; this is room for it with plenty to spare.
const STACK_BYTES: usize = 64 << 20;

pub(crate) fn run(root: &Path, args: &[String]) -> Result<Outcome> {
    let Some(args) = crate::parse_args::<Args>(args)? else { return Ok(Outcome::Clean) };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(args.jobs)
        .stack_size(STACK_BYTES)
        .build()
        .context("threads cannot be started")?;
    let make = || -> Box<dyn Subject> {
        let spoiled = args.sabotage.as_deref().and_then(sabotaged);
        spoiled.unwrap_or_else(|| Box::new(Engine::new()))
    };
    let report = pool.install(|| replay(&args, &make, &mut |line| eprintln!("{line}")))?;
    if let Some((name, story)) = &report.story {
        let path = format!("fixtures/edits/{name}.txt");
        std::fs::write(root.join(&path), story.text())
            .with_context(|| format!("{path} cannot be written"))?;
        println!("replay: the story is saved as {path}");
    }
    println!("{}", report.line(&args.repo));
    Ok(if report.differences.is_empty() { Outcome::Clean } else { Outcome::Problems })
}

/// What a replay came to.
#[derive(Default)]
struct Report {
    commits: usize,
    changes: usize,
    files: usize,
    comparisons: usize,
    dumps: usize,
    differences: Vec<String>,
    /// The first difference that could be told as a story, and a name for it.
    story: Option<(String, Story)>,
    applied: Vec<Duration>,
    scratch: Vec<Duration>,
    wall: Duration,
}

/// Makes the engine that lives through the history.
type Make<'m> = &'m (dyn Fn() -> Box<dyn Subject> + Sync);

fn replay(args: &Args, make: Make<'_>, say: &mut dyn FnMut(String)) -> Result<Report> {
    let begun = Instant::now();
    let git = Git::open(&args.repo)?;
    let commits = git.commits(args.from.as_deref(), &args.to, args.commits)?;
    let first = commits.first().context("there is no commit")?;
    let mut contents = git.contents()?;
    let (mut state, mut report, mut engine) = (State::default(), Report::default(), make());
    let start = git.tree(first)?.into_iter().map(|(p, b)| (p, Some(b))).collect();
    engine.apply(state.take(start, &mut contents)?);
    say(format!("replay: {} commits from {}, {} files", commits.len() - 1, short(first), state.len()));
    let mut told = Instant::now();
    for (number, pair) in commits.windows(2).enumerate() {
        let number = number + 1;
        let changes = state.take(git.changes(&pair[0], &pair[1])?, &mut contents)?;
        let count = changes.files.len() + changes.removed.len() + changes.manifests.len();
        let is_last = number + 1 == commits.len();
        let before = Instant::now();
        // What panics is found as what differs is, and the history goes on.
        let snapshot = catch_unwind(AssertUnwindSafe(|| engine.apply(changes)));
        if count > 0 {
            report.applied.push(before.elapsed());
        }
        report.commits += 1;
        report.changes += count;
        if is_last || snapshot.is_err() || number.is_multiple_of(args.scratch_every.max(1)) {
            let with_dump = is_last || args.dump_every > 0 && number.is_multiple_of(args.dump_every);
            let what = match &snapshot {
                Ok(snapshot) => compare(&state, snapshot, with_dump, &mut report),
                Err(_) => Some("the engine panicked".into()),
            };
            if let Some(what) = what {
                let what = format!("{} → {}: {what}", short(&pair[0]), short(&pair[1]));
                say(format!("replay: {what}"));
                report.differences.push(what);
                if args.shrink && report.story.is_none() {
                    let story = told::tell(&git, &mut contents, &pair[0], &pair[1], make)?;
                    say(format!(
                        "replay: {}",
                        if story.is_some() { "told" } else { "not told: it comes from further back" }
                    ));
                    report.story = story.map(|s| (format!("replay-{}", short(&pair[1])), s));
                }
                if report.differences.len() >= args.most {
                    break;
                }
                // From here on a sound one, so that the next difference is a new one.
                engine = make();
                engine.apply(state.everything());
            }
        }
        if told.elapsed() > Duration::from_secs(5) {
            told = Instant::now();
            let (done, all, found) = (report.commits, commits.len() - 1, report.differences.len());
            say(format!("replay: {done} of {all} commits, {} files, {found} differences", state.len()));
        }
        if is_last {
            ensure!(
                state.is_tree(&git.tree(&pair[1])?),
                "the changes do not lead to the last tree: mistold by replay"
            );
        }
    }
    report.files = state.len();
    report.wall = begun.elapsed();
    Ok(report)
}

/// Holds a snapshot against a new engine that gets everything at once.
fn compare(state: &State, snapshot: &Snapshot, with_dump: bool, report: &mut Report) -> Option<String> {
    let everything = state.everything();
    let before = Instant::now();
    let (scratch, _) = Engine::new().apply(everything);
    report.scratch.push(before.elapsed());
    report.comparisons += 1;
    let table = differing_table(scratch.digests(), snapshot.digests());
    if table.is_none() && !with_dump {
        return None;
    }
    report.dumps += 1;
    let lines = difference(&dump_of(&scratch), &dump_of(snapshot));
    match (table, lines) {
        (None, None) => None,
        (Some(table), Some(lines)) => Some(format!("the digests of {table} differ\n{lines}")),
        (None, Some(lines)) => Some(format!("the digests are equal, the dumps differ\n{lines}")),
        (Some(table), None) => Some(format!("the digests of {table} differ, the dumps are equal")),
    }
}

fn short(commit: &str) -> &str {
    &commit[..commit.len().min(10)]
}

impl Report {
    /// Everything on one line, times in milliseconds.
    fn line(&self, repo: &Path) -> String {
        let name = repo.file_name().unwrap_or(repo.as_os_str()).to_string_lossy();
        format!(
            "replay: {name}: {} commits, {} changes, {} files at the end, {} comparisons, {} with dumps, {} differences, \
             {:.1} s; apply median {:.2} ms, p99 {:.2} ms; scratch median {:.2} ms",
            self.commits,
            self.changes,
            self.files,
            self.comparisons,
            self.dumps,
            self.differences.len(),
            self.wall.as_secs_f64(),
            at(&self.applied, 0.5),
            at(&self.applied, 0.99),
            at(&self.scratch, 0.5),
        )
    }
}

/// The value below which this share of the times lies, in milliseconds.
fn at(times: &[Duration], share: f64) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort();
    let ix = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
    sorted.get(ix).map_or(0.0, |d| d.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests;
