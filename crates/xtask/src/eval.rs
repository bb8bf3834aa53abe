//! How often is Lodemap right?
//!
//! `resolve` asks where references lead, and holds the answers against what compilers say.
//! The truth is not part of this repository; what comes of it is: `docs/resolution.md` has the figures, and
//! `crates/graph/calibration.toml` makes the tiers of edges follow from them.

mod bounds;
mod calibrate;
mod latency;
mod localise;
mod okapi;
mod report;
mod score;
mod tree;
mod truth;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use lodemap_answers::export_edges;
use lodemap_graph::Calibration;
use lodemap_host::{NoProgress, OpenOptions, Repository};

use crate::Outcome;
use calibrate::Counts;
use report::Figures;
use score::{Row, Scored};
use truth::Truth;

/// Scores what Lodemap says against what is known.
#[derive(Parser)]
#[command(name = "cargo xtask eval", disable_version_flag = true)]
struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Where references lead, against what compilers say; writes the calibration table and docs/resolution.md
    Resolve(Resolve),
    /// Which files a task is about, against those that were changed for it
    Localise(localise::Localise),
    /// How long an open repository takes to answer tasks, and to find what was just written
    Latency(latency::Latency),
}

#[derive(clap::Args)]
struct Resolve {
    /// The folder of evaluations, with the truth in resolve/truth/ [default: ../shared/eval beside the repository]
    #[arg(long, value_name = "DIR")]
    eval: Option<PathBuf>,
    /// The folder of git directories, each OWNER+NAME/repo or OWNER+NAME
    #[arg(long, value_name = "DIR")]
    mirrors: Option<PathBuf>,
    /// Where the trees are or are written to, a folder each [default: a temporary folder]
    #[arg(long, value_name = "DIR")]
    src: Option<PathBuf>,
    /// Write nothing; fail if what is committed differs or a bound is missed
    #[arg(long)]
    check: bool,
    /// These repositories alone; nothing is written, and nothing compared
    #[arg(long, value_name = "NAME", num_args = 1..)]
    only: Vec<String>,
}

/// What this command writes.
const TABLE: &str = "crates/graph/calibration.toml";
const DOCUMENT: &str = "docs/resolution.md";

pub(crate) fn run(root: &Path, args: &[String]) -> Result<Outcome> {
    let Some(args) = crate::parse_args::<Args>(args)? else { return Ok(Outcome::Clean) };
    match args.what {
        What::Resolve(args) => resolve(root, &args),
        What::Localise(args) => localise::run(root, &args),
        What::Latency(args) => latency::run(root, &args),
    }
}

/// One repository with what came of it.
struct Judged {
    name: String,
    lang: String,
    commit: String,
    scored: Scored,
}

fn resolve(root: &Path, args: &Resolve) -> Result<Outcome> {
    let eval = args.eval.clone().unwrap_or_else(|| root.join("../shared/eval"));
    let truths = Truth::files(&eval.join("resolve/truth"))?;
    if let Some(name) = args.only.iter().find(|only| !truths.contains_key(*only)) {
        bail!("there is no truth about {name}; there is about {}", names(&truths));
    }
    let temporary = tempfile::tempdir().context("a temporary folder cannot be made")?;
    let trees = args.src.as_deref().unwrap_or(temporary.path());
    let mut judged = Vec::new();
    for (name, path) in &truths {
        if args.only.is_empty() || args.only.contains(name) {
            let truth = Truth::read(path)?;
            let wanted = tree::Wanted { name, source: &truth.source, commit: &truth.commit, only: &[] };
            let tree = tree::of(&wanted, trees, args.mirrors.as_deref())?;
            let scored = score::score(&truth, &exported(&tree)?, |path, line| {
                let text = fs::read_to_string(tree.join(path)).ok()?;
                text.lines().nth(line.checked_sub(1)? as usize).map(str::to_owned)
            });
            judged.push(Judged { name: name.clone(), lang: truth.lang, commit: truth.commit, scored });
        }
    }
    let counts = counts(judged.iter());
    let table = calibrate::table(&counts);
    let calibration = Calibration::parse(&table).map_err(anyhow::Error::msg)?;
    let held_out = calibrate::held_out(&judged)?;
    let figures =
        Figures { judged: &judged, counts: &counts, calibration: &calibration, held_out: &held_out };
    print!("{}", figures.summary());
    let missed = bounds::missed(&figures);
    missed.iter().for_each(|m| println!("missed: {m}"));
    if !args.only.is_empty() {
        return Ok(Outcome::Clean);
    }
    let document = fs::read_to_string(root.join(DOCUMENT)).unwrap_or_default();
    let wanted = [(TABLE, table), (DOCUMENT, report::replaced(&document, &figures.document())?)];
    let mut is_stale = false;
    for (path, text) in wanted {
        if fs::read_to_string(root.join(path)).ok().as_ref() == Some(&text) {
            continue;
        }
        is_stale = true;
        if args.check {
            println!("{path}: is not what comes out now: run `cargo xtask eval resolve`");
        } else {
            fs::write(root.join(path), text).with_context(|| format!("{path} cannot be written"))?;
            println!("{path}: written");
        }
    }
    let is_bad = args.check && (is_stale || !missed.is_empty());
    Ok(if is_bad { Outcome::Problems } else { Outcome::Clean })
}

/// The lines of `lodemap export edges`.
fn exported(tree: &Path) -> Result<Vec<Row>> {
    let options = OpenOptions { root: Some(tree.to_owned()), ..OpenOptions::default() };
    let repository = Repository::open(&options, &NoProgress)?;
    let mut lines = Vec::new();
    export_edges(&repository.snapshot(), &mut lines)?;
    let lines = lines.split(|b| *b == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).context("a row that is not understood")).collect()
}

/// How often edges are right, by language.
fn counts<'j>(judged: impl Iterator<Item = &'j Judged>) -> Counts {
    let mut counts = Counts::default();
    for one in judged {
        counts.add(&one.lang, &one.scored.edges);
    }
    counts
}

fn names<T>(truths: &BTreeMap<String, T>) -> String {
    truths.keys().cloned().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
