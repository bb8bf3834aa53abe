//! What `--tokens` promises: never exceeded, and more tokens show the same and more.

use std::collections::BTreeSet;

use lodemap_answers::{AnswerError, MapAnswer, MapOptions, Tokenizer, map};
use lodemap_engine::Snapshot;
use lodemap_testkit::{Fixture, Rng, random_repository, seeds};

fn ask(snapshot: &Snapshot, tokens: usize, tokenizer: Tokenizer) -> Result<MapAnswer, AnswerError> {
    let patience = Default::default();
    map(snapshot, &MapOptions { tokens, tokenizer, focus: vec![], mention: vec![], files: false, patience })
}

/// Everything that a map shows, by path and line.
fn shown(answer: &MapAnswer) -> BTreeSet<(String, u32)> {
    let of = |f: &lodemap_answers::MapFile| {
        let path = f.path.to_string();
        let file = std::iter::once((path.clone(), 0));
        file.chain(f.symbols.iter().map(move |s| (path.clone(), s.line))).collect::<Vec<_>>()
    };
    answer.files.iter().flat_map(of).collect()
}

#[test]
fn the_budget_is_kept_and_monotone() {
    let mut maps = 0;
    for seed in seeds(60) {
        let mut rng = Rng::new(seed);
        let snapshot = random_repository(&mut rng).snapshot();
        for tokenizer in [Tokenizer::O200k, Tokenizer::Cl100k] {
            let mut before = BTreeSet::new();
            let mut tokens = 0;
            while tokens < 900 {
                tokens += 1 + rng.below(40);
                let Ok(answer) = ask(&snapshot, tokens, tokenizer) else { continue };
                let text = answer.text();
                let counted = tokenizer.count(&text);
                assert_eq!(answer.tokens, counted, "LODEMAP_SEED={seed} tokens {tokens}");
                assert!(counted <= tokens, "LODEMAP_SEED={seed}: {counted} > {tokens}");
                let now = shown(&answer);
                assert!(
                    before.is_subset(&now),
                    "LODEMAP_SEED={seed} tokens {tokens}: a larger budget shows less"
                );
                let last = text.lines().last().unwrap();
                let says =
                    format!("… {} files and {} symbols more", answer.omitted.files, answer.omitted.symbols);
                assert!(last.starts_with(&says), "{last}");
                before = now;
                maps += 1;
            }
        }
    }
    assert!(maps > 100, "the budgets tried must allow maps");
}

#[test]
fn names_that_tokenizers_treat_oddly_count_line_by_line() {
    let odd = Fixture::parse(
        "\n//- we ird/[slug]/…/a b.py\nclass Ünï(Bäse): pass\ndef 函数(参数): pass\ndef f(x=\"\u{3000}\", y='''a\n\n\nb'''): pass\n\
         //- .github/x..py\ndef __a(): pass\ndef b____________________________________(): pass\n//- (1)/2.py\ndef g(a,b,c): pass\n",
    );
    let snapshot = odd.snapshot();
    for tokens in 20..400 {
        for tokenizer in [Tokenizer::O200k, Tokenizer::Cl100k] {
            if let Ok(answer) = ask(&snapshot, tokens, tokenizer) {
                assert_eq!(answer.tokens, tokenizer.count(&answer.text()));
                assert!(answer.tokens <= tokens);
            }
        }
    }
    assert_eq!(ask(&snapshot, 2000, Tokenizer::O200k).unwrap().omitted.files, 0);
}

#[test]
fn a_budget_too_small_says_what_is_needed() {
    let snapshot = Fixture::parse("//- a.py\ndef f(): pass\n").snapshot();
    for tokens in [0, 1] {
        let Err(AnswerError::Usage(why)) = ask(&snapshot, tokens, Tokenizer::O200k) else { panic!() };
        assert!(why.contains("give at least"), "{why}");
    }
    let nothing = ask(&Fixture::default().snapshot(), 50, Tokenizer::O200k).unwrap();
    assert_eq!(nothing.text(), "… 0 files and 0 symbols more\n");
}

/// A state that was asked before answers like one that was not, whatever the budgets were.
#[test]
fn what_is_remembered_of_a_state_changes_no_map() {
    for seed in seeds(20) {
        let fixture = random_repository(&mut Rng::new(seed));
        let (asked, mut rng) = (fixture.snapshot(), Rng::new(seed));
        for _ in 0..6 {
            let tokens = [60 + rng.below(900), 11_000 + rng.below(4000)][rng.below(2)];
            let text = |snapshot: &Snapshot| ask(snapshot, tokens, Tokenizer::O200k).map(|a| a.text()).ok();
            assert_eq!(text(&asked), text(&fixture.snapshot()), "LODEMAP_SEED={seed} tokens {tokens}");
        }
    }
}
