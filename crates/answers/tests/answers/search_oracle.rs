//! What `search` finds is what a scan of all texts finds, in any random repository, after any edits.

use std::collections::{BTreeMap, BTreeSet};

use lodemap_answers::{SearchAnswer, SearchOptions};
use lodemap_base::RelPath;
use lodemap_engine::facts::{NONE, Source};
use lodemap_engine::symbol_name;
use lodemap_search::{SearchIndex, documents, for_each_plain_word, for_each_word, stem};
use lodemap_testkit::{Fixture, Rng, random_repository, seeds};

use crate::search::Bed;

/// A document as a scan sees it.
struct Document {
    path: String,
    symbol: Option<String>,
    kind: &'static str,
    words: BTreeSet<String>,
    /// Without stems.
    plain_words: BTreeSet<String>,
    spans: Vec<(usize, usize)>,
    /// Of the whole file.
    text: String,
}

fn scan(bed: &Bed) -> Vec<Document> {
    let mut out = vec![];
    for file in bed.snapshot.world().files() {
        let source = Source::decode(&bed.texts[file.path.as_str()]);
        let text = source.as_ref().map_or(String::new(), |s| String::from_utf8(s.text.to_vec()).unwrap());
        for document in documents(file.path.as_str(), source.as_ref(), &file.facts) {
            let mut words = BTreeSet::new();
            let mut plain_words = BTreeSet::new();
            for (_, text) in &document.pieces {
                for_each_word(text, |word| _ = words.insert(word.to_owned()));
                for_each_plain_word(text, |_, word| _ = plain_words.insert(word.to_owned()));
            }
            let is_rest = document.symbol == NONE;
            out.push(Document {
                path: file.path.to_string(),
                symbol: (!is_rest).then(|| symbol_name(&file.path, &file.facts, document.symbol)),
                kind: if is_rest { "" } else { file.facts.symbols.at(document.symbol).kind.as_str() },
                words,
                plain_words,
                spans: document.spans.iter().map(|s| (s.start as usize, s.end as usize)).collect(),
                text: text.clone(),
            });
        }
    }
    out
}

/// One term of a random query.
enum Term {
    Word(String),
    Prefix(String),
    Phrase(String),
    Regex(String),
}

impl Term {
    fn random(rng: &mut Rng, text: &str) -> Self {
        let words: Vec<&str> =
            text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| w.len() > 1).collect();
        let word = if words.is_empty() { "nothing" } else { rng.pick(&words) };
        let mut word = word.to_owned();
        if rng.one_in(4) {
            word = if rng.one_in(2) { word.to_lowercase() } else { word.to_uppercase() };
        }
        let lines: Vec<&str> = text.lines().filter(|l| l.chars().any(char::is_alphanumeric)).collect();
        let line = if lines.is_empty() { "nothing" } else { rng.pick(&lines) };
        match rng.below(6) {
            0 | 1 => Self::Word(word),
            2 => Self::Prefix(word.chars().take(2 + rng.below(4)).collect()),
            3 => {
                let pieces: Vec<&str> = line.split_whitespace().collect();
                let from = rng.below(pieces.len());
                let to = (from + 1 + rng.below(3)).min(pieces.len());
                let phrase = pieces[from..to].join("  ");
                Self::Phrase(if rng.one_in(3) { phrase.to_uppercase() } else { phrase })
            }
            _ => {
                let word = regex_syntax::escape(&word);
                let parts = [r"\b", "", " ", r"\s+", "^", "(?i)", r"\W", ".*", r"[a-z]", r"\s*", "$", r"\("];
                let (before, after) = (rng.pick(&parts), rng.pick(&parts[..5]));
                let last = rng.pick(&parts);
                Self::Regex(format!("{before}{word}{after}{last}"))
            }
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::Prefix(prefix) => format!("{prefix}*"),
            Self::Phrase(phrase) => format!("\"{}\"", phrase.replace('\\', "\\\\").replace('"', "\\\"")),
            Self::Regex(regex) => format!("re:\"{}\"", regex.replace('\\', "\\\\").replace('"', "\\\"")),
        }
    }

    fn is_in(&self, document: &Document) -> bool {
        match self {
            Self::Word(word) => {
                let lower = word.trim_matches('_').to_lowercase();
                let mut stemmed = lower.clone();
                stem(&mut stemmed);
                document.words.contains(&lower) || document.words.contains(&stemmed)
            }
            Self::Prefix(prefix) => {
                let prefix = prefix.trim_start_matches('_').to_lowercase();
                let begins = |word: &String| word.starts_with(&prefix);
                document.words.iter().any(begins) || document.plain_words.iter().any(begins)
            }
            Self::Phrase(phrase) => document.has(places_of(phrase, &document.text)),
            Self::Regex(regex) => {
                let regex = regex::Regex::new(regex).unwrap();
                let mut at = 0;
                let mut places = vec![];
                for line in document.text.split_inclusive('\n') {
                    let cut = line.trim_end_matches('\n').trim_end_matches('\r');
                    places.extend(regex.find(cut).map(|m| at + m.start()));
                    at += line.len();
                }
                document.has(places)
            }
        }
    }

    /// What a bare word finds besides whole identifiers: those that have its parts.
    fn has_part_in(&self, document: &Document) -> bool {
        let Self::Word(word) = self else { return false };
        let mut any = false;
        for_each_word(word, |part| any |= document.words.contains(part));
        any
    }
}

impl Document {
    fn has(&self, places: Vec<usize>) -> bool {
        let last = self.text.len().saturating_sub(1);
        places
            .iter()
            .any(|at| self.spans.iter().any(|(start, end)| (*start..*end).contains(&(*at).min(last))))
    }
}

/// Where a phrase is, character by character.
fn places_of(phrase: &str, text: &str) -> Vec<usize> {
    let is_word = |c: Option<char>| c.is_some_and(regex_syntax::is_word_character);
    let pieces: Vec<String> = phrase.split_whitespace().map(str::to_lowercase).collect();
    let mut out = vec![];
    'starts: for (start, _) in text.char_indices() {
        let mut rest = &text[start..];
        for (at, piece) in pieces.iter().enumerate() {
            if at > 0 {
                let trimmed = rest.trim_start();
                if trimmed.len() == rest.len() {
                    continue 'starts;
                }
                rest = trimmed;
            }
            let Some(head) = rest.get(..piece.len()) else { continue 'starts };
            if head.to_lowercase() != *piece {
                continue 'starts;
            }
            rest = &rest[piece.len()..];
        }
        let (first, last) = (phrase.trim().chars().next(), phrase.trim().chars().next_back());
        let before = text[..start].chars().next_back();
        let is_cut = is_word(first) && is_word(before) || is_word(last) && is_word(rest.chars().next());
        if !is_cut {
            out.push(start);
        }
    }
    out
}

/// A random repository, with some prose in it.
fn repository(rng: &mut Rng) -> Fixture {
    let mut fixture = random_repository(rng);
    for (path, bytes) in &mut fixture.files {
        add_prose(rng, path, bytes);
    }
    fixture
}

fn add_prose(rng: &mut Rng, path: &RelPath, bytes: &mut Vec<u8>) {
    let words = [
        "validating",
        "validates",
        "Queries",
        "getUserNames",
        "“quoted”",
        "größe",
        "_private",
        "x—y",
        "load_all",
        "HTTPServer2",
        "loads",
        "\u{200d}zwj",
        "中文",
        "0x1f",
        "(b)",
        "a.b",
    ];
    let comment = if path.extension() == Some("py") { "#" } else { "//" };
    for _ in 0..rng.below(4) {
        let line: Vec<&str> = (0..1 + rng.below(5)).map(|_| *rng.pick(&words)).collect();
        let end = if rng.one_in(4) { "\r\n" } else { "\n" };
        bytes.extend(format!("{comment} {}{end}", line.join(" ")).bytes());
    }
}

fn sorted(mut list: Vec<(String, Option<String>)>) -> Vec<(String, Option<String>)> {
    list.sort();
    list
}

fn hits(answer: &SearchAnswer) -> Vec<(String, Option<String>)> {
    let hits = answer.hits.iter().flatten().map(|hit| (hit.path.to_string(), hit.symbol.clone()));
    sorted(hits.chain(answer.files.iter().flatten().map(|file| (file.path.to_string(), None))).collect())
}

#[test]
fn it_finds_what_a_scan_finds() {
    let (mut found, mut asked) = (0, 0);
    for seed in seeds(30) {
        let rng = &mut Rng::new(seed);
        let bed = Bed::new(&repository(rng));
        let scanned = scan(&bed);
        let texts: Vec<&str> = scanned.iter().map(|d| d.text.as_str()).filter(|t| !t.is_empty()).collect();
        if texts.is_empty() {
            continue;
        }
        for _ in 0..40 {
            let text = rng.pick(&texts);
            let terms: Vec<(&str, Term)> = (0..1 + rng.below(3))
                .map(|at| {
                    (*rng.pick(&["", "+", "-"][..if at == 0 { 2 } else { 3 }]), Term::random(rng, text))
                })
                .collect();
            let mut query: Vec<String> =
                terms.iter().map(|(sign, term)| format!("{sign}{}", term.text())).collect();
            let kind = rng.one_in(5).then(|| *rng.pick(&["function", "class", "struct", "method"]));
            let lang = rng.one_in(5).then(|| *rng.pick(&["python", "rust", "go"]));
            query.extend(kind.map(|kind| format!("kind:{kind}")));
            query.extend(lang.map(|lang| format!("-lang:{lang}")));
            let options = SearchOptions {
                query: query.join(" "),
                limit: 0,
                files: rng.one_in(3),
                ..SearchOptions::default()
            };
            let answer = match bed.ask(&options) {
                Ok(answer) => answer,
                Err(why) => {
                    assert!(
                        why.to_string().contains("too many words") || why.to_string().contains("two letters"),
                        "{why}"
                    );
                    continue;
                }
            };
            let is_seen = |d: &&Document| {
                let file =
                    bed.snapshot.world().file_at(&d.path).map(|id| bed.snapshot.world().file(id)).unwrap();
                kind.is_none_or(|kind| d.kind == kind) && lang.is_none_or(|lang| file.spec().name != lang)
            };
            let seen: Vec<&Document> = scanned.iter().filter(is_seen).collect();
            // What is asked for has to be in one definition, or in one file.
            let mut units: BTreeMap<(&str, usize), Vec<&Document>> = BTreeMap::new();
            for (at, document) in seen.iter().enumerate() {
                units.entry((&document.path, if options.files { 0 } else { at })).or_default().push(document);
            }
            let required = |(sign, term): &&(&str, Term)| {
                *sign == "+" || (sign.is_empty() && !matches!(term, Term::Word(_)))
            };
            let is_bare = !terms.iter().any(|term| required(&term));
            let is_found = |unit: &[&Document]| {
                let has = |is_in: &dyn Fn(&Document) -> bool| unit.iter().any(|d| is_in(d));
                let wanted = |(sign, term): &(&str, Term)| {
                    sign.is_empty() && has(&|d| term.is_in(d) || term.has_part_in(d))
                };
                terms.iter().filter(required).all(|(_, term)| has(&|d| term.is_in(d)))
                    && !terms.iter().any(|(sign, term)| *sign == "-" && has(&|d| term.is_in(d)))
                    && (!is_bare || terms.iter().any(wanted))
            };
            let name = |unit: &Vec<&Document>| {
                (unit[0].path.clone(), unit[0].symbol.clone().filter(|_| !options.files))
            };
            let expected: Vec<_> = units.values().filter(|unit| is_found(unit)).map(name).collect();
            let expected = sorted(expected);
            assert_eq!(hits(&answer), expected, "LODEMAP_SEED={seed} {options:?}");
            check_lines(&bed, &scanned, &answer, &format!("LODEMAP_SEED={seed} {}", options.query));
            asked += 1;
            found += usize::from(!expected.is_empty());
        }
    }
    assert!(std::env::var_os("LODEMAP_SEED").is_some() || (found > 400 && asked > 800), "{found} of {asked}");
}

/// Every hit is shown by lines of its document, as they stand in the text; and the best come first.
fn check_lines(bed: &Bed, scanned: &[Document], answer: &SearchAnswer, about: &str) {
    let scores: Vec<f64> = answer.hits.iter().flatten().map(|h| h.score).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{about}: {scores:?}");
    for hit in answer.hits.iter().flatten() {
        let text = String::from_utf8(bed.texts[hit.path.as_str()].clone()).unwrap();
        let lines: Vec<&str> = text.split('\n').collect();
        assert!(hit.line >= 1 && hit.end_line - hit.line < 3, "{about}: {hit:?}");
        let shown: Vec<&str> = (hit.line..=hit.end_line).map(|n| lines[n as usize - 1].trim_end()).collect();
        let plain = shown.iter().all(|l| l.len() < 200 && !l.contains(lodemap_base::is_hidden));
        assert!(!plain || shown.join("\n") == hit.excerpt, "{about}: {hit:?}\n{shown:?}");
        let start: usize = lines[..hit.line as usize - 1].iter().map(|l| l.len() + 1).sum();
        let end = start + lines[hit.line as usize - 1].len() + 1;
        let is_own = scanned
            .iter()
            .filter(|d| d.path == hit.path.as_str() && d.symbol == hit.symbol)
            .any(|d| d.symbol.is_none() || d.spans.iter().any(|(s, e)| *s < end && start < *e));
        assert!(is_own, "{about}: {hit:?}");
    }
}

#[test]
fn an_index_that_lived_through_edits_answers_like_a_new_one() {
    for seed in seeds(6) {
        let rng = &mut Rng::new(seed);
        let mut fixture = repository(rng);
        let mut index = SearchIndex::in_memory().unwrap();
        for step in 0..6 {
            let lived = Bed::with(&fixture, &mut index);
            let new = Bed::new(&fixture);
            for query in
                ["load run", "pool* -a", "\"load\" b", "re:\\bPool\\b run", "va* qu*", "validati* load"]
            {
                for files in [false, true] {
                    let options =
                        SearchOptions { query: query.into(), limit: 9, files, ..SearchOptions::default() };
                    let json = |bed: &Bed| serde_json::to_string(&bed.ask(&options).unwrap()).unwrap();
                    assert_eq!(json(&lived), json(&new), "LODEMAP_SEED={seed} step {step}: {query}");
                }
            }
            let other = repository(rng);
            for (path, bytes) in other.files.into_iter().take(2) {
                fixture.files.retain(|(known, _)| *known != path);
                fixture.files.push((path, bytes));
            }
            if !fixture.files.is_empty() {
                let at = rng.below(fixture.files.len());
                if rng.one_in(2) {
                    fixture.files.remove(at);
                } else {
                    let (path, bytes) = &mut fixture.files[at];
                    add_prose(rng, path, bytes);
                }
            }
        }
    }
}
