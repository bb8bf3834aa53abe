//! Real folders: private, cleaned, and usable by several at once.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::{check, samples};
use lodemap_store::{DiskFolder, FactsCache, Folder, Keep, Limits, collect};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn open(path: &Path) -> FactsCache {
    FactsCache::open(Box::new(DiskFolder::open(path, "facts/1").unwrap()), Limits::default())
}

#[test]
fn it_is_private_and_tagged() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("cache/lodemap");
    let facts = samples(1);
    let cache = open(&path);
    facts.iter().for_each(|f| cache.put(f));
    cache.flush();
    for folder in [&path, &path.join("facts"), &path.join("facts/1")] {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
    for entry in std::fs::read_dir(path.join("facts/1")).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
    let tag = std::fs::read_to_string(path.join("CACHEDIR.TAG")).unwrap();
    assert!(tag.starts_with("Signature: 8a477f597d28d172789f06886806bc55"));
    assert_eq!(check(&open(&path), &facts), facts.len());
    // A folder that others can look into is closed.
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    open(&path);
    assert_eq!(mode(&path), 0o700);
}

#[test]
fn leftovers_of_dead_writers_go_and_those_of_living_ones_stay() {
    let home = tempfile::tempdir().unwrap();
    let folder = DiskFolder::open(home.path(), "facts/1").unwrap();
    let path = home.path().join("facts/1");
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    let living = std::fs::File::create(path.join("tmp-1-0")).unwrap();
    rustix::fs::flock(&living, rustix::fs::FlockOperation::LockExclusive).unwrap();
    living.set_modified(old).unwrap();
    std::fs::File::create(path.join("tmp-2-0")).unwrap().set_modified(old).unwrap();
    std::fs::write(path.join("tmp-3-0"), "just made, not locked yet").unwrap();
    folder.clean();
    let mut left: Vec<_> =
        std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["tmp-1-0", "tmp-3-0"]);
    assert_eq!(folder.list().unwrap(), []);
}

#[test]
fn what_is_no_folder_of_ours_is_no_cache() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("file"), "").unwrap();
    assert!(DiskFolder::open(&home.path().join("file"), "facts").is_err());
    std::os::unix::fs::symlink(home.path(), home.path().join("link")).unwrap();
    assert!(DiskFolder::open(&home.path().join("link"), "facts").is_err());
}

#[test]
fn a_cache_that_vanishes_is_made_anew() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("cache");
    let facts = samples(1);
    let cache = open(&path);
    std::fs::remove_dir_all(&path).unwrap();
    facts.iter().for_each(|f| cache.put(f));
    cache.flush();
    assert!(cache.figures().unwritable.is_some());
    let next = open(&path);
    facts.iter().for_each(|f| next.put(f));
    next.flush();
    assert_eq!(check(&open(&path), &facts), facts.len());
}

#[test]
fn links_and_pipes_in_place_of_packs_are_not_followed() {
    let home = tempfile::tempdir().unwrap();
    let facts = samples(1);
    let cache = open(home.path());
    facts.iter().for_each(|f| cache.put(f));
    cache.flush();
    let path = home.path().join("facts/1");
    let pack = std::fs::read_dir(&path).unwrap().next().unwrap().unwrap().path();
    std::fs::rename(&pack, home.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(home.path().join("elsewhere"), &pack).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        path.join("a.pack"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    assert_eq!(check(&open(home.path()), &facts), 0);
    let folder = DiskFolder::open(home.path(), "facts/1").unwrap();
    assert!(folder.open("a.pack").is_err());
    assert!(folder.open(pack.file_name().unwrap().to_str().unwrap()).is_err());
}

#[test]
fn states_of_repositories_that_nobody_asks_for_go() {
    let home = tempfile::tempdir().unwrap();
    let day = std::time::Duration::from_secs(24 * 3600);
    let put = |name: &str, bytes: usize, days: u32| {
        let folder = DiskFolder::open(home.path(), &format!("repositories/{name}")).unwrap();
        folder.write("1.state", &[&vec![0; bytes]]).unwrap();
        let file = std::fs::File::open(home.path().join("repositories").join(name).join("1.state")).unwrap();
        file.set_modified(std::time::SystemTime::now() - day * days).unwrap();
    };
    for (name, days) in [("a", 9), ("b", 3), ("c", 2), ("mine", 30)] {
        put(name, 500, days);
    }
    let left = || {
        let entries = std::fs::read_dir(home.path().join("repositories")).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names.join(" ")
    };
    let keep = Keep { bytes: 10_000, age: day * 20 };
    collect(home.path(), "repositories", "mine", keep);
    assert_eq!(left(), "a b c mine", "one's own stays however old");
    collect(home.path(), "repositories", "", Keep { age: day * 5, ..keep });
    assert_eq!(left(), "b c");
    collect(home.path(), "repositories", "b", Keep { bytes: 600, ..keep });
    assert_eq!(left(), "b");
    collect(&home.path().join("none"), "repositories", "b", keep);
}
