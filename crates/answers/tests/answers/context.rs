//! The context of a task: budgets, determinism, and what must not be shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use lodemap_answers::{Change, ContextAnswer, ContextOptions, Earlier, Past, Tokenizer, context};
use lodemap_base::RelPath;
use lodemap_engine::Snapshot;
use lodemap_engine::graph::FileEntry;
use lodemap_search::{FileText, SearchIndex, View};
use lodemap_testkit::{Fixture, Rng, random_repository, seeds};

struct Repository {
    snapshot: Arc<Snapshot>,
    view: View,
    texts: BTreeMap<String, Vec<u8>>,
}

impl Repository {
    fn new(fixture: &Fixture) -> Self {
        let snapshot = fixture.snapshot();
        let texts: BTreeMap<String, Vec<u8>> =
            fixture.files.iter().map(|(path, bytes)| (path.to_string(), bytes.clone())).collect();
        let mut index = SearchIndex::in_memory().unwrap();
        for file in snapshot.world().files() {
            let bytes = &texts[file.path.as_str()];
            index.add(&FileText { path: &file.path, bytes, facts: &file.facts }).unwrap();
        }
        index.commit_if_changed().unwrap();
        Self { snapshot, view: index.view().unwrap(), texts }
    }

    fn ask(&self, task: &str, tokens: usize) -> ContextAnswer {
        self.ask_knowing(None, task, tokens)
    }

    fn ask_knowing(&self, past: Option<&Past>, task: &str, tokens: usize) -> ContextAnswer {
        self.ask_since(None, past, task, tokens)
    }

    fn ask_since(
        &self,
        since: Option<Earlier>,
        past: Option<&Past>,
        task: &str,
        tokens: usize,
    ) -> ContextAnswer {
        let options = ContextOptions {
            task: task.to_owned(),
            tokens,
            tokenizer: Tokenizer::O200k,
            focus: vec![],
            limit: 20,
            tests: false,
            files_only: false,
            since,
            patience: Default::default(),
        };
        let text_of = |file: &FileEntry| self.texts.get(file.path.as_str()).cloned();
        context(&self.snapshot, &self.view, past, &options, &text_of).unwrap()
    }
}

const POOL: &str = r#"
//- src/pool/conn.py
"""Connections."""
import time

class Pool:
    """Keeps connections."""

    def __init__(self, limit):
        self.limit = limit
        self.idle = []

    def acquire(self, timeout):
        """Waits for a free connection."""
        deadline = time.monotonic() + timeout
        while not self.idle:
            if time.monotonic() > deadline:
                raise TimeoutError("no connection is free")
        return self.idle.pop()
//- src/http/client.py
from pool.conn import Pool

def send(pool: Pool, request):
    conn = pool.acquire(timeout=3)
    return conn.write(request)
//- src/colours.py
def mix(a, b):
    return (a + b) / 2
//- tests/test_pool.py
def test_acquire_times_out():
    pass
"#;

#[test]
fn what_a_task_names_comes_first() {
    let repository = Repository::new(&Fixture::parse(POOL));
    let answer = repository.ask("Timeout in `Pool.acquire` after fork\n\nacquire never returns.", 1000);
    assert_eq!(answer.files[0].path.as_str(), "src/pool/conn.py");
    assert!(answer.files.iter().all(|f| !f.path.as_str().starts_with("tests/")), "{:?}", answer.files);
    let text = answer.text();
    insta::assert_snapshot!(text);
    assert!(answer.excerpts[0].text.contains("deadline = time.monotonic() + timeout"), "{answer:?}");
}

#[test]
fn a_stack_trace_leads_to_its_frames() {
    let repository = Repository::new(&Fixture::parse(POOL));
    let task = "It fails:\n\nTraceback (most recent call last):\n  File \"/app/src/http/client.py\", line 4, in send\n    \
                conn = pool.acquire(timeout=3)\nTimeoutError: no connection is free\n";
    let answer = repository.ask(task, 600);
    let client = answer.files.iter().find(|f| f.path.as_str() == "src/http/client.py").unwrap();
    assert!(client.why[0].starts_with("in the stack trace"), "{:?}", client.why);
    assert_eq!(answer.files[0].path.as_str(), "src/http/client.py");
}

#[test]
fn nothing_is_made_up_where_nothing_matches() {
    let repository = Repository::new(&Fixture::parse(POOL));
    let answer = repository.ask("quantum entanglement of penguins", 1000);
    assert!(answer.files.is_empty());
    assert_eq!(answer.confident, "none");
    assert!(answer.text().starts_with("# nothing here matches well"), "{}", answer.text());
}

#[test]
fn secrets_and_marks_are_not_shown() {
    let secret = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    let text = format!(
        "//- a.py\ndef connect():\n    token = '{secret}'\n    name = 'a\u{202e}b\u{7}'\n    key = '''\n-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----'''\n    return token\n"
    );
    let repository = Repository::new(&Fixture::parse(&text));
    let answer = repository.ask("connect with a token", 1000);
    let shown = answer.text() + &answer.excerpts.iter().map(|e| e.text.clone()).collect::<String>();
    assert!(shown.contains("def connect"));
    for hidden in [secret, "\u{202e}", "\u{7}", "MIIEow"] {
        assert!(!shown.contains(hidden), "{hidden:?} in {shown}");
    }
}

/// A task of words and names of the repository, and of things that are not in it.
fn random_task(rng: &mut Rng, repository: &Repository) -> String {
    let mut pieces: Vec<String> =
        vec!["nowhere".into(), "`x.y`".into(), "src/none.py:3".into(), "\n\n".into(), "```".into()];
    for (path, bytes) in &repository.texts {
        pieces.push(path.clone());
        let text = String::from_utf8_lossy(bytes);
        pieces.extend(text.split_whitespace().map(str::to_owned));
        pieces.push(format!("\n  File \"/x/{path}\", line {}, in f\n", 1 + rng.below(20)));
    }
    (0..1 + rng.below(60)).map(|_| rng.pick(&pieces).clone() + " ").collect()
}

/// `LODEMAP_RUNS=1000` makes 10,000 pairs.
#[test]
fn a_budget_is_never_exceeded_and_equal_states_answer_alike() {
    for seed in seeds(40) {
        let mut rng = Rng::new(seed);
        let mut fixture = random_repository(&mut rng);
        let repository = Repository::new(&fixture);
        rng.shuffle(&mut fixture.files);
        let twin = Repository::new(&fixture);
        for _ in 0..10 {
            let task = random_task(&mut rng, &repository);
            let tokens = if rng.one_in(2) { rng.below(200) } else { rng.below(4000) };
            let answer = repository.ask(&task, tokens);
            let counted = Tokenizer::O200k.count(&answer.text());
            assert!(counted <= tokens, "seed {seed}: {counted} of {tokens}");
            assert_eq!(counted, answer.tokens, "seed {seed}");
            let other = twin.ask(&task, tokens);
            assert_eq!(answer.text(), other.text(), "seed {seed}");
            assert_eq!(
                serde_json::to_string(&answer).unwrap(),
                serde_json::to_string(&other).unwrap(),
                "seed {seed}"
            );
            for excerpt in &answer.excerpts {
                let text = String::from_utf8_lossy(&repository.texts[excerpt.path.as_str()]).into_owned();
                let lines: Vec<&str> = text.lines().collect();
                let expected: Vec<&str> = lines[excerpt.start as usize - 1..excerpt.end as usize].to_vec();
                let found: Vec<&str> = excerpt.text.lines().collect();
                assert_eq!(found.len(), expected.len(), "seed {seed}: {excerpt:?}");
                for (found, expected) in found.iter().zip(&expected) {
                    let is_plain = expected.is_ascii() && !expected.contains(|c: char| c.is_control());
                    assert!(
                        !is_plain || *found == expected.trim_end(),
                        "seed {seed}: {found:?} {expected:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_line_of_a_frame_is_shown() {
    let filler: String = (0..60).map(|n| format!("    value_{n} = helper({n})\n")).collect();
    let text = format!(
        "//- src/deep.py\ndef outer(helper):\n{filler}    return value_3\n//- src/other.py\ndef outer(): ...\n"
    );
    let repository = Repository::new(&Fixture::parse(&text));
    let task = "It fails.\n\n    >>> outer(2)\n    ...\n    File \"C:\\x\\src\\deep.py\", line 40, in outer\n        value_38 = helper(38)\n    NameError: name 'cotm' is not defined\n";
    let answer = repository.ask(task, 300);
    assert!(answer.text().contains("   40      value_38 = helper(38)"), "{}", answer.text());
}

/// Eight files of equal weight, one of which the title names.
fn equals() -> Repository {
    let file = |name: &str| {
        format!("//- {name}/part.py\ndef {name}():\n    \"\"\"Common words of all files.\"\"\"\n")
    };
    let names = ["zeta", "alpha", "beta", "gamma", "delta", "epsilon", "eta", "theta"];
    Repository::new(&Fixture::parse(&names.map(file).concat()))
}

fn change(message: &str, paths: &[&str]) -> Change {
    let paths = paths.iter().map(|path| RelPath::parse(path).unwrap()).collect();
    Change { message: message.to_owned(), paths }
}

fn paths(answer: &ContextAnswer) -> Vec<&str> {
    answer.files.iter().map(|file| file.path.as_str()).collect()
}

#[test]
fn what_changed_with_the_first_file_comes_after_the_first_ones() {
    let repository = equals();
    let task = "zeta has common words";
    let without = repository.ask(task, 4000);
    let without = paths(&without);
    assert_eq!(without[0], "zeta/part.py");
    let last = without[7];
    let past = Past::new(&vec![change("tidy", &["zeta/part.py", last]); 4]);
    let with = repository.ask_knowing(Some(&past), task, 4000);
    assert_eq!(paths(&with)[..5], without[..5], "words decide about the first");
    assert_eq!(paths(&with)[5], last);
    assert_eq!(with.files[5].why.last().unwrap(), "changed with zeta/part.py in 4 of its 4 changes");
    let scores: Vec<f64> = with.files.iter().map(|file| file.score).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
}

#[test]
fn what_was_said_of_changes_speaks_for_files() {
    let repository = equals();
    let task = "common words overflow";
    let first = |past: Option<&Past>| repository.ask_knowing(past, task, 4000).files[0].clone();
    assert_ne!(first(None).path.as_str(), "theta/part.py");
    let past =
        Past::new(&[change("mend an overflow", &["theta/part.py"]), change("say hello", &["beta/part.py"])]);
    let best = first(Some(&past));
    assert_eq!(best.path.as_str(), "theta/part.py");
    assert!(best.why.contains(&"changed before in the words of the title".to_owned()), "{:?}", best.why);
    // Of a file that is gone, and of all files at once, nothing follows.
    let every = paths(&repository.ask(task, 4000)).iter().map(|path| path.to_string()).collect::<Vec<_>>();
    let every: Vec<&str> = every.iter().map(String::as_str).collect();
    for paths in [&["gone.py"][..], &every] {
        let past = Past::new(&[change("mend an overflow", paths)]);
        assert_eq!(first(Some(&past)).path, first(None).path);
    }
}

#[test]
fn a_past_of_nothing_changes_nothing() {
    for seed in seeds(20) {
        let mut rng = Rng::new(seed);
        let repository = Repository::new(&random_repository(&mut rng));
        let past = Past::new(&[change("", &[]), change("a\u{0}b", &["no/such/file"])]);
        let known = repository.ask_knowing(Some(&past), "value of the parser", 1000);
        assert_eq!(known.text(), repository.ask("value of the parser", 1000).text(), "seed {seed}");
    }
}

#[test]
fn what_was_seen_is_not_shown_again() {
    let before = Repository::new(&Fixture::parse(POOL));
    let after = POOL.replace("return self.idle.pop()", "return self.idle.pop(0)");
    let after = Repository::new(&Fixture::parse(&after));
    let task = "Pool.acquire in client.send waits for a free connection";
    let whole = after.ask(task, 4000);
    let shown = |answer: &ContextAnswer| -> Vec<String> {
        let mut paths: Vec<String> = answer.excerpts.iter().map(|e| e.path.to_string()).collect();
        paths.dedup();
        paths
    };
    assert_eq!(shown(&whole), ["src/http/client.py", "src/pool/conn.py"]);
    assert!(whole.unchanged.is_none());
    let news = after.ask_since(Some(Earlier(before.snapshot.clone())), None, task, 4000);
    assert_eq!(paths(&news), paths(&whole), "all are named");
    assert_eq!(shown(&news), ["src/pool/conn.py"]);
    assert_eq!(news.unchanged.as_ref().unwrap()[0].as_str(), "src/http/client.py");
    let text = news.text();
    assert!(text.contains("is not shown again") && text.contains("(unchanged)"), "{text}");
    assert!(text.contains("pop(0)") && !text.contains("conn.write"), "{text}");
    let nothing = before.ask_since(Some(Earlier(before.snapshot.clone())), None, task, 4000);
    assert!(nothing.excerpts.is_empty() && nothing.omitted.is_empty(), "{}", nothing.text());
}
