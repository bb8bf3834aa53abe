//! Does a reader ever wait, or see two states at once?

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use lodemap_engine::graph::Target;
use lodemap_host::Snapshot;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::bed::{Bed, check, fresh, has, times};

/// Two modules that fit each other, one calling `name` in the other.
fn caller(name: &str) -> String {
    format!("import b\n\n\ndef run():\n    return b.{name}()\n")
}

fn callee(name: &str) -> String {
    format!("def {name}():\n    return 1\n")
}

const NAMES: [&str; 2] = ["first", "second"];

/// Which of the two names a file of this state is about.
fn name_in(snapshot: &Snapshot, path: &str, text: impl Fn(&str) -> String) -> &'static str {
    NAMES.into_iter().find(|name| has(snapshot, path, Some(&text(name)))).expect("it is never anything else")
}

/// What the call in `caller` leads to.
fn called(snapshot: &Snapshot, caller: &str, callee: &str) -> Vec<String> {
    let world = snapshot.world();
    let mut names = Vec::new();
    snapshot.edges_of(world.file_at(caller).unwrap(), |edge| {
        if let Target::Symbol(symbol) = edge.target {
            assert_eq!(world.file(world.slot(symbol).file).path.as_str(), callee);
            let name = snapshot.symbol_name(symbol);
            names.push(name.rsplit('#').next().unwrap().to_owned());
        }
    });
    names
}

/// Reads as fast as it can until it is told to stop; gives the number of looks and of states, and the longest wait.
fn read_on(
    live: &lodemap_host::Live,
    done: &AtomicBool,
    look: impl Fn(&Snapshot),
) -> (usize, usize, Duration) {
    let (mut looks, mut states, mut longest, mut last) = (0, 0, Duration::ZERO, None);
    while !done.load(Ordering::Acquire) {
        let begun = Instant::now();
        let snapshot = live.snapshot();
        longest = longest.max(begun.elapsed());
        let generation = snapshot.generation();
        assert!(last <= Some(generation), "time does not run back");
        states += usize::from(last != Some(generation));
        last = Some(generation);
        looks += 1;
        look(&snapshot);
    }
    (looks, states, longest)
}

/// Two files that fit each other are swapped for two others in one move. No state has one of each.
#[test]
fn a_pair_that_changes_at_once_is_never_seen_apart() {
    let bed = Bed::new();
    for (folder, name) in [("pair", NAMES[0]), ("build/other", NAMES[1])] {
        bed.write(&format!("{folder}/a.py"), &caller(name));
        bed.write(&format!("{folder}/b.py"), &callee(name));
    }
    bed.write(".gitignore", "build/\n");
    bed.write(".git/HEAD", "ref: refs/heads/main\n");
    let live = bed.start();
    let done = AtomicBool::new(false);
    let looked = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let (looks, states, longest) = read_on(&live, &done, |snapshot| {
                    let name = name_in(snapshot, "pair/a.py", caller);
                    assert_eq!(name, name_in(snapshot, "pair/b.py", callee));
                    assert_eq!(called(snapshot, "pair/a.py", "pair/b.py"), [name]);
                    looked.fetch_add(1, Ordering::Relaxed);
                });
                println!("{looks} looks at {states} states, the longest wait was {longest:?}");
                assert!(states > 2);
            });
        }
        // A reader that found something wrong must not be waited for in vain.
        let flip = || {
            for _ in 0..60 * times() {
                let (one, other) = (bed.at("pair"), bed.at("build/other"));
                // Between two steps, as a step that reads meanwhile sees what is on disk: some of each.
                live.with_repository(|_| renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).unwrap());
                fresh(&live);
            }
        };
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(flip));
        done.store(true, Ordering::Release);
        result.unwrap();
    });
    assert!(looked.into_inner() > 0);
    check(&live);
}

/// Two files are written one after the other. Whatever a state has of them, what it derived fits to it.
#[test]
fn what_is_derived_belongs_to_the_same_state() {
    let bed = Bed::new();
    bed.write("a.py", &caller(NAMES[0]));
    bed.write("b.py", &callee(NAMES[0]));
    let live = bed.start();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                read_on(&live, &done, |snapshot| {
                    let (wanted, defined) =
                        (name_in(snapshot, "a.py", caller), name_in(snapshot, "b.py", callee));
                    let expected: &[&str] = if wanted == defined { &[wanted] } else { &[] };
                    assert_eq!(called(snapshot, "a.py", "b.py"), expected, "{wanted} and {defined}");
                });
            });
        }
        let write = || {
            for round in 0..150 * times() {
                for (path, text) in
                    [("a.py", caller(NAMES[round % 2])), ("b.py", callee(NAMES[round % 3 % 2]))]
                {
                    // No state has an empty file.
                    fs::write(bed.at("new"), text).unwrap();
                    fs::rename(bed.at("new"), bed.at(path)).unwrap();
                    if round % 2 == 0 {
                        fresh(&live);
                    }
                }
            }
        };
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(write));
        done.store(true, Ordering::Release);
        result.unwrap();
    });
    check(&live);
}

/// Snapshots are to be had while a step is held up.
#[test]
fn readers_do_not_wait_for_the_writer() {
    let bed = Bed::new();
    bed.write("a.py", "x = 1\n");
    let live = bed.start();
    live.with_repository(|_| {
        bed.write("a.py", "x = 2\n");
        let late = live.fresh(Duration::from_millis(50));
        assert!(late.stale && late.pending >= 1);
        for snapshot in [late.snapshot, live.snapshot(), live.pin()] {
            assert!(has(&snapshot, "a.py", Some("x = 1\n")));
        }
    });
    assert!(has(&fresh(&live).snapshot, "a.py", Some("x = 2\n")));
    check(&live);
}

#[test]
fn states_that_are_pinned() {
    let bed = Bed::new();
    bed.write("a.py", "x = 0\n");
    let live = bed.start();
    let mut pinned = Vec::new();
    for round in 0..9 {
        bed.write("a.py", &format!("x = {round}\n"));
        fresh(&live);
        // Twice the same is one.
        pinned.push((live.pin().generation(), format!("x = {round}\n")));
        assert_eq!(live.pin().generation(), pinned[round].0);
        if round == 7 {
            for (generation, text) in &pinned {
                let old = live.pinned(*generation).expect("eight are kept");
                assert!(has(&old, "a.py", Some(text)) && old.generation() == *generation);
            }
        }
    }
    assert!(live.pinned(pinned[0].0).is_none(), "the ninth drops the first");
    assert!(pinned[1..].iter().all(|(generation, _)| live.pinned(*generation).is_some()));
    // Others are published meanwhile, and what is pinned stays as it was, as long as anybody holds it.
    let held = live.pinned(pinned[1].0).unwrap();
    for round in 0..20 {
        bed.write("a.py", &format!("y = {round}\n"));
        bed.write(&format!("b{round}.py"), "");
        fresh(&live);
    }
    assert!(has(&held, "a.py", Some(&pinned[1].1)) && held.world().file_count() == 1);
    assert!(has(&live.pinned(pinned[8].0).unwrap(), "a.py", Some(&pinned[8].1)));
    check(&live);
}
