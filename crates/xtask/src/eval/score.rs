//! Which of the printed edges are right?
//!
//! As the scorer that came with the truth counts, so that figures can be compared: a row belongs to the place at its
//! column, else to the nearest place of the same name on its line; the first row of a place is scored.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use lodemap_graph::{Choice, Rule};
use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::truth::{Place, Truth};

/// A line of `lodemap export edges`.
#[derive(Deserialize, Clone, Debug)]
pub(super) struct Row {
    pub(super) path: String,
    pub(super) line: u32,
    pub(super) col: u32,
    pub(super) name: String,
    pub(super) def_path: String,
    pub(super) def_line: u32,
    pub(super) rule: String,
    #[serde(default = "one")]
    pub(super) candidates: usize,
}

fn one() -> usize {
    1
}

/// How many were found, how many said wrongly, how many there are.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Tally {
    pub(super) right: u32,
    pub(super) wrong: u32,
    pub(super) want: u32,
    /// How many were right in any of the rows of their place.
    pub(super) any: u32,
}

impl Tally {
    pub(super) fn precision(self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    pub(super) fn recall(self) -> f64 {
        share(self.right, self.want)
    }

    pub(super) fn f1(self) -> f64 {
        let (p, r) = (self.precision(), self.recall());
        if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.want += other.want;
        self.any += other.any;
    }
}

/// Whether a name stands in a line, and not as a part of a longer one.
fn has_word(line: &str, name: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(name).any(|(at, _)| {
        !is_part(line[..at].chars().next_back()) && !is_part(line[at + name.len()..].chars().next())
    })
}

pub(super) fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 { 0.0 } else { f64::from(part) / f64::from(whole) }
}

/// An edge at a place that the truth knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct EdgeJudged {
    pub(super) rule: Rule,
    pub(super) choice: Choice,
    pub(super) right: bool,
    /// Whether it is the row that is scored, and no local name that is right.
    pub(super) scored: bool,
    /// The definition that the truth names does not bear the name: another one was meant, or an alias.
    pub(super) doubtful: bool,
}

/// What came of one repository.
#[derive(Default, Debug)]
pub(super) struct Scored {
    /// `global`, `calls`, `cross`, `files`, `local`, and `kind:…`.
    pub(super) scopes: BTreeMap<String, Tally>,
    pub(super) edges: Vec<EdgeJudged>,
    pub(super) rows: usize,
    /// Rows at places of which the truth says nothing.
    pub(super) unjudged: u32,
    pub(super) wrong_on_local: u32,
    pub(super) wrong_on_external: u32,
}

const EXTERNAL: &str = "external";

/// The places of a truth, those of external names after the others.
struct Places {
    all: Vec<Place>,
    exact: FxHashMap<(String, u32, u32), usize>,
    by_name: FxHashMap<(String, u32, String), Vec<usize>>,
}

impl Places {
    fn new(truth: &Truth) -> Self {
        let external = truth.external.iter().map(|(path, line, col, name)| {
            let none = String::new();
            Place(path.clone(), *line, *col, name.clone(), none, 0, EXTERNAL.into(), 0, vec![])
        });
        let all: Vec<Place> = truth.refs.iter().cloned().chain(external).collect();
        let (mut exact, mut by_name) = (FxHashMap::default(), FxHashMap::default());
        for (ix, place) in all.iter().enumerate() {
            exact.insert((place.0.clone(), place.1, place.2), ix);
            let rows: &mut Vec<usize> =
                by_name.entry((place.0.clone(), place.1, place.3.clone())).or_default();
            rows.push(ix);
        }
        Self { all, exact, by_name }
    }

    fn find(&self, row: &Row) -> Option<usize> {
        let col = row.col - 1;
        if let Some(ix) = self.exact.get(&(row.path.clone(), row.line, col)) {
            return Some(*ix);
        }
        let near = self.by_name.get(&(row.path.clone(), row.line, row.name.clone()))?;
        near.iter().copied().min_by_key(|ix| self.all[*ix].2.abs_diff(col))
    }
}

fn is_right(place: &Place, row: &Row) -> bool {
    let own = (place.4.as_str(), place.5);
    let others = place.8.iter().map(|(path, line)| (path.as_str(), *line));
    std::iter::once(own).chain(others).any(|(path, line)| {
        row.def_path == path && (row.def_line == line || place.6 == "module" && line == 1)
    })
}

/// Judges rows by a truth; `line` gives lines of the sources.
pub(super) fn score(truth: &Truth, rows: &[Row], line: impl Fn(&str, u32) -> Option<String>) -> Scored {
    let places = Places::new(truth);
    let mut bearing: FxHashMap<(&str, u32, &str), bool> = FxHashMap::default();
    let mut out = Scored { rows: rows.len(), ..Scored::default() };
    let mut first: FxHashMap<usize, usize> = FxHashMap::default();
    let mut any_right = vec![false; places.all.len()];
    let positions = positions(rows);
    for (ix, row) in rows.iter().enumerate() {
        let Some(at) = places.find(row) else {
            out.unjudged += 1;
            continue;
        };
        let place = &places.all[at];
        let right = is_right(place, row);
        any_right[at] |= right;
        let is_first = *first.entry(at).or_insert(ix) == ix;
        if let Some(rule) = Rule::from_word(&row.rule) {
            let choice = Choice::of(row.candidates, positions[ix]);
            let scored = is_first && !(right && is_local(place));
            let Place(_, _, _, name, def_path, def_line, kind, ..) = place;
            let bears_its_name = kind == "module"
                || kind == EXTERNAL
                || *bearing
                    .entry((def_path, *def_line, name))
                    .or_insert_with(|| line(def_path, *def_line).is_none_or(|text| has_word(&text, name)));
            out.edges.push(EdgeJudged { rule, choice, right, scored, doubtful: !bears_its_name });
        }
    }
    for (at, place) in places.all.iter().enumerate() {
        let row = first.get(&at).map(|ix| &rows[*ix]);
        let (right, wrong) = match row {
            Some(row) if is_right(place, row) => (1, 0),
            Some(_) => (0, 1),
            None => (0, 0),
        };
        let wrong_only = Tally { wrong, ..Tally::default() };
        if place.6 == EXTERNAL || is_local(place) {
            let is_external = place.6 == EXTERNAL;
            let counter = if is_external { &mut out.wrong_on_external } else { &mut out.wrong_on_local };
            *counter += wrong;
            out.add("global", wrong_only);
            if row.is_some_and(|row| row.def_path != place.0) {
                out.add("cross", wrong_only);
            }
            if !is_external && place.7 != 0 {
                out.add("calls", wrong_only);
            }
            if is_external {
                continue;
            }
        }
        let tally = Tally { right, wrong, want: 1, any: any_right[at].into() };
        if is_local(place) {
            out.add("local", tally);
            continue;
        }
        out.add("global", tally);
        out.add(&format!("kind:{}", place.6), tally);
        if place.7 != 0 {
            out.add("calls", tally);
        }
        if place.0 != place.4 {
            out.add("cross", tally);
        }
    }
    out.add("files", files(truth, rows));
    out
}

impl Scored {
    fn add(&mut self, scope: &str, tally: Tally) {
        *self.scopes.entry(scope.to_owned()).or_default() += tally;
    }
}

fn is_local(place: &Place) -> bool {
    matches!(place.6.as_str(), "local" | "param")
}

/// The position of each row among the targets of its reference.
fn positions(rows: &[Row]) -> Vec<usize> {
    let mut out: Vec<usize> = Vec::with_capacity(rows.len());
    for (ix, row) in rows.iter().enumerate() {
        let of = |r: &Row| (r.line, r.col, r.candidates);
        let before = ix.checked_sub(1).map(|b| (&rows[b], out[b]));
        out.push(match before {
            Some((b, position)) if of(b) == of(row) && b.path == row.path && b.rule == row.rule => {
                position + 1
            }
            _ => 0,
        });
    }
    out
}

/// Files that refer to files, among those that the truth knows.
fn files(truth: &Truth, rows: &[Row]) -> Tally {
    let inside: BTreeSet<&str> = truth.files.iter().map(String::as_str).collect();
    let want: BTreeSet<(&str, &str)> = truth.file_edges.iter().map(|(a, b)| (&**a, &**b)).collect();
    let pairs = rows.iter().map(|r| (r.path.as_str(), r.def_path.as_str()));
    let have: BTreeSet<_> =
        pairs.filter(|(a, b)| a != b && inside.contains(a) && inside.contains(b)).collect();
    let right = want.intersection(&have).count() as u32;
    Tally { right, wrong: have.len() as u32 - right, want: want.len() as u32, any: right }
}
