//! Is an inventory that was brought up to date by hints what a fresh discovery finds? Random trees, random
//! operations on them, and hints as a watcher or a tool would give them.
//!
//! A failure prints its seed; `LODEMAP_SEED=N cargo test` replays it alone, `LODEMAP_RUNS=N` tries more seeds.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests build the trees that they look at")]

mod world;

use lodemap_base::RelPath;
use lodemap_disk::{
    Changes, Dirty, Folders, Found, Inventory, Options, Regard, Root, Sameness, Sighting, Unwatched, discover,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::sync::{Arc, Mutex};
use world::{World, on_seeds};

/// Which folders the inventory says that it looks into.
#[derive(Default)]
struct Ledger(Mutex<BTreeSet<Vec<u8>>>);

impl Folders for Ledger {
    fn enter(&self, folder: &[u8]) {
        self.0.lock().unwrap().insert(folder.to_vec());
    }
    fn leave(&self, folder: &[u8]) {
        assert!(self.0.lock().unwrap().remove(folder), "left, but never entered");
    }
}

fn check(seed: u64) {
    let mut world = World::new(seed);
    let options = world.options();
    let root = Arc::new(Root::open(&world.top, false).unwrap());
    let ledger = Ledger::default();
    let mut inventory = Inventory::new(root.clone(), options.clone());
    let mut map: BTreeMap<RelPath, Found> = BTreeMap::new();
    let mut changes = inventory.sweep(&ledger, &|_| {});
    for round in 0..12 {
        let mut dirty = std::mem::take(&mut world.dirty);
        dirty.everything |= world.linked;
        if round > 0 {
            changes = inventory.refresh(&dirty, &ledger);
        }
        let told = || format!("LODEMAP_SEED={seed} round {round}: {dirty:?}\n{}", world.log.join("\n"));
        let want = discover(&root, &options, &|_| {});
        let got = inventory.discovery();
        if got != want {
            let (a, b): (BTreeSet<_>, BTreeSet<_>) = (
                got.files.iter().map(|f| format!("{f:?}")).collect(),
                want.files.iter().map(|f| format!("{f:?}")).collect(),
            );
            let (more, less) = (a.difference(&b).collect::<Vec<_>>(), b.difference(&a).collect::<Vec<_>>());
            panic!(
                "{}\ntoo many: {more:#?}\ntoo few: {less:#?}\n{:#?}\n{:#?}",
                told(),
                inventory.passed_over(),
                lodemap_disk::Discovery { files: vec![], ..want }
            );
        }
        apply(&mut map, &changes, &told);
        assert!(map.values().eq(inventory.files()), "the changes do not lead to the state: {}", told());
        for named in dirty.files.iter().filter(|p| inventory.found(p).is_some()) {
            assert!(changes.touched.iter().any(|f| f.path == *named), "{named} was written: {}", told());
        }
        let entered = ledger.0.lock().unwrap();
        assert_eq!(entered.len(), inventory.folders(), "{entered:?} {}", told());
        for folder in entered.iter() {
            let path = world.top.join(std::ffi::OsStr::from_bytes(folder));
            let there = match path.symlink_metadata() {
                Ok(meta) => meta.is_dir(),
                Err(error) => error.kind() == std::io::ErrorKind::PermissionDenied,
            };
            assert!(there, "{path:?} {}", told());
        }
        drop(entered);
        world.log.push(format!("-- round {round}"));
        for _ in 0..=world.dice.roll(6) {
            world.step();
        }
    }
}

fn apply(map: &mut BTreeMap<RelPath, Found>, changes: &Changes, told: &dyn Fn() -> String) {
    assert!(
        changes.touched.is_sorted_by(|a, b| a.path < b.path) && changes.removed.is_sorted(),
        "{}",
        told()
    );
    for path in &changes.removed {
        assert!(map.remove(path).is_some(), "{path} was not there: {}", told());
    }
    for found in &changes.touched {
        map.insert(found.path.clone(), found.clone());
    }
}

/// One look at the folder above is enough to see that a folder is not the one that it was.
#[test]
fn a_folder_in_the_place_of_another() {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().canonicalize().unwrap().join("top");
    for (folder, file) in [("a/s", "one.py"), ("b/s", "two.py")] {
        fs::create_dir_all(top.join(folder)).unwrap();
        fs::write(top.join(folder).join(file), "x").unwrap();
    }
    let mut inventory = Inventory::new(Arc::new(Root::open(&top, false).unwrap()), Options::default());
    inventory.sweep(&Unwatched, &|_| {});
    fs::rename(top.join("a"), dir.path().join("gone")).unwrap();
    fs::rename(top.join("b"), top.join("a")).unwrap();
    let changes =
        inventory.refresh(&Dirty { folders: [RelPath::root()].into(), ..Dirty::default() }, &Unwatched);
    let touched: Vec<&str> = changes.touched.iter().map(|f| f.path.as_str()).collect();
    assert_eq!(touched, ["a/s/two.py"]);
    assert_eq!(changes.removed, ["a/s/one.py", "b/s/two.py"].map(|p| RelPath::parse(p).unwrap()));
}

#[test]
fn hints_lead_to_what_a_fresh_discovery_finds() {
    on_seeds(150, check);
}

/// What a sighting must not miss: which files there are, their roles, and what they say.
type Told = BTreeMap<RelPath, (String, Option<Vec<u8>>)>;

fn told_of(root: &Root, found: &[Found]) -> Told {
    let told = |f: &Found| {
        let bytes = root.read(&f.path, 1 << 20).ok().map(|read| read.bytes);
        (f.path.clone(), (format!("{:?} {:?}", f.class, f.language), bytes))
    };
    found.iter().map(told).collect()
}

/// A sighting that holds was right, and one of a tree at rest holds.
fn sightings(seed: u64, held: &Mutex<(usize, usize)>) {
    let mut world = World::new(seed);
    let options = world.options();
    let root = Arc::new(Root::open(&world.top, false).unwrap());
    // All stamps of this test are too fresh to be trusted, but for those of files that it lets rest.
    let look = |rests: bool| {
        let mut inventory = Inventory::new(root.clone(), options.clone());
        inventory.sweep(&Unwatched, &|_| {});
        let regard = |_: &Found| if rests { Regard::Stamp } else { Regard::Doubt };
        let files: Vec<Found> = inventory.files().cloned().collect();
        (told_of(&root, &files), inventory.sighting(&regard))
    };
    for round in 0..8 {
        let rests = round % 2 == 0;
        if rests {
            std::thread::sleep(std::time::Duration::from_millis(25));
        }
        let (before, Some(sighting)) = look(rests) else { continue };
        assert_eq!(Sighting::decode(sighting.encode()).unwrap(), sighting);
        let mut damaged = sighting.encode();
        let at = world.dice.roll(damaged.len());
        damaged[at] ^= 0x10;
        _ = Sighting::decode(damaged).map(|damaged| damaged.check(&root, &options));
        match sighting.check(&root, &options) {
            Sameness::Same(doubtful) => assert!(!rests || doubtful.is_empty(), "{doubtful:?}"),
            // More than are worth looking at one by one.
            Sameness::Different => assert!(before.len() > 200, "LODEMAP_SEED={seed} round {round}"),
        }
        world.step();
        let (after, _) = look(false);
        let verdict = sighting.check(&root, &options);
        let mut counts = held.lock().unwrap();
        if let Sameness::Same(doubtful) = verdict {
            let all: BTreeSet<&RelPath> = before.keys().chain(after.keys()).collect();
            let missed = all.iter().filter(|p| before.get(**p) != after.get(**p) && !doubtful.contains(p));
            let missed: Vec<_> = missed.collect();
            assert!(
                missed.is_empty(),
                "LODEMAP_SEED={seed} round {round}: {missed:?}\n{}",
                world.log.join("\n")
            );
            counts.0 += 1;
        } else {
            counts.1 += 1;
        }
    }
}

#[test]
fn a_sighting_that_holds_is_right() {
    let held = Mutex::new((0, 0));
    on_seeds(60, |seed| sightings(seed, &held));
    let (same, different) = held.into_inner().unwrap();
    println!("{same} held, {different} did not");
    assert!(std::env::var_os("LODEMAP_SEED").is_some() || same > 20 && different > 20);
}
