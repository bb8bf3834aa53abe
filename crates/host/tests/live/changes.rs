//! Is each kind of change to the tree taken in: rules, roles, stamps that lie, and things that become others?

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use lodemap_engine::graph::FileClass;

use crate::bed::{Bed, check, fresh, git, has, paths, times};

#[test]
fn rules_that_hide_and_show() {
    let bed = Bed::new();
    git(&bed.top(), &["init", "-q"]);
    for path in ["a.py", "lib/b.py", "lib/deep/c.py", "gen/d.py"] {
        bed.write(path, "x = 1\n");
    }
    let live = bed.start();
    let all = ["a.py", "gen/d.py", "lib/b.py", "lib/deep/c.py"];
    for _ in 0..4 * times() {
        bed.write(".gitignore", "lib/\n");
        assert_eq!(paths(&fresh(&live).snapshot), ["a.py", "gen/d.py"]);
        // What happens in a hidden folder counts when it is shown.
        bed.write("lib/deep/late.py", "x = 1\n");
        check(&live);
        bed.write(".gitignore", "gen/\n");
        assert_eq!(paths(&fresh(&live).snapshot), ["a.py", "lib/b.py", "lib/deep/c.py", "lib/deep/late.py"]);
        bed.write("lib/.gitignore", "deep/*\n!deep/c.py\n");
        assert_eq!(paths(&fresh(&live).snapshot), ["a.py", "lib/b.py", "lib/deep/c.py"]);
        bed.write("lib/deep/late.py", "x = 2\n");
        check(&live);
        fs::remove_file(bed.at("lib/.gitignore")).unwrap();
        fs::rename(bed.at(".gitignore"), bed.at(".git/info/exclude")).unwrap();
        assert!(has(&fresh(&live).snapshot, "lib/deep/late.py", Some("x = 2\n")));
        assert!(has(&live.snapshot(), "gen/d.py", None));
        check(&live);
        fs::remove_file(bed.at(".git/info/exclude")).unwrap();
        fs::remove_file(bed.at("lib/deep/late.py")).unwrap();
        assert_eq!(paths(&fresh(&live).snapshot), all);
        check(&live);
    }
}

#[test]
fn roles_by_attributes() {
    let bed = Bed::new();
    bed.write("a/x.py", "x = 1\n");
    bed.write("a/y.txt", "def f():\n    pass\n");
    let live = bed.start();
    let role = |path: &str| {
        let snapshot = fresh(&live).snapshot;
        let world = snapshot.world();
        world.file_at(path).map(|id| world.file(id).class)
    };
    let plain = role("a/x.py");
    assert_eq!((plain, role("a/y.txt")), (Some(FileClass(0)), None));
    bed.write(".gitattributes", "a/* linguist-generated\n*.txt linguist-language=Python\n");
    assert_eq!(role("a/x.py"), Some(FileClass(FileClass::GENERATED)));
    assert_eq!(role("a/y.txt"), Some(FileClass(FileClass::GENERATED)));
    check(&live);
    bed.write("a/.gitattributes", "x.py -linguist-generated linguist-vendored\n");
    assert_eq!(role("a/x.py"), Some(FileClass(FileClass::VENDORED)));
    check(&live);
    fs::remove_file(bed.at(".gitattributes")).unwrap();
    fs::remove_file(bed.at("a/.gitattributes")).unwrap();
    assert_eq!((role("a/x.py"), role("a/y.txt")), (plain, None));
    check(&live);
}

/// Size and time of the last write stay as they were; the content does not.
#[test]
fn stamps_that_lie() {
    let bed = Bed::new();
    bed.write("a.py", "x = 0\n");
    let live = bed.start();
    let touch = |when: &str| {
        let status = std::process::Command::new("touch").args(["-d", when]).arg(bed.at("a.py")).status();
        assert!(status.unwrap().success());
    };
    for round in 1..30 * times() {
        let before = fs::metadata(bed.at("a.py")).unwrap().modified().unwrap();
        let text = format!("x = {}\n", round % 10);
        fs::write(bed.at("a.py"), &text).unwrap();
        match round % 3 {
            0 => touch("1970-01-02"),
            1 => touch("2090-01-01"),
            _ => fs::File::open(bed.at("a.py")).unwrap().set_modified(before).unwrap(),
        }
        assert!(has(&fresh(&live).snapshot, "a.py", Some(&text)), "round {round}");
        // A time that changes and nothing else is no new state.
        let generation = live.snapshot().generation();
        touch("2000-01-01");
        assert_eq!(fresh(&live).snapshot.generation(), generation);
    }
    check(&live);
}

#[test]
fn one_thing_becomes_another() {
    let bed = Bed::new();
    bed.write("beside.py", "import x\n");
    let live = bed.start();
    let at = bed.at("x.py");
    type Make = fn(&Path);
    let kinds: [(&str, Make); 5] = [
        ("file", |at| fs::write(at, "x = 1\n").unwrap()),
        ("folder", |at| {
            fs::create_dir(at).unwrap();
            fs::write(at.join("in.py"), "x = 1\n").unwrap();
        }),
        ("link", |at| symlink("beside.py", at).unwrap()),
        ("fifo", |at| rustix::fs::mkfifoat(rustix::fs::CWD, at, rustix::fs::Mode::RWXU).unwrap()),
        ("nothing", |_| {}),
    ];
    let remove = || match at.symlink_metadata() {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(&at).unwrap(),
        Ok(_) => fs::remove_file(&at).unwrap(),
        Err(_) => {}
    };
    for (from, make_old) in kinds {
        for (to, make_new) in kinds {
            make_old(&at);
            fresh(&live);
            remove();
            make_new(&at);
            let snapshot = fresh(&live).snapshot;
            assert_eq!(has(&snapshot, "x.py", Some("x = 1\n")), to == "file", "{from} became {to}");
            assert_eq!(has(&snapshot, "x.py/in.py", Some("x = 1\n")), to == "folder", "{from} became {to}");
            assert_eq!(snapshot.world().file_count(), if ["file", "folder"].contains(&to) { 2 } else { 1 });
            check(&live);
            remove();
        }
    }
    check(&live);
}
