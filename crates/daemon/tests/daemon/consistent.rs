//! While somebody writes, each answer is of one state, and of one that is not older than what was written before it was
//! asked for, unless it says so.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use lodemap_daemon::{Client, ServeOptions};
use lodemap_host::OpenOptions;
use serde_json::{Map, Value, json};

use crate::bed::{Bed, times};
use crate::http::Web;

const CLIENTS: usize = 32;

/// A file in which all facts are written together.
fn pair(n: u64) -> String {
    format!(
        "class Pair:\n    left = {n}; right = {n}\n\n    def both(self):\n        return 'left = {n} right = {n}'\n\n\n\
         def left_{n}(): pass\n\n\ndef right_{n}(): left_{n}()\n"
    )
}

/// The numbers behind a word.
fn numbers(answer: &str, word: &str) -> Vec<u64> {
    let behind = answer.match_indices(word).map(|(at, _)| &answer[at + word.len()..]);
    let digits =
        behind.map(|rest| rest.bytes().take_while(u8::is_ascii_digit).map(char::from).collect::<String>());
    digits.filter_map(|digits| digits.parse().ok()).collect()
}

/// A question about the pair, and the two words that its answer holds with the same number.
fn question(round: usize) -> (&'static str, Value, [&'static str; 2]) {
    let names = ["left_", "right_"];
    match round % 5 {
        0 => ("symbols", json!({"path": "pair.py"}), names),
        1 => ("outline", json!({"path": "pair.py", "format": "both"}), names),
        2 => ("definition", json!({"subject": "pair.py#Pair", "code": true}), ["left = ", "right = "]),
        3 => ("map", json!({"focus": ["pair.py"], "format": "text"}), names),
        _ => (
            "search",
            json!({"query": "/(left|right) = [0-9]+/", "path": "pair.py"}),
            ["left = ", "right = "],
        ),
    }
}

/// One who asks, by whichever way.
enum Asker<'a> {
    Socket(Client),
    Http(&'a Web),
}

impl Asker<'_> {
    fn ask(&mut self, web: &Web, method: &str, params: &Value) -> String {
        match self {
            Self::Socket(client) => {
                let mut params: Map<String, Value> = params.as_object().unwrap().clone();
                params.insert("root".into(), json!(web.repo.root));
                let answer = client.call(method, params);
                answer.unwrap_or_else(|problem| panic!("{method}: {problem}")).get().to_owned()
            }
            Self::Http(web) => {
                let reply = web.post(method, params);
                assert_eq!(reply.status, 200, "{method}: {}", reply.body);
                reply.body
            }
        }
    }
}

/// What all clients share.
#[derive(Default)]
struct Seen {
    /// Answers by surface, generation and question: two of one state are the same.
    answers: Mutex<BTreeMap<(bool, u64, usize), String>>,
    /// The last number that was written.
    written: AtomicU64,
    over: AtomicBool,
    asked: AtomicUsize,
    flagged: AtomicUsize,
    /// Answers of a file that had changed again before its text was read.
    bare: AtomicUsize,
}

fn client(number: usize, web: &Web, seen: &Seen) {
    let is_socket = number.is_multiple_of(2);
    let mut asker = if is_socket { Asker::Socket(web.bed.client()) } else { Asker::Http(web) };
    let mut last = 0;
    for round in number.. {
        if seen.over.load(Ordering::Relaxed) && round >= number + 5 {
            return;
        }
        let (method, mut params, words) = question(round);
        // Some do not wait, and may be told that they did not.
        params["wait_ms"] = json!(if round % 7 == 0 { 0 } else { 60_000 });
        let written = seen.written.load(Ordering::SeqCst);
        let answer = asker.ask(web, method, &params);
        let [left, right] = words.map(|word| numbers(&answer, word));
        seen.asked.fetch_add(1, Ordering::Relaxed);
        let value: Value = serde_json::from_str(&answer).unwrap();
        let is_stale = value["stale"] == true;
        if is_stale {
            seen.flagged.fetch_add(1, Ordering::Relaxed);
            assert!(value["pending"].as_u64() > Some(0), "{answer}");
        }
        let (Some(n), false) = (left.first().copied(), right.is_empty()) else {
            assert!(words[0].ends_with("= ") && left == right, "{method}: a half: {answer}");
            // Texts are shown only as they were when they were indexed, and it is said where they are not.
            assert!(
                is_stale || answer.contains("changed meanwhile"),
                "{method}: nothing, and no word of it: {answer}"
            );
            seen.bare.fetch_add(1, Ordering::Relaxed);
            continue;
        };
        assert!(left.iter().chain(&right).all(|m| *m == n), "{method}: two states in one answer: {answer}");
        assert!(n >= last, "{method}: back from {last} to {n}");
        last = n;
        assert!(
            n >= written || is_stale,
            "{method}: {written} was written, {n} is shown, and no word of it: {answer}"
        );
        if !is_stale {
            let generation = value["generation"].as_u64().unwrap();
            assert_ne!(generation, 0, "{answer}");
            let mut answers = seen.answers.lock().unwrap();
            let known = answers.entry((is_socket, generation, round % 5)).or_insert_with(|| answer.clone());
            assert_eq!(*known, answer, "two answers of one state");
        }
    }
}

#[test]
fn each_answer_is_of_one_state_and_not_of_an_old_one() {
    // States have numbers where they are kept.
    let cache = tempfile::tempdir().unwrap();
    let open = OpenOptions { cache: Some(cache.path().to_owned()), ..OpenOptions::default() };
    let options = ServeOptions { open, ..ServeOptions::default() };
    let bed = Bed::with(options.clone());
    let user = "from pair import *\n\n\ndef use(): pass\n";
    let repo = bed.repository("repo", &[("pair.py", &pair(0)), ("user.py", user)]);
    let web = Web::of(bed, repo, options);
    let seen = Seen::default();
    std::thread::scope(|scope| {
        let (web, seen) = (&web, &seen);
        for number in 0..CLIENTS {
            scope.spawn(move || client(number, web, seen));
        }
        for n in 1..=60 * times() as u64 {
            web.repo.replace("pair.py", &pair(n));
            seen.written.store(n, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(5));
        }
        seen.over.store(true, Ordering::Relaxed);
    });
    let count = |of: &AtomicUsize| of.load(Ordering::Relaxed);
    let states = seen.answers.lock().unwrap().len();
    println!(
        "{} writes, {} answers, {} flagged, {} without code, {states} states and questions",
        seen.written.load(Ordering::Relaxed),
        count(&seen.asked),
        count(&seen.flagged),
        count(&seen.bare)
    );
    web.bed.until("all are answered", |status| status["running"] == 0 && status["clients"] == 1);
    // What was kept by small steps is what a fresh start gives.
    let mut client = web.bed.client();
    assert_eq!(web.repo.json(&mut client, "verify", json!({}))["equal"], true);
    let verified: Value = serde_json::from_str(&web.post("verify", &json!({})).body).unwrap();
    assert_eq!(verified["equal"], true);
}
