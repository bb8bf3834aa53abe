//! Which repository is meant, and which are refused.

use crate::repo::{Repo, finish};

#[test]
fn the_nearest_marked_folder_is_the_root() {
    let repo = Repo::pool();
    let map = repo.text(&["map"]);
    let below = finish(repo.command_in(&repo.root().join("src"), &["map"]));
    assert_eq!(below.out, map);
    repo.write("src/lodemap.toml", b"");
    let marked = finish(repo.command_in(&repo.root().join("src"), &["map"]));
    assert!(marked.out.starts_with("pool.py\n"), "{marked:?}");
}

#[test]
fn the_root_can_be_given_in_three_ways() {
    let repo = Repo::pool();
    let map = repo.text(&["map"]);
    let root = repo.root();
    let root = root.to_str().unwrap();
    for args in [&["map", root][..], &["map", "-C", root], &["map", "--root", root], &["-C", root, "map"]] {
        let elsewhere = finish(repo.command_in(&repo.home(), args));
        assert_eq!(elsewhere.out, map, "{args:?}: {elsewhere:?}");
    }
    // A root that is given is taken as it is, without a look upwards.
    assert!(repo.text(&["map", "src"]).starts_with("pool.py\n"));
}

#[test]
fn a_root_that_is_not_there_or_no_folder() {
    let repo = Repo::pool();
    let message = repo.fails(4, &["map", "nowhere"]);
    assert!(message.contains("nowhere does not exist") && message.contains("--root"), "{message}");
    let message = repo.fails(4, &["index", "app.py"]);
    assert!(message.contains("app.py is not a folder"), "{message}");
    repo.fails(4, &["symbols", "-C", "app.py/below"]);
}

#[test]
fn dangerous_roots_are_refused() {
    let repo = Repo::pool();
    for root in ["/", "/usr", "/etc", "/var"] {
        let message = repo.fails(2, &["map", root]);
        assert!(message.contains("--allow-root"), "{message}");
    }
    std::fs::write(repo.home().join("notes.py"), "x = 1\n").unwrap();
    let home = repo.home();
    let home = home.to_str().unwrap();
    let message = repo.fails(2, &["index", "-C", home]);
    assert!(message.contains("the home folder"), "{message}");
    assert_eq!(repo.json(&["index", "-C", home, "--allow-root"])["files"], 1);
}

#[test]
fn a_root_that_cannot_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let repo = Repo::pool();
    let locked = repo.root().join("locked");
    std::fs::create_dir(&locked).unwrap();
    std::fs::set_permissions(&locked, PermissionsExt::from_mode(0o000)).unwrap();
    // Permissions do not bind a superuser.
    if std::fs::read_dir(&locked).is_err() {
        let message = repo.fails(4, &["map", "locked"]);
        assert!(message.contains("permissions"), "{message}");
    }
    std::fs::set_permissions(&locked, PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn paths_that_are_not_there_or_outside() {
    let repo = Repo::pool();
    for command in ["outline", "deps"] {
        let message = repo.fails(1, &[command, "nope.py"]);
        assert!(message.contains("nope.py") && message.contains("status --why"), "{message}");
        let message = repo.fails(2, &[command, "../other.py"]);
        assert!(message.contains("outside the repository"), "{message}");
    }
    repo.fails(2, &["status", "--why", "/etc/passwd"]);
}
