//! A damaged index is told from a whole one before it answers.

use std::fs;

use lodemap_search::SearchIndex;
use lodemap_testkit::{Rng, random_repository, seeds};

use crate::{Files, add, assert_equal, read};

/// Damaged files are detected, or do no harm: what opens says what it should, or holds nothing.
#[test]
fn is_detected_or_harmless() {
    for seed in seeds(40) {
        let mut rng = Rng::new(seed);
        let mut files = Files::new();
        for (path, bytes) in random_repository(&mut rng).files {
            if let Some(held) = read(&path, &bytes) {
                files.insert(path, held);
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let mut index = SearchIndex::open(folder.path()).unwrap();
        files.iter().for_each(|(path, held)| add(&mut index, path, held));
        index.commit_if_changed().unwrap();
        drop(index);
        let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().path()).collect();
        names.sort();
        let name = rng.pick(&names).clone();
        let mut bytes = fs::read(&name).unwrap();
        let what = match rng.below(4) {
            0 if !bytes.is_empty() => {
                let at = rng.below(bytes.len());
                bytes[at] ^= 1 << rng.below(8);
                "a bit"
            }
            1 => {
                bytes.truncate(rng.below(bytes.len() + 1));
                "the end"
            }
            2 => {
                let at = rng.below(bytes.len() + 1);
                bytes[at..].fill(0);
                "zeros"
            }
            _ => {
                fs::remove_file(&name).unwrap();
                "all of it"
            }
        };
        if what != "all of it" {
            fs::write(&name, &bytes).unwrap();
        }
        let file = name.file_name().unwrap().to_string_lossy().into_owned();
        let opened = std::panic::catch_unwind(|| SearchIndex::open(folder.path()));
        let Ok(opened) = opened else { panic!("seed {seed}: {what} of {file}: it panicked") };
        if let Ok(mut index) = opened
            && index.file_count() > 0
        {
            assert_equal(&index.view().unwrap(), &files, &format!("seed {seed}: {what} of {file}"));
        }
    }
}

/// Ends of files hold lengths; whatever stands there, and however short the file is, opening it fails or does no harm.
#[test]
fn short_files_and_wrong_lengths() {
    let path = lodemap_base::RelPath::parse("pool.py").unwrap();
    let held = read(&path, b"class Pool:\n    def acquire(self): pass\n").unwrap();
    let whole = tempfile::tempdir().unwrap();
    let mut index = SearchIndex::open(whole.path()).unwrap();
    add(&mut index, &path, &held);
    index.commit_if_changed().unwrap();
    drop(index);
    let files = Files::from([(path, held)]);
    for entry in fs::read_dir(whole.path()).unwrap() {
        let name = entry.unwrap().file_name();
        for damage in 0..14 {
            let folder = tempfile::tempdir().unwrap();
            for entry in fs::read_dir(whole.path()).unwrap() {
                let entry = entry.unwrap();
                fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
            }
            let file = folder.path().join(&name);
            let mut bytes = fs::read(&file).unwrap();
            let length = bytes.len();
            match damage {
                0..10 => bytes.truncate(damage),
                _ => bytes[length.saturating_sub(damage - 6)..].fill(0xff),
            }
            fs::write(&file, &bytes).unwrap();
            if let Ok(mut index) = SearchIndex::open(folder.path())
                && index.file_count() > 0
            {
                // A panic would have ended the test.
                assert_equal(&index.view().unwrap(), &files, &format!("damage {damage} of {name:?}"));
            }
        }
    }
}
