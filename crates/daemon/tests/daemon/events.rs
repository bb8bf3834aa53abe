//! Whoever wants to know of new states is told, or told how many were left out.

use lodemap_daemon::{Client, Limits};
use serde_json::{Value, json};

use crate::bed::{Bed, LONG, Repo};

fn subscribe(client: &mut Client, repo: &Repo) {
    let params = json!({"root": repo.root}).as_object().unwrap().clone();
    let said = client.call("subscribe", params).unwrap();
    assert!(said.get().contains("\"subscribed\":true"), "{said}");
}

fn event(client: &mut Client) -> Value {
    let reply = client.read().unwrap();
    assert_eq!(reply.method.as_deref(), Some("event"), "{reply:?}");
    serde_json::from_str(reply.params.unwrap().get()).unwrap()
}

#[test]
fn a_change_is_told() {
    let bed = Bed::new();
    let repo = bed.pool();
    let mut client = bed.client();
    client.set_patience(Some(LONG)).unwrap();
    subscribe(&mut client, &repo);
    subscribe(&mut client, &repo);
    repo.write("src/new.py", "def new(): pass\n");
    let told = event(&mut client);
    assert_eq!((&told["event"], &told["schema"]), (&json!("update"), &json!(1)), "{told}");
    assert_eq!((&told["added"], &told["root"]), (&json!(["src/new.py"]), &json!(repo.root)), "{told}");
    assert!(told["generation"].as_u64().unwrap() > 0 && told["micros"]["total"].is_u64(), "{told}");
    let params = json!({"root": repo.root}).as_object().unwrap().clone();
    let said = client.call("unsubscribe", params).unwrap();
    assert!(said.get().contains("\"was\":true"), "{said}");
    assert_eq!(bed.status()["repositories"][0]["subscribers"], 0);
    // One that leaves is told no more.
    subscribe(&mut client, &repo);
    drop(client);
    bed.until("nobody listens", |status| status["repositories"][0]["subscribers"] == 0);
}

#[test]
fn who_reads_slowly_is_told_how_much_was_left_out() {
    let limits = Limits { events: 1, ..Limits::default() };
    let bed = Bed::limited(limits);
    let repo = bed.pool();
    let (mut slow, mut quick) = (bed.client(), bed.client());
    slow.set_patience(Some(LONG)).unwrap();
    subscribe(&mut slow, &repo);
    // Paths of such length fill what the system holds for a reader, so that events wait.
    let folder = format!("{}/{}", "d".repeat(200), "e".repeat(200));
    let mut states = 0;
    for n in 0..60 {
        for file in 0..40 {
            repo.write(
                &format!("{folder}/{}_{file}.py", "f".repeat(150)),
                &format!("def f_{n}_{file}(): pass\n"),
            );
        }
        let response = repo.ask(&mut quick, "symbols", json!({"query": format!("f_{n}_39")})).unwrap();
        assert!(response.found && !response.stale, "others are answered as ever: {response:?}");
        states = response.generation.max(states + 1);
    }
    let (mut told, mut lagged) = (0, 0);
    // The last state is told, or that it was left out.
    repo.write("last.py", "def last(): pass\n");
    repo.ask(&mut quick, "symbols", json!({"query": "last"})).unwrap();
    loop {
        let event = event(&mut slow);
        lagged += event["lagged"].as_u64().unwrap_or(0);
        if event["event"] == "lagged" {
            // Once all that was left out is known, a last one is told.
            repo.write("last.py", &format!("def last_{told}_{lagged}(): pass\n"));
            continue;
        }
        told += 1;
        let added =
            [&event["added"], &event["changed"]].map(|list| list.as_array().unwrap().clone()).concat();
        if added.contains(&json!("last.py")) {
            break;
        }
    }
    println!("{told} told, {lagged} left out");
    assert!(lagged > 0, "{told} told, and none was left out");
}
