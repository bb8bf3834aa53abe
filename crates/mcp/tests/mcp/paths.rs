//! Paths in arguments lead nowhere but into the repository, however they are written.

use std::os::unix::fs::symlink;

use crate::bed::{Bed, POOL};
use lodemap_testkit::{HOSTILE, Rng, SECRET, Traps, hostile_paths, leaks, seeds};
use serde_json::{Value, json};

fn trapped() -> Bed {
    let bed = Bed::unopened(POOL);
    let outside = bed.beside("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("secret.py"), format!("def {SECRET}():\n    return '{SECRET}'\n")).unwrap();
    // Begins like the root.
    let twin = bed.beside("repo-twin");
    std::fs::create_dir(&twin).unwrap();
    std::fs::write(twin.join("secret.py"), format!("def {SECRET}():\n    return '{SECRET}'\n")).unwrap();
    symlink(outside.join("secret.py"), bed.root().join("link.py")).unwrap();
    symlink(&outside, bed.root().join("folder")).unwrap();
    symlink("../outside/secret.py", bed.root().join("src/relative.py")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(bed.root().join("pipe.py")).status().unwrap().success());
    bed.open()
}

/// A call with a path, a name or a place in each parameter that takes one.
fn calls(path: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("repo_map", json!({"focus": [path], "mention": [path], "tokens": 300})),
        ("select_context", json!({"task": "acquire a connection", "focus": [path], "tokens": 300})),
        ("search_code", json!({"query": "secret acquire", "path": path, "tokens": 300})),
        ("search_code", json!({"query": "acquire", "in": "names", "path": path, "tokens": 300})),
        ("get_symbol", json!({"subject": path, "tokens": 300})),
        ("get_symbol", json!({"path": path, "tokens": 300})),
        ("find_references", json!({"subject": path, "tokens": 300})),
        ("find_references", json!({"subject": path, "direction": "callers", "tokens": 300})),
        ("impact", json!({"subjects": [path], "tokens": 300})),
        ("impact", json!({"subjects": [path], "direction": "dependencies", "tokens": 300})),
        ("index_status", json!({"why": path, "tokens": 600})),
    ]
}

#[test]
fn no_path_leads_out() {
    for seed in seeds(1) {
        println!("seed {seed}");
        let bed = trapped();
        let (root, outside) = (bed.root(), bed.beside("outside"));
        let traps = Traps { root: root.to_str().unwrap(), outside: outside.to_str().unwrap() };
        let inputs = hostile_paths(&traps, &mut Rng::new(seed));
        assert!(inputs.len() >= HOSTILE);
        for path in &inputs {
            for (tool, arguments) in calls(path) {
                let reply = bed.call(tool, arguments);
                let shown: String = path.chars().take(200).collect();
                assert!(!leaks(&reply.text), "seed {seed}, {tool} with {shown:?}: {}", reply.text);
                assert!(!reply.text.contains("by a fault of the server"), "{tool} with {shown:?}");
            }
        }
        // It still works.
        assert!(bed.ask("get_symbol", json!({"subject": "Pool.acquire"})).contains("return Conn()"));
    }
}
