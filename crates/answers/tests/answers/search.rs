//! `search`: ranking, filters and excerpts on a small repository. What it finds is held against a scan in `search_oracle`.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use lodemap_answers::{AnswerError, Hit, SearchAnswer, SearchOptions, search};
use lodemap_engine::facts::{NONE, Source};
use lodemap_engine::grammar::SymbolKind;
use lodemap_engine::graph::FileEntry;
use lodemap_engine::{Snapshot, symbol_name};
use lodemap_search::{FileText, SearchIndex, View, documents, for_each_word, stem};
use lodemap_testkit::Fixture;
use std::sync::Arc;

/// A state, its words and its texts.
pub(crate) struct Bed {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) view: View,
    pub(crate) texts: BTreeMap<String, Vec<u8>>,
}

impl Bed {
    pub(crate) fn new(fixture: &Fixture) -> Self {
        let mut index = SearchIndex::in_memory().unwrap();
        Self::with(fixture, &mut index)
    }

    /// Brings an index up to the state of a fixture.
    pub(crate) fn with(fixture: &Fixture, index: &mut SearchIndex) -> Self {
        let snapshot = fixture.snapshot();
        let texts: BTreeMap<String, Vec<u8>> =
            fixture.files.iter().map(|(path, bytes)| (path.to_string(), bytes.clone())).collect();
        let world = snapshot.world();
        index.retain(|key| world.file_with_key(key).is_some());
        for file in world.files() {
            if !index.holds(&file.path, &file.facts) {
                let bytes = &texts[file.path.as_str()];
                index.add(&FileText { path: &file.path, bytes, facts: &file.facts }).unwrap();
            }
        }
        index.commit_if_changed().unwrap();
        Self { view: index.view().unwrap(), snapshot, texts }
    }

    pub(crate) fn ask(&self, options: &SearchOptions) -> Result<SearchAnswer, AnswerError> {
        let text = |file: &FileEntry| self.texts.get(file.path.as_str()).cloned();
        search(&self.snapshot, &self.view, options, &text)
    }

    fn text(&self, query: &str) -> String {
        self.ask(&SearchOptions { query: query.into(), ..SearchOptions::default() }).unwrap().text()
    }

    fn symbols(&self, options: SearchOptions) -> Vec<String> {
        let name = |hit: Hit| hit.symbol.unwrap_or_else(|| hit.path.to_string());
        self.ask(&options).unwrap().hits.unwrap().into_iter().map(name).collect()
    }
}

fn pool() -> Bed {
    Bed::new(&Fixture::parse(
        "
//- src/pool.py
\"\"\"Lends connections.\"\"\"
LIMIT = 10

class ConnectionPool:
    \"\"\"A pool of connections that are kept open.\"\"\"
    size: int = 1

    def acquire(self, timeout):
        # Waiting costs nothing here.
        if timeout < 0:
            raise ValueError(
                \"the timeout of a pool is negative\")
        return self.connect(timeout)

    def connect(self, timeout):
        return Connection(timeout)

class Connection:
    def send(self, data):
        return len(data)
//- src/client.py
from pool import ConnectionPool

def fetch(url):
    return ConnectionPool().acquire(1).send(url)
//- src/util.rs
fn acquire_lock() { wait(1); }
//- tests/test_pool.py
from pool import ConnectionPool

def test_acquire():
    assert ConnectionPool().acquire(timeout=1)
",
    ))
}

fn options(query: &str) -> SearchOptions {
    SearchOptions { query: query.into(), ..SearchOptions::default() }
}

#[test]
fn what_has_more_of_the_rarer_words_comes_first() {
    assert_snapshot!(pool().text("acquire timeout"), @r#"
    src/pool.py:8  ConnectionPool.acquire
      8      def acquire(self, timeout):
    src/pool.py:15  ConnectionPool.connect
      15      def connect(self, timeout):
    tests/test_pool.py:4  test_acquire
      4      assert ConnectionPool().acquire(timeout=1)
    src/util.rs:1  acquire_lock
      1  fn acquire_lock() { wait(1); }
    src/client.py:4  fetch
      4      return ConnectionPool().acquire(1).send(url)
    "#);
}

#[test]
fn phrases_prefixes_and_regular_expressions() {
    let bed = pool();
    assert_snapshot!(bed.text("\"raise valueerror( 'the\""), @"");
    assert_snapshot!(bed.text("\"raise valueerror( \\\"the timeout\""), @r#"
    src/pool.py:11  ConnectionPool.acquire
      11              raise ValueError(
      12                  "the timeout of a pool is negative")
    "#);
    assert_snapshot!(bed.text("wait*"), @r#"
    src/util.rs:1  acquire_lock
      1  fn acquire_lock() { wait(1); }
    src/pool.py:9  ConnectionPool.acquire
      9          # Waiting costs nothing here.
    "#);
    assert_snapshot!(bed.text("/^ +return .*\\(timeout\\)$/"), @r#"
    src/pool.py:16  ConnectionPool.connect
      16          return Connection(timeout)
    src/pool.py:13  ConnectionPool.acquire
      13          return self.connect(timeout)
    "#);
    assert_eq!(bed.symbols(options("re:acquire -tests -\"acquire(self\"")).len(), 2);
}

#[test]
fn filters() {
    let bed = pool();
    let pick = |query: &str| bed.symbols(options(query)).join(" ");
    assert_eq!(pick("acquire kind:method"), "src/pool.py#ConnectionPool.acquire");
    assert_eq!(pick("acquire lang:rust"), "src/util.rs#acquire_lock");
    assert_eq!(pick("acquire path:tests"), "tests/test_pool.py#test_acquire");
    assert_eq!(pick("acquire path:**/c*.py"), "src/client.py#fetch");
    assert_eq!(pick("acquire -lang:python -path:*.md"), "src/util.rs#acquire_lock");
    assert_eq!(pick("+acquire -timeout -lang:rust"), "src/client.py#fetch");
    let asked = SearchOptions {
        kind: Some(SymbolKind::Function),
        path: Some("src/**".into()),
        lang: Some("python".into()),
        ..options("acquire")
    };
    assert_eq!(bed.symbols(asked), ["src/client.py#fetch"]);
    let Err(AnswerError::Usage(why)) =
        bed.ask(&SearchOptions { lang: Some("klingon".into()), ..options("x1") })
    else {
        panic!()
    };
    assert!(why.contains("give one of"), "{why}");
}

#[test]
fn files_are_found_as_a_whole() {
    let bed = pool();
    let files = |query: &str| {
        let answer = bed.ask(&SearchOptions { files: true, ..options(query) }).unwrap();
        assert!(answer.hits.is_none());
        answer.files.unwrap().iter().map(|f| f.path.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(files("+acquire +send"), "src/pool.py src/client.py", "no single definition has both");
    assert_eq!(bed.symbols(options("+acquire +send")), ["src/client.py#fetch"]);
    assert_eq!(files("acquire -send"), "src/util.rs tests/test_pool.py");
    assert_eq!(files("\"lends connections\""), "src/pool.py");
    assert_eq!(files("client"), "src/client.py", "paths have words too");
}

/// How often each word is in each field.
type Counts = [BTreeMap<String, f64>; lodemap_search::FIELDS];

/// The formula in floating point, over counts of a scan.
#[test]
fn scores_are_those_of_the_formula() {
    let bed = pool();
    let mut all: Vec<(String, Counts, f64, bool)> = vec![];
    for file in bed.snapshot.world().files() {
        let source = Source::decode(&bed.texts[file.path.as_str()]);
        for document in documents(file.path.as_str(), source.as_ref(), &file.facts) {
            let mut counts = Counts::default();
            for (field, text) in &document.pieces {
                for_each_word(text, |w| *counts[*field as usize].entry(w.to_owned()).or_default() += 1.0);
            }
            let name = match document.symbol {
                NONE => file.path.to_string(),
                symbol => symbol_name(&file.path, &file.facts, symbol),
            };
            all.push((name, counts, document.bytes.into(), file.class.is_core()));
        }
    }
    let mean = all.iter().map(|d| d.2).sum::<f64>() / all.len() as f64;
    for query in [
        &["acquire"][..],
        &["timeout", "pool"],
        &["connection", "send", "url"],
        &["raise", "negative", "fetch"],
    ] {
        let mut expected: BTreeMap<String, f64> = BTreeMap::new();
        for word in query {
            let mut word = word.to_string();
            stem(&mut word);
            let has = |d: &Counts| d.iter().any(|field| field.contains_key(&word));
            let some = all.iter().filter(|d| has(&d.1)).count() as f64;
            let rarity = (1.0 + (all.len() as f64 - some + 0.5) / (some + 0.5)).ln();
            for (name, counts, bytes, is_core) in all.iter().filter(|d| has(&d.1)) {
                let of = |field: usize| counts[field].get(&word).copied().unwrap_or_default();
                let damped = (2.0 * of(2) + of(3) + of(4)) / (0.5 + 0.5 * bytes / mean);
                let weighted = 6.0 * of(0) + 4.0 * of(1) + damped;
                let gain = rarity * (weighted / (weighted + 1.2) + 2.0);
                *expected.entry(name.clone()).or_default() += if *is_core { gain } else { gain / 2.0 };
            }
        }
        let answer = bed.ask(&options(&query.join(" "))).unwrap();
        assert_eq!(answer.len(), expected.len(), "{query:?}");
        for hit in answer.hits.unwrap() {
            let expected = expected[hit.symbol.as_deref().unwrap_or(hit.path.as_str())];
            assert!((hit.score - expected).abs() < 0.04, "{query:?} {hit:?}: {expected}");
        }
    }
}

#[test]
fn limits_are_told() {
    let bed = pool();
    let answer = bed.ask(&SearchOptions { limit: 1, ..options("acquire") }).unwrap();
    assert_eq!((answer.len(), answer.omitted), (1, 3));
    assert!(answer.text().ends_with("… 3 more; raise --limit or --tokens\n"));
    assert_eq!(bed.ask(&SearchOptions { limit: 0, ..options("acquire") }).unwrap().len(), 4);
    let little = bed.ask(&SearchOptions { max_bytes: 120, ..options("/return/") }).unwrap();
    assert_eq!((little.len(), little.not_searched), (1, 3), "own code first, then by path");
    assert!(little.text().contains("! 3 files were not looked at; narrow with"), "{}", little.text());
    let json = serde_json::to_value(&little).unwrap();
    assert_eq!(json["not_searched"], 3);
    let json = serde_json::to_value(bed.ask(&options("acquire")).unwrap()).unwrap();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["hits", "omitted"]);
}

#[test]
fn a_prefix_of_too_many_words_is_cut_and_told() {
    let letter = |n: usize| char::from(b'a' + (n % 26) as u8);
    let words: String =
        (0..4200).map(|n| format!("# zz{}{}{}q\n", letter(n), letter(n / 26), letter(n / 676))).collect();
    let mut index = SearchIndex::in_memory().unwrap();
    let bed = Bed::with(&Fixture::parse(&format!("//- a.py\n{words}\n//- b.py\nzzzzzz = 1\n")), &mut index);
    let answer = bed.ask(&options("zz*")).unwrap();
    assert_eq!((answer.len(), answer.cut_prefixes), (1, vec!["zz".to_owned()]));
    assert!(bed.ask(&options("zza*")).unwrap().cut_prefixes.is_empty());
    let later = Bed::with(&Fixture::parse("//- a.py\nzza = 1\n//- b.py\nzzzzzz = 1\n"), &mut index);
    let answer = later.ask(&options("zz*")).unwrap();
    assert_eq!((answer.len(), answer.cut_prefixes.len()), (2, 0), "words that are gone do not count");
}

#[test]
fn what_changed_meanwhile_is_told_and_not_guessed_at() {
    let mut bed = pool();
    bed.texts.remove("src/pool.py");
    let words = bed.ask(&options("+acquire +timeout kind:method")).unwrap();
    assert_eq!((words.len(), words.pending, words.stale), (1, 1, true));
    let hit = &words.hits.as_ref().unwrap()[0];
    assert_eq!((hit.line, hit.excerpt.as_str()), (8, ""), "the index still knows where it is");
    let texts = bed.ask(&options("/raise/")).unwrap();
    assert_eq!((texts.len(), texts.pending), (0, 1));
    assert!(texts.text().contains("! 1 files changed meanwhile"), "{}", texts.text());
}

#[test]
fn nothing_hidden_is_shown() {
    let long = "x = \"".to_owned() + &"y".repeat(400) + " needle " + &"z".repeat(400) + "\"";
    let bed = Bed::new(&Fixture::parse(&format!(
        "//- a.py\nx = 'needle \u{202e}\u{1b}[31m \u{200b}'\n//- b.py\n{long}\n"
    )));
    let text = bed.text("needle");
    assert!(text.contains("needle \\u{202e}\\u{1b}[31m \\u{200b}'"), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() < 210) && text.matches("needle").count() == 2,
        "{text}"
    );
}
