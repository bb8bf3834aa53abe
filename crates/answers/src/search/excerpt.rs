//! Which lines of a document say most of what was asked?

use std::collections::BTreeMap;

use lodemap_base::{Span, is_hidden};
use lodemap_engine::facts::{NONE, Source};
use lodemap_engine::graph::FileEntry;
use lodemap_engine::symbol_name;
use lodemap_search::for_each_word;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::find::{Finder, Found, Unit};
use super::query::Sign;
use super::texts::Owners;
use super::{Hit, points};

/// Lines of an excerpt.
const MAX_LINES: u32 = 3;
/// Characters of such a line; longer ones are cut around what was asked for.
const MAX_CHARS: usize = 200;
/// So many of them come before it.
const CHARS_BEFORE: usize = 60;

/// What was found, each with its lines; and the slots of files whose text is another one by now.
pub(super) fn hits(finder: &Finder<'_>, found: &Found) -> (Vec<Hit>, Vec<u32>) {
    let marker = Marker::new(finder, &found.rarities);
    // Each file is read once.
    let mut order: Vec<usize> = (0..found.units.len()).collect();
    order.sort_by_key(|at| found.units[*at].file);
    let groups: Vec<&[usize]> = order.chunk_by(|a, b| found.units[*a].file == found.units[*b].file).collect();
    let shown: Vec<(Vec<Hit>, bool)> = groups
        .par_iter()
        .map(|group| {
            if finder.reading.patience.is_over() {
                return None;
            }
            let units = group.iter().map(|at| found.units[*at]).collect::<Vec<_>>();
            Some(hits_of_file(finder, &marker, &units))
        })
        .while_some()
        .collect();
    let mut hits: Vec<Option<Hit>> = vec![None; found.units.len()];
    let mut gone = vec![];
    for (group, (shown, is_there)) in groups.iter().zip(shown) {
        if !is_there {
            gone.push(found.units[group[0]].file);
        }
        group.iter().zip(shown).for_each(|(at, hit)| hits[*at] = Some(hit));
    }
    (hits.into_iter().flatten().collect(), gone)
}

fn hits_of_file(finder: &Finder<'_>, marker: &Marker<'_>, units: &[Unit]) -> (Vec<Hit>, bool) {
    let file = finder.file(units[0].file);
    let bytes = (finder.reading.text)(file);
    let text =
        bytes.as_ref().and_then(|bytes| Source::decode(bytes)).map(|source| Text::new(finder, file, source));
    let hits = units.iter().map(|unit| {
        let home = match unit.symbol {
            NONE => 0,
            symbol => file.facts.lines.line(file.facts.symbols.at(symbol).name_at).saturating_sub(1),
        };
        let (first, last, marks) = match &text {
            Some(text) => text.window(marker, unit.symbol, home),
            None => (home, home, vec![]),
        };
        let lines = text.iter().flat_map(|text| (first..=last).map(|line| text.shown(line, marker, &marks)));
        Hit {
            path: file.path.clone(),
            line: first + 1,
            end_line: last + 1,
            symbol: (unit.symbol != NONE).then(|| symbol_name(&file.path, &file.facts, unit.symbol)),
            score: points(unit.score),
            excerpt: lines.collect::<Vec<_>>().join("\n"),
        }
    });
    (hits.collect(), bytes.is_some())
}

/// What to mark in lines.
struct Marker<'a> {
    /// The look-ups that a word belongs to.
    words: FxHashMap<&'a str, Vec<usize>>,
    /// How much each look-up tells, then each pattern.
    weights: Vec<u64>,
    lookups: usize,
}

impl<'a> Marker<'a> {
    fn new(finder: &'a Finder<'_>, rarities: &[u64]) -> Self {
        let mut words: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for (at, lookup) in finder.lookups.iter().enumerate() {
            if rarities[at] > 0 {
                lookup.words.iter().for_each(|word| words.entry(word).or_default().push(at));
            }
        }
        Self { words, weights: rarities.to_vec(), lookups: finder.lookups.len() }
    }
}

/// A file's text, with what patterns match in it.
struct Text<'t> {
    source: Source<'t>,
    /// Where lines start.
    starts: Vec<u32>,
    owners: Owners,
    /// The number of a pattern, and where it is.
    matches: Vec<(usize, Span)>,
}

impl<'t> Text<'t> {
    fn new(finder: &Finder<'_>, file: &FileEntry, source: Source<'t>) -> Self {
        let mut matches = vec![];
        for (at, (pattern, sign)) in finder.patterns.iter().enumerate() {
            if *sign == Sign::Required {
                matches.extend(pattern.find(&source.text).into_iter().map(|span| (at, span)));
            }
        }
        let starts = source.lines().starts().collect();
        Self { owners: Owners::new(&source, &file.facts), starts, matches, source }
    }

    /// The line of a place, from 0.
    fn line(&self, at: u32) -> u32 {
        (self.starts.partition_point(|start| *start <= at) as u32).saturating_sub(1)
    }

    fn span(&self, line: u32) -> Span {
        let end = self.starts.get(line as usize + 1).copied().unwrap_or(self.source.text.len() as u32);
        Span { start: self.starts.get(line as usize).copied().unwrap_or(end), end }
    }

    /// What is in which lines of a document.
    fn marks(&self, marker: &Marker<'_>, symbol: u32) -> BTreeMap<u32, Vec<usize>> {
        let mut marks: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        let mut mark = |line: u32, what: &[usize]| {
            let marked = marks.entry(line).or_default();
            what.iter().for_each(|at| {
                if !marked.contains(at) {
                    marked.push(*at)
                }
            });
        };
        for span in self.owners.spans(symbol) {
            for line in self.line(span.start)..=self.line(span.end.saturating_sub(1)) {
                let whole = self.span(line);
                let (start, end) = (whole.start.max(span.start), whole.end.min(span.end));
                let text = self.source.text.get(start as usize..end as usize).unwrap_or_default();
                for_each_word(&String::from_utf8_lossy(text), |word| {
                    if let Some(lookups) = marker.words.get(word) {
                        mark(line, lookups);
                    }
                });
            }
        }
        for (pattern, span) in &self.matches {
            if self.owners.of(span.start) == symbol {
                mark(self.line(span.start), &[marker.lookups + pattern]);
            }
        }
        marks
    }

    /// The lines that say most, the fewest of them, and what they say; `home` where none says anything.
    fn window(&self, marker: &Marker<'_>, symbol: u32, home: u32) -> (u32, u32, Vec<usize>) {
        let marks = self.marks(marker, symbol);
        let is_own = |line: u32| {
            let whole = self.span(line);
            self.owners.spans(symbol).any(|span| span.start < whole.end && whole.start < span.end)
        };
        let mut best = (0, 0, false, home);
        let mut says: Vec<usize> = vec![];
        let mut last = home;
        for first in marks.keys() {
            let mut seen: Vec<usize> = vec![];
            for line in *first..first + MAX_LINES {
                let Some(marked) = marks.get(&line) else {
                    if is_own(line) {
                        continue;
                    }
                    break;
                };
                let before = seen.len();
                marked.iter().for_each(|at| {
                    if !seen.contains(at) {
                        seen.push(*at)
                    }
                });
                if seen.len() == before {
                    continue;
                }
                let weight: u64 = seen.iter().map(|at| marker.weights[*at].max(1)).sum();
                let grade = (weight, u32::MAX - (line - first), *first == home, u32::MAX - first);
                if grade > best {
                    best = grade;
                    last = line;
                    says.clone_from(&seen);
                }
            }
        }
        let first = if says.is_empty() { home } else { u32::MAX - best.3 };
        // A phrase is shown to its end, if there is room.
        for (_, span) in &self.matches {
            if (first..=last).contains(&self.line(span.start)) && self.owners.of(span.start) == symbol {
                last = last.max(self.line(span.end.saturating_sub(1)).min(first + MAX_LINES - 1));
            }
        }
        (first, last, says)
    }

    /// A line as it is shown.
    fn shown(&self, line: u32, marker: &Marker<'_>, says: &[usize]) -> String {
        let span = self.span(line);
        let bytes = self.source.text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_end();
        let at = if text.len() <= MAX_CHARS { 0 } else { self.first_mark(span, text, marker, says) };
        cut(text, at)
    }

    /// About where in a line the first thing stands that was asked for.
    fn first_mark(&self, line: Span, text: &str, marker: &Marker<'_>, says: &[usize]) -> usize {
        let of_patterns = self.matches.iter().filter(|(_, span)| line.contains(span.start));
        let mut places: Vec<usize> =
            of_patterns.map(|(_, span)| (span.start - line.start) as usize).collect();
        let lower = text.to_ascii_lowercase();
        let mut at = 0;
        // Words as they are cut in a text: where one begins is where its identifier is found again.
        for run in text.split(|c| !super::query::is_word(c)) {
            let mut is_marked = false;
            for_each_word(run, |word| {
                is_marked |=
                    marker.words.get(word).is_some_and(|all| all.iter().any(|one| says.contains(one)));
            });
            if is_marked {
                places.extend(lower[at..].find(&run.to_ascii_lowercase()).map(|found| at + found));
                break;
            }
            at += run.len();
        }
        places.into_iter().min().unwrap_or_default()
    }
}

/// At most so many characters of a line, from a little before `at` on, with nothing in them that is hidden.
fn cut(line: &str, at: usize) -> String {
    let before = line.char_indices().take_while(|(start, _)| *start < at).count();
    let all = line.chars().count();
    let skip =
        if all <= MAX_CHARS { 0 } else { before.saturating_sub(CHARS_BEFORE).min(all + 1 - MAX_CHARS) };
    let mut out = String::new();
    let mut room = MAX_CHARS;
    if skip > 0 {
        out.push('…');
        room -= 1;
    }
    let is_cut = all - skip > room;
    for c in line.chars().skip(skip).take(if is_cut { room - 1 } else { room }) {
        // What a repository says must not act or hide.
        if is_hidden(c) && c != '\t' { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    if is_cut {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut_around_what_matters() {
        assert_eq!(cut("short", 3), "short");
        assert_eq!(cut("a\u{202e}b\u{1b}[0m\tc", 0), "a\\u{202e}b\\u{1b}[0m\tc");
        let long = format!("{}needle{}", "a".repeat(500), "b".repeat(500));
        let shown = cut(&long, 500);
        assert!(shown.contains("needle") && shown.starts_with("…a") && shown.ends_with("b…"), "{shown}");
        assert_eq!(shown.chars().count(), MAX_CHARS);
        let head = cut(&long, 0);
        assert!(head.starts_with("aaa") && head.chars().count() == MAX_CHARS && head.ends_with('…'));
        let tail = cut(&long, 1005);
        assert!(
            tail.ends_with("bbb") && tail.starts_with('…') && tail.chars().count() == MAX_CHARS,
            "{tail}"
        );
    }
}
