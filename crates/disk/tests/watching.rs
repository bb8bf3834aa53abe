//! Does a watched inventory miss anything? On a real file system, with the bursts, races and limits of real use;
//! each story ends with a comparison to a fresh discovery.
//!
//! `LODEMAP_RUNS=N` tries N seeds of the random one, and makes the others N/100 times as long.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests build the trees that they look at")]
#![allow(clippy::print_stdout, reason = "what is skipped is said, and what was measured")]

mod world;

use lodemap_base::RelPath;
use lodemap_disk::{
    Changes, Dirty, Discovery, Found, Inventory, Lagging, Options, Quiet, Root, RootState, SkipReason,
    Skipped, Watcher, Woken, discover,
};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use world::{World, on_seeds};

const LONG: Duration = Duration::from_secs(60);

/// How many times longer than usual.
fn times() -> usize {
    std::env::var("LODEMAP_RUNS").ok().and_then(|r| r.parse::<usize>().ok()).map_or(1, |r| (r / 100).max(1))
}

fn rel(path: &str) -> RelPath {
    RelPath::parse(path).unwrap()
}

/// A root that is watched, and all that was told of it.
struct Watched {
    top: PathBuf,
    options: Options,
    watcher: Watcher,
    inventory: Inventory,
    /// What the changes lead to.
    map: BTreeMap<RelPath, Found>,
}

impl Watched {
    fn new(top: &Path, cookies: &Path, options: Options) -> Self {
        let root = Arc::new(Root::open(top, false).unwrap());
        let watcher = Watcher::open(root.clone(), cookies);
        let mut inventory = Inventory::new(root, options.clone());
        let first = inventory.sweep(&watcher, &|_| {});
        let map = first.touched.into_iter().map(|f| (f.path.clone(), f)).collect();
        Watched { top: top.to_owned(), options, watcher, inventory, map }
    }

    /// As a host does before it answers.
    fn catch_up(&mut self) -> (Dirty, Changes) {
        self.watcher.barrier(LONG).unwrap();
        let mut dirty = self.watcher.take();
        dirty.merge(self.watcher.poll());
        (dirty.clone(), self.refresh(&dirty))
    }

    fn refresh(&mut self, dirty: &Dirty) -> Changes {
        let changes = self.inventory.refresh(dirty, &self.watcher);
        for path in &changes.removed {
            assert!(self.map.remove(path).is_some());
        }
        self.map.extend(changes.touched.iter().map(|f| (f.path.clone(), f.clone())));
        assert!(self.map.values().eq(self.inventory.files()));
        changes
    }

    /// Catches up and compares.
    fn check(&mut self) -> Changes {
        let (dirty, changes) = self.catch_up();
        let want = discover(self.inventory.root(), &self.options, &|_| {});
        let got = self.inventory.discovery();
        if want != got {
            let files = |d: &Discovery| d.files.iter().map(|f| format!("{f:?}")).collect::<Vec<_>>();
            let (want_files, got_files) = (files(&want), files(&got));
            let more: Vec<_> = got_files.iter().filter(|f| !want_files.contains(f)).take(20).collect();
            let less: Vec<_> = want_files.iter().filter(|f| !got_files.contains(f)).take(20).collect();
            let rest = |d: Discovery| Discovery { files: vec![], ..d };
            panic!(
                "{dirty:?}\ntoo many {more:#?}\ntoo few {less:#?}\n{:#?}\n{:#?}\n{:?}",
                rest(got),
                rest(want),
                self.watcher.health()
            );
        }
        changes
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.top.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// A temporary folder with a root in it, whose cookies are beside it.
struct Place {
    _dir: tempfile::TempDir,
    base: PathBuf,
}

impl Place {
    fn new() -> Place {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        fs::create_dir(base.join("top")).unwrap();
        Place { _dir: dir, base }
    }

    fn watch(&self) -> Watched {
        self.watch_with(Options::default())
    }

    fn watch_with(&self, options: Options) -> Watched {
        Watched::new(&self.base.join("top"), &self.base.join("cookies/mine"), options)
    }
}

fn git(top: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=n", "-c", "user.email=e"])
        .args(arguments)
        .current_dir(top)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("git is installed");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn folders_that_are_created_fast() {
    let place = Place::new();
    let mut watched = place.watch();
    let top = watched.top.clone();
    let count = 300 * times();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for i in 0..count {
                let folder = top.join(format!("n{i}/a/b/c"));
                fs::create_dir_all(&folder).unwrap();
                fs::write(folder.join("f.py"), "x").unwrap();
                // While the folder is listed, perhaps.
                for (late, wait) in [1, 20, 90].into_iter().enumerate() {
                    if i % 7 == 0 {
                        std::thread::sleep(Duration::from_micros(wait));
                    }
                    fs::write(folder.join(format!("late{late}.py")), "x").unwrap();
                }
            }
        });
        while !writer.is_finished() {
            watched.catch_up();
        }
    });
    watched.check();
    assert_eq!((watched.map.len(), watched.watcher.health().overflows), (count * 4, 0));
    assert_eq!(watched.watcher.health().dirs, watched.inventory.folders());
}

#[test]
fn folders_that_come_and_go() {
    let place = Place::new();
    let mut watched = place.watch();
    let top = watched.top.clone();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for i in 0..1500 * times() {
                let folder = top.join(format!("d{}", i % 3));
                fs::create_dir_all(folder.join("sub")).unwrap();
                if i % 5 == 0 {
                    fs::write(folder.join("sub/f.py"), "x").unwrap();
                }
                fs::remove_dir_all(&folder).unwrap();
            }
            fs::create_dir_all(top.join("d1/sub")).unwrap();
            fs::write(top.join("d1/sub/last.py"), "x").unwrap();
        });
        while !writer.is_finished() {
            watched.catch_up();
        }
    });
    watched.check();
    assert_eq!(watched.map.len(), 1);
    assert_eq!(watched.watcher.health().dirs, 3);
}

#[test]
fn more_events_than_the_queue_holds() {
    let place = Place::new();
    let mut watched = place.watch();
    watched.write("d/first.py", "x");
    watched.check();
    watched.watcher.pause(true);
    let count = 20_000 * times();
    for i in 0..count {
        fs::write(watched.top.join(format!("d/f{i}.py")), "x").unwrap();
    }
    assert!(matches!(watched.watcher.barrier(Duration::from_millis(20)), Err(Lagging::Late(_))));
    watched.watcher.pause(false);
    watched.watcher.barrier(LONG).unwrap();
    let dirty = watched.watcher.take();
    assert!(dirty.everything && watched.watcher.health().overflows > 0);
    watched.refresh(&dirty);
    watched.check();
    assert_eq!(watched.map.len(), count + 1);
}

#[test]
fn editors_save() {
    let place = Place::new();
    let mut watched = place.watch();
    watched.write("f.py", "0");
    watched.check();
    let at = |name: &str| place.base.join("top").join(name);
    for round in 0..100 * times() {
        let text = format!("{round}");
        match round % 4 {
            // A new file takes the place of the old one.
            0 => {
                fs::write(at(".f.py.tmp"), text).unwrap();
                fs::rename(at(".f.py.tmp"), at("f.py")).unwrap();
            }
            // The old one is kept as a backup for a moment (vim), or for good (emacs).
            1 => {
                fs::write(at("4913"), "").unwrap();
                fs::remove_file(at("4913")).unwrap();
                fs::rename(at("f.py"), at("f.py~")).unwrap();
                fs::write(at("f.py"), text).unwrap();
                fs::remove_file(at("f.py~")).unwrap();
            }
            2 => {
                symlink("ann@host.1:2", at(".#f.py")).unwrap();
                fs::rename(at("f.py"), at("f.py~")).unwrap();
                fs::write(at("f.py"), text).unwrap();
                fs::remove_file(at(".#f.py")).unwrap();
            }
            // It is written in place.
            _ => fs::write(at("f.py"), text).unwrap(),
        }
        let changes = watched.check();
        assert!(changes.touched.iter().any(|f| f.path == rel("f.py")), "{round}");
        assert!(!changes.removed.contains(&rel("f.py")), "{round}");
    }
}

#[test]
fn a_file_that_is_replaced_is_never_missing() {
    let place = Place::new();
    let mut watched = place.watch();
    watched.write("f.py", "0");
    watched.check();
    let at = |name: &str| place.base.join("top").join(name);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for round in 0.. {
                fs::write(at("new"), format!("{round}")).unwrap();
                fs::rename(at("new"), at("f.py")).unwrap();
                if done.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let mut touched = 0;
        for _ in 0..1000 * times() {
            let (_, changes) = watched.catch_up();
            touched += usize::from(changes.touched.iter().any(|f| f.path == rel("f.py")));
            if !changes.removed.iter().all(|p| *p != rel("f.py"))
                || watched.inventory.found(&rel("f.py")).is_none()
            {
                done.store(true, Ordering::Relaxed);
                panic!("it was there all the time");
            }
        }
        done.store(true, Ordering::Relaxed);
        writer.join().unwrap();
        assert!(touched > 0);
    });
    watched.check();
}

#[test]
fn one_thing_becomes_another() {
    let place = Place::new();
    let mut watched = place.watch();
    let at = place.base.join("top/x.py");
    type Make = fn(&Path);
    let kinds: [Make; 5] = [
        |at| fs::write(at, "x").unwrap(),
        |at| {
            fs::create_dir(at).unwrap();
            fs::write(at.join("in.py"), "x").unwrap();
        },
        |at| symlink("/", at).unwrap(),
        |at| rustix::fs::mkfifoat(rustix::fs::CWD, at, rustix::fs::Mode::RWXU).unwrap(),
        |_| {},
    ];
    for from in kinds {
        for to in kinds {
            for between in [false, true] {
                from(&at);
                watched.check();
                match at.symlink_metadata() {
                    Ok(meta) if meta.is_dir() => fs::remove_dir_all(&at).unwrap(),
                    Ok(_) => fs::remove_file(&at).unwrap(),
                    Err(_) => {}
                }
                if between {
                    watched.check();
                }
                to(&at);
                watched.check();
                match at.symlink_metadata() {
                    Ok(meta) if meta.is_dir() => fs::remove_dir_all(&at).unwrap(),
                    Ok(_) => fs::remove_file(&at).unwrap(),
                    Err(_) => {}
                }
            }
        }
    }
    watched.check();
}

#[test]
fn an_edit_that_keeps_size_and_time() {
    let place = Place::new();
    let mut watched = place.watch();
    watched.write("f.py", "aaaa");
    watched.check();
    let path = watched.top.join("f.py");
    for text in ["bbbb", "cccc"] {
        let before = fs::metadata(&path).unwrap().modified().unwrap();
        fs::write(&path, text).unwrap();
        fs::File::open(&path).unwrap().set_modified(before).unwrap();
        let changes = watched.check();
        assert_eq!(changes.touched.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), ["f.py"]);
        assert!(watched.check().is_empty());
    }
}

#[test]
fn a_folder_that_may_not_be_read_for_a_while() {
    let place = Place::new();
    let mut watched = place.watch();
    watched.write("d/s/f.py", "x");
    watched.check();
    let mode = |path: &str, mode| {
        fs::set_permissions(place.base.join("top").join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    for (path, shut) in [("d", 0o000), ("d", 0o444), ("d", 0o311), ("d/s", 0o000), ("d/s/f.py", 0o000)] {
        mode(path, shut);
        if path == "d" && shut == 0 && fs::read_dir(place.base.join("top/d")).is_ok() {
            println!("SKIPPED in part: nothing is kept from this user");
        }
        watched.check();
        mode(path, 0o755);
        watched.check();
        watched.write("d/s/f.py", path);
        assert_eq!(watched.check().touched.len(), 1, "it is watched again");
    }
}

#[test]
fn folders_that_move() {
    let place = Place::new();
    let mut watched = place.watch();
    let (top, aside) = (watched.top.clone(), place.base.join("aside"));
    for file in ["a/s/f.py", "a/s/t/g.py", "b/h.py"] {
        watched.write(file, "x");
    }
    watched.check();
    let mv = |from: PathBuf, to: PathBuf| fs::rename(from, to).unwrap();
    for _ in 0..20 * times() {
        // Within, with writing before anybody looked; the old path is taken by another folder.
        mv(top.join("a"), top.join("b/a"));
        watched.write("b/a/s/f.py", "moved");
        watched.write("a/s/f.py", "another");
        watched.check();
        // The watches must stand for the new paths, and for the new folder at the old one.
        watched.write("b/a/s/t/g.py", "after");
        watched.write("a/s/f.py", "after");
        let changes = watched.check();
        let touched: Vec<&str> = changes.touched.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(touched, ["a/s/f.py", "b/a/s/t/g.py"]);
        // Out, changed there, and in again, over what is there.
        mv(top.join("b/a"), aside.clone());
        watched.check();
        fs::write(aside.join("s/new.py"), "x").unwrap();
        assert!(watched.check().is_empty(), "what is outside is of no interest");
        fs::remove_dir_all(top.join("a")).unwrap();
        mv(aside.clone(), top.join("a"));
        watched.write("a/s/t/g.py", "in again");
        watched.check();
        fs::remove_file(top.join("a/s/new.py")).unwrap();
        // Two change places.
        mv(top.join("a"), top.join("c"));
        mv(top.join("b"), top.join("a"));
        mv(top.join("c"), top.join("b"));
        watched.check();
        watched.write("a/h.py", "b was here");
        watched.write("b/s/f.py", "a was here");
        watched.check();
        mv(top.join("a"), top.join("c"));
        mv(top.join("b"), top.join("a"));
        mv(top.join("c"), top.join("b"));
        watched.check();
        assert_eq!(watched.watcher.health().dirs, watched.inventory.folders());
    }
}

#[test]
fn branches_that_have_little_in_common() {
    let place = Place::new();
    let top = place.base.join("top");
    git(&top, &["init", "-qb", "one"]);
    let fill = |kind: &str, rules: &str| {
        for i in 0..60 {
            let folder = top.join(format!("{}/d{i}/{kind}", if i % 2 == 0 { "both" } else { kind }));
            fs::create_dir_all(&folder).unwrap();
            for name in ["a.py", "b.log", "c.rs"] {
                fs::write(folder.join(name), kind).unwrap();
            }
            fs::write(folder.join("../same.py"), kind).unwrap();
        }
        fs::write(top.join(".gitignore"), rules).unwrap();
        git(&top, &["add", "-A"]);
        git(&top, &["commit", "-qm", kind]);
    };
    fill("one", "*.log\n");
    git(&top, &["checkout", "-q", "--orphan", "two"]);
    git(&top, &["rm", "-rfq", "."]);
    fill("two", "c.rs\n");
    let mut watched = place.watch();
    for _ in 0..3 * times() {
        for branch in ["one", "two"] {
            git(&top, &["checkout", "-q", branch]);
            watched.check();
        }
        // And many in a row, with looks between.
        let writer = top.clone();
        std::thread::scope(|scope| {
            let writer = scope.spawn(move || {
                for branch in ["one", "two", "one", "two"] {
                    git(&writer, &["checkout", "-qf", branch]);
                }
                git(&writer, &["clean", "-fdxq"]);
            });
            while !writer.is_finished() {
                watched.catch_up();
            }
        });
        watched.check();
    }
}

#[test]
fn rules_outside_the_folders() {
    let place = Place::new();
    let top = place.base.join("top");
    git(&top, &["init", "-q"]);
    let options = Options { global_ignore: Some(place.base.join("config/git/ignore")), ..Options::default() };
    let mut watched = place.watch_with(options);
    for file in ["a.py", "b.py", "c.py", "d.py", "e.py"] {
        watched.write(file, "x");
    }
    watched.check();
    let found = |watched: &mut Watched| {
        watched.check();
        watched.map.keys().map(|p| p.as_str().trim_end_matches(".py")).collect::<String>()
    };
    assert_eq!(found(&mut watched), "abcde");
    fs::create_dir_all(top.join(".git/info")).unwrap();
    fs::write(top.join(".git/info/exclude"), "a.py\n").unwrap();
    assert_eq!(found(&mut watched), "bcde");
    // Its folder is not there yet, nor the one above.
    fs::create_dir_all(place.base.join("config/git")).unwrap();
    fs::write(place.base.join("config/git/ignore"), "b.py\n").unwrap();
    assert_eq!(found(&mut watched), "cde");
    fs::write(place.base.join("config/git/ignore"), "b.py\nc.py\n").unwrap();
    assert_eq!(found(&mut watched), "de");
    fs::write(place.base.join(".ignore"), "d.py\n").unwrap();
    assert_eq!(found(&mut watched), "e");
    git(&top, &["add", "-f", "a.py", "d.py"]);
    assert_eq!(found(&mut watched), "ae", "what git tracks is found, but not against rules for tools");
    git(&top, &["rm", "-q", "--cached", "a.py"]);
    assert_eq!(found(&mut watched), "e");
    fs::remove_file(place.base.join(".ignore")).unwrap();
    fs::remove_dir_all(place.base.join("config")).unwrap();
    assert_eq!(found(&mut watched), "bcde");
    fs::remove_dir_all(top.join(".git")).unwrap();
    assert_eq!(found(&mut watched), "abcde");
    git(&top, &["init", "-q"]);
    fs::write(top.join(".git/info/exclude"), "e.py\n").unwrap();
    assert_eq!(found(&mut watched), "abcd");
}

#[test]
fn a_root_that_goes_away() {
    let place = Place::new();
    let top = place.base.join("top");
    let mut watched = place.watch();
    watched.write("d/f.py", "x");
    watched.check();
    fs::rename(&top, place.base.join("moved")).unwrap();
    assert_eq!(watched.inventory.root().state(), RootState::Moved);
    // What is held open is still right.
    fs::write(place.base.join("moved/d/g.py"), "x").unwrap();
    watched.check();
    assert_eq!(watched.map.len(), 2);
    fs::create_dir(&top).unwrap();
    assert_eq!(watched.inventory.root().state(), RootState::Replaced);
    watched.check();
    fs::remove_dir(&top).unwrap();
    fs::rename(place.base.join("moved"), &top).unwrap();
    assert_eq!(watched.inventory.root().state(), RootState::Here);
    watched.write("d/h.py", "x");
    watched.check();
    assert_eq!(watched.map.len(), 3);
    fs::remove_dir_all(&top).unwrap();
    assert_eq!(watched.inventory.root().state(), RootState::Gone);
    watched.check();
    assert!(watched.map.is_empty() && !watched.inventory.passed_over().problems.is_empty());
    // A new one is another root.
    fs::create_dir(&top).unwrap();
    assert_eq!(watched.inventory.root().state(), RootState::Replaced);
    watched.check();
    let mut again = place.watch();
    again.write("new.py", "x");
    again.check();
    assert_eq!(again.map.len(), 1);
}

/// Runs the test named `name` again, alone and by itself, in a user namespace of its own with room for `watches`
/// watches and `instances` queues; false where such namespaces are not allowed.
fn with_limits(name: &str, watches: &str, instances: &str) -> bool {
    let script = "echo $1 > /proc/sys/user/max_inotify_watches && \
                  echo $2 > /proc/sys/user/max_inotify_instances && \
                  exec \"$3\" --exact --ignored --nocapture \"$4\"";
    let binary = std::env::current_exe().unwrap();
    let unshare = |arguments: &[&str]| {
        Command::new("unshare")
            .args(["-Ur", "sh", "-c"])
            .args(arguments)
            .arg("sh")
            .args([watches, instances])
            .arg(&binary)
            .arg(name)
            .output()
    };
    let allowed = unshare(&["test -w /proc/sys/user/max_inotify_watches"]);
    if !allowed.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: {name} needs user namespaces, which are not allowed here");
        return false;
    }
    let output = unshare(&[script]).unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    true
}

#[test]
fn fewer_watches_than_folders() {
    with_limits("limited_to_64_watches", "64", "128");
}

#[test]
#[ignore = "run by fewer_watches_than_folders"]
fn limited_to_64_watches() {
    let place = Place::new();
    for i in 0..200 {
        fs::create_dir_all(place.base.join(format!("top/d{i}/s"))).unwrap();
        fs::write(place.base.join(format!("top/d{i}/s/f.py")), "x").unwrap();
    }
    // The folders take all watches that are left, but a barrier has its own.
    let mut watched = place.watch();
    watched.check();
    let health = watched.watcher.health();
    assert_eq!((health.mode, health.dirs + health.polled), ("mixed", 401));
    assert!(
        health.dirs > 20 && health.problem.as_deref().unwrap().contains("fs.inotify.max_user_watches"),
        "{health:?}"
    );
    // Everything is noticed, watched or not.
    for i in (0..200).step_by(7) {
        watched.write(&format!("d{i}/s/f.py"), "changed");
        watched.write(&format!("d{i}/new/g.py"), "x");
        fs::remove_dir_all(watched.top.join(format!("d{}", i + 1))).unwrap();
    }
    let changes = watched.check();
    assert_eq!((changes.touched.len(), changes.removed.len()), (58, 29));
    // Out and in again before anybody looked: no watch tells of what happened to it meanwhile.
    for i in 191..197 {
        let (here, aside) = (watched.top.join(format!("d{i}")), place.base.join("aside"));
        fs::rename(&here, &aside).unwrap();
        fs::write(aside.join("s/h.py"), "x").unwrap();
        fs::rename(&aside, &here).unwrap();
    }
    watched.check();
    fs::rename(watched.top.join("d0"), watched.top.join("d3/d0")).unwrap();
    watched.write("d3/d0/s/f.py", "again");
    watched.check();
    // Where there is room again, folders are watched again.
    for i in 5..200 {
        _ = fs::remove_dir_all(watched.top.join(format!("d{i}")));
    }
    watched.check();
    watched.check();
    let health = watched.watcher.health();
    assert_eq!((health.mode, health.polled, health.problem), ("inotify", 0, None));
    assert_eq!(watched.watcher.poll(), Dirty::default());
}

#[test]
fn no_queue_at_all() {
    with_limits("limited_to_no_queue", "64", "0");
}

#[test]
#[ignore = "run by no_queue_at_all"]
fn limited_to_no_queue() {
    let place = Place::new();
    let mut watched = place.watch();
    watched.write("d/f.py", "x");
    watched.check();
    let health = watched.watcher.health();
    assert_eq!((health.mode, health.dirs, health.polled), ("polling", 0, 2));
    assert!(health.problem.as_deref().unwrap().contains("fs.inotify.max_user_instances"), "{health:?}");
    watched.write("d/e/f.py", "x");
    watched.check();
    assert_eq!(watched.map.len(), 2);
}

#[test]
fn what_was_written_before_a_barrier_is_told_after_it() {
    let place = Place::new();
    let mut watched = place.watch();
    for folder in 0..8 {
        watched.write(&format!("d{folder}/f.py"), "x");
    }
    watched.check();
    let told = Mutex::new(Dirty::default());
    let (watcher, top) = (&watched.watcher, &watched.top);
    let slowest = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (told, slowest) = (&told, &slowest);
            scope.spawn(move || {
                for i in 0..750 * times() {
                    let path =
                        format!("d{}/{}.py", (thread * 2 + i) % 8, if i % 3 == 0 { i } else { thread });
                    fs::write(top.join(&path), "x").unwrap();
                    let begun = Instant::now();
                    watcher.barrier(LONG).unwrap();
                    slowest.lock().unwrap().push(begun.elapsed());
                    let mut told = told.lock().unwrap();
                    told.merge(watcher.take());
                    assert!(
                        told.everything || told.files.remove(&rel(&path)),
                        "{path} is not among the hints"
                    );
                    // Other threads' hints may be of the same path.
                    told.files.insert(rel(&path));
                }
            });
        }
    });
    let mut slowest = slowest.into_inner().unwrap();
    slowest.sort();
    println!(
        "{} barriers, median {:?}, slowest {:?}",
        slowest.len(),
        slowest[slowest.len() / 2],
        slowest.last()
    );
    watched.watcher.add(told.into_inner().unwrap());
    watched.check();
    let left: Vec<_> = fs::read_dir(place.base.join("cookies/mine")).unwrap().collect();
    assert!(left.is_empty(), "cookies are cleared away: {left:?}");
}

#[test]
fn the_folder_of_cookies_may_vanish() {
    let place = Place::new();
    let mut watched = place.watch();
    let cookies = place.base.join("cookies");
    for round in 0..50 {
        watched.write("f.py", &format!("{round}"));
        watched.check();
        match round % 3 {
            0 => fs::remove_dir_all(&cookies).unwrap(),
            1 => fs::rename(&cookies, place.base.join(format!("old{round}"))).unwrap(),
            _ => {}
        }
        assert_eq!(watched.check(), Changes::default());
    }
    fs::remove_dir_all(&cookies).unwrap();
    fs::write(&cookies, "in the way").unwrap();
    let lagging = watched.watcher.barrier(LONG).unwrap_err();
    assert!(
        matches!(lagging, Lagging::Broken { .. }) && lagging.to_string().contains("cookies"),
        "{lagging}"
    );
}

#[test]
fn waiting() {
    let place = Place::new();
    let mut watched = place.watch();
    watched.check();
    let soon = |ms| Some(Instant::now() + Duration::from_millis(ms));
    assert_eq!(watched.watcher.wait(soon(1)), Woken::Timeout);
    watched.write("f.py", "x");
    assert_eq!(watched.watcher.wait(soon(60_000)), Woken::Dirty);
    assert!(watched.watcher.pending() > 0);
    let begun = Instant::now();
    let quiet = Quiet { quiet: Duration::from_millis(40), ..Quiet::default() };
    watched.write("f.py", "y");
    watched.watcher.barrier(LONG).unwrap();
    assert_eq!(watched.watcher.settle(quiet, soon(60_000)), Woken::Dirty);
    assert!(begun.elapsed() >= Duration::from_millis(40));
    assert_eq!(watched.watcher.take().files, [rel("f.py")].into());
    assert_eq!(watched.watcher.wait(soon(1)), Woken::Timeout);
    watched.watcher.add(Dirty::files([rel("f.py")]));
    assert_eq!(watched.watcher.wait(None), Woken::Dirty);
    watched.watcher.take();
    let watcher = &watched.watcher;
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| watcher.wait(None));
        watcher.close();
        assert_eq!(waiting.join().unwrap(), Woken::Closed);
    });
    assert!(matches!(watched.watcher.barrier(LONG), Err(Lagging::Closed)));
}

#[test]
fn anything_may_happen() {
    on_seeds(40, |seed| {
        let mut world = World::new(seed);
        let options = world.options();
        let cookies = world.top.parent().unwrap().parent().unwrap().join("cookies");
        let mut watched = Watched::new(&world.top, &cookies, options);
        for _ in 0..12 {
            for _ in 0..=world.dice.roll(6) {
                world.step();
            }
            // What was done through another name of a file is told by nobody.
            let everything = world.linked;
            watched.watcher.add(Dirty { everything, ..Dirty::default() });
            let check = std::panic::AssertUnwindSafe(|| watched.check());
            if let Err(panic) = std::panic::catch_unwind(check) {
                println!("LODEMAP_SEED={seed}\n{}", world.log.join("\n"));
                std::panic::resume_unwind(panic);
            }
            // What may not be read cannot be watched either.
            let is_shut = |s: &Skipped| s.reason == SkipReason::Unreadable;
            if !watched.inventory.passed_over().skipped.iter().any(is_shut) {
                assert_eq!(watched.watcher.health().dirs, watched.inventory.folders(), "LODEMAP_SEED={seed}");
            }
            world.log.push("-- checked".to_owned());
        }
    });
}
