//! An index that lived through edits says what a new one says.

use lodemap_base::RelPath;
use lodemap_search::{Common, FIELDS, SearchIndex, Term, Weights, rank, rank_with};
use lodemap_testkit::{Rng, random_repository, seeds};

use crate::{Files, add, assert_equal, fresh, read};

/// One random change of an index and of what it is to hold.
fn change(rng: &mut Rng, index: &mut SearchIndex, files: &mut Files, pool: &[(RelPath, Vec<u8>)]) {
    let (path, bytes) = rng.pick(pool).clone();
    let Some(held) = read(&path, &bytes) else { return };
    if rng.one_in(3) {
        files.remove(&path);
        index.remove(&path);
    } else {
        // What stands elsewhere may come to stand here.
        let held = if rng.one_in(3) { read(&path, &rng.pick(pool).1).unwrap_or(held) } else { held };
        add(index, &path, &held);
        files.insert(path, held);
    }
}

#[test]
fn in_memory() {
    for seed in seeds(12) {
        let mut rng = Rng::new(seed);
        let pool = random_repository(&mut rng).files;
        if pool.is_empty() {
            continue;
        }
        let (mut index, mut files) = (SearchIndex::in_memory().unwrap(), Files::new());
        let mut earlier = None;
        for round in 0..6 {
            for _ in 0..1 + rng.below(8) {
                change(&mut rng, &mut index, &mut files, &pool);
            }
            index.commit_if_changed().unwrap();
            let view = index.view().unwrap();
            assert_equal(&view, &files, &format!("seed {seed}, round {round}"));
            // A view stays what it was while the index goes on.
            if let Some((view, files)) = earlier.replace((view, files.clone())) {
                assert_equal(&view, &files, &format!("seed {seed}, the view before round {round}"));
            }
        }
    }
}

#[test]
fn on_disk_over_several_runs() {
    for seed in seeds(8) {
        let mut rng = Rng::new(seed);
        let pool = random_repository(&mut rng).files;
        if pool.is_empty() {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::new();
        for round in 0..4 {
            let mut index = SearchIndex::open(folder.path()).unwrap();
            for (path, (_, facts)) in &files {
                assert!(index.holds(path, facts), "seed {seed}, round {round}: {path}");
            }
            assert_eq!(index.file_count(), files.len(), "seed {seed}, round {round}");
            assert_equal(&index.view().unwrap(), &files, &format!("seed {seed}, round {round}, opened"));
            for _ in 0..1 + rng.below(6) {
                change(&mut rng, &mut index, &mut files, &pool);
            }
            index.commit_if_changed().unwrap();
            assert_equal(&index.view().unwrap(), &files, &format!("seed {seed}, round {round}"));
            if rng.one_in(2) {
                // What is not committed is not there after a restart.
                add(
                    &mut index,
                    &RelPath::parse("never.py").unwrap(),
                    &read(&RelPath::parse("never.py").unwrap(), b"x = 1\n").unwrap(),
                );
            }
        }
    }
}

#[test]
fn one_writer_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = SearchIndex::open(folder.path()).unwrap();
    assert!(matches!(SearchIndex::open(folder.path()), Err(lodemap_search::SearchError::Busy)));
    drop(first);
    assert!(SearchIndex::open(folder.path()).is_ok());
}

/// Beside a writer files come and go; who looks at them meanwhile must not take that for damage and remove them.
#[test]
fn an_index_that_is_written_is_busy_and_never_broken() {
    let folder = tempfile::tempdir().unwrap();
    let mut index = SearchIndex::open(folder.path()).unwrap();
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for round in 0..60 {
                let path = RelPath::parse(&format!("file{}.py", round % 7)).unwrap();
                let held = read(&path, format!("def walrus_{round}(): pass\n").as_bytes()).unwrap();
                add(&mut index, &path, &held);
                index.commit_if_changed().unwrap();
            }
        });
        while !writing.is_finished() {
            let opened = SearchIndex::open(folder.path()).map(|_| ());
            assert!(matches!(opened, Err(lodemap_search::SearchError::Busy)), "{opened:?}");
        }
    });
}

#[test]
fn scores_do_not_depend_on_history() {
    let weights = Weights { fields: [512, 256, 256, 256, 64], b: 192, k1: 307 };
    for seed in seeds(20) {
        let mut rng = Rng::new(seed);
        let pool = random_repository(&mut rng).files;
        if pool.is_empty() {
            continue;
        }
        let (mut index, mut files) = (SearchIndex::in_memory().unwrap(), Files::new());
        for _ in 0..20 {
            change(&mut rng, &mut index, &mut files, &pool);
            if rng.one_in(3) {
                index.commit_if_changed().unwrap();
            }
        }
        index.commit_if_changed().unwrap();
        let words = crate::vocabulary(&files);
        let terms: Vec<Term> =
            (0..8).map(|_| Term { word: rng.pick(&words).clone(), weights: [256, 100] }).collect();
        let scores = |view: &lodemap_search::View| {
            let ranking = rank(view, &terms, &weights, &weights).unwrap();
            let mut of_files: Vec<_> =
                ranking.files.iter().map(|(slot, s)| (view.file_key(*slot), *s)).collect();
            let symbols = ranking.symbols.iter().map(|s| (view.file_key(s.file), s.symbol, s.scores));
            let mut of_symbols: Vec<_> = symbols.collect();
            of_files.sort_by_key(|(key, _)| *key);
            of_symbols.sort_unstable();
            (of_files, of_symbols, ranking.found, ranking.possible)
        };
        assert_eq!(scores(&index.view().unwrap()), scores(&fresh(&files)), "seed {seed}");
    }
}

/// What is in more than half of all files is counted and adds nothing, but where there are few files.
#[test]
fn words_of_nearly_all_files_are_not_ranked_by() {
    let weights = Weights { fields: [256; FIELDS], b: 192, k1: 307 };
    let term = |word: &str| Term { word: word.to_owned(), weights: [256, 256] };
    for (count, is_many) in [(1000, false), (1020, true)] {
        let mut files = Files::new();
        for number in 0..count {
            let rare = if number % 2 == 0 { "rare" } else { "other" };
            let text = format!("def f{number}():\n    return common, {rare}\n");
            let path = RelPath::parse(&format!("f{number}.py")).unwrap();
            let held = read(&path, text.as_bytes()).unwrap();
            files.insert(path, held);
        }
        let view = fresh(&files);
        let ranking = rank(&view, &[term("common"), term("rare")], &weights, &weights).unwrap();
        let counted: Vec<u32> = ranking.found.iter().map(|(files, ..)| *files).collect();
        assert_eq!(counted, [count, count / 2]);
        assert_eq!(ranking.files.len() as u32, if is_many { count / 2 } else { count });
        assert_eq!(ranking.symbols.len() as u32, if is_many { count / 2 } else { count });
        let of = |common| {
            let postings = |at: usize, out: &mut Vec<_>| view.postings(["common", "rare"][at], out);
            rank_with(&view, &[[256, 0]; 2], &weights, &weights, common, postings).unwrap()
        };
        assert_eq!(of(Common::Ranked).files.len() as u32, count);
        let alone = rank(&view, &[term("rare")], &weights, &weights).unwrap();
        if is_many {
            assert_eq!(format!("{:?}", ranking.symbols), format!("{:?}", alone.symbols));
        }
    }
}
