//! The words of a repository that lives through edits: `search` says what it says of one that was just opened.

use lodemap_answers::{SearchOptions, search};
use lodemap_host::{Dirty, NoProgress, OpenOptions, Repository, Unwatched};

use crate::bed::{Bed, Dice, times};

const QUERIES: [&str; 6] =
    ["load pool", "va* -pool", "\"the pool\" load", "re:\\bload\\b", "/o{2}|d$/", "pool lang:rust"];

fn open(bed: &Bed) -> Repository {
    let options = OpenOptions { root: Some(bed.top()), jobs: 2, ..OpenOptions::default() };
    Repository::open(&options, &NoProgress).unwrap()
}

fn ask(repository: &Repository) -> Vec<String> {
    let snapshot = repository.snapshot();
    let searchable = repository.searchable(&snapshot).unwrap();
    assert_eq!(searchable.pending, 0);
    let text = |file: &_| repository.text(file);
    let ask = |query: &&str, files: bool| {
        let options = SearchOptions { query: query.to_string(), files, limit: 0, ..SearchOptions::default() };
        let answer = repository.install(|| search(&snapshot, &searchable.view, &options, &text)).unwrap();
        format!("{query} {files}: {answer:?}")
    };
    QUERIES.iter().flat_map(|query| [ask(query, false), ask(query, true)]).collect()
}

fn text(dice: &mut Dice) -> String {
    let words = [
        "load",
        "the pool",
        "validating",
        "fn load() {}",
        "pool",
        "# x",
        "def load(): pass",
        "class Pool:\n    x = 1",
        "\n",
    ];
    (0..1 + dice.roll(9)).map(|_| format!("{}\n", words[dice.roll(words.len())])).collect()
}

#[test]
fn words_follow_edits() {
    let bed = Bed::new();
    let dice = &mut Dice::new(5);
    let paths = ["a.py", "src/b.py", "src/c.rs", "tests/test_d.py", "e.md", "f.go"];
    paths[..3].iter().for_each(|path| bed.write(path, &text(dice)));
    let mut repository = open(&bed);
    for step in 0..20 * times() {
        assert_eq!(ask(&repository), ask(&open(&bed)), "after {step} steps");
        for _ in 0..1 + dice.roll(3) {
            let path = paths[dice.roll(paths.len())];
            if dice.roll(4) == 0 {
                _ = std::fs::remove_file(bed.at(path));
            } else {
                bed.write(path, &text(dice));
            }
        }
        repository.refresh(&Dirty::everything(), &Unwatched, &NoProgress);
    }
}

#[test]
fn what_changed_since_the_state_is_told() {
    let bed = Bed::new();
    bed.write("a.py", "def load():\n    return 'the pool'\n");
    bed.write("b.py", "def load(): pass\n");
    let repository = open(&bed);
    bed.write("b.py", "def other(): pass\n");
    let snapshot = repository.snapshot();
    let searchable = repository.searchable(&snapshot).unwrap();
    assert_eq!(searchable.pending, 1);
    let options = SearchOptions { query: "load".into(), ..SearchOptions::default() };
    let answer = search(&snapshot, &searchable.view, &options, &|file| repository.text(file)).unwrap();
    assert_eq!(answer.len(), 1, "the words that are there now are not those of the state");
}
