//! Which files is a task about?
//!
//! Each task is an issue with the files that were changed for it. The same trees are asked of Lodemap and of BM25, and the
//! two are compared task by task.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result};
use lodemap_answers::{ContextAnswer, ContextOptions, Tokenizer, context};
use lodemap_host::{NoProgress, OpenOptions, Repository, past_of};
use serde::Deserialize;

use super::okapi;
use super::tree::{self, Wanted};
use crate::Outcome;

#[derive(clap::Args)]
pub(super) struct Localise {
    /// The folder of evaluations, with localise/tasks.jsonl.xz [default: ../shared/eval beside the repository]
    #[arg(long, value_name = "DIR")]
    eval: Option<PathBuf>,
    /// The folder of git directories, each OWNER+NAME/repo or OWNER+NAME
    #[arg(long, value_name = "DIR")]
    mirrors: Option<PathBuf>,
    /// Where the trees are or are written to, a folder each [default: a temporary folder]
    #[arg(long, value_name = "DIR")]
    src: Option<PathBuf>,
    /// The cache of facts [default: none]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Every n-th task alone; nothing is written
    #[arg(long, value_name = "N", default_value_t = 1)]
    every: usize,
    /// Read the history up to the commit of each task from its mirror
    #[arg(long, requires = "mirrors")]
    history: bool,
    /// Threads, each with a task of its own
    #[arg(long, value_name = "N", default_value_t = 2)]
    threads: usize,
}

/// What this command writes: a line a task; without and with the history.
const TABLES: [&str; 2] = ["docs/localisation.csv", "docs/localisation-history.csv"];
/// The budgets at which the shown text is judged.
const BUDGETS: [usize; 2] = [4000, 8000];
const KS: [usize; 4] = [1, 3, 5, 10];

#[derive(Deserialize)]
pub(super) struct Task {
    id: String,
    lang: String,
    base_commit: String,
    mirror: String,
    pub(super) text: String,
    gold_files: Vec<String>,
    #[serde(default)]
    gold_functions: Vec<Function>,
}

#[derive(Deserialize)]
struct Function {
    file: String,
    start: u32,
}

/// How one task went.
struct Judged {
    id: String,
    lang: String,
    /// Places of the files to be changed among those that were named, from 0; by us and by BM25.
    ours: Vec<Option<usize>>,
    theirs: Vec<Option<usize>>,
    /// For each budget: whether all files were shown, the share of functions whose first line was, and tokens used.
    shown: Vec<(bool, f64, usize)>,
    /// Tokens until the first file is named, at the larger budget.
    until: Option<usize>,
    confidence: f64,
    seconds: f64,
}

pub(super) fn run(root: &Path, args: &Localise) -> Result<Outcome> {
    let tasks = tasks(root, args.eval.as_deref())?;
    let tasks: Vec<&Task> = tasks.iter().step_by(args.every.max(1)).collect();
    let temporary = tempfile::tempdir().context("a temporary folder cannot be made")?;
    let trees = args.src.as_deref().unwrap_or(temporary.path());
    let next = AtomicUsize::new(0);
    let judged = Mutex::new(vec![]);
    std::thread::scope(|scope| {
        for _ in 0..args.threads.max(1) {
            scope.spawn(|| {
                while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match judge(task, trees, args) {
                        Ok(one) => judged.lock().expect("no thread panics with it").push(one),
                        Err(e) => println!("{}: {e:#}", task.id),
                    }
                }
            });
        }
    });
    let mut judged = judged.into_inner().expect("no thread panics with it");
    judged.sort_by(|a, b| a.id.cmp(&b.id));
    print!("{}", report(&judged));
    if args.every == 1 && judged.len() == tasks.len() {
        let to = TABLES[usize::from(args.history)];
        fs::write(root.join(to), table(&judged)).with_context(|| format!("{to} cannot be written"))?;
        println!("{to}: written");
    }
    Ok(if judged.len() == tasks.len() { Outcome::Clean } else { Outcome::Problems })
}

/// All tasks.
pub(super) fn tasks(root: &Path, eval: Option<&Path>) -> Result<Vec<Task>> {
    let eval = eval.map_or_else(|| root.join("../shared/eval"), Path::to_owned);
    let file = eval.join("localise/tasks.jsonl.xz");
    let file = fs::File::open(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let lines = BufReader::new(lzma_rust2::XzReader::new(file, true)).lines();
    lines.map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

fn judge(task: &Task, trees: &Path, args: &Localise) -> Result<Judged> {
    let only: &[&str] = if task.lang == "python" { &["*.py"] } else { &["*.rs", "*.toml"] };
    let source = task.mirror.replace('/', "+");
    let wanted = Wanted { name: &task.id, source: &source, commit: &task.base_commit, only };
    let tree = tree::of(&wanted, trees, args.mirrors.as_deref())?;
    let options = OpenOptions {
        root: Some(tree.clone()),
        cache: args.cache.clone(),
        jobs: 1,
        ..OpenOptions::default()
    };
    let repository = Repository::open(&options, &NoProgress)?;
    let snapshot = repository.snapshot();
    let searchable = repository.searchable(&snapshot)?;
    let history =
        args.mirrors.as_deref().filter(|_| args.history).map(|mirrors| tree::mirror(mirrors, &source));
    let past = history.transpose()?.map(|git| {
        let past = past_of(&git, &task.base_commit);
        past.with_context(|| format!("{} has no history of {}", git.display(), task.base_commit))
    });
    let past = past.transpose()?;
    let ask = |tokens: usize, files_only: bool, limit: usize| -> Result<ContextAnswer> {
        let options = ContextOptions {
            task: task.text.clone(),
            tokens,
            tokenizer: Tokenizer::O200k,
            focus: vec![],
            limit,
            tests: false,
            files_only,
            since: None,
            patience: Default::default(),
        };
        Ok(context(&snapshot, &searchable.view, past.as_ref(), &options, &|file| repository.text(file))?)
    };
    let start = Instant::now();
    let mut answers = vec![ask(BUDGETS[0], false, 40)?];
    let seconds = start.elapsed().as_secs_f64();
    answers.push(ask(BUDGETS[1], false, 40)?);
    let named = ask(usize::MAX, true, 0)?;
    let named: Vec<&str> = named.files.iter().map(|file| file.path.as_str()).collect();
    let named: Vec<&str> = named.into_iter().filter(|path| is_source(path, &task.lang)).collect();
    let world = snapshot.world();
    let sources = world.files().filter(|file| is_source(file.path.as_str(), &task.lang));
    let texts = sources.filter_map(|file| {
        Some((file.path.to_string(), String::from_utf8_lossy(&repository.text(file)?).into_owned()))
    });
    let theirs = okapi::ranked(&texts.collect::<BTreeMap<_, _>>(), &task.text);
    let places =
        |list: &[&str]| task.gold_files.iter().map(|g| list.iter().position(|path| path == g)).collect();
    let theirs: Vec<&str> = theirs.iter().map(String::as_str).collect();
    repository.save();
    Ok(Judged {
        id: task.id.clone(),
        lang: task.lang.clone(),
        ours: places(&named),
        theirs: places(&theirs),
        shown: answers.iter().map(|answer| shown(task, answer)).collect(),
        until: until_first(task, &answers[1].text()),
        confidence: answers[0].confidence,
        seconds,
    })
}

fn shown(task: &Task, answer: &ContextAnswer) -> (bool, f64, usize) {
    let text = answer.text();
    let all = task.gold_files.iter().all(|path| text.contains(path.as_str()));
    let is_shown = |f: &&Function| {
        answer.excerpts.iter().any(|e| e.path.as_str() == f.file && e.start <= f.start && f.start <= e.end)
    };
    let functions = task.gold_functions.iter().filter(is_shown).count() as f64;
    (all, functions / task.gold_functions.len().max(1) as f64, answer.tokens)
}

fn until_first(task: &Task, text: &str) -> Option<usize> {
    let first = task.gold_files.iter().filter_map(|path| text.find(path.as_str())).min()?;
    Some(Tokenizer::O200k.count(&text[..first]))
}

/// Whether a path counts for the tasks of a language: its sources without tests, as the scorer of the tasks decides it.
fn is_source(path: &str, lang: &str) -> bool {
    const PYTHON: [&str; 9] = [
        "tests",
        "test",
        "benchmarks",
        "asv_bench",
        "asv_benchmarks",
        "docs",
        "doc",
        "examples",
        "galleries",
    ];
    const RUST: [&str; 7] = ["tests", "test", "benches", "bench", "examples", "example", "fuzz"];
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let lower = folders.to_ascii_lowercase();
    let within = |names: &[&str]| lower.split('/').any(|folder| names.contains(&folder));
    if lang == "python" {
        let is_test = (within(&PYTHON) && !path.starts_with("django/test/")) || path.starts_with("testing/");
        let named = name.starts_with("test_")
            || name.ends_with("_test.py")
            || ["conftest.py", "tests.py"].contains(&name);
        return path.ends_with(".py") && !is_test && !named;
    }
    let ends = ["-test", "-tests", "_test", "_tests", "-benches"];
    let is_test =
        within(&RUST) || lower.split('/').any(|folder| ends.iter().any(|end| folder.ends_with(end)));
    let ends = ["_test.rs", "_tests.rs"];
    let named = name.starts_with("test_")
        || ["test.rs", "tests.rs"].contains(&name)
        || ends.iter().any(|e| name.ends_with(e));
    path.ends_with(".rs") && !is_test && !named
}

fn is_within(places: &[Option<usize>], k: usize) -> bool {
    places.iter().all(|place| place.is_some_and(|place| place < k))
}

/// Shares of the tasks in hundredths, and how the two differ.
fn report(judged: &[Judged]) -> String {
    let mut out = String::new();
    let langs: BTreeSet<&str> = judged.iter().map(|j| j.lang.as_str()).collect();
    for lang in langs {
        let of: Vec<&Judged> = judged.iter().filter(|j| j.lang == lang).collect();
        let n = of.len() as f64;
        let share = |f: &dyn Fn(&Judged) -> f64| 100.0 * of.iter().map(|j| f(j)).sum::<f64>() / n;
        let _ = writeln!(out, "{lang}, {n} tasks");
        for (who, places) in [("lodemap", true), ("BM25", false)] {
            let of = |j: &Judged| if places { j.ours.clone() } else { j.theirs.clone() };
            let all =
                KS.map(|k| format!("@{k} {:.1}", share(&|j| f64::from(u8::from(is_within(&of(j), k))))));
            let any =
                |k: usize| share(&|j| f64::from(u8::from(of(j).iter().flatten().any(|place| *place < k))));
            let recall = share(&|j| {
                of(j).iter().flatten().filter(|place| **place < 10).count() as f64 / of(j).len().max(1) as f64
            });
            let mrr =
                share(&|j| of(j).iter().flatten().min().map_or(0.0, |first| 1.0 / (*first as f64 + 1.0)));
            let _ = writeln!(
                out,
                "  {who:8} all gold files: {}; any: @1 {:.1} @5 {:.1}; R@10 {recall:.1}; MRR {:.3}",
                all.join(" "),
                any(1),
                any(5),
                mrr / 100.0
            );
        }
        for k in KS {
            let won = of.iter().filter(|j| is_within(&j.ours, k) && !is_within(&j.theirs, k)).count();
            let lost = of.iter().filter(|j| !is_within(&j.ours, k) && is_within(&j.theirs, k)).count();
            let _ = writeln!(
                out,
                "  @{k}: won {won}, lost {lost}, two-sided sign test p = {:.1e}",
                sign_test(won, lost)
            );
        }
        for (ix, budget) in BUDGETS.iter().enumerate() {
            let _ = writeln!(
                out,
                "  within {budget} tokens: all gold files {:.1}, gold functions {:.1}, tokens used {:.0}",
                share(&|j| f64::from(u8::from(j.shown[ix].0))),
                share(&|j| j.shown[ix].1),
                share(&|j| j.shown[ix].2 as f64) / 100.0
            );
        }
        let mut until: Vec<usize> = of.iter().filter_map(|j| j.until).collect();
        until.sort_unstable();
        let mut seconds: Vec<f64> = of.iter().map(|j| j.seconds).collect();
        seconds.sort_by(f64::total_cmp);
        let at = |part: f64| seconds[((seconds.len() - 1) as f64 * part) as usize] * 1000.0;
        let _ = writeln!(
            out,
            "  tokens until the first gold file: median {}; an answer takes {:.0} ms at the median, {:.0} at the 99th of a hundred",
            until.get(until.len() / 2).copied().unwrap_or_default(),
            at(0.5),
            at(0.99)
        );
        let told: BTreeSet<u64> = of.iter().map(|j| (j.confidence * 100.0).round() as u64).collect();
        for told in told {
            let those: Vec<&&Judged> =
                of.iter().filter(|j| (j.confidence * 100.0).round() as u64 == told).collect();
            let right = those.iter().filter(|j| j.ours.iter().flatten().any(|place| *place < 3)).count();
            let _ = writeln!(out, "  told {told} in a hundred: right in {right} of {}", those.len());
        }
    }
    out
}

/// How likely it is that of so many differences so many or fewer go one way, if both ways are equally likely.
fn sign_test(won: usize, lost: usize) -> f64 {
    let n = won + lost;
    let mut chance = 0.5f64.powi(n as i32);
    let mut sum = 0.0;
    for k in 0..=won.min(lost) {
        sum += chance;
        chance *= (n - k) as f64 / (k + 1) as f64;
    }
    (2.0 * sum).min(1.0)
}

fn table(judged: &[Judged]) -> String {
    let mut out = String::from(
        "task,lang,gold_files,ours_first,ours_last,bm25_first,bm25_last,shown_4000,shown_8000,functions_8000,confidence\n",
    );
    for j in judged {
        let edge = |places: &[Option<usize>]| {
            let first = places.iter().flatten().min().map_or(String::new(), |p| (p + 1).to_string());
            let last = places.iter().copied().collect::<Option<Vec<usize>>>();
            let last =
                last.and_then(|all| all.into_iter().max()).map_or(String::new(), |p| (p + 1).to_string());
            format!("{first},{last}")
        };
        let _ = writeln!(
            out,
            "{},{},{},{},{},{},{},{:.2},{:.2}",
            j.id,
            j.lang,
            j.ours.len(),
            edge(&j.ours),
            edge(&j.theirs),
            u8::from(j.shown[0].0),
            u8::from(j.shown[1].0),
            j.shown[1].1,
            j.confidence
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_those_of_the_scorer() {
        for path in ["django/test/client.py", "a/testing/x.py", "src/lib.rs"] {
            assert!(is_source(path, if path.ends_with("rs") { "rust" } else { "python" }), "{path}");
        }
        for path in ["tests/a.py", "testing/x.py", "a/conftest.py", "a/test_b.py"] {
            assert!(!is_source(path, "python"), "{path}");
        }
        for path in ["benches/a.rs", "x_tests/src/a.rs", "src/tests.rs", "src/a_test.rs"] {
            assert!(!is_source(path, "rust"), "{path}");
        }
    }

    #[test]
    fn a_coin_that_falls_one_way() {
        assert!((sign_test(10, 0) - 2.0 / 1024.0).abs() < 1e-9);
        assert!(sign_test(5, 5) > 0.99);
    }
}
