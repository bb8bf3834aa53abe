//! The conversation in `docs/mcp.md` is one that took place.

use crate::mcp::Server;
use crate::repo::Repo;
use serde_json::{Value, json};
use std::path::Path;

const START: &str = "<!-- transcript:start -->\n";
const END: &str = "<!-- transcript:end -->";

/// What an agent says and hears.
struct Transcript {
    server: Server,
    text: String,
}

impl Transcript {
    fn note(&mut self, text: &str) {
        self.text.push_str(&format!("\n{text}\n\n"));
    }

    fn call(&mut self, tool: &str, arguments: &Value) -> String {
        let said = self.server.ask(tool, arguments);
        // Another one each time, so that no file can know it.
        let mark = said.split("`end ").nth(1).and_then(|rest| rest.split('`').next()).unwrap();
        let shown = said.replace(mark, "b7d1f5c29a3e6048");
        self.text.push_str(&format!("```text\n→ {tool} {arguments}\n{shown}```\n"));
        said
    }
}

/// `LODEMAP_UPDATE_DOCS=1` writes the page anew.
#[test]
fn the_transcript_of_the_documents_is_real() {
    let repo = Repo::pool();
    let mut t = Transcript { server: Server::initialized(&repo, &[]), text: String::new() };
    t.note("The agent looks around.");
    t.call("repo_map", &json!({"tokens": 1000}));
    t.note("It has a task, and asks what to read for it.");
    t.call("select_context", &json!({"task": "Pool.acquire should say how long it waited"}));
    t.note("It wants to know who would notice.");
    t.call("impact", &json!({"subjects": ["Pool.acquire"]}));
    t.note("It edits `src/pool.py`, and asks again at once: the answer is of the file as it is now.");
    let edited = "class Pool:\n    \"\"\"Lends connections.\"\"\"\n\n    def __init__(self, size: int) -> None:\n        \
                  self.size = size\n        self.waited = 0.0\n\n    def acquire(self, timeout: float = 1.0) -> \"Conn\":\n        \
                  self.waited += timeout\n        return Conn()\n\n\nclass Conn:\n    pass\n";
    // All at once, so that no state in between gets a number.
    std::fs::write(repo.home().join("pool.py"), edited).unwrap();
    std::fs::rename(repo.home().join("pool.py"), repo.root().join("src/pool.py")).unwrap();
    let fresh = t.call("get_symbol", &json!({"subject": "Pool"}));
    assert!(fresh.contains("self.waited += timeout"), "{fresh}");
    t.note("It makes a mistake, and is told what to do.");
    let (message, is_error) = t.server.call("get_symbol", &json!({"subject": "Pool.aquire"}));
    assert!(is_error);
    t.text.push_str(&format!(
        "```text\n→ get_symbol {{\"subject\":\"Pool.aquire\"}}\n{message}  (isError)\n```\n\n"
    ));
    let text = t.text.clone();
    t.server.end();

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/mcp.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let start = page.find(START).unwrap() + START.len();
    let end = page.find(END).unwrap();
    if std::env::var_os("LODEMAP_UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{}{text}{}", &page[..start], &page[end..])).unwrap();
        return;
    }
    assert_eq!(page[start..end], text, "run this test with LODEMAP_UPDATE_DOCS=1");
}

/// The scripts of `crates/mcp/tests/clients`, where their packages are installed.
#[test]
#[ignore = "needs packages; see crates/mcp/tests/clients/README.md"]
fn real_clients() {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../mcp/tests/clients");
    let binary = assert_cmd::cargo::cargo_bin!("lodemap");
    let mut ran = 0;
    let mut run = |mut command: std::process::Command, script: &str| {
        assert!(command.arg(scripts.join(script)).arg(binary).status().unwrap().success(), "{script}");
        ran += 1;
    };
    if let Some(python) = std::env::var_os("LODEMAP_MCP_PYTHON") {
        run(std::process::Command::new(python), "client.py");
    }
    if let Some(folder) = std::env::var_os("LODEMAP_MCP_NODE") {
        let mut node = std::process::Command::new("node");
        node.current_dir(folder);
        run(node, "client.mjs");
    }
    if let Some(folder) = std::env::var_os("LODEMAP_MCP_CONFORMANCE") {
        let mut node = std::process::Command::new("node");
        node.current_dir(folder);
        run(node, "conformance.mjs");
    }
    assert!(ran > 0, "set LODEMAP_MCP_PYTHON, LODEMAP_MCP_NODE or LODEMAP_MCP_CONFORMANCE");
}
