//! Do the rules of every language say what its samples expect?
//!
//! `query-check [LANG…]` compiles the rules and checks the samples in `grammars/LANG/tests/`;
//! `query-check --dump [LANG] FILE` prints what Lodemap reads in a file, `--tree` with its syntax tree, and
//! `--annotate FILE` prints a file with all that is found in it as annotations, to be read and kept as a sample,
//! and `--time FILE…` measures reading many. `grammars/README.md` explains the form of a sample.

mod sample;
mod show;

use crate::Outcome;
use anyhow::{Context, Result, bail};
use lodemap_base::RelPath;
use lodemap_grammar::{Lang, ParseOutcome, detect, languages, parse, spec, spec_by_name};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(super) fn run(root: &Path, args: &[String]) -> Result<Outcome> {
    match args.first().map(String::as_str) {
        Some("--dump") => dump(&args[1..], false),
        Some("--tree") => dump(&args[1..], true),
        Some("--annotate") => annotate(&args[1..]),
        Some("--time") => time(&args[1..]),
        Some(option) if option.starts_with('-') => {
            bail!("there is no option {option}; use --dump, --tree, --annotate or --time")
        }
        _ => {
            let (problems, annotations) = check(root, args)?;
            problems.iter().for_each(|p| println!("{p}"));
            if problems.is_empty() {
                println!("query-check: {annotations} annotations hold");
            }
            Ok(if problems.is_empty() { Outcome::Clean } else { Outcome::Problems })
        }
    }
}

/// What is wrong with the rules and samples of these languages (all, if none is named), and how much was asked.
fn check(root: &Path, names: &[String]) -> Result<(Vec<String>, usize)> {
    if let Some(unknown) = names.iter().find(|n| spec_by_name(n).is_none()) {
        bail!("there is no language `{unknown}`");
    }
    let (mut problems, mut annotations) = (Vec::new(), 0);
    for spec in languages().iter().filter(|s| names.is_empty() || names.contains(&s.name)) {
        if let Err(error) = spec.check() {
            problems.push(error.to_string());
            continue;
        }
        let samples = samples(&root.join("grammars").join(&spec.name).join("tests"))?;
        if samples.is_empty() {
            problems.push(format!("grammars/{}/tests: there is no sample", spec.name));
        }
        for path in samples {
            let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
            let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            let found = sample::check(spec, &bytes);
            annotations += found.annotations;
            problems.extend(found.problems.iter().map(|p| format!("{shown}:{p}")));
        }
    }
    Ok((problems, annotations))
}

fn samples(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder)?.map(|e| Ok(e?.path())).collect::<Result<Vec<_>>>()?;
    let mut files: Vec<_> = entries.into_iter().filter(|p| p.is_file()).collect();
    files.sort();
    Ok(files)
}

fn language_of(path: &str) -> Option<Lang> {
    detect(&RelPath::parse(path.trim_start_matches(['/', '.']))?)
}

fn dump(args: &[String], tree: bool) -> Result<Outcome> {
    let (lang, path) = match args {
        [path] => (language_of(path).with_context(|| format!("{path}: no language has this ending"))?, path),
        [name, path] => {
            (spec_by_name(name).with_context(|| format!("there is no language `{name}`"))?.lang, path)
        }
        _ => bail!("say which file: --dump [LANG] FILE"),
    };
    let bytes = fs::read(path).with_context(|| path.clone())?;
    if tree && let ParseOutcome::Tree(tree) = parse(spec(lang), &bytes) {
        println!("{}", show::tree(tree.walk(), &bytes));
    }
    print!("{}", show::facts(&lodemap_facts::facts_of(lang, &bytes)));
    Ok(Outcome::Clean)
}

fn annotate(args: &[String]) -> Result<Outcome> {
    let [path] = args else { bail!("say which file: --annotate FILE") };
    let lang = language_of(path).with_context(|| format!("{path}: no language has this ending"))?;
    let bytes = fs::read(path).with_context(|| path.clone())?;
    print!("{}", sample::annotate(spec(lang), &bytes));
    Ok(Outcome::Clean)
}

/// Times reading many files against parsing them alone.
fn time(paths: &[String]) -> Result<Outcome> {
    let files = paths.iter().filter_map(|p| Some((language_of(p)?, p)));
    let files = files.map(|(l, p)| Ok((l, fs::read(p)?))).collect::<Result<Vec<_>>>()?;
    let (mut parsing, mut all) = (Duration::MAX, Duration::MAX);
    let mut counts = [0usize; 5];
    for _ in 0..3 {
        let start = Instant::now();
        for (lang, bytes) in &files {
            drop(parse(spec(*lang), bytes));
        }
        parsing = parsing.min(start.elapsed());
        counts = [0; 5];
        let start = Instant::now();
        for (lang, bytes) in &files {
            let f = lodemap_facts::facts_of(*lang, bytes);
            let more = [bytes.len(), f.symbols.len(), f.refs.len(), f.chains.len(), f.heap_bytes()];
            counts.iter_mut().zip(more).for_each(|(sum, n)| *sum += n);
        }
        all = all.min(start.elapsed());
    }
    let [bytes, symbols, refs, chains, heap] = counts;
    println!(
        "{} files, {bytes} bytes, {symbols} symbols, {refs} references, {chains} chains, {heap} bytes of facts",
        files.len()
    );
    println!(
        "best of 3: parse {parsing:.2?}, facts {all:.2?} ({:.2} x)",
        all.as_secs_f64() / parsing.as_secs_f64()
    );
    Ok(Outcome::Clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_hold() {
        let (problems, annotations) = check(&crate::workspace_root(), &[]).unwrap();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
        assert!(annotations > 0);
    }
}
