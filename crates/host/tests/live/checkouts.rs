//! Does it follow what git does to a working tree?

use std::fs;
use std::time::{Duration, Instant};

use crate::bed::{Bed, Dice, check, fresh, git, has, paths, times};

const COMMITS: usize = 24;

/// A repository whose history moves, adds, changes and removes files; each commit is tagged `c<n>`.
fn history(bed: &Bed) {
    let top = bed.top();
    let mut dice = Dice::new(11);
    git(&top, &["init", "-qb", "main"]);
    bed.write(".gitignore", "out/\n");
    for commit in 0..COMMITS {
        for _ in 0..14 {
            let package = format!("pkg{}/s{}", dice.roll(8), dice.roll(4));
            let module = dice.roll(6);
            let text = format!(
                "from pkg{}.s{} import m{}\n\n\ndef f{}():\n    return m{}.f{}()\n",
                dice.roll(8),
                dice.roll(4),
                dice.roll(6),
                dice.roll(9),
                dice.roll(6),
                dice.roll(9)
            );
            bed.write(&format!("{package}/m{module}.py"), &text);
        }
        match commit % 4 {
            1 => _ = fs::remove_dir_all(bed.at(&format!("pkg{}", dice.roll(8)))),
            2 => {
                let (from, to) = (bed.at(&format!("pkg{}", dice.roll(8))), bed.at(&format!("moved{commit}")));
                _ = fs::rename(from, to);
            }
            3 => bed.write(".gitignore", &format!("out/\nm{}.py\n", commit % 6)),
            _ => {}
        }
        git(&top, &["add", "-A"]);
        git(&top, &["commit", "-qm", &format!("step {commit}")]);
        git(&top, &["tag", &format!("c{commit}")]);
    }
}

#[test]
fn between_far_revisions() {
    let bed = Bed::new();
    history(&bed);
    let top = bed.top();
    let (live, updates) = bed.start_telling();
    let first = *live.snapshot().digests();
    for round in 0..times() {
        for tag in [0, COMMITS - 1, COMMITS / 2, 1 + round % 5, COMMITS - 1] {
            git(&top, &["checkout", "-q", &format!("c{tag}")]);
            check(&live);
        }
        assert_eq!(*live.snapshot().digests(), first, "the same files are the same state");
    }
    // Edits, one of them staged, and a file that git does not know: put away, and taken out again.
    let text = "def edited():\n    pass\n";
    let tracked: Vec<String> = paths(&live.snapshot()).into_iter().take(3).collect();
    tracked.iter().for_each(|path| bed.write(path, text));
    bed.write("untracked/u.py", text);
    bed.write("out/ignored.py", text);
    git(&top, &["add", &tracked[0]]);
    check(&live);
    assert!(
        has(&live.snapshot(), "untracked/u.py", Some(text)) && has(&live.snapshot(), "out/ignored.py", None)
    );
    git(&top, &["stash", "-qu"]);
    check(&live);
    assert_eq!(*live.snapshot().digests(), first);
    git(&top, &["stash", "pop", "-q"]);
    check(&live);
    assert!(tracked.iter().all(|path| has(&live.snapshot(), path, Some(text))));
    git(&top, &["reset", "-q", "--hard", "c3"]);
    check(&live);
    assert!(has(&live.snapshot(), "untracked/u.py", Some(text)));
    git(&top, &["clean", "-fdxq"]);
    check(&live);
    assert!(has(&live.snapshot(), "untracked/u.py", None) && !bed.at("out").exists());
    git(&top, &["checkout", "-q", &format!("c{}", COMMITS - 1)]);
    git(&top, &["rm", "-rq", "."]);
    check(&live);
    git(&top, &["reset", "-q", "--hard"]);
    check(&live);
    assert_eq!(*live.snapshot().digests(), first);
    let updates: Vec<_> = updates.try_iter().collect();
    assert!(updates.windows(2).all(|pair| pair[0].after.generation() == pair[1].before.generation()));
}

/// Ten checkouts a second, with questions between; then rest.
#[test]
fn a_storm_of_checkouts() {
    let bed = Bed::new();
    history(&bed);
    let top = bed.top();
    let (live, updates) = bed.start_telling();
    let (mut dice, begun) = (Dice::new(5), Instant::now());
    let count = 30 * times();
    std::thread::scope(|scope| {
        let storm = scope.spawn(|| {
            for round in 0..count {
                git(&top, &["checkout", "-qf", &format!("c{}", dice.roll(COMMITS))]);
                let due = Duration::from_millis(100) * (round as u32 + 1);
                std::thread::sleep(due.saturating_sub(begun.elapsed()));
            }
        });
        while !storm.is_finished() {
            let answer = live.fresh(Duration::from_millis(40));
            assert_eq!(answer.stale, answer.pending >= 1);
            std::thread::sleep(Duration::from_millis(15));
        }
        storm.join().unwrap();
    });
    let took = begun.elapsed();
    check(&live);
    git(&top, &["checkout", "-qf", "c0"]);
    git(&top, &["clean", "-fdxq"]);
    let last = fresh(&live).snapshot;
    check(&live);
    let updates = updates.try_iter().count();
    println!("{count} checkouts in {took:?}: {updates} updates, generation {:?}", last.generation());
}
