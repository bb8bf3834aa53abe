//! Paths in parameters lead nowhere but into the repository, whichever method has them and however it is asked.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lodemap_testkit::{HOSTILE, Rng, SECRET, Traps, hostile_paths, leaks, seeds};
use lodemap_wire::{Id, Incoming, Reply, Request};
use serde_json::{Value, json};

use crate::bed::{Bed, Repo, text};
use crate::http::Web;

/// Longer than any answer about such a path takes, in a build without optimisation and beside other tests.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sets traps in and beside a repository; gives the folder of the secret.
fn trap(repo: &Repo) -> PathBuf {
    let beside = |name: &str| repo.root.parent().unwrap().join(name);
    // One begins like the root, and one is a repository of its own.
    for folder in ["outside", "repo-twin"] {
        fs::create_dir_all(beside(folder).join(".git")).unwrap();
        let secret = format!("def {SECRET}():\n    return '{SECRET}'\n");
        fs::write(beside(folder).join("secret.py"), secret).unwrap();
    }
    let outside = beside("outside");
    symlink(outside.join("secret.py"), repo.root.join("link.py")).unwrap();
    symlink(&outside, repo.root.join("folder")).unwrap();
    symlink("../../outside/secret.py", repo.root.join("src/relative.py")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(repo.root.join("pipe.py")).status().unwrap().success());
    outside
}

/// Each method with the path in each parameter that takes one. A new method has to be added here.
fn calls(method: &str, path: &str) -> Vec<Value> {
    let mut calls = match method {
        "map" => vec![json!({"focus": [path], "mention": [path]})],
        "context" => vec![json!({"task": path}), json!({"task": "acquire", "focus": [path]})],
        "search" => vec![json!({"query": "zq_secret", "path": path}), json!({"query": path})],
        "symbols" => vec![json!({"path": path}), json!({"query": path})],
        "definition" => vec![json!({"subject": path, "code": true})],
        "outline" | "dependencies" => vec![json!({"path": path})],
        "references" | "callers" | "callees" => vec![json!({"subject": path})],
        "impact" => {
            let patch = format!("--- a/{path}\n+++ b/{path}\n@@ -1,2 +1,2 @@\n-a\n+b\n");
            vec![json!({"subjects": [path]}), json!({"patch": patch}), json!({"diff": path})]
        }
        "status" => vec![json!({"why": path})],
        "mark_dirty" => vec![json!({"paths": [path]}), json!({"paths": [path], "content": "x = 1\n"})],
        "export" => vec![json!({"what": path}), json!({"what": "facts"})],
        "languages" | "verify" => vec![],
        unknown => panic!("say how paths are given to `{unknown}`"),
    };
    for call in &mut calls {
        call["format"] = json!("both");
    }
    calls
}

/// What a socket answers. A fault of ours is no answer.
fn by_socket(stream: &mut std::os::unix::net::UnixStream, method: &str, params: &Value) -> String {
    use std::io::Write;
    let params = params.as_object().unwrap().clone();
    let message = Incoming { id: Some(Id::Number(1)), method: method.into(), params };
    stream.write_all(&lodemap_wire::frame(&message.to_bytes()).unwrap()).unwrap();
    let answer = lodemap_wire::read_frame(stream, 64 << 20).unwrap().expect("because it is answered");
    let problem = Reply::parse(&answer).unwrap().problem();
    assert!(problem.is_none_or(|p| p.kind != lodemap_wire::ProblemKind::Internal), "{}", shown(&answer));
    String::from_utf8(answer).unwrap()
}

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(&text[..text.len().min(400)]).into_owned()
}

fn inputs(repo: &Repo, outside: &Path, seed: u64) -> Vec<String> {
    let (root, outside) = (text(&repo.root), text(outside));
    let inputs = hostile_paths(&Traps { root: &root, outside: &outside }, &mut Rng::new(seed));
    assert!(inputs.len() >= HOSTILE);
    inputs
}

/// Every path by every method, as `ask` has it.
fn lead_out(repo: &Repo, outside: &Path, seed: u64, mut ask: impl FnMut(&str, &Value) -> String) {
    let (mut asked, root) = (0, text(&repo.root));
    for path in inputs(repo, outside, seed) {
        for method in Request::METHODS {
            for params in calls(method, &path) {
                let begun = Instant::now();
                let said = ask(method, &params);
                let short = shown(path.as_bytes());
                assert!(!leaks(&said), "seed {seed}, {method} with {short:?}: {}", shown(said.as_bytes()));
                // A mistake is told without where the repository lies.
                let is_error = said.contains("\"exit_code\":");
                let tells = is_error && said.contains(&root) && !path.contains(&root);
                assert!(!tells, "seed {seed}, {method} with {short:?}: {}", shown(said.as_bytes()));
                assert!(
                    begun.elapsed() < PATIENCE,
                    "seed {seed}, {method} with {short:?}: {:?}",
                    begun.elapsed()
                );
                asked += 1;
            }
        }
    }
    println!("seed {seed}: {asked} questions");
}

#[test]
fn no_path_leads_out_of_the_socket() {
    for seed in seeds(1) {
        let bed = Bed::new();
        let repo = bed.pool();
        let outside = trap(&repo);
        let mut stream = bed.raw();
        lead_out(&repo, &outside, seed, |method, params| {
            let mut params = params.clone();
            params["root"] = json!(repo.root);
            by_socket(&mut stream, method, &params)
        });
        assert!(
            by_socket(&mut stream, "outline", &json!({"root": repo.root, "path": "src/pool.py"}))
                .contains("Conn")
        );
    }
}

#[test]
fn no_path_leads_out_of_http() {
    for seed in seeds(1) {
        let web = Web::new();
        let outside = trap(&web.repo);
        lead_out(&web.repo, &outside, seed, |method, params| {
            let reply = web.post(method, params);
            assert!(
                (200..500).contains(&reply.status),
                "{method}: {} {}",
                reply.head,
                shown(reply.body.as_bytes())
            );
            reply.body
        });
        // In an address too, and as the root or the folder somebody is in.
        for path in inputs(&web.repo, &outside, seed) {
            let path: String = path.bytes().take(20_000).map(|b| format!("%{b:02x}")).collect();
            for address in [format!("/v1/{path}"), format!("/{path}"), format!("/v1/outline?path={path}")] {
                let reply = web.with("POST", &address, &[], "{}");
                assert!(matches!(reply.status, 400..500), "{} {}", reply.head, shown(reply.body.as_bytes()));
                assert!(!leaks(&reply.body), "seed {seed}: {}", shown(reply.body.as_bytes()));
            }
        }
        for path in inputs(&web.repo, &outside, seed) {
            let reply = web.post("symbols", &json!({"root": path}));
            assert!(
                (200..500).contains(&reply.status) && !leaks(&reply.body),
                "{}",
                shown(reply.body.as_bytes())
            );
            let reply = web.post("outline", &json!({"cwd": path, "path": "secret.py"}));
            assert!(
                (200..500).contains(&reply.status) && !leaks(&reply.body),
                "{}",
                shown(reply.body.as_bytes())
            );
        }
        assert!(web.post("outline", &json!({"path": "src/pool.py"})).body.contains("Conn"));
    }
}

#[test]
fn a_folder_somebody_is_in_is_no_way_out() {
    let bed = Bed::new();
    let repo = bed.pool();
    let outside = trap(&repo);
    let mut stream = bed.raw();
    for cwd in inputs(&repo, &outside, 0).into_iter().chain([text(&outside)]) {
        for path in ["secret.py", "../outside/secret.py", "."] {
            for (method, name) in [("outline", "path"), ("definition", "subject"), ("status", "why")] {
                let said =
                    by_socket(&mut stream, method, &json!({"root": repo.root, "cwd": cwd, name: path}));
                assert!(!leaks(&said), "{cwd:?} {method} {path}: {}", shown(said.as_bytes()));
            }
        }
    }
}

#[test]
fn roots_that_are_refused() {
    let bed = Bed::new();
    let repo = bed.pool();
    let mut stream = bed.raw();
    let (home, link) = (std::env::var("HOME").unwrap(), text(&repo.root.join("link")));
    let nested = text(&repo.root.join("etc"));
    symlink("/", &link).unwrap();
    symlink("/etc", &nested).unwrap();
    let dotted = format!("{}/../../../../../../../../etc", repo.root.display());
    for root in [
        "/", "//", "/.", "/etc", "/etc/", "/usr", "/var", "/proc", "/dev", "/sys", "/tmp", &home, &link,
        &nested, &dotted,
    ] {
        for method in ["symbols", "map", "verify", "subscribe"] {
            let said = by_socket(&mut stream, method, &json!({"root": root}));
            assert!(
                said.contains("\"error\"") && !leaks(&said),
                "{method} of {root}: {}",
                shown(said.as_bytes())
            );
        }
    }
    for root in ["", ".", "..", "repo", "~", "\0", "/nowhere\0", "file:///", "/dev/zero", "/proc/self/root/"]
    {
        let said = by_socket(&mut stream, "symbols", &json!({"root": root}));
        assert!(said.contains("\"error\"") && !leaks(&said), "{root:?}: {}", shown(said.as_bytes()));
    }
    bed.until("none of them is open", |status| status["repositories"].as_array().unwrap().is_empty());
}
