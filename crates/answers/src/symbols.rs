//! Definitions by name.

mod table;

use std::cmp::Reverse;

use globset::GlobSet;
use lodemap_base::{AskedLetters, FileId, Letters, Patience, RelPath, SymbolId, begins_part, part_starts};
use lodemap_engine::facts::FileFacts;
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
    let patience = &options.patience;
    let search = Search::new(snapshot, glob.as_ref(), query.as_ref(), options.kind, patience);
    let limit = if options.limit == 0 { usize::MAX } else { options.limit };
    let mut found = search.run(limit);
    patience.check()?;
    let omitted = found.cut(limit);
    let best = search.best(found, limit);
    let row = |m: Match| {
        let file = snapshot.world().file(m.file);
        SymbolRow::new(&file.path, &file.facts, m.symbol)
    };
    Ok(SymbolsAnswer { symbols: best.into_iter().map(row).collect(), omitted })
}

/// A look at all names.
struct Search<'s> {
    snapshot: &'s Snapshot,
    /// By slot, whether the files' definitions are looked at; `None`: those of all.
    files: Option<Vec<bool>>,
    query: Option<&'s Query>,
    kind: Option<SymbolKind>,
    patience: &'s Patience,
}

/// A thread looks at so many files, or matches, at a time.
const FILES: usize = 128;
const MATCHES: usize = 256;
/// And looks after so many names whether somebody waits still.
const LOOK: usize = 16;

/// A definition that matches.
#[derive(Clone, Copy)]
struct Match {
    grade: u8,
    /// Its kind by its place among all.
    kind: u8,
    file: FileId,
    symbol: u32,
}

/// A match with its importance.
type Weighed = (Reverse<u64>, Match);

/// What a name may be by its letters alone, best first: spelled like what is asked for, with it at its beginning, with
/// it inside, with its letters in order. The worst grade that a name of each of these classes, or a better one, can have.
const CLASSES: [usize; 4] = [0, 2, 3, GRADES - 1];
/// So many names are read at once, whatever their class: to wake threads for each class takes longer.
const FEW: usize = 1_024;

/// The class of a name, if it may match at all.
fn class(letters: Letters, asked: AskedLetters) -> Option<usize> {
    match () {
        // Most of them.
        () if !letters.may_have(asked) => None,
        () if letters.may_be(asked) => Some(0),
        () if letters.may_begin_with(asked) => Some(1),
        () if letters.may_contain(asked) => Some(2),
        () if letters.may_hold(asked) => Some(3),
        () => None,
    }
}

impl<'s> Search<'s> {
    fn new(
        snapshot: &'s Snapshot,
        glob: Option<&GlobSet>,
        query: Option<&'s Query>,
        kind: Option<SymbolKind>,
        patience: &'s Patience,
    ) -> Self {
        let world = snapshot.world();
        let files = glob.map(|glob| {
            let mut is_in = vec![false; world.file_slots()];
            for file in world.files() {
                is_in[file.id.index()] = glob.is_match(file.path.as_str());
            }
            is_in
        });
        Self { snapshot, files, query, kind, patience }
    }

    /// The definitions that match; of grades beyond those of which there are `limit`, not all.
    fn run(&self, limit: usize) -> Found {
        let mut found = Found(Vec::new());
        let Some(asked) = self.query.and_then(Query::letters) else {
            self.look_at_all(&mut found);
            return found;
        };
        let pages: Vec<(SymbolId, &[Letters])> = self.snapshot.world().letters().collect();
        let pages: Vec<ByClass> =
            pages.into_par_iter().map(|(id, letters)| by_class(id, letters, asked)).collect();
        let counts: [usize; CLASSES.len()] =
            std::array::from_fn(|c| pages.iter().map(|page| page[c].len()).sum());
        let mut next = 0;
        while next < CLASSES.len() {
            let first = next;
            let mut names = counts[first];
            next += 1;
            // Those that are spelled like it are often enough.
            let are_enough = first == 0 && names >= limit;
            while !are_enough && next < CLASSES.len() && names + counts[next] <= FEW {
                names += counts[next];
                next += 1;
            }
            let look = |page: &ByClass| self.look(page[first..next].iter().flatten());
            found.0.par_extend(pages.par_iter().flat_map_iter(look));
            if found.count_to(CLASSES[next - 1]) >= limit {
                break;
            }
        }
        found
    }

    /// Those of some definitions that match.
    fn look<'i>(&self, symbols: impl Iterator<Item = &'i SymbolId>) -> Vec<Match> {
        let world = self.snapshot.world();
        // Empty slots have no letters, so they are not among them.
        let goes_on = |at: usize| !at.is_multiple_of(LOOK) || !self.patience.is_over();
        let slots = symbols.zip(0..).take_while(|(_, at)| goes_on(*at)).map(|(id, _)| world.slot(*id));
        slots.filter_map(|slot| self.matched(world.file(slot.file), slot.symbol)).collect()
    }

    /// Adds those of all definitions that match.
    fn look_at_all(&self, found: &mut Found) {
        let files: Vec<&FileEntry> = self.snapshot.world().files().map(|file| &**file).collect();
        let look = |files: &[&FileEntry]| {
            let mut found = Vec::new();
            for file in files.iter().take_while(|_| !self.patience.is_over()) {
                found.extend((0..file.symbols.len() as u32).filter_map(|symbol| self.matched(file, symbol)));
            }
            found
        };
        found.0.par_extend(files.par_chunks(FILES).flat_map_iter(look));
    }

    /// The definition, if it matches.
    fn matched(&self, file: &FileEntry, symbol: u32) -> Option<Match> {
        if self.files.as_ref().is_some_and(|is_in| !is_in[file.id.index()]) {
            return None;
        }
        let (name, kind) = file.spelled(symbol);
        let grade = match self.query {
            None => 0,
            Some(query) => query.grade(name, || file.facts.qualified(symbol, "."))?,
        };
        let is_wanted =
            kind != SymbolKind::Impl.place() && self.kind.is_none_or(|wanted| wanted.place() == kind);
        is_wanted.then_some(Match { grade, kind, file: file.id, symbol })
    }

    /// The `limit` best by grade, then importance, then place.
    fn best(&self, found: Found, limit: usize) -> Vec<Match> {
        let weigh = |m: &Match| {
            let kind = SymbolKind::ALL[usize::from(m.kind)];
            let file = self.snapshot.world().file(m.file);
            (Reverse(self.snapshot.score_in(file, m.symbol, kind)), *m)
        };
        let parts = found.0.par_chunks(MATCHES);
        let parts = parts.flat_map_iter(|part| self.first(part.iter().map(weigh).collect(), limit));
        let best = self.first(parts.collect(), limit);
        best.into_iter().map(|(_, m)| m).collect()
    }

    /// The first `limit` of some in order.
    fn first(&self, mut found: Vec<Weighed>, limit: usize) -> Vec<Weighed> {
        let place = |m: &Match| (&self.snapshot.world().file(m.file).path, m.symbol);
        let compare = |a: &Weighed, b: &Weighed| {
            let by_worth = (a.1.grade, a.0).cmp(&(b.1.grade, b.0));
            by_worth.then_with(|| place(&a.1).cmp(&place(&b.1)))
        };
        if limit > 0 && found.len() > limit {
            found.select_nth_unstable_by(limit - 1, compare);
        }
        found.truncate(limit);
        found.sort_unstable_by(compare);
        found
    }
}

/// Definitions by the class of their names.
type ByClass = [Vec<SymbolId>; CLASSES.len()];

/// The definitions from a slot on whose names have these letters, by class.
fn by_class(first: SymbolId, letters: &[Letters], asked: AskedLetters) -> ByClass {
    let mut found = ByClass::default();
    for (id, letters) in (first.0..).zip(letters) {
        if let Some(class) = class(*letters, asked) {
            found[class].push(SymbolId(id));
        }
    }
    found
}

/// Definitions that match.
struct Found(Vec<Match>);

impl Found {
    /// How many have this grade or a better one.
    fn count_to(&self, worst: usize) -> usize {
        self.0.iter().filter(|m| usize::from(m.grade) <= worst).count()
    }

    /// Leaves out the grades that are not needed for `limit` of them; says how many are left beyond it.
    fn cut(&mut self, limit: usize) -> usize {
        let mut counts = [0; GRADES];
        self.0.iter().for_each(|m| counts[usize::from(m.grade)] += 1);
        let (worst, left) = needed(counts, limit);
        self.0.retain(|m| usize::from(m.grade) <= worst);
        left.saturating_sub(limit)
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
            signature: facts.signature_of(&s).unwrap_or(&name).to_owned(),
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
