//! Words of repositories in memory and on disk, against counts by hand and against a new index.
//!
//! A failure prints its seed; `LODEMAP_SEED=N cargo test` replays it alone, `LODEMAP_RUNS=N` tries more seeds.
#![allow(clippy::unwrap_used, reason = "tests may panic")]
#![allow(clippy::disallowed_methods, reason = "tests damage files")]

mod damage;
mod incremental;

use std::collections::BTreeMap;
use std::sync::Arc;

use lodemap_base::{RelPath, name_key};
use lodemap_facts::{FileFacts, Source, facts_of};
use lodemap_search::{FileText, Posting, SearchIndex, View, documents, for_each_word};

/// Files with their bytes and facts.
type Files = BTreeMap<RelPath, (Vec<u8>, Arc<FileFacts>)>;

fn read(path: &RelPath, bytes: &[u8]) -> Option<(Vec<u8>, Arc<FileFacts>)> {
    let lang = lodemap_grammar::detect(path)?;
    Some((bytes.to_vec(), Arc::new(facts_of(lang, bytes))))
}

fn add(index: &mut SearchIndex, path: &RelPath, (bytes, facts): &(Vec<u8>, Arc<FileFacts>)) {
    index.add(&FileText { path, bytes, facts }).unwrap();
}

fn fresh(files: &Files) -> View {
    let mut index = SearchIndex::in_memory().unwrap();
    files.iter().for_each(|(path, held)| add(&mut index, path, held));
    index.commit_if_changed().unwrap();
    index.view().unwrap()
}

/// What a view says of a word: path, symbol, bytes and counts, in an order of its own.
fn told(view: &View, files: &Files, word: &str) -> Vec<(String, u32, u32, Vec<u32>)> {
    let paths: BTreeMap<u64, &RelPath> = files.keys().map(|path| (name_key(path.as_str()).0, path)).collect();
    let mut postings: Vec<Posting> = vec![];
    view.postings(word, &mut postings).unwrap();
    let row = |p: &Posting| {
        let path = paths[&view.file_key(p.file)].to_string();
        (path, p.symbol, p.bytes, p.counts.to_vec())
    };
    let mut rows: Vec<_> = postings.iter().map(row).collect();
    rows.sort();
    rows
}

/// All words of the files, and one that is in none.
fn vocabulary(files: &Files) -> Vec<String> {
    let mut words = std::collections::BTreeSet::from(["zzz_nowhere".to_owned()]);
    for (path, (bytes, _)) in files {
        for text in [path.as_str(), &String::from_utf8_lossy(bytes)] {
            for_each_word(text, |word| {
                words.insert(word.to_owned());
            });
        }
    }
    words.into_iter().collect()
}

/// Documents counted word by word, without an index.
fn counted(files: &Files, word: &str) -> Vec<(String, u32, u32, Vec<u32>)> {
    let mut rows = vec![];
    for (path, (bytes, facts)) in files {
        let source = Source::decode(bytes);
        for document in documents(path.as_str(), source.as_ref(), facts) {
            let mut counts = vec![0; lodemap_search::FIELDS];
            for (field, text) in &document.pieces {
                for_each_word(text, |w| counts[*field as usize] += u32::from(w == word));
            }
            if counts.iter().any(|count| *count > 0) {
                rows.push((path.to_string(), document.symbol, document.bytes, counts));
            }
        }
    }
    rows.sort();
    rows
}

fn assert_equal(view: &View, files: &Files, what: &str) {
    let fresh = fresh(files);
    assert_eq!(view.counts(), fresh.counts(), "{what}");
    for word in vocabulary(files) {
        let expected = counted(files, &word);
        assert_eq!(told(view, files, &word), expected, "{what}: {word}");
        assert_eq!(told(&fresh, files, &word), expected, "{what}, anew: {word}");
    }
}

#[test]
fn each_byte_belongs_to_one_document() {
    for seed in lodemap_testkit::seeds(60) {
        let mut rng = lodemap_testkit::Rng::new(seed);
        for (path, bytes) in lodemap_testkit::random_repository(&mut rng).files {
            let Some((bytes, facts)) = read(&path, &bytes) else { continue };
            let source = Source::decode(&bytes);
            let documents = documents(path.as_str(), source.as_ref(), &facts);
            let all: u32 = documents.iter().map(|d| d.bytes).sum();
            assert_eq!(all as usize, source.as_ref().map_or(0, |s| s.text.len()), "seed {seed}: {path}");
        }
    }
}
