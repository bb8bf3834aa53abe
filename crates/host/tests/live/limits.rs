//! Are answers right where the system watches little, or nothing?

use std::fs;
use std::process::Command;
use std::time::Duration;

use lodemap_host::Live;

use crate::bed::{Bed, check, fresh, has, soon, times};

/// Runs the test named `name` again, by itself, in a user namespace of its own with room for `watches` watches and
/// `queues` queues. Where such namespaces are not allowed, it says so.
fn with_limits(name: &str, watches: &str, queues: &str) {
    let script = "echo $1 > /proc/sys/user/max_inotify_watches && \
                  echo $2 > /proc/sys/user/max_inotify_instances && \
                  exec \"$3\" --exact --ignored --nocapture \"$4\"";
    let binary = std::env::current_exe().unwrap();
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["-Ur", "sh", "-c", script, "sh", watches, queues]).arg(&binary).arg(name);
        command.output()
    };
    let allowed = unshare("test -w /proc/sys/user/max_inotify_watches");
    if !allowed.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: {name} needs user namespaces, which are not allowed here");
        return;
    }
    let output = unshare(script).unwrap();
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}\n{complained}");
}

/// Files in watched and unwatched folders are written, moved and removed, with a question after each.
fn live_on(bed: &Bed, live: &Live) {
    for round in 0..8 * times() {
        for folder in [0, 60, 199] {
            let (path, text) = (format!("d{folder}/s/f.py"), format!("x = {round}\n"));
            bed.write(&path, &text);
            assert!(has(&fresh(live).snapshot, &path, Some(&text)));
        }
        let (old, new) = (format!("d{}", 100 + round % 50), format!("d{}/moved{round}", round % 3));
        fs::rename(bed.at(&old), bed.at(&new)).unwrap();
        let now = fresh(live).snapshot;
        assert!(has(&now, &format!("{old}/s/f.py"), None));
        assert!(now.world().file_at(&format!("{new}/s/f.py")).is_some());
        bed.write(&format!("new{round}/deep/er/f.py"), "x = 1\n");
        assert!(has(&fresh(live).snapshot, &format!("new{round}/deep/er/f.py"), Some("x = 1\n")));
        fs::remove_dir_all(bed.at(&format!("new{round}"))).unwrap();
        assert!(has(&fresh(live).snapshot, &format!("new{round}/deep/er/f.py"), None));
        // It is made again under the name it had, for the next time.
        bed.write(&format!("{old}/s/f.py"), "x = 1\n");
        fs::remove_dir_all(bed.at(&new)).unwrap();
    }
    check(live);
    // Nobody asks, and it is found all the same.
    bed.write("d150/s/f.py", "unasked = 1\n");
    soon("it is looked at now and then", || has(&live.snapshot(), "d150/s/f.py", Some("unasked = 1\n")));
    check(live);
}

fn crowd() -> Bed {
    let bed = Bed::new();
    (0..200).for_each(|folder| bed.write(&format!("d{folder}/s/f.py"), "x = 0\n"));
    bed
}

#[test]
fn fewer_watches_than_folders() {
    with_limits("limits::limited_to_64_watches", "64", "128");
}

#[test]
#[ignore = "run by fewer_watches_than_folders"]
fn limited_to_64_watches() {
    let bed = crowd();
    let live = bed.start();
    let status = live.status();
    let watcher = &status.watcher;
    assert_eq!((status.state, watcher.mode, watcher.dirs + watcher.polled), ("degraded", "mixed", 401));
    assert!(watcher.dirs > 20 && watcher.problem.as_ref().unwrap().contains("fs.inotify.max_user_watches"));
    live_on(&bed, &live);
    // Where there is room again, all is well again.
    for folder in 5..200 {
        fs::remove_dir_all(bed.at(&format!("d{folder}"))).unwrap();
    }
    check(&live);
    soon("all is watched", || {
        fresh(&live).snapshot.world().file_count() == 5 && live.status().state == "ready"
    });
    let watcher = live.status().watcher;
    assert_eq!((watcher.mode, watcher.polled, watcher.problem), ("inotify", 0, None));
    check(&live);
}

#[test]
fn no_queue_at_all() {
    with_limits("limits::limited_to_no_queue", "64", "0");
}

#[test]
#[ignore = "run by no_queue_at_all"]
fn limited_to_no_queue() {
    let bed = crowd();
    let live = bed.start();
    let status = live.status();
    assert_eq!((status.state, status.watcher.mode), ("degraded", "polling"));
    assert!(status.watcher.problem.unwrap().contains("fs.inotify.max_user_instances"));
    live_on(&bed, &live);
    let late = live.fresh(Duration::ZERO);
    assert!(late.stale && late.pending >= 1, "only a look can tell");
}

#[test]
fn a_queue_but_no_watches() {
    with_limits("limits::limited_to_no_watches", "0", "128");
}

/// Not even the folder of a barrier can be watched: each question looks at everything.
#[test]
#[ignore = "run by a_queue_but_no_watches"]
fn limited_to_no_watches() {
    let bed = crowd();
    let live = bed.start();
    let status = live.status();
    assert_eq!((status.state, status.watcher.dirs, status.watcher.polled), ("degraded", 0, 401));
    assert!(status.watcher.problem.unwrap().contains("fs.inotify.max_user_watches"));
    live_on(&bed, &live);
}
