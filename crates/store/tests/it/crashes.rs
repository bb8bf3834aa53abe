//! Power that fails, disks that are full, bytes that rot: never a wrong answer, and ready again at once.

use std::collections::BTreeMap;

use crate::{Random, check, damage, open, runs, samples};
use lodemap_facts::FileFacts;
use lodemap_store::{FactsCache, Folder, Limits, simulated::SimulatedFolder};

/// Enough packs that some are merged and some removed.
const BUSY: Limits = Limits { bytes: 12 << 10, pending: 2 << 10, packs: 3 };

/// Puts facts in, some at a time; gives those that were on disk once a flush came back.
fn work(folder: &SimulatedFolder, facts: &[FileFacts]) {
    for part in facts.chunks(4) {
        let cache = FactsCache::open(Box::new(folder.clone()), BUSY);
        part.iter().for_each(|f| cache.put(f));
        cache.flush();
        check(&cache, facts);
    }
}

/// A cache over these files answers rightly, takes new facts and keeps them.
fn is_usable(files: BTreeMap<String, Vec<u8>>, facts: &[FileFacts]) -> usize {
    let folder = SimulatedFolder::with(files);
    let cache = open(&folder);
    let known = check(&cache, facts);
    assert!(!folder.files().keys().any(|n| n.starts_with("tmp-")), "left over");
    facts.iter().for_each(|f| cache.put(f));
    cache.flush();
    assert_eq!(check(&open(&folder), facts), facts.len(), "it can be used as ever");
    known
}

#[test]
fn images_after_a_crash() {
    let facts = samples(5);
    let folder = SimulatedFolder::default();
    work(&folder, &facts);
    let steps = folder.steps();
    assert!(steps.len() > 100, "{} steps", steps.len());
    let mut random = Random::seeded(0x10de_0001);
    let mut known = 0;
    for _ in 0..runs(500) {
        let cut = random.below(steps.len() + 1);
        let image = SimulatedFolder::after_crash(&steps[..cut], &mut || random.below(4) as u8);
        known += is_usable(image, &facts);
    }
    assert!(known > 0, "some facts survive");
}

#[test]
fn what_was_flushed_survives_a_crash() {
    let facts = samples(2);
    let folder = SimulatedFolder::default();
    let cache = open(&folder);
    facts.iter().for_each(|f| cache.put(f));
    cache.flush();
    let image = SimulatedFolder::after_crash(&folder.steps(), &mut || 0);
    assert_eq!(is_usable(image, &facts), facts.len());
}

#[test]
fn every_step_can_fail() {
    let facts = samples(4);
    let mut step = 0;
    loop {
        let folder = SimulatedFolder::default();
        folder.fail_after(step);
        work(&folder, &facts);
        let count = folder.steps().len();
        is_usable(folder.files(), &facts);
        step += 1;
        if step > count {
            break;
        }
    }
    assert!(step > 50);
}

#[test]
fn a_full_disk_is_told() {
    let facts = samples(1);
    let folder = SimulatedFolder::default();
    let cache = open(&folder);
    facts.iter().for_each(|f| cache.put(f));
    folder.fail_after(1);
    cache.flush();
    assert!(cache.figures().unwritable.unwrap().contains("no space left"));
    facts.iter().for_each(|f| cache.put(f));
    cache.flush();
    assert_eq!(cache.figures().unwritable, None);
    assert_eq!(check(&open(&folder), &facts), facts.len());
}

#[test]
fn damaged_files() {
    let facts = samples(3);
    let folder = SimulatedFolder::default();
    for part in facts.chunks(facts.len() / 3) {
        let cache = open(&folder);
        part.iter().for_each(|f| cache.put(f));
        cache.flush();
    }
    let files = folder.files();
    let mut random = Random::seeded(0x10de_0002);
    let mut found_out = 0;
    for _ in 0..runs(1_000) {
        let mut files = files.clone();
        let name = files.keys().nth(random.below(files.len())).unwrap().clone();
        let bytes = files.get_mut(&name).unwrap();
        damage(bytes, &mut random);
        let is_same = *bytes == folder.files()[&name];
        found_out += usize::from(!is_same && is_usable(files, &facts) < facts.len());
    }
    assert!(found_out > 0);
}

#[test]
fn other_files_are_left_alone() {
    let facts = samples(1);
    let foreign: BTreeMap<String, Vec<u8>> =
        [("README", "mine"), ("x.pack.old", "LODEPAK1")].map(|(n, b)| (n.into(), b.into())).into();
    let folder = SimulatedFolder::with(foreign.clone());
    let cache = open(&folder);
    facts.iter().for_each(|f| cache.put(f));
    cache.flush();
    assert!(foreign.iter().all(|(name, bytes)| folder.files()[name] == *bytes));
    assert!(folder.list().unwrap().len() == 3);
}
