//! Answers that nobody waits for any more are left off, soon, and leave nothing behind. Soon is counted in looks and in
//! files read, not in time.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use lodemap_answers::{
    AnswerError, Calls, ContextOptions, ImpactOptions, MapOptions, Patience, SearchOptions, SymbolsOptions,
    Tokenizer, calls, context, impact, map, refs, search, symbols,
};
use lodemap_engine::graph::FileEntry;
use lodemap_testkit::Fixture;

use crate::find::subject;
use crate::search::Bed;

/// More than threads take at a time, several times over.
const FILES: usize = 700;
/// Each of the pieces in which threads take files looks once more, and so does each thread.
const SLACK: usize = 40;

fn bed() -> Bed {
    let mut text = "//- shared.py\nclass Shared:\n    def lend(self):\n        return self\n".to_owned();
    for n in 0..FILES {
        write!(
            text,
            "//- part{n}.py\nfrom shared import Shared\n\n\ndef use{n}():\n    return Shared().lend()\n"
        )
        .unwrap();
    }
    Bed::new(&Fixture::parse(&text))
}

type Question<'b> = (&'static str, Box<dyn Fn(&Patience) -> Result<String, AnswerError> + 'b>);

fn questions(bed: &Bed) -> Vec<Question<'_>> {
    let snapshot = &bed.snapshot;
    let text = |file: &FileEntry| bed.texts.get(file.path.as_str()).cloned();
    let named = |name: &str| subject(snapshot, name).unwrap();
    let search = move |query: &'static str| {
        move |patience: &Patience| {
            let patience = patience.clone();
            let options = SearchOptions { query: query.into(), limit: 0, patience, ..Default::default() };
            Ok(search(snapshot, &bed.view, &options, &text)?.text())
        }
    };
    let map = |focus: &'static [&'static str], tokens: usize| {
        move |patience: &Patience| {
            let focus = focus.iter().map(|f| f.to_string()).collect();
            let (tokenizer, mention, patience) = (Tokenizer::O200k, vec![], patience.clone());
            map(snapshot, &MapOptions { tokens, tokenizer, focus, mention, patience, files: false })
                .map(|m| m.text())
        }
    };
    vec![
        ("a regular expression", Box::new(search("/ret.rn/"))),
        ("words", Box::new(search("lend shared use"))),
        ("a map of all", Box::new(map(&["shared.py"], 100_000))),
        (
            "letters",
            Box::new(|patience| {
                let (query, patience) = (Some("ue".into()), patience.clone());
                let options = SymbolsOptions { query, limit: 0, patience, ..Default::default() };
                Ok(symbols(snapshot, &options)?.text())
            }),
        ),
        ("references", Box::new(move |patience| Ok(refs(snapshot, &named("Shared"), 0, patience)?.text()))),
        (
            "callers",
            Box::new(move |patience| {
                Ok(calls(snapshot, &named("lend"), Calls::Incoming, 3, 0, patience)?.text())
            }),
        ),
        (
            "callees",
            Box::new(move |patience| {
                Ok(calls(snapshot, &named("use1"), Calls::Outgoing, 3, 0, patience)?.text())
            }),
        ),
        (
            "impact",
            Box::new(move |patience| {
                let (subjects, patience) = (vec![named("Shared")], patience.clone());
                let options = ImpactOptions { subjects, depth: 3, patience, ..Default::default() };
                Ok(impact(snapshot, &options)?.text())
            }),
        ),
        (
            "context",
            Box::new(move |patience| {
                let options = ContextOptions {
                    task: "Shared.lend should return what use7 wants".into(),
                    tokens: 4000,
                    tokenizer: Tokenizer::O200k,
                    focus: vec![],
                    limit: 0,
                    tests: false,
                    files_only: false,
                    since: None,
                    patience: patience.clone(),
                };
                Ok(context(snapshot, &bed.view, None, &options, &text)?.text())
            }),
        ),
    ]
}

#[test]
fn an_answer_that_nobody_waits_for_is_left_off() {
    let bed = bed();
    for (what, ask) in questions(&bed) {
        let patient = Patience::ending_after(usize::MAX - 1);
        let whole = ask(&patient).unwrap();
        let looks = patient.looks();
        assert!(looks >= if what == "words" { 4 } else { 20 }, "{what} looks up only {looks} times");
        for end in [1, 2, looks / 3, looks / 2] {
            let patience = Patience::ending_after(end);
            assert_eq!(ask(&patience), Err(AnswerError::Stopped), "{what}, after {end} of {looks}");
            let more = patience.looks() - end.min(patience.looks());
            assert!(more <= SLACK, "{what}, after {end} of {looks}: {more} more");
        }
        assert_eq!(ask(&Patience::new()).unwrap(), whole, "{what} afterwards");
    }
}

#[test]
fn no_more_texts_are_read_than_threads_hold() {
    let bed = bed();
    let (patience, read) = (Patience::new(), AtomicUsize::new(0));
    let text = |file: &FileEntry| {
        if read.fetch_add(1, Ordering::SeqCst) + 1 == 10 {
            patience.end();
        }
        bed.texts.get(file.path.as_str()).cloned()
    };
    let options =
        SearchOptions { query: "/ret.rn/".into(), patience: patience.clone(), ..Default::default() };
    let answer = search(&bed.snapshot, &bed.view, &options, &text);
    assert_eq!(answer.map(|answer| answer.len()), Err(AnswerError::Stopped));
    let read = read.load(Ordering::SeqCst);
    assert!(read <= 10 + rayon::current_num_threads(), "{read} of {FILES} files were read");
}
