//! Definitions by name.

mod table;

use std::cmp::Reverse;

use globset::GlobSet;
use lodemap_base::{AskedLetters, Letters, Patience, RelPath, SymbolId, begins_part, part_starts};
use lodemap_engine::facts::{FileFacts, NONE};
use lodemap_engine::grammar::SymbolKind;
use lodemap_engine::graph::FileEntry;
use lodemap_engine::{Snapshot, symbol_name};
use rayon::prelude::*;
use serde::Serialize;

use crate::error::AnswerError;

pub use table::{Asked, FoundSymbols, SymbolTable, TablePart, TableSource};

/// Which definitions.
#[derive(Clone, Debug, Default)]
pub struct SymbolsOptions {
    /// A name, or letters of it in order; `None` for all.
    pub query: Option<String>,
    /// Only of this kind.
    pub kind: Option<SymbolKind>,
    /// Only in files that this glob matches.
    pub path: Option<String>,
    /// At most so many; 0 for all.
    pub limit: usize,
    /// How long somebody waits.
    pub patience: Patience,
}

/// Definitions, best first.
#[derive(Clone, Debug, Serialize)]
pub struct SymbolsAnswer {
    /// The definitions.
    pub symbols: Vec<SymbolRow>,
    /// How many more match, and as well as the last of them: worse matches than that are not counted.
    pub omitted: usize,
}

/// One definition.
#[derive(Clone, Debug, Serialize)]
pub struct SymbolRow {
    /// An id that can be retyped: `path#qualified`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its name with those of the definitions around it.
    pub qualified: String,
    /// What it is.
    pub kind: &'static str,
    /// Its file.
    pub path: RelPath,
    /// Where its name stands, from 1.
    pub line: u32,
    /// Its last line.
    pub end_line: u32,
    /// Its signature.
    pub signature: String,
}

/// Definitions whose name matches. Parts of it run on the threads of the pool it is called in.
pub fn symbols(snapshot: &Snapshot, options: &SymbolsOptions) -> Result<SymbolsAnswer, AnswerError> {
    let glob = glob(options)?;
    let query = options.query.as_deref().map(Query::new);
    let is_in = |file: &&FileEntry| glob.as_ref().is_none_or(|glob| glob.is_match(file.path.as_str()));
    let files: Vec<&FileEntry> = snapshot.world().files().map(|file| &**file).filter(is_in).collect();
    let patience = &options.patience;
    let search = Search { files, query: query.as_ref(), kind: options.kind, patience };
    let limit = if options.limit == 0 { usize::MAX } else { options.limit };
    let mut found = search.run(limit);
    options.patience.check()?;
    let omitted = found.cut(limit);
    let best = found.best(snapshot, limit);
    Ok(SymbolsAnswer { symbols: best.into_iter().map(|id| row(snapshot, id)).collect(), omitted })
}

/// A look at all names.
struct Search<'s> {
    files: Vec<&'s FileEntry>,
    query: Option<&'s Query>,
    kind: Option<SymbolKind>,
    patience: &'s Patience,
}

/// A thread looks at so many files, or names, at a time.
const FILES: usize = 128;
const NAMES: usize = 512;

/// A definition that may match: the place of its file among those looked at, and its number there.
type Candidate = (u32, u32);

/// What a name may be by its letters alone, best first: the worst grade that such a name can have. All others can only
/// have the letters in order.
const CLASSES: [usize; 3] = [0, 2, 3];

impl Search<'_> {
    /// The definitions that match; of grades beyond those of which there are `limit`, not all.
    fn run(&self, limit: usize) -> Found {
        let mut found = Found::default();
        let Some(asked) = self.query.and_then(Query::letters) else {
            self.look_at_all(&mut found, |_| true);
            return found;
        };
        for (parts, worst) in self.candidates(asked).iter().zip(CLASSES) {
            let look = |candidates: &[Candidate]| {
                let asked_for = candidates.iter().take_while(|_| !self.patience.is_over());
                let matching = asked_for.filter_map(|(file, symbol)| {
                    let file = self.files[*file as usize];
                    Some((self.grade(file, *symbol)?, file.symbols[*symbol as usize]))
                });
                matching.collect::<Vec<_>>()
            };
            found.0.par_extend(parts.par_iter().flat_map(|part| part.par_chunks(NAMES)).flat_map_iter(look));
            if found.count_to(worst) >= limit {
                return found;
            }
        }
        self.look_at_all(&mut found, |letters| letters.may_hold(asked) && !letters.may_contain(asked));
        found
    }

    /// Adds those of all definitions that match, as far as their letters say that they may.
    fn look_at_all(&self, found: &mut Found, may_match: impl Fn(Letters) -> bool + Sync) {
        let look = |files: &[&FileEntry]| {
            let mut found = Vec::new();
            for file in files.iter().take_while(|_| !self.patience.is_over()) {
                let symbols = file.letters.iter().enumerate().filter(|(_, letters)| may_match(**letters));
                let grades =
                    symbols.filter_map(|(ix, _)| Some((self.grade(file, ix as u32)?, file.symbols[ix])));
                found.extend(grades);
            }
            found
        };
        found.0.par_extend(self.files.par_chunks(FILES).flat_map_iter(look));
    }

    /// The names that may have what is asked for inside, by what they may be at best, in parts.
    fn candidates(&self, asked: AskedLetters) -> [Vec<Vec<Candidate>>; CLASSES.len()] {
        let class = |letters: Letters| match () {
            () if !letters.may_contain(asked) => None,
            () if !letters.may_begin_with(asked) => Some(2),
            () if !letters.may_be(asked) => Some(1),
            () => Some(0),
        };
        let look = |(chunk, files): (usize, &[&FileEntry])| {
            let mut all: [Vec<Candidate>; CLASSES.len()] = Default::default();
            for (file, at) in files.iter().zip(chunk * FILES..).take_while(|_| !self.patience.is_over()) {
                for (symbol, letters) in file.letters.iter().enumerate() {
                    if let Some(class) = class(*letters) {
                        all[class].push((at as u32, symbol as u32));
                    }
                }
            }
            all
        };
        let parts: Vec<_> = self.files.par_chunks(FILES).enumerate().map(look).collect();
        let mut all: [Vec<Vec<Candidate>>; CLASSES.len()] = Default::default();
        for part in parts {
            all.iter_mut().zip(part).for_each(|(all, part)| all.push(part));
        }
        all
    }

    fn grade(&self, file: &FileEntry, symbol: u32) -> Option<u8> {
        // Of most names no more is read than that they do not match.
        let can_match = |query: &Query| query.is_qualified || query.may_match(file.facts.name_bytes(symbol));
        if !self.query.is_none_or(can_match) {
            return None;
        }
        let s = file.facts.symbols.at(symbol);
        let grade = match self.query {
            None => 0,
            Some(query) => query.grade(file.facts.names.get(s.name), || file.facts.qualified(symbol, "."))?,
        };
        let is_wanted = s.kind != SymbolKind::Impl && self.kind.is_none_or(|kind| kind == s.kind);
        is_wanted.then_some(grade)
    }
}

/// Definitions with how well they match.
#[derive(Default)]
struct Found(Vec<(u8, SymbolId)>);

impl Found {
    /// How many have this grade or a better one.
    fn count_to(&self, worst: usize) -> usize {
        self.0.iter().filter(|(grade, _)| usize::from(*grade) <= worst).count()
    }

    /// Leaves out the grades that are not needed for `limit` of them; says how many are left beyond it.
    fn cut(&mut self, limit: usize) -> usize {
        let mut counts = [0; GRADES];
        self.0.iter().for_each(|(grade, _)| counts[usize::from(*grade)] += 1);
        let (worst, left) = needed(counts, limit);
        self.0.retain(|(grade, _)| usize::from(*grade) <= worst);
        left.saturating_sub(limit)
    }

    /// The `limit` best by grade, then importance, then place.
    fn best(self, snapshot: &Snapshot, limit: usize) -> Vec<SymbolId> {
        let weighed = self.0.into_iter().map(|(grade, id)| (grade, Reverse(snapshot.symbol_score(id)), id));
        let mut found: Vec<(u8, Reverse<u64>, SymbolId)> = weighed.collect();
        let compare = |a: &(u8, Reverse<u64>, SymbolId), b: &(u8, Reverse<u64>, SymbolId)| {
            (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| snapshot.place(a.2).cmp(&snapshot.place(b.2)))
        };
        if limit > 0 && found.len() > limit {
            found.select_nth_unstable_by(limit - 1, compare);
        }
        found.truncate(limit);
        found.sort_by(compare);
        found.into_iter().map(|(.., id)| id).collect()
    }
}

/// The worst grade that is needed for `limit` definitions, of which there are so many by grade; and how many have it or
/// a better one.
fn needed(counts: [usize; GRADES], limit: usize) -> (usize, usize) {
    let mut so_far = 0;
    let is_enough = |count: &usize| {
        so_far += count;
        so_far >= limit
    };
    let worst = counts.iter().position(is_enough).unwrap_or(GRADES - 1);
    (worst, so_far)
}

fn glob(options: &SymbolsOptions) -> Result<Option<GlobSet>, AnswerError> {
    let Some(pattern) = &options.path else { return Ok(None) };
    crate::glob::matcher(pattern).map(Some).map_err(|e| AnswerError::Usage(format!("--path: {e}")))
}

fn row(snapshot: &Snapshot, id: SymbolId) -> SymbolRow {
    let slot = snapshot.world().slot(id);
    let file = snapshot.world().file(slot.file);
    SymbolRow::new(&file.path, &file.facts, slot.symbol)
}

impl SymbolRow {
    /// What there is to say of a definition.
    pub fn new(path: &RelPath, facts: &FileFacts, symbol: u32) -> Self {
        let s = facts.symbols.at(symbol);
        let name = facts.names.get(s.name).to_owned();
        Self {
            id: symbol_name(path, facts, symbol),
            qualified: facts.qualified(symbol, "."),
            kind: s.kind.as_str(),
            path: path.clone(),
            line: facts.lines.line(s.name_at),
            end_line: facts.lines.line(s.span.end.saturating_sub(1)),
            signature: if s.signature == NONE { name.clone() } else { facts.names.get(s.signature).into() },
            name,
        }
    }
}

/// How many grades there are.
const GRADES: usize = 5;

/// A name to look for: exact, then in other case, then as a beginning, then inside, then letters in order of which the
/// first begins a part of the name.
struct Query {
    text: String,
    lower: String,
    is_qualified: bool,
}

impl Query {
    fn new(text: &str) -> Self {
        let text = text.replace("::", ".");
        Self { lower: text.to_lowercase(), is_qualified: text.contains('.'), text }
    }

    /// The letters that a name must have; none where it is matched with what stands around it.
    fn letters(&self) -> Option<AskedLetters> {
        // Other characters may have letters of ASCII in lower case.
        if self.is_qualified { None } else { AskedLetters::of(&self.text) }
    }

    /// Whether a name can match at all. Most have too little in common with it, and are told apart at little cost; of
    /// names beyond ASCII nothing is said.
    fn may_match(&self, name: &[u8]) -> bool {
        let mut letters = self.lower.as_bytes();
        for byte in name {
            match letters.split_first() {
                Some((first, rest)) if byte.to_ascii_lowercase() == *first => letters = rest,
                Some(_) => {}
                None => return true,
            }
        }
        letters.is_empty() || !name.is_ascii()
    }

    /// How well a name matches: 0 is best; `None`: not at all.
    fn grade(&self, name: &str, qualified: impl Fn() -> String) -> Option<u8> {
        let qualified_name;
        let name = if self.is_qualified {
            qualified_name = qualified();
            if qualified_name.ends_with(&self.text) {
                let before = qualified_name[..qualified_name.len() - self.text.len()].chars().next_back();
                if before.is_none_or(|c| c == '.') {
                    return Some(0);
                }
            }
            &qualified_name
        } else {
            name
        };
        if name == self.text {
            return Some(0);
        }
        if !self.may_match(name.as_bytes()) {
            return None;
        }
        if name.is_ascii() && self.lower.is_ascii() {
            return grade_of_ascii(name.as_bytes(), self.lower.as_bytes());
        }
        let lower = name.to_lowercase();
        if lower == self.lower {
            Some(1)
        } else if lower.starts_with(&self.lower) {
            Some(2)
        } else if lower.contains(&self.lower) {
            Some(3)
        } else if is_abbreviation(&self.lower, name) {
            Some(4)
        } else {
            None
        }
    }
}

/// The same for a name that has all letters of `lower` in order, without a copy of it in lower case.
fn grade_of_ascii(name: &[u8], lower: &[u8]) -> Option<u8> {
    let begins = |name: &[u8]| name.get(..lower.len()).is_some_and(|start| start.eq_ignore_ascii_case(lower));
    match begins(name) {
        true if name.len() == lower.len() => Some(1),
        true => Some(2),
        false if (1..name.len()).any(|at| begins(&name[at..])) => Some(3),
        false => {
            let (first, rest) = lower.split_first()?;
            let is_start = |at: &usize| name[*at].eq_ignore_ascii_case(first) && begins_part(name, *at);
            let start = (0..name.len()).find(is_start)?;
            let mut of = name[start + 1..].iter();
            rest.iter().all(|c| of.any(|r| r.eq_ignore_ascii_case(c))).then_some(4)
        }
    }
}

/// Whether a name has these letters in order, the first of them where one of its parts begins.
fn is_abbreviation(letters: &str, name: &str) -> bool {
    let is_in = |rest: &str| {
        let mut rest = rest.chars().flat_map(char::to_lowercase);
        let mut letters = letters.chars();
        letters.next() == rest.next() && letters.all(|c| rest.any(|r| r == c))
    };
    // With the first start that has the first letter most is left for the others.
    let has_first =
        |at: &usize| name[*at..].chars().flat_map(char::to_lowercase).next() == letters.chars().next();
    part_starts(name).find(has_first).is_some_and(|start| is_in(&name[start..]))
}

impl SymbolsAnswer {
    /// One line a definition, for people and models.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for s in &self.symbols {
            out.push_str(&format!("{}:{}  {} {}  {}\n", s.path, s.line, s.kind, s.qualified, s.signature));
        }
        if self.omitted > 0 {
            out.push_str(&format!(
                "… {} more; raise --limit or narrow with --kind or --path\n",
                self.omitted
            ));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_ascii_are_graded_like_all_others() {
        let letters = ["", "a", "A", "b", "_", "ab", "aB", "ba", "b_a", "aab", "ABAB", "bb_ab"];
        for query in letters {
            let query = Query::new(query);
            for name in letters.iter().flat_map(|a| letters.map(|b| format!("{a}{b}"))) {
                let lower = name.to_lowercase();
                let slowly = match &query.lower {
                    q if name == query.text => Some((0, q)),
                    q if lower == *q => Some((1, q)),
                    q if lower.starts_with(q) => Some((2, q)),
                    q if lower.contains(q) => Some((3, q)),
                    q => is_abbreviation(q, &name).then_some((4, q)),
                };
                let grade = query.grade(&name, String::new);
                assert_eq!(grade, slowly.map(|(grade, _)| grade), "{:?} {name:?}", query.text);
            }
        }
    }

    #[test]
    fn grades() {
        let grade = |q: &str, name: &str| Query::new(q).grade(name, || format!("Pool.{name}"));
        assert_eq!(grade("acquire", "acquire"), Some(0));
        assert_eq!(grade("Acquire", "acquire"), Some(1));
        assert_eq!(grade("acq", "acquire"), Some(2));
        assert_eq!(grade("quire", "acquire"), Some(3));
        assert_eq!(grade("aqr", "acquire"), Some(4));
        assert_eq!(grade("rqa", "acquire"), None);
        assert_eq!(grade("qre", "acquire"), None, "no part begins with it");
        assert_eq!(grade("usr", "get_user"), Some(4));
        assert_eq!(grade("usr", "getUser"), Some(4));
        assert_eq!(grade("lm", "HTTPLineMap"), Some(4));
        assert_eq!(grade("Pool.acquire", "acquire"), Some(0));
        assert_eq!(grade("Pool::acquire", "acquire"), Some(0));
        assert_eq!(grade("ol.acquire", "acquire"), Some(3));
        assert_eq!(grade("äq", "Äquator"), Some(2));
        assert_eq!(grade("Äq", "acquire"), None);
        assert_eq!(grade("k", "\u{212a}elvin"), Some(2), "the sign for kelvin is a k in lower case");
    }
}
