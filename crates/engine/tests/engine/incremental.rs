//! An engine that lived through changes knows what one that met the result knows, byte for byte.

use std::path::Path;
use std::time::Instant;

use lodemap_engine::{ChangeSet, Engine};
use lodemap_testkit::{Fixture, KINDS, Story, Subject, Tally, Twins, dump_of, hunt, sabotaged, seeds};

fn engine() -> Box<dyn Subject> {
    Box::new(Engine::new())
}

/// Long runs are `LODEMAP_RUNS=5000 cargo test`, or `cargo xtask soak`.
#[test]
fn random_stories() {
    let begun = Instant::now();
    let Tally { counts, found } = hunt(&engine, seeds(40), &mut |_| true);
    if let Some(found) = found {
        panic!("{found}");
    }
    let seconds = begun.elapsed().as_secs_f64();
    eprintln!(
        "{} stories, {:.0} a second; {} edits, {:.0} a second; {} change sets",
        counts.stories,
        counts.stories as f64 / seconds,
        counts.edits,
        counts.edits as f64 / seconds,
        counts.applies
    );
}

/// What once went wrong, and what could, as people tell it.
#[test]
fn stories_that_are_kept() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/edits");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "txt"));
    paths.sort();
    assert!(paths.len() >= 30, "the stories are not where they should be");
    let mut twins = Twins::new(&engine);
    let mut failures = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let story = match Story::parse(&std::fs::read_to_string(&path).unwrap()) {
            Ok(story) => story,
            Err(error) => panic!("{name}: {error}"),
        };
        assert!(!story.about.is_empty(), "{name} does not say what it is about");
        if let Err(failure) = twins.play(&story) {
            failures.push(format!("{name}, after step {}: {}", failure.step, failure.what));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A suite that has never failed proves nothing: whatever an engine may miss is found soon, and told in few steps.
#[test]
fn sabotage_is_found() {
    for kind in KINDS {
        let make = || sabotaged(kind).unwrap();
        // That a type alone is different is rare: most changes of types change names, too.
        let most = if *kind == "types" { 600 } else { 40 };
        let tally = hunt(&make, 0..most, &mut |_| true);
        let found = tally.found.unwrap_or_else(|| panic!("`{kind}` is not found in {:?}", tally.counts));
        let steps = found.story.steps.len();
        let lines = found.story.text().lines().count();
        eprintln!("{kind}: {steps} steps, {lines} lines, {:?}", tally.counts);
        assert!(steps <= 4 && lines <= 15, "`{kind}` is told in {steps} steps and {lines} lines:\n{found}");
    }
}

/// One transaction may say of a path that it is gone and that it is there: removals come first.
#[test]
fn what_is_removed_and_written_at_once_is_there() {
    let files = |text: &str| Fixture::parse(text).changes();
    let mut engine = Engine::new();
    engine.apply(files("//- a.py\ndef f(): pass\n//- b.py\nfrom a import f\n"));
    let mut changes = files("//- a.py\ndef f(): return 1\n");
    changes.removed.push(changes.files[0].path.clone());
    let (snapshot, _) = engine.apply(changes);
    let fresh = Fixture::parse("//- a.py\ndef f(): return 1\n//- b.py\nfrom a import f\n").snapshot();
    assert_eq!(dump_of(&snapshot), dump_of(&fresh));
}

/// Nothing happened, nothing is different; not even for an engine that knows nothing.
#[test]
fn an_empty_change_changes_nothing() {
    let mut engine = Engine::new();
    let empty = dump_of(&engine.snapshot());
    assert_eq!(dump_of(&engine.apply(ChangeSet::default()).0), empty);
    let (before, _) = engine.apply(Fixture::parse("//- a.py\ndef f(): g()\n").changes());
    let (after, _) = engine.apply(ChangeSet::default());
    assert_eq!(dump_of(&before), dump_of(&after));
    assert_eq!(before.digests(), after.digests());
}
