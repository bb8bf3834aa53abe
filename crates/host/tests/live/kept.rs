//! A state that rests is kept, so that a process that is killed leaves what the next one begins with.

use lodemap_host::{Kept, Live, LiveOptions, NoProgress, OpenOptions, Repository};

use crate::bed::{Bed, fresh, git, soon};

fn options(bed: &Bed) -> OpenOptions {
    OpenOptions { root: Some(bed.top()), jobs: 2, cache: Some(bed.beside("cache")), ..OpenOptions::default() }
}

fn start(bed: &Bed) -> Live {
    let options = LiveOptions { open: options(bed), ..LiveOptions::default() };
    Live::start(options, &NoProgress, vec![]).unwrap().0
}

/// The number of the state that is kept, where it is the one of the files.
fn kept(bed: &Bed) -> Option<u64> {
    Kept::open(&options(bed)).unwrap().map(|kept| kept.generation())
}

fn number(live: &Live) -> u64 {
    fresh(live).snapshot.generation().0
}

#[test]
fn what_rests_is_kept_while_it_is_live() {
    let bed = Bed::new();
    bed.write("a.py", "def f(): pass\n");
    let live = start(&bed);
    let first = number(&live);
    soon("the first state is kept", || kept(&bed) == Some(first));
    bed.write("b.py", "def g(): f()\n");
    let second = number(&live);
    assert!(second > first);
    soon("the second state is kept", || kept(&bed) == Some(second));
    // One that nobody had the time to keep is followed by another number, not by the same for another state.
    bed.write("b.py", "def h(): f()\n");
    let third = number(&live);
    std::mem::forget(live);
    bed.write("c.py", "def i(): h()\n");
    let next = start(&bed);
    assert!(number(&next) > third);
    drop(next);
    assert!(kept(&bed).is_some_and(|kept| kept > third));
}

#[test]
fn there_and_back_between_branches_parses_nothing() {
    let bed = Bed::new();
    let commit = |message: &str| {
        git(&bed.top(), &["add", "-A"]);
        git(&bed.top(), &["commit", "-qm", message]);
    };
    git(&bed.top(), &["init", "-q", "-b", "one"]);
    for n in 0..30 {
        bed.write(&format!("m{n}.py"), &format!("def f{n}(): pass\n"));
    }
    commit("one");
    git(&bed.top(), &["checkout", "-q", "-b", "two"]);
    for n in 0..20 {
        bed.write(&format!("m{n}.py"), &format!("def g{n}(): f{}()\n", n + 1));
    }
    bed.write("more/x.py", "from m1 import g1\n");
    commit("two");
    let parsed = |what: &str| {
        let repository = Repository::open(&options(&bed), &NoProgress).unwrap();
        repository.save();
        let stats = repository.stats();
        println!("{what}: {} parsed, {} reused", stats.parsed, stats.reused);
        (stats.parsed, repository.snapshot().digests().whole())
    };
    let (_, two) = parsed("two");
    git(&bed.top(), &["checkout", "-q", "one"]);
    let (count, one) = parsed("one");
    assert_eq!(count, 20);
    for _ in 0..2 {
        git(&bed.top(), &["checkout", "-q", "two"]);
        assert_eq!(parsed("two"), (0, two.clone()));
        git(&bed.top(), &["checkout", "-q", "one"]);
        assert_eq!(parsed("one"), (0, one.clone()));
    }
    // A worktree shares what is known.
    git(&bed.top(), &["worktree", "add", "-q", "../tree", "two"]);
    let tree = OpenOptions { root: Some(bed.beside("tree")), ..options(&bed) };
    let repository = Repository::open(&tree, &NoProgress).unwrap();
    assert_eq!((repository.stats().parsed, repository.snapshot().digests().whole()), (0, two));
}
