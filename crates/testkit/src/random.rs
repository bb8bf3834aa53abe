//! Random repositories and what happens to them: small, dense with imports, globs, cycles and names that collide.
//!
//! Few names and few paths, so that almost every name written somewhere is bound elsewhere, by several files and
//! by none at times. Each language has a file with its paths and its ways to say something; what happens to files
//! is in [`operate`], what happens inside of one in [`mutate`].

mod c;
mod ecma;
mod go;
mod manifest;
mod mutate;
mod operate;
mod python;
mod rng;
mod rust;

use lodemap_base::RelPath;
use lodemap_grammar::{detect, spec};

use crate::fixture::Fixture;
use crate::model::{Model, Step};
use crate::story::Story;

pub use rng::{Rng, seeds};

/// All names there are.
pub(crate) const NAMES: [&str; 6] = ["a", "b", "load", "Pool", "Conn", "run"];

/// How to write a language.
pub(crate) struct Writer {
    /// Where its files stand, manifests among them.
    pub(crate) paths: &'static [&'static str],
    /// What opens a comment.
    pub(crate) comment: &'static str,
    /// What a file begins with.
    pub(crate) head: fn(&mut Rng) -> String,
    /// An import on a line of its own.
    pub(crate) import: fn(&mut Rng) -> String,
    /// A definition at the top, or something else that stands there.
    pub(crate) item: fn(&mut Rng) -> String,
    /// A statement in a body, on one line.
    pub(crate) statement: fn(&mut Rng) -> String,
}

/// Groups of files that see each other: a repository has some of them.
pub(crate) const WRITERS: [&Writer; 5] =
    [&python::WRITER, &rust::WRITER, &ecma::WRITER, &go::WRITER, &c::WRITER];

/// Who writes the file at a path; files in no language are written like Python.
pub(crate) fn writer_of(path: &RelPath) -> &'static Writer {
    match detect(path).map(|l| spec(l).family.as_str()) {
        Some("rust") => &rust::WRITER,
        Some("ecma") => &ecma::WRITER,
        Some("go") => &go::WRITER,
        Some("c") => &c::WRITER,
        _ => &python::WRITER,
    }
}

/// A random file as it may stand at a path.
pub(crate) fn text_for(rng: &mut Rng, path: &RelPath) -> String {
    if let Some(text) = manifest::text(rng, path) {
        return text;
    }
    let writer = writer_of(path);
    let mut out = (writer.head)(rng);
    if path.extension().is_none() {
        out.insert_str(0, "#!/usr/bin/env python3\n");
    }
    (0..rng.below(5)).for_each(|_| out.push_str(&(writer.import)(rng)));
    (0..1 + rng.below(4)).for_each(|_| out.push_str(&(writer.item)(rng)));
    if rng.one_in(6) {
        out.push_str(&(writer.import)(rng));
    }
    out
}

pub(crate) fn path_of(text: &str) -> RelPath {
    RelPath::parse(text).expect("paths here are clean")
}

/// A random repository of one to all languages, its files in any order.
pub fn random_repository(rng: &mut Rng) -> Fixture {
    let writers = random_writers(rng);
    Fixture { files: random_files(rng, &writers) }
}

fn random_writers(rng: &mut Rng) -> Vec<&'static Writer> {
    let mut writers = WRITERS.to_vec();
    rng.shuffle(&mut writers);
    if !rng.one_in(5) {
        writers.truncate(1 + rng.below(2));
    }
    writers
}

fn random_files(rng: &mut Rng, writers: &[&Writer]) -> Vec<(RelPath, Vec<u8>)> {
    let mut files = Vec::new();
    for path in writers.iter().flat_map(|w| w.paths) {
        if !rng.one_in(3) {
            let path = path_of(path);
            let text = text_for(rng, &path);
            files.push((path, text.into_bytes()));
        }
    }
    rng.shuffle(&mut files);
    files
}

/// A random repository, what happens to it, and when the engine hears of it; at the end all is undone.
pub fn random_story(rng: &mut Rng) -> Story {
    let writers = random_writers(rng);
    let start = if rng.one_in(12) { vec![] } else { random_files(rng, &writers) };
    let start: Vec<_> = start.into_iter().map(|(p, b)| (p, b.into())).collect();
    let mut model = Model::new(&start);
    let first = model.clone();
    let mut steps = Vec::new();
    // Some engines hear of everything at once, others of many things together.
    let batch = 1 + rng.below(5);
    for _ in 0..3 + rng.below(14) {
        for step in operate::operation(rng, &model, &writers) {
            model.take(&step);
            steps.push(step);
        }
        if rng.one_in(batch) {
            steps.push(Step::Apply);
        }
        if rng.one_in(20) {
            steps.push(Step::Undo);
            model = first.clone();
        }
    }
    steps.push(Step::Apply);
    steps.push(Step::Undo);
    Story { about: String::new(), start, steps }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lodemap_facts::{Level, facts_of};
    use std::collections::BTreeMap;

    /// What is written at random is code: few syntax errors, and every language speaks.
    #[test]
    fn files_of_all_languages_can_be_read() {
        let (mut files, mut errors, mut refs) = (0usize, 0usize, BTreeMap::<&str, usize>::new());
        for seed in 0..150 {
            for (path, bytes) in random_repository(&mut Rng::new(seed)).files {
                let Some(lang) = detect(&path) else { continue };
                let facts = facts_of(lang, &bytes);
                assert_eq!(facts.level, Level::Full, "{path}");
                files += 1;
                if !facts.problems.is_empty() {
                    errors += 1;
                    eprintln!("{path}: {:?}\n{}", facts.problems, String::from_utf8_lossy(&bytes));
                }
                *refs.entry(&spec(lang).name).or_default() += facts.refs.len();
            }
        }
        assert!(files > 1000 && errors * 100 < files, "{errors} of {files} files with errors");
        assert_eq!(refs.len(), lodemap_grammar::languages().len(), "{refs:?}");
        assert!(refs.values().all(|n| *n > 100), "{refs:?}");
    }

    #[test]
    fn a_seed_is_a_story() {
        let story = |seed| random_story(&mut Rng::new(seed));
        assert_eq!(story(7), story(7));
        for seed in 0..200 {
            let story = story(seed);
            let text = story.text();
            assert_eq!(Story::parse(&text).as_ref(), Ok(&story), "seed {seed}\n{text}");
        }
    }
}
