//! The parts of a release, around a binary that only says what it is asked: nothing is built.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Archive, SHELLS, bundle, host, metadata};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A program that prints its arguments.
fn echo(folder: &Path) -> PathBuf {
    let path = folder.join("echo");
    fs::write(&path, "#!/bin/sh\nprintf '%s\\n' \"$*\"\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o775)).unwrap();
    path
}

/// What a program prints that must succeed.
fn run(program: &str, args: &[&str], folder: &Path) -> String {
    let output = Command::new(program).args(args).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_archive_has_all_that_goes_with_the_binary() {
    let (root, dir) = (root(), tempfile::tempdir().unwrap());
    let host = host(&root).unwrap();
    let metadata = metadata(&root, &host).unwrap();
    let binary = echo(dir.path());
    let name = format!("lodemap-{}-{host}", env!("CARGO_PKG_VERSION"));
    let make = |out: &str| bundle(&root, &binary, &metadata, &name, &dir.path().join(out)).unwrap();
    let Archive { path, sum } = make("first");

    // The names, and the checksum as its tool reads it.
    let out = path.parent().unwrap();
    assert_eq!(path, out.join(format!("{name}.tar.gz")));
    run("sha256sum", &["--check", "--strict", &format!("{name}.tar.gz.sha256")], out);
    assert!(fs::read_to_string(out.join(format!("{name}.tar.gz.sha256"))).unwrap().starts_with(&sum));
    assert_eq!(fs::read_dir(out).unwrap().count(), 2);

    // Equal for equal input, to the byte.
    assert_eq!(make("second").sum, sum);

    // In order, of nobody, in one folder, writable for nobody else.
    let long = run("tar", &["--numeric-owner", "-tvzf", path.to_str().unwrap()], out);
    for line in long.lines() {
        assert!(line.contains(" 0/0 ") && line.contains(&format!(" {name}")), "{line}");
        let mode = line.split(' ').next().unwrap();
        assert!(!mode[5..].contains('w') && (mode.starts_with('d') || mode.starts_with('-')), "{line}");
    }
    let list = run("tar", &["-tzf", path.to_str().unwrap()], out);
    let list: Vec<&str> = list.lines().collect();
    assert!(list.is_sorted() && list.iter().all(|entry| entry.starts_with(&format!("{name}/"))), "{list:?}");

    // Each part, made by the binary.
    run("tar", &["-xzf", path.to_str().unwrap()], dir.path());
    let stage = dir.path().join(&name);
    let read = |file: &str| {
        let text = fs::read_to_string(stage.join(file));
        text.unwrap_or_else(|e| panic!("{file}: {e}"))
    };
    assert_eq!(fs::read(stage.join("lodemap")).unwrap(), fs::read(&binary).unwrap());
    assert_eq!(fs::metadata(stage.join("lodemap")).unwrap().permissions().mode() & 0o777, 0o755);
    for file in ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"] {
        assert_eq!(read(file), fs::read_to_string(root.join(file)).unwrap(), "{file}");
    }
    for (shell, file) in SHELLS {
        assert_eq!(read(&format!("completions/{file}")), format!("completions {shell}\n"));
    }
    assert_eq!(read("man/lodemap.1"), "man\n");
    let mut pages = BTreeSet::from(["lodemap.1".to_owned()]);
    for command in lodemap_cli::command().get_subcommands().map(clap::Command::get_name) {
        if command != "help" {
            assert_eq!(read(&format!("man/lodemap-{command}.1")), format!("man {command}\n"));
            pages.insert(format!("lodemap-{command}.1"));
        }
    }
    let there = fs::read_dir(stage.join("man")).unwrap();
    let there: BTreeSet<String> = there.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(there, pages);
    assert!(pages.len() > 20, "{pages:?}");

    // The works of others: each that is listed has an expression and a text, and nothing else lies there.
    let page = read("THIRD-PARTY.md");
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|l| l.starts_with("| "))
        .skip(1)
        .map(|l| l.split('|').map(str::trim).collect())
        .collect();
    assert!(rows.len() > 100, "{page}");
    let mut folders = BTreeSet::new();
    for row in &rows {
        assert!(!row[3].is_empty() && !row[1].starts_with("lodemap"), "{row:?}");
        let name = format!("{}-{}", row[1], row[2]);
        let texts: Vec<_> = fs::read_dir(stage.join("licences").join(&name)).unwrap().flatten().collect();
        assert!(!texts.is_empty(), "{name} has no text of a licence");
        for text in texts {
            assert!(text.metadata().unwrap().len() > 0, "{text:?} is empty");
        }
        folders.insert(name);
    }
    let there = fs::read_dir(stage.join("licences")).unwrap();
    let there: BTreeSet<String> = there.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(there, folders);
    for linked in ["tree-sitter", "tree-sitter-python", "tantivy", "tokio", "mimalloc"] {
        assert!(rows.iter().any(|row| row[1] == linked), "{linked}");
    }
    assert!(!rows.iter().any(|row| row[1] == "insta"), "only tests use it");

    // Those that bring none have the standard one in the name of their authors, and the page says which they are.
    let (_, without) = page.split_once("manifests name them: ").unwrap();
    let without: Vec<&str> = without.trim_end().trim_end_matches('.').split(", ").collect();
    for name in &without {
        let text = read(&format!("licences/{name}/LICENSE-MIT"));
        assert!(text.contains("\nCopyright (c) ") && text.contains("free of charge"), "{name}: {text}");
        assert!(!text.contains("{copyright}") && !text.contains("Lodemap"), "{name}: {text}");
    }
    assert!(without.iter().any(|name| name.starts_with("tree-sitter-typescript-")), "{without:?}");
    assert!(without.len() * 10 < rows.len(), "too many bring no text of a licence: {without:?}");
    println!("{} crates, with the standard text: {without:?}", rows.len());
}

#[test]
fn a_binary_that_fails_makes_no_archive() {
    let (root, dir) = (root(), tempfile::tempdir().unwrap());
    let failing = dir.path().join("failing");
    fs::write(&failing, "#!/bin/sh\necho no >&2\nexit 3\n").unwrap();
    fs::set_permissions(&failing, fs::Permissions::from_mode(0o755)).unwrap();
    let out = dir.path().join("out");
    let metadata = serde_json::json!({"packages": [], "resolve": {"nodes": []}});
    let error =
        bundle(&root, &failing, &metadata, "lodemap-0", &out).map(|archive| archive.path).unwrap_err();
    assert!(error.to_string().contains("completions bash: no"), "{error:#}");
    assert!(!out.exists());
}
