//! Many repositories: opened on demand, the least recently used closed first.

use lodemap_daemon::ServeOptions;
use lodemap_wire::ProblemKind;
use serde_json::{Value, json};

use crate::bed::{Bed, Repo};

fn roots(status: &Value) -> Vec<String> {
    let rows = status["repositories"].as_array().unwrap().iter();
    rows.map(|row| row["root"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect()
}

fn repositories(bed: &Bed, n: usize) -> Vec<Repo> {
    let one = |n: usize| {
        let text = format!("def only_in_{n}(): pass\n");
        bed.repository(&format!("repo{n}"), &[("a.py", &text)])
    };
    (0..n).map(one).collect()
}

#[test]
fn those_that_nobody_uses_are_closed() {
    let bed = Bed::with(ServeOptions { repositories: 2, ..ServeOptions::default() });
    let repos = repositories(&bed, 4);
    let mut client = bed.client();
    for round in 0..3 {
        for (n, repo) in repos.iter().enumerate() {
            let found = repo.json(&mut client, "symbols", json!({"query": "only_in"}));
            assert_eq!(found["symbols"][0]["name"], format!("only_in_{n}"), "round {round}");
        }
    }
    bed.until("two are open", |status| roots(status) == ["repo2", "repo3"]);
    // Those that somebody wants to be told of stay.
    for repo in &repos[..2] {
        client.call("subscribe", json!({"root": repo.root}).as_object().unwrap().clone()).unwrap();
    }
    bed.until("these two are open", |status| roots(status) == ["repo0", "repo1"]);
    let problem = repos[2].ask(&mut client, "map", json!({})).unwrap_err();
    assert!(problem.kind == ProblemKind::Busy && problem.message.contains("--repositories"), "{problem}");
}

#[test]
fn a_repository_is_opened_once_however_many_ask() {
    let bed = Bed::with(ServeOptions { repositories: 1, ..ServeOptions::default() });
    let repos = repositories(&bed, 3);
    std::thread::scope(|scope| {
        for client in 0..12 {
            let (bed, repos) = (&bed, &repos);
            scope.spawn(move || {
                let mut client_of = bed.client();
                for round in 0..6 {
                    let n = (client + round) % 3;
                    // All may be in use at a moment; then it is asked again.
                    let found = loop {
                        match repos[n].ask(&mut client_of, "symbols", json!({"query": "only_in"})) {
                            Ok(found) => break found,
                            Err(problem) => assert_eq!(problem.kind, ProblemKind::Busy, "{problem}"),
                        }
                        std::thread::yield_now();
                    };
                    assert!(found.json.unwrap().get().contains(&format!("only_in_{n}")));
                }
            });
        }
    });
    bed.until("one is left", |status| roots(status).len() == 1 && status["waiting"] == 0);
}
