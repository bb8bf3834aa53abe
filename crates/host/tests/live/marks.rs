//! What does a notice of a write give back?

use std::fs;

use crate::bed::{Bed, LONG, check, fresh, has, put, rel};

const POOL: &str =
    "class Pool:\n    def take(self):\n        pass\n\n    def give(self, one):\n        pass\n";

#[test]
fn a_notice_tells_what_became_of_a_file() {
    let bed = Bed::new();
    bed.write("pool.py", POOL);
    bed.write("other.py", "def helper():\n    pass\n");
    bed.write("app.py", "from pool import Pool\n\n\ndef main():\n    return Pool()\n");
    let live = bed.start_lazy();

    // Nothing is looked at before the notice is given, so that the report is about all of it.
    let mark = |change: &dyn Fn(), path: &str| {
        change();
        let marked = live.mark_dirty(&[rel(path)], LONG);
        assert!(!marked.fresh.stale && !marked.differs && marked.changes.len() == 1);
        marked.changes.into_iter().next().unwrap()
    };
    let changed = mark(
        &|| {
            bed.write(
                "app.py",
                "from other import helper\n\n\ndef main(fast):\n    return helper()\n\n\nX = 1\n",
            )
        },
        "app.py",
    );
    assert_eq!((changed.path.as_str(), changed.state), ("app.py", "changed"));
    let names = |symbols: &[String]| symbols.join(" ");
    assert_eq!((names(&changed.symbols.added), names(&changed.symbols.changed)), ("X".into(), "main".into()));
    assert!(changed.symbols.removed.is_empty());
    assert_eq!(changed.dependencies.added, [rel("other.py")]);
    assert_eq!(changed.dependencies.removed, [rel("pool.py")]);

    let shorter = POOL.split("\n\n").next().unwrap();
    let changed = mark(&|| bed.write("pool.py", shorter), "pool.py");
    assert_eq!((changed.state, names(&changed.symbols.removed)), ("changed", "Pool.give".into()));

    let added = mark(&|| bed.write("a/b/new.py", "from pool import Pool\n\nP = Pool()\n"), "a/b/new.py");
    assert_eq!((added.state, names(&added.symbols.added)), ("added", "P".into()));
    assert_eq!(added.dependencies.added, [rel("pool.py")]);

    let removed = mark(&|| fs::remove_file(bed.at("a/b/new.py")).unwrap(), "a/b/new.py");
    assert_eq!((removed.state, names(&removed.symbols.removed)), ("removed", "P".into()));
    assert_eq!(removed.dependencies.removed, [rel("pool.py")]);

    assert_eq!(mark(&|| {}, "app.py").state, "unchanged");
    assert_eq!(mark(&|| {}, "nothing.py").state, "not indexed");
    check(&live);
}

/// A tool writes, and another program changes the file before anybody looks: the file decides.
#[test]
fn a_content_that_is_not_the_one_on_disk() {
    let bed = Bed::new();
    bed.write("a.py", "x = 1\n");
    let live = bed.start();
    let (path, told) = (rel("a.py"), "x = 2\n");
    bed.write("a.py", told);
    let marked = live.mark_written(&path, told.as_bytes(), LONG);
    assert!(!marked.differs && has(&marked.fresh.snapshot, "a.py", Some(told)));
    bed.write("a.py", "x = 4\n");
    let marked = live.mark_written(&path, b"x = 3\n", LONG);
    assert!(marked.differs && has(&marked.fresh.snapshot, "a.py", Some("x = 4\n")));
    // It was written, and removed again by somebody else.
    fs::remove_file(bed.at("a.py")).unwrap();
    let marked = live.mark_written(&path, told.as_bytes(), LONG);
    assert_eq!((marked.differs, marked.changes[0].state), (true, "removed"));
    // It is no file that is indexed; what is on disk counts all the same.
    bed.write("notes.bin", "one");
    assert!(!live.mark_written(&rel("notes.bin"), b"one", LONG).differs);
    assert!(live.mark_written(&rel("notes.bin"), b"two", LONG).differs);
    check(&live);
}

/// The system tells nothing of a write through another name of the same file; a notice does.
#[test]
fn a_notice_of_what_nobody_else_tells() {
    let bed = Bed::new();
    bed.write("a.py", "x = 1\n");
    let outside = bed.beside("same.py");
    fs::hard_link(bed.at("a.py"), &outside).unwrap();
    let live = bed.start();
    for text in ["x = 2\n", "x = 3\n"] {
        put(&outside, text);
        let marked = live.mark_written(&rel("a.py"), text.as_bytes(), LONG);
        assert!(!marked.differs && has(&marked.fresh.snapshot, "a.py", Some(text)));
    }
    put(&outside, "x = 4\n");
    let reconciled = live.reconcile(LONG);
    assert!(!reconciled.stale && has(&reconciled.snapshot, "a.py", Some("x = 4\n")));
    check(&live);
    assert!(has(&fresh(&live).snapshot, "a.py", Some("x = 4\n")));
}

/// The watcher was faster than the notice: the report is about the write all the same, and about each write once.
#[test]
fn a_notice_that_comes_late() {
    let bed = Bed::new();
    bed.write("a.py", "def f():\n    pass\n");
    let live = bed.start();
    bed.write("a.py", "def f():\n    pass\n\n\ndef g():\n    pass\n");
    assert!(!fresh(&live).stale, "it is in the state before anybody gives notice");
    bed.write("a.py", "def f():\n    pass\n\n\ndef g():\n    pass\n\n\ndef h():\n    pass\n");
    fresh(&live);
    let marked = live.mark_dirty(&[rel("a.py")], LONG);
    assert_eq!((marked.changes[0].state, &*marked.changes[0].symbols.added.join(" ")), ("changed", "g h"));
    assert_eq!(live.mark_dirty(&[rel("a.py")], LONG).changes[0].state, "unchanged");
}
