//! What is put in comes out, as long as there is room.

use crate::{check, open, samples};
use lodemap_base::ContentHash;
use lodemap_store::{Entry, FactsCache, Folder, Limits, simulated::SimulatedFolder};

fn listed(folder: &SimulatedFolder) -> Vec<Entry> {
    folder.list().unwrap()
}

#[test]
fn facts_come_back_in_this_process_and_the_next() {
    let facts = samples(3);
    let folder = SimulatedFolder::default();
    let cache = open(&folder);
    assert_eq!(check(&cache, &facts), 0);
    facts.iter().for_each(|f| cache.put(f));
    assert_eq!(check(&cache, &facts), facts.len(), "before they are written");
    assert_eq!(listed(&folder).len(), 0);
    cache.flush();
    assert_eq!(check(&cache, &facts), facts.len());
    let next = open(&folder);
    assert_eq!(check(&next, &facts), facts.len());
    let figures = next.figures();
    assert_eq!((figures.packs, figures.entries), (1, facts.len()));
    assert_eq!((figures.hits, figures.misses), (facts.len() as u64, 0));
    assert_eq!(figures.bytes, listed(&folder)[0].len);
    // Known facts are not written again.
    facts.iter().for_each(|f| next.put(f));
    next.flush();
    assert_eq!(listed(&folder).len(), 1);
    // Another language of the same content is something else.
    assert_eq!(next.get(ContentHash::of(b"never seen"), facts[0].lang), None);
}

#[test]
fn many_packs_become_few() {
    let facts = samples(8);
    let folder = SimulatedFolder::default();
    let limits = Limits { packs: 6, ..Limits::default() };
    for f in &facts {
        let cache = FactsCache::open(Box::new(folder.clone()), limits);
        cache.put(f);
        cache.flush();
        assert!(listed(&folder).len() <= limits.packs + 1);
    }
    assert_eq!(check(&open(&folder), &facts), facts.len());
    assert_eq!(open(&folder).figures().damaged, 0);
}

#[test]
fn what_was_not_used_for_longest_goes() {
    let facts = samples(8);
    let folder = SimulatedFolder::default();
    let (old, new) = facts.split_at(facts.len() / 2);
    let cache = open(&folder);
    let (kept, forgotten) = old.split_at(old.len() / 2);
    for part in [kept, forgotten] {
        part.iter().for_each(|f| cache.put(f));
        cache.flush();
    }
    // The first pack is older, but used.
    let cache = open(&folder);
    assert_eq!(check(&cache, kept), kept.len());
    let room = listed(&folder).iter().map(|e| e.len).sum::<u64>() * 5 / 4;
    let limits = Limits { bytes: room, ..Limits::default() };
    let cache = FactsCache::open(Box::new(folder.clone()), limits);
    new[..old.len() / 2].iter().for_each(|f| cache.put(f));
    cache.flush();
    let next = open(&folder);
    assert_eq!(check(&next, forgotten), 0);
    assert_eq!(check(&next, kept), kept.len());
    assert!(listed(&folder).iter().map(|e| e.len).sum::<u64>() <= room);
}

#[test]
fn readers_keep_what_a_writer_removes() {
    let facts = samples(2);
    let folder = SimulatedFolder::default();
    let writer = open(&folder);
    facts.iter().for_each(|f| writer.put(f));
    writer.flush();
    let reader = open(&folder);
    for entry in listed(&folder) {
        folder.remove(&entry.name).unwrap();
    }
    assert_eq!(check(&reader, &facts), facts.len());
    assert_eq!(check(&open(&folder), &facts), 0);
}

#[test]
fn threads_side_by_side() {
    let facts = samples(6);
    let folder = SimulatedFolder::default();
    let caches = [open(&folder), open(&folder)];
    std::thread::scope(|scope| {
        for (n, part) in facts.chunks(5).enumerate() {
            let (cache, facts) = (&caches[n % 2], &facts);
            scope.spawn(move || {
                part.iter().for_each(|f| cache.put(f));
                cache.flush();
                assert!(check(cache, facts) >= part.len());
            });
        }
    });
    assert_eq!(check(&open(&folder), &facts), facts.len());
}
