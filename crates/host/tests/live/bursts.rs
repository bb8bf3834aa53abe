//! Is a burst one step?

use crate::bed::{Bed, check, fresh, times};

/// However long the burst takes: while the writer cannot work, it takes no hints either.
#[test]
fn what_comes_while_a_step_waits_is_one_step() {
    let bed = Bed::new();
    bed.write("pkg0/first.py", "x = 1\n");
    let (live, updates) = bed.start_telling();
    let count = if times() > 1 { 10_000 } else { 1_500 };
    live.with_repository(|_| {
        for file in 0..count {
            bed.write(&format!("pkg{}/f{file}.py", file % 30), &format!("def f{file}():\n    pass\n"));
        }
    });
    fresh(&live);
    let told: Vec<(usize, usize)> = updates.try_iter().map(|u| (u.added.len(), u.changed.len())).collect();
    assert_eq!(told, [(count, 0)]);
    live.with_repository(|_| {
        for file in 0..count {
            bed.write(&format!("pkg{}/f{file}.py", file % 30), &format!("def g{file}():\n    pass\n"));
        }
        std::fs::remove_file(bed.at("pkg0/first.py")).unwrap();
    });
    fresh(&live);
    let told: Vec<_> =
        updates.try_iter().map(|u| (u.added.len(), u.changed.len(), u.removed.len())).collect();
    assert_eq!(told, [(0, count, 1)]);
    check(&live);
    assert_eq!(updates.try_iter().count(), 0, "nothing happened since");
}

/// More than the system's queue of events may be lost, but is not missed.
#[test]
fn many_bursts_in_a_row() {
    let bed = Bed::new();
    let (live, updates) = bed.start_telling();
    for round in 0..5 * times() {
        for file in 0..300 {
            bed.write(&format!("r{}/d{}/f{file}.py", round % 3, file % 20), &format!("x = {round}\n"));
        }
        fresh(&live);
        if round % 3 == 2 {
            std::fs::remove_dir_all(bed.at("r1")).unwrap();
            fresh(&live);
        }
    }
    check(&live);
    let generations: Vec<_> =
        updates.try_iter().map(|u| (u.before.generation(), u.after.generation())).collect();
    assert!(generations.windows(2).all(|pair| pair[0].1 == pair[1].0), "each step begins where one ended");
}
