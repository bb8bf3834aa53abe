//! Whoever wrote a file finds it in the next answer, or is told that it may not be in.

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
