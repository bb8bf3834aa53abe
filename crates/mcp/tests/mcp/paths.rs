//! Paths in arguments lead nowhere but into the repository, however they are written.

use std::os::unix::fs::symlink;

use crate::bed::{Bed, POOL};
use lodemap_testkit::{Rng, seeds};
use serde_json::{Value, json};

/// Stands outside only.
const SECRET: &str = "zq_secret_of_the_neighbour";

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
    bed.open()
}

/// The known tricks, and mixtures of their parts.
fn hostile(bed: &Bed, random: &mut Rng) -> Vec<String> {
    let root = bed.root().to_str().unwrap().to_owned();
    let outside = bed.beside("outside/secret.py").to_str().unwrap().to_owned();
    let mut out: Vec<String> = [
        "",
        ".",
        "..",
        "/",
        "//",
        "../..",
        "../outside/secret.py",
        "./../outside/secret.py",
        "src/../../outside/secret.py",
        "folder",
        "folder/secret.py",
        "link.py",
        "src/relative.py",
        "./link.py",
        "folder/./secret.py",
        "folder/../app.py",
        "../repo-twin/secret.py",
        "..%2foutside%2fsecret.py",
        "%2e%2e/outside/secret.py",
        "..\\outside\\secret.py",
        "..\u{2215}outside\u{2215}secret.py",
        "．．/outside/secret.py",
        "app.py\0",
        "app.py\0../outside/secret.py",
        "\0",
        "app.py/../../outside/secret.py",
        "~",
        "~/secret.py",
        "$HOME",
        "/etc/passwd",
        "/proc/self/environ",
        "/dev/zero",
        "file:///etc/passwd",
        "\\\\?\\C:\\secret",
        "app.py:1:1:1",
        "app.py:0",
        "app.py:-1",
        "app.py:99999999999999999999",
        "#",
        "##",
        "src/pool.py#",
        "#Pool",
        "src/pool.py#Pool#Pool",
        "::",
        "Pool::",
        "--help",
        "-C",
        "-",
        "\u{202e}",
        "\\x00",
        "\\xff",
        "\\x2e\\x2e\\x2foutside",
        "\\x",
        "\\",
        "\n",
        "a\nb",
        "\u{1b}[31m",
        "con",
        "nul",
        "*",
        "**",
        "[",
        "{",
        "(",
        ")",
        "\"",
        "'",
        "`id`",
        "$(id)",
        ";id",
        "|id",
        "\u{feff}app.py",
        "APP.PY",
        "app.py/",
        "app.py//",
        "/app.py",
    ]
    .map(str::to_owned)
    .to_vec();
    out.push(outside.clone());
    out.push(format!("{root}/../outside/secret.py"));
    out.push(format!("{root}-twin/secret.py"));
    out.push(format!("{root}/folder/secret.py"));
    out.push(format!("{root}/link.py"));
    out.push("../".repeat(500) + "etc/passwd");
    out.push("a/".repeat(5000) + "b");
    out.push("x".repeat(1 << 20));
    out.push("\u{10ffff}".repeat(1000));
    let parts = [
        "..",
        ".",
        "/",
        "//",
        "\\",
        "outside",
        "secret.py",
        "folder",
        "link.py",
        "src",
        "app.py",
        "%2e",
        "%2f",
        "\0",
        "\u{202e}",
        "repo",
        "-twin",
        ":1",
        ":1:1",
        "#",
        "Pool",
        "*",
        "~",
        "\\x2e",
        " ",
        "é",
        &root,
        &outside,
    ];
    while out.len() < 560 {
        let count = 1 + random.below(8);
        out.push((0..count).map(|_| parts[random.below(parts.len())]).collect());
    }
    out
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
        let inputs = hostile(&bed, &mut Rng::new(seed));
        assert!(inputs.len() >= 500);
        for path in &inputs {
            for (tool, arguments) in calls(path) {
                let reply = bed.call(tool, arguments);
                let shown: String = path.chars().take(200).collect();
                assert!(!reply.text.contains(SECRET), "seed {seed}, {tool} with {shown:?}: {}", reply.text);
                assert!(
                    !reply.text.contains("root:x:"),
                    "seed {seed}, {tool} with {shown:?}: {}",
                    reply.text
                );
                assert!(!reply.text.contains("by a fault of the server"), "{tool} with {shown:?}");
            }
        }
        // It still works.
        assert!(bed.ask("get_symbol", json!({"subject": "Pool.acquire"})).contains("return Conn()"));
    }
}
