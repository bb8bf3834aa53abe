//! Whoever wants to know of new states is told, or told how many were left out.

use lodemap_daemon::{Client, Limits};
use lodemap_wire::{Id, Incoming};
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

/// Subscribes behind an event; gives the events that were missed, and the id of what happened last.
fn resume(client: &mut Client, repo: &Repo, after: &Value) -> (Vec<Value>, Value) {
    let params = json!({"root": repo.root, "after": after}).as_object().unwrap().clone();
    client.send(&Incoming { id: Some(Id::Text("s".into())), method: "subscribe".into(), params }).unwrap();
    let mut missed = vec![];
    loop {
        let reply = client.read().unwrap();
        match (reply.params, reply.result) {
            (Some(told), None) => missed.push(serde_json::from_str(told.get()).unwrap()),
            (None, Some(said)) => {
                let said: Value = serde_json::from_str(said.get()).unwrap();
                return (missed, said["id"].clone());
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_subscription_goes_on_where_it_was() {
    let bed = Bed::new();
    let repo = bed.pool();
    let mut client = bed.client();
    client.set_patience(Some(LONG)).unwrap();
    let params = json!({"root": repo.root}).as_object().unwrap().clone();
    let said: Value = serde_json::from_str(client.call("subscribe", params).unwrap().get()).unwrap();
    repo.write("src/first.py", "def first(): pass\n");
    let first = event(&mut client);
    assert_ne!(first["id"], said["id"]);
    // While nobody listens two more states come, each of its own.
    drop(client);
    let mut asker = bed.client();
    for name in ["second", "third"] {
        repo.write(&format!("src/{name}.py"), &format!("def {name}(): pass\n"));
        assert!(repo.ask(&mut asker, "symbols", json!({"query": name})).unwrap().found);
    }
    let added = |events: &[Value]| -> Vec<String> {
        let paths = events.iter().flat_map(|told| told["added"].as_array().unwrap().clone());
        paths.map(|path| path.as_str().unwrap().to_owned()).collect()
    };
    let mut client = bed.client();
    client.set_patience(Some(LONG)).unwrap();
    let (mut missed, last) = resume(&mut client, &repo, &first["id"]);
    assert!(missed.last().unwrap_or(&first)["id"] == last, "{missed:?} {last}");
    // The last states may be told a moment after they are answered from; then they come as any other.
    while added(&missed).len() < 2 {
        missed.push(event(&mut client));
    }
    assert_eq!(added(&missed), ["src/second.py", "src/third.py"], "{missed:?}");
    repo.write("src/fourth.py", "def fourth(): pass\n");
    assert_eq!(added(&[event(&mut client)]), ["src/fourth.py"]);
    // From the beginning, by the id of the first answer.
    let mut whole = bed.client();
    let (all, now) = resume(&mut whole, &repo, &said["id"]);
    assert_eq!(added(&all), ["src/first.py", "src/second.py", "src/third.py", "src/fourth.py"]);
    assert_eq!(resume(&mut bed.client(), &repo, &now).0, Vec::<Value>::new());
    // What is not known any more is told to be a gap.
    for unknown in [json!("0123456789abcdef-1"), json!("x"), json!(7), json!(null)] {
        let (missed, last) = resume(&mut bed.client(), &repo, &unknown);
        assert_eq!(missed.len(), 1, "{missed:?}");
        assert_eq!((&missed[0]["event"], &missed[0]["id"], &last), (&json!("reset"), &now, &now));
    }
    let wrong = json!({"root": repo.root, "before": 1}).as_object().unwrap().clone();
    let problem = bed.client().call("subscribe", wrong).unwrap_err();
    assert!(problem.message.contains("it takes root and after"), "{problem}");
}
