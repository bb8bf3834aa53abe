//! What if the root itself goes away, comes back, or is another one?

use std::fs;
use std::time::Duration;

use lodemap_host::Live;

use crate::bed::{Bed, check, fresh, has, paths, put, soon, times};

/// Asks while the root is not there: the last state, called stale, without waiting for a miracle.
#[track_caller]
fn stands(live: &Live, state: &str, files: &[&str]) {
    let begun = std::time::Instant::now();
    for _ in 0..3 {
        let answer = live.fresh(Duration::from_secs(20));
        assert!(answer.stale && answer.pending >= 1);
        assert_eq!(paths(&answer.snapshot), files);
        assert_eq!(live.status().state, state);
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "nobody waits for a root to come back");
    assert!(live.mark_dirty(&[], Duration::from_secs(20)).fresh.stale);
    assert!(live.reconcile(Duration::from_secs(20)).stale);
}

#[test]
fn moved_away_and_back() {
    let bed = Bed::new();
    bed.write("d/f.py", "x = 1\n");
    let live = bed.start();
    let away = bed.beside("away");
    for round in 0..10 * times() {
        fs::rename(bed.top(), &away).unwrap();
        stands(&live, "root_moved", &["d/f.py"]);
        // What is written there is told by the watches, but cannot be looked at as this root's.
        let text = format!("x = {round}\n");
        put(&away.join("d/f.py"), &text);
        put(&away.join("new/g.py"), &text);
        // Until the writer has tried to look and could not, or before it has.
        std::thread::sleep(Duration::from_millis(if round % 2 == 0 { 120 } else { 0 }));
        fs::rename(&away, bed.top()).unwrap();
        let back = live.fresh(crate::bed::LONG);
        assert!(!back.stale && has(&back.snapshot, "d/f.py", Some(&text)), "round {round}");
        assert!(has(&back.snapshot, "new/g.py", Some(&text)), "round {round}");
        assert_eq!(live.status().state, "ready");
        check(&live);
        fs::remove_dir_all(bed.at("new")).unwrap();
        fresh(&live);
    }
}

/// Whoever asks in the very moment in which it comes back is not told what was before.
#[test]
fn back_in_the_moment_of_a_question() {
    let bed = Bed::new();
    bed.write("f.py", "x = 0\n");
    let live = bed.start();
    let away = bed.beside("away");
    for round in 0..40 * times() {
        fs::rename(bed.top(), &away).unwrap();
        put(&away.join("f.py"), &format!("x = {round}\n"));
        if round % 2 == 0 {
            std::thread::sleep(Duration::from_millis(45));
        }
        fs::rename(&away, bed.top()).unwrap();
        let back = live.fresh(crate::bed::LONG);
        let is_right = has(&back.snapshot, "f.py", Some(&format!("x = {round}\n")));
        assert!(!back.stale && is_right, "round {round}");
    }
    check(&live);
}

#[test]
fn removed_and_made_again() {
    let bed = Bed::new();
    for round in 0..4 {
        bed.write(&format!("d{round}/f.py"), "x = 1\n");
    }
    let (live, updates) = bed.start_telling();
    let before = fresh(&live).snapshot;
    fs::remove_dir_all(bed.top()).unwrap();
    soon("it is gone", || live.status().state == "root_gone");
    let answer = live.fresh(Duration::from_secs(20));
    assert!(answer.stale && answer.pending >= 1 && live.verify(&lodemap_host::NoProgress).is_err());
    bed.write("d0/f.py", "x = 2\n");
    bed.write("d9/f.py", "x = 2\n");
    soon("it is found by itself", || live.status().state == "ready");
    let after = fresh(&live).snapshot;
    assert_eq!(paths(&after), ["d0/f.py", "d9/f.py"]);
    assert!(has(&after, "d0/f.py", Some("x = 2\n")) && after.generation() > before.generation());
    check(&live);
    // It is watched as the first was.
    bed.write("d9/e/g.py", "x = 3\n");
    assert_eq!(paths(&fresh(&live).snapshot), ["d0/f.py", "d9/e/g.py", "d9/f.py"]);
    check(&live);
    assert!(updates.try_iter().all(|u| u.before.generation() < u.after.generation()));
}

#[test]
fn another_repository_at_the_same_path() {
    let bed = Bed::new();
    bed.write("a.py", "import b\n");
    bed.write("b.py", "x = 1\n");
    bed.write("Cargo.toml", "[package]\nname = \"one\"\n");
    let live = bed.start();
    for round in 0..6 * times() {
        let (next, old) = (bed.beside("next"), bed.beside(&format!("old{round}")));
        put(&next.join("b.py"), &format!("x = {round}\n"));
        put(&next.join(format!("only{round}.py")), "import b\n");
        fs::rename(bed.top(), &old).unwrap();
        fs::rename(&next, bed.top()).unwrap();
        // The question itself leads to the new one.
        let answer = live.fresh(crate::bed::LONG);
        if answer.stale {
            assert!(answer.pending >= 1);
            soon("the other one is opened", || live.status().state == "ready");
        }
        let now = fresh(&live).snapshot;
        assert_eq!(paths(&now), ["b.py".to_owned(), format!("only{round}.py")]);
        assert!(has(&now, "b.py", Some(&format!("x = {round}\n"))) && now.world().manifests().is_empty());
        // What is written to the old one is of no interest.
        put(&old.join("late.py"), "x = 1\n");
        assert_eq!(fresh(&live).snapshot.generation(), now.generation());
        check(&live);
    }
    // Something that is no folder is nothing to open, however long one waits.
    fs::rename(bed.top(), bed.beside("last")).unwrap();
    fs::write(bed.top(), "not a folder").unwrap();
    let last = paths(&live.snapshot());
    stands(&live, "root_replaced", &last.iter().map(String::as_str).collect::<Vec<_>>());
    fs::remove_file(bed.top()).unwrap();
    fs::rename(bed.beside("last"), bed.top()).unwrap();
    check(&live);
}

/// Whoever writes into the new root and asks at once finds it, although the watcher is only just being made.
#[test]
fn a_write_while_another_root_is_opened() {
    let bed = Bed::new();
    bed.write("a.py", "x = 1\n");
    let live = bed.start();
    for round in 0..30 * times() {
        let next = bed.beside("next");
        for file in 0..30 {
            put(&next.join(format!("d{file}/f.py")), &format!("y = {round}\n"));
        }
        fs::rename(bed.top(), bed.beside(&format!("old{round}"))).unwrap();
        fs::rename(&next, bed.top()).unwrap();
        for write in 0..12 {
            let (path, text) = (format!("d{write}/f.py"), format!("x = {round}, {write}\n"));
            bed.write(&path, &text);
            let answer = live.fresh(crate::bed::LONG);
            assert!(
                has(&answer.snapshot, &path, Some(&text)) || (answer.stale && answer.pending >= 1),
                "{path} in round {round}"
            );
        }
    }
    soon("it settles", || !live.fresh(crate::bed::LONG).stale);
    check(&live);
}
