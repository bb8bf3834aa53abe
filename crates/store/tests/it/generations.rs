//! States by generation: the newest whole one, and numbers that never stand for two.

use std::collections::BTreeMap;

use crate::{Random, damage, runs};
use lodemap_store::{Claim, Folder, Generations, Section, simulated::SimulatedFolder};

/// What stands in the state of a number.
fn content(generation: u64) -> [Vec<u8>; 2] {
    [
        generation.to_string().repeat(40).into_bytes(),
        (0..2_000).map(|n: u64| (n * n + generation) as u8).collect(),
    ]
}

fn write(states: &Generations, generation: u64, own: Option<Claim>) -> std::io::Result<()> {
    let [a, b] = content(generation);
    states.write(generation, &[Section { id: 7, bytes: &a }, Section { id: 9, bytes: &b }])?;
    own.into_iter().for_each(|own| states.give_back(own, generation));
    Ok(())
}

fn open(folder: &SimulatedFolder) -> Generations {
    Generations::new(Box::new(folder.clone()))
}

/// The number of the newest state, which is either as it was written or known to be damaged.
fn check(states: &Generations) -> Option<u64> {
    let newest = states.newest()?;
    let [a, b] = content(newest.generation);
    for (id, bytes) in [(7, a), (9, b)] {
        match newest.segments.read(id) {
            Ok(read) => assert_eq!(read, bytes, "a wrong answer"),
            Err(e) => assert!(matches!(e.kind(), std::io::ErrorKind::InvalidData), "{e}"),
        }
    }
    Some(newest.generation)
}

/// Runs that claim numbers and write states; some end without giving anything back. Gives the numbers that were used.
fn work(folder: &SimulatedFolder, random: &mut Random) -> Vec<u64> {
    let mut used = Vec::new();
    for _ in 0..6 {
        let states = open(folder);
        let Some(claim) = states.claim() else { continue };
        let last = claim.first + random.below(3) as u64;
        used.extend(claim.first..=last);
        if random.below(3) > 0 {
            _ = write(&states, last, (random.below(3) > 0).then_some(claim));
        }
    }
    used
}

#[test]
fn numbers_ascend_whatever_ends_how() {
    let mut random = Random::seeded(0x10de_0011);
    for _ in 0..runs(200) {
        let folder = SimulatedFolder::default();
        let used = work(&folder, &mut random);
        assert!(used.is_sorted_by(|a, b| a < b), "{used:?}");
        let claims = folder.files().keys().filter(|n| n.ends_with(".claim")).count();
        assert!(claims <= 6 && folder.files().len() - claims <= 1, "{:?}", folder.files().keys());
    }
}

#[test]
fn any_part_of_a_section_can_be_read() {
    let folder = SimulatedFolder::default();
    let states = open(&folder);
    let mut random = Random::seeded(0x10de_0015);
    // What cannot be compressed lies as it is, so that it is known where; what can be is read alike.
    let bytes: Vec<u8> = (0..200_000).map(|_| random.next() as u8).collect();
    let even: Vec<u8> = (0..200_000u64).map(|n| (n * 7 + n / 251) as u8).collect();
    let sections = [(1, &[][..]), (2, &bytes), (4, &even)].map(|(id, bytes)| Section { id, bytes });
    states.write(1, &sections).unwrap();
    assert!(folder.list().unwrap()[0].len < 300_000, "it is compressed");
    let newest = states.newest().unwrap();
    assert_eq!(newest.segments.read(1).unwrap(), Vec::<u8>::new());
    assert!(newest.segments.section(3).is_err());
    let section = newest.segments.section(2).unwrap();
    let other = newest.segments.section(4).unwrap();
    for _ in 0..200 {
        let start = random.below(bytes.len() + 1);
        let end = start + random.below(bytes.len() + 1 - start);
        assert_eq!(section.read(start as u64..end as u64).unwrap(), &bytes[start..end], "{start}..{end}");
        assert_eq!(other.read(start as u64..end as u64).unwrap(), &even[start..end], "{start}..{end}");
    }
    assert!(section.read(5..bytes.len() as u64 + 1).is_err());
    // A block that rots takes nothing else with it.
    let mut files = folder.files();
    files.get_mut("00000000000000000001.state").unwrap()[8 + 70_000] ^= 1;
    let newest = open(&SimulatedFolder::with(files)).newest().unwrap();
    let section = newest.segments.section(2).unwrap();
    assert_eq!(section.read(0..65_536).unwrap(), &bytes[..65_536]);
    assert_eq!(section.read(140_000..150_000).unwrap(), &bytes[140_000..150_000]);
    assert!(section.read(65_535..65_537).is_err() && section.read(0..200_000).is_err());
}

#[test]
fn the_newest_is_found_and_the_others_go() {
    let folder = SimulatedFolder::default();
    let states = open(&folder);
    assert_eq!(check(&states), None);
    let claim = states.claim().unwrap();
    assert_eq!(claim.first, 1);
    for generation in [1, 2, 5] {
        write(&states, generation, None).unwrap();
        assert_eq!(check(&states), Some(generation));
    }
    assert_eq!(folder.list().unwrap().len(), 2, "one state, one claim");
    write(&states, 6, Some(claim)).unwrap();
    assert_eq!(folder.list().unwrap().len(), 1, "the claim was given back");
    assert_eq!(states.claim().unwrap().first, 7);
    // A damaged state goes, but nobody gets its number again.
    let states = open(&folder);
    states.drop_state(6);
    assert_eq!((check(&states), states.claim().unwrap().first > 6), (None, true));
}

#[test]
fn images_after_a_crash() {
    let mut random = Random::seeded(0x10de_0012);
    let mut survived = 0;
    for _ in 0..runs(500) {
        let folder = SimulatedFolder::default();
        work(&folder, &mut random);
        let steps = folder.steps();
        let cut = random.below(steps.len() + 1);
        let image = SimulatedFolder::after_crash(&steps[..cut], &mut || random.below(4) as u8);
        let folder = SimulatedFolder::with(image);
        let states = open(&folder);
        assert!(!folder.files().keys().any(|n| n.starts_with("tmp-")), "left over");
        let newest = check(&states);
        survived += usize::from(newest.is_some());
        let claim = states.claim().unwrap();
        assert!(newest.is_none_or(|newest| newest < claim.first));
        write(&states, claim.first, Some(claim)).unwrap();
        assert_eq!(check(&open(&folder)), Some(claim.first), "it can be used as ever");
    }
    assert!(survived > 0);
}

#[test]
fn a_number_that_was_used_is_not_given_out_after_a_crash() {
    let folder = SimulatedFolder::default();
    let states = open(&folder);
    let first = states.claim().unwrap();
    // Nothing that was not synced survives; what was used stays taken.
    let image = SimulatedFolder::after_crash(&folder.steps(), &mut || 0);
    let next = open(&SimulatedFolder::with(image)).claim().unwrap();
    assert!(next.first >= first.end);
}

#[test]
fn every_step_can_fail() {
    let mut step = 0;
    loop {
        let folder = SimulatedFolder::default();
        folder.fail_after(step);
        let used = work(&folder, &mut Random::seeded(0x10de_0013));
        assert!(used.is_sorted_by(|a, b| a < b), "{used:?}");
        let count = folder.steps().len();
        check(&open(&folder));
        step += 1;
        if step > count {
            break;
        }
    }
    assert!(step > 20, "{step}");
}

#[test]
fn damaged_states() {
    let folder = SimulatedFolder::default();
    write(&open(&folder), 3, None).unwrap();
    let whole = folder.files();
    let mut random = Random::seeded(0x10de_0014);
    let mut found_out = 0;
    for _ in 0..runs(1_000) {
        let mut files: BTreeMap<String, Vec<u8>> = whole.clone();
        let bytes = files.values_mut().next().unwrap();
        damage(bytes, &mut random);
        let folder = SimulatedFolder::with(files);
        let states = open(&folder);
        let is_whole = check(&states).is_some_and(|_| {
            let newest = states.newest().unwrap();
            [7, 9].iter().all(|id| newest.segments.read(*id).is_ok())
        });
        found_out += usize::from(!is_whole);
    }
    assert!(found_out > 0);
}
