//! The client of the documentation, run as it stands there.

use std::process::{Command, Stdio};

use crate::bed::Bed;

#[test]
fn the_client_of_the_documentation() {
    let page = include_str!("../../../../docs/daemon.md");
    let (_, rest) = page.split_once("```python\n").expect("because the page has a client");
    let (script, _) = rest.split_once("```").unwrap();
    assert!(script.lines().count() <= 40, "it is meant to be short");
    let bed = Bed::new();
    let repo = bed.pool();
    let python = Command::new("python3")
        .args(["-c", script, repo.root.to_str().unwrap()])
        .env("XDG_RUNTIME_DIR", "/nowhere")
        .env("LODEMAP_SOCKET", bed.place.socket())
        .stdin(Stdio::null())
        .output();
    let output = match python {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return,
        output => output.unwrap(),
    };
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    assert!(out.contains("src/pool.py") && out.contains("class Pool"), "{out}{err}");
}
