//! What nobody waits for any more is left off, whichever way that comes about.

use std::io::Write;

use lodemap_daemon::{Hello, Limits, Patience, Said, Session, Via};
use lodemap_wire::{Id, Incoming, ProblemKind, Request, Terms, frame};
use serde_json::{Value, json};

use crate::bed::{Bed, Dice, LONG, Repo};

/// A question over many texts that takes a second and more, unless it is left off.
fn slow(repo: &Repo, id: i64, more: &Value) -> Incoming {
    let query = r"/e[^@]{90}[^a-z\s#_:()0-9]/";
    let mut params = json!({"root": repo.root, "query": query}).as_object().unwrap().clone();
    params.extend(more.as_object().unwrap().clone());
    Incoming { id: Some(Id::Number(id)), method: "search".into(), params }
}

fn large(bed: &Bed) -> Repo {
    // Nothing in it repeats, or the expression would have an easy life.
    let mut dice = Dice::new();
    let mut line = || -> String { (0..60).map(|_| if dice.below(2) == 0 { 'e' } else { 'x' }).collect() };
    let mut text = |n: usize| {
        let lines: String = (0..240).map(|_| format!("# {}\n", line())).collect();
        format!("def part{n}():\n    pass\n\n\n{lines}")
    };
    let files: Vec<(String, String)> = (0..300).map(|n| (format!("pkg/part{n}.py"), text(n))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    bed.repository("large", &files)
}

/// Has the question asked until it was begun, and then whatever `leave` does; it must be left off. On a machine that
/// is busy otherwise it may come too late, so that there are several attempts.
fn is_left_off(how: &str, leave: impl Fn(&Bed, &Repo, usize)) {
    let bed = Bed::limited(Limits { workers: 2, ..Limits::default() });
    let repo = large(&bed);
    let mut client = bed.client();
    let before = repo.json(&mut client, "search", json!({"query": "part7", "limit": 3}));
    let stopped = || bed.status()["stopped"].as_u64().unwrap();
    for attempt in 0..5 {
        leave(&bed, &repo, attempt);
        bed.until("nothing runs", |status| status["running"] == 0 && status["waiting"] == 0);
        if stopped() > 0 {
            let after = repo.json(&mut client, "search", json!({"query": "part7", "limit": 3}));
            assert_eq!(after, before, "{how}: the answer afterwards");
            return;
        }
    }
    panic!("{how}: it was answered to its end");
}

#[test]
fn by_taking_it_back() {
    is_left_off("taken back", |bed, repo, _| {
        let mut client = bed.client();
        client.send(&slow(repo, 1, &json!({}))).unwrap();
        bed.until("it is worked at", |status| status["running"] == 1);
        let params = json!({"id": 1}).as_object().unwrap().clone();
        client.send(&Incoming { id: None, method: "$/cancel".into(), params }).unwrap();
        let problem = client.read().unwrap().problem();
        assert!(problem.is_none_or(|problem| problem.kind == ProblemKind::Cancelled));
    });
}

#[test]
fn by_leaving() {
    is_left_off("left", |bed, repo, _| {
        let mut stream = bed.raw();
        stream.write_all(&frame(&slow(repo, 1, &json!({})).to_bytes()).unwrap()).unwrap();
        bed.until("it is worked at", |status| status["running"] == 1);
    });
}

#[test]
fn by_a_deadline() {
    is_left_off("late", |bed, repo, attempt| {
        let mut client = bed.client();
        let deadline = 100 << attempt;
        client.send(&slow(repo, 1, &json!({"deadline_ms": deadline}))).unwrap();
        let problem = client.read().unwrap().problem();
        assert!(problem.is_none_or(|problem| problem.kind == ProblemKind::Late));
    });
}

#[test]
fn by_an_agent_that_takes_it_back() {
    is_left_off("a session", |bed, repo, _| {
        let hello = Hello::of_this_program(None, 0);
        let via = Via { place: bed.place.clone(), hello, root: repo.root.clone(), start: None };
        let session = Session::start(via, || panic!("the daemon is there"));
        let params =
            slow(repo, 1, &json!({})).params.into_iter().filter(|(name, _)| name != "root").collect();
        let requests = [Request::parse("search", params).unwrap()];
        let patience = Patience::new();
        std::thread::scope(|scope| {
            let asker = scope.spawn(|| session.ask(&requests, &Terms::default(), &patience, LONG));
            bed.until("it is worked at", |status| status["running"] == 1);
            patience.end();
            match asker.join().unwrap() {
                Said::Answered(Err(problem)) => assert_eq!(problem.kind, ProblemKind::Cancelled),
                // It came too late.
                Said::Answered(Ok(_)) => {}
                Said::NotYet(stage) => panic!("{stage:?}"),
                Said::Never(problem) => panic!("{problem}"),
            }
        });
        assert!(session.is_linked());
        session.close(LONG);
    });
}
