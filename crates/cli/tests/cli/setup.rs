//! `lodemap setup` and `lodemap doctor`: what is written into a project, and what is said of the machine.

use crate::repo::{Repo, column, finish};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

const CLIENTS: &[(&str, &str)] = &[
    ("claude-code", ".mcp.json"),
    ("codex", ".codex/config.toml"),
    ("cursor", ".cursor/mcp.json"),
    ("vscode", ".vscode/mcp.json"),
    ("zed", ".zed/settings.json"),
    ("opencode", "opencode.json"),
    ("gemini", ".gemini/settings.json"),
    ("agents-md", "AGENTS.md"),
];

#[test]
fn every_client_gets_its_file_and_only_once() {
    for (client, path) in CLIENTS {
        let repo = Repo::pool();
        let shown = repo.text(&["setup", client, "--print"]);
        assert!(!repo.root().join(path).exists(), "--print writes nothing");
        assert!(repo.text(&["setup", client]).starts_with(&format!("{path} has the entry now; ")));
        let file = repo.root().join(path);
        assert_eq!(fs::read_to_string(&file).unwrap(), shown, "{client}");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);
        assert_eq!(repo.json(&["setup", client])["state"], "unchanged");
        assert_eq!(fs::read_to_string(&file).unwrap(), shown, "{client}");
        let folder = file.parent().unwrap();
        let strays = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        assert!(!strays.into_iter().any(|name| name.starts_with(".lodemap")), "{client}");
    }
}

#[test]
fn what_the_user_wrote_stays() {
    let repo = Repo::pool();
    let text = "{\n  // mine\n  \"mcp\": {\n    \"other\": { \"type\": \"local\" }, // last\n  },\n}\n";
    repo.write("opencode.jsonc", text.as_bytes());
    fs::set_permissions(repo.root().join("opencode.jsonc"), fs::Permissions::from_mode(0o600)).unwrap();
    repo.text(&["setup", "opencode", "--command", "/opt/lodemap"]);
    assert!(!repo.root().join("opencode.json").exists());
    let after = fs::read_to_string(repo.root().join("opencode.jsonc")).unwrap();
    assert!(text.lines().all(|line| after.contains(line)) && after.contains("\"/opt/lodemap\""), "{after}");
    let mode = fs::metadata(repo.root().join("opencode.jsonc")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_cannot_be_understood_is_left_alone() {
    let repo = Repo::pool();
    for (client, path, text) in [
        ("claude-code", ".mcp.json", &b"{\"mcpServers\": "[..]),
        ("codex", ".codex/config.toml", b"[mcp_servers"),
        ("vscode", ".vscode/mcp.json", b"\xff\xfe{\0}\0"),
        ("gemini", ".gemini/settings.json", b"[1]"),
    ] {
        repo.write(path, text);
        let message = repo.fails(2, &["setup", client]);
        assert!(message.contains(path) && message.contains("left as it is"), "{message}");
        assert_eq!(fs::read(repo.root().join(path)).unwrap(), text);
    }
}

#[test]
fn links_are_not_followed() {
    let repo = Repo::pool();
    let secret = repo.home().join("settings.json");
    fs::write(&secret, "{}").unwrap();
    symlink(&secret, repo.root().join(".mcp.json")).unwrap();
    symlink(repo.home(), repo.root().join(".gemini")).unwrap();
    for client in ["claude-code", "gemini"] {
        repo.fails(2, &["setup", client]);
        assert_eq!(fs::read_to_string(&secret).unwrap(), "{}");
    }
}

#[test]
fn the_doctor_says_what_is_amiss() {
    let repo = Repo::pool();
    let run = repo.run(&["doctor", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(run.code, Some(i32::from(report["ok"] == false)), "{report}");
    let names = column(&report["checks"], "name");
    for name in
        ["version", "grammars", "git", "cache folder", "socket folder", "inotify watches", "open files"]
    {
        assert!(names.iter().any(|n| n == name), "{name}: {names:?}");
    }
    for check in report["checks"].as_array().unwrap() {
        assert_eq!(check["ok"] == false, check["advice"].is_string(), "{check}");
    }
    // A cache that others may read, and sockets that they may reach.
    let open = repo.home().join("open");
    fs::create_dir_all(open.join("lodemap")).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(open.join("lodemap"), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = repo.command(&["doctor"]);
    command.env("XDG_CACHE_HOME", &open).env("XDG_RUNTIME_DIR", &open);
    let run = finish(command);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.contains("!!  cache folder") && run.out.contains("chmod 700"), "{}", run.out);
    assert!(run.out.contains("!!  socket folder"), "{}", run.out);
}
