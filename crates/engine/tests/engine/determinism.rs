//! The state is a function of the files: neither order, nor threads, nor what was asked before shows in it.

use lodemap_graph::Resolver;
use lodemap_testkit::{Rng, difference, dump_of, random_repository, seeds};

/// Fails with the first line that differs: whole dumps are long.
fn same(a: &str, b: &str, what: &str) {
    if let Some(lines) = difference(a, b) {
        panic!("{what}\n{lines}");
    }
}

#[test]
fn order_and_threads_do_not_show() {
    for seed in seeds(60) {
        let mut rng = Rng::new(seed);
        let mut repository = random_repository(&mut rng);
        let first = repository.snapshot_on(1);
        for threads in [1, 2, 8] {
            rng.shuffle(&mut repository.files);
            let other = repository.snapshot_on(threads);
            same(&dump_of(&first), &dump_of(&other), &format!("LODEMAP_SEED={seed}, {threads} threads"));
            assert_eq!(first.digests(), other.digests(), "LODEMAP_SEED={seed}, {threads} threads");
        }
    }
}

/// A resolver that has answered everything else before gives what a fresh one gives, look-ups included.
#[test]
fn what_was_resolved_before_does_not_show() {
    let mut cycles = 0;
    for seed in seeds(150) {
        let mut rng = Rng::new(seed);
        let snapshot = random_repository(&mut rng).snapshot();
        let world = snapshot.world();
        let mut ids: Vec<_> = world.files().map(|f| f.id).collect();
        rng.shuffle(&mut ids);
        let mut shared = Resolver::new(world);
        for id in ids {
            let fresh = Resolver::new(world).resolve(id);
            cycles += fresh.lookups.len();
            assert!(shared.resolve(id) == fresh, "LODEMAP_SEED={seed} {}", world.file(id).path);
        }
    }
    assert!(cycles > 0, "random repositories must hold something to resolve");
}

/// Different states have different digests: each table is told apart.
#[test]
fn a_difference_shows_in_its_table() {
    let digests = |text: &str| *lodemap_testkit::Fixture::parse(text).snapshot().digests();
    let base = digests("//- a.py\ndef f(): pass\n//- b.py\nfrom a import f\n");
    let comment = digests("//- a.py\ndef f(): pass  # x\n//- b.py\nfrom a import f\n");
    assert_ne!(base.files, comment.files);
    assert_eq!((base.resolution, base.ranks), (comment.resolution, comment.ranks));
    let renamed = digests("//- a.py\ndef g(): pass\n//- b.py\nfrom a import f\n");
    assert_ne!(base.resolution, renamed.resolution);
    assert_ne!(base.ranks, renamed.ranks);
}

#[test]
fn an_empty_repository_has_a_state() {
    let snapshot = lodemap_testkit::Fixture::default().snapshot();
    assert_eq!(dump_of(&snapshot), "lodemap dump 1\n");
    assert_eq!(snapshot.world().files().count(), 0);
}
