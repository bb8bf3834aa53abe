//! Whoever wrote a file finds it in the next answer, or is told that it may not be in.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::bed::{Bed, times};

#[test]
fn whoever_wrote_finds_it() {
    let bed = Bed::new();
    let repo = bed.pool();
    let mut client = bed.client();
    for n in 0..200 * times() {
        let name = format!("written_{n}");
        repo.write("src/new.py", &format!("def {name}(): pass\n"));
        let response = repo.ask(&mut client, "symbols", json!({"query": name})).unwrap();
        let is_there = response.json.as_ref().unwrap().get().contains(&name);
        assert!(is_there || response.stale && response.pending > 0, "{n}: {response:?}");
    }
    // In quiet it is there.
    assert!(repo.ask(&mut client, "symbols", json!({"query": "written_"})).unwrap().found);
}

#[test]
fn each_answer_is_of_one_generation() {
    const CLIENTS: usize = 32;
    let bed = Bed::new();
    let repo = bed.repository(
        "repo",
        &[
            ("pair.py", "def left_0(): pass\n\n\ndef right_0(): left_0()\n"),
            ("user.py", "from pair import *\n\n\ndef use(): pass\n"),
        ],
    );
    let over = AtomicBool::new(false);
    let seen: Mutex<BTreeMap<(u64, usize), String>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut client = bed.client();
                let mut last = 0;
                for round in 0.. {
                    if over.load(Ordering::Relaxed) && round >= 3 {
                        return;
                    }
                    let (which, params) = match round % 2 {
                        0 => ("symbols", json!({"path": "pair.py"})),
                        _ => ("outline", json!({"path": "pair.py"})),
                    };
                    let response = repo.ask(&mut client, which, params).unwrap();
                    let json = response.json.unwrap().get().to_owned();
                    let number = |side: &str| {
                        let at = json.find(side).unwrap_or_else(|| panic!("no {side}: {json}")) + side.len();
                        json[at..].bytes().take_while(u8::is_ascii_digit).map(char::from).collect::<String>()
                    };
                    assert_eq!(number("left_"), number("right_"), "{json}");
                    let number: u64 = number("left_").parse().unwrap();
                    assert!(number >= last, "back from {last} to {number}");
                    last = number;
                    if response.stale {
                        continue;
                    }
                    let mut seen = seen.lock().unwrap();
                    let known = seen.entry((number, round % 2)).or_insert_with(|| json.clone());
                    assert_eq!(*known, json, "two answers of one state");
                }
            });
        }
        for n in 1..=40 * times() {
            repo.replace("pair.py", &format!("def left_{n}(): pass\n\n\ndef right_{n}(): left_{n}()\n"));
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        over.store(true, Ordering::Relaxed);
    });
    assert_eq!(bed.status()["running"], 0);
    // What was kept by small steps is what a fresh start gives.
    let mut client = bed.client();
    assert_eq!(repo.json(&mut client, "verify", json!({}))["equal"], true);
}
