//! Definitions by name.

mod table;

use std::cmp::Reverse;

use globset::{Glob, GlobMatcher};
use lodemap_base::{RelPath, SymbolId, letters};
use lodemap_engine::facts::{FileFacts, NONE};
use lodemap_engine::grammar::SymbolKind;
use lodemap_engine::{Snapshot, symbol_name};
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
}

/// Definitions, best first.
#[derive(Clone, Debug, Serialize)]
pub struct SymbolsAnswer {
    /// The definitions.
    pub symbols: Vec<SymbolRow>,
    /// How many more matched.
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

/// Definitions whose name matches.
pub fn symbols(snapshot: &Snapshot, options: &SymbolsOptions) -> Result<SymbolsAnswer, AnswerError> {
    let glob = glob(options)?;
    let query = options.query.as_deref().map(Query::new);
    let asked = query.as_ref().map_or(0, Query::letters);
    let mut found: Vec<(u8, SymbolId)> = Vec::new();
    for file in snapshot.world().files() {
        if glob.as_ref().is_some_and(|g| !g.is_match(file.path.as_str())) {
            continue;
        }
        // Most names lack a letter, and are not even read.
        let may_match = |(_, letters): &(usize, &u32)| asked & !**letters == 0;
        for (ix, _) in file.letters.iter().enumerate().filter(may_match) {
            let s = file.facts.symbols.at(ix as u32);
            if s.kind == SymbolKind::Impl || options.kind.is_some_and(|k| k != s.kind) {
                continue;
            }
            let grade = match &query {
                None => 0,
                Some(q) => {
                    let name = file.facts.names.get(s.name);
                    match q.grade(name, || file.facts.qualified(ix as u32, ".")) {
                        Some(grade) => grade,
                        None => continue,
                    }
                }
            };
            found.push((grade, file.symbols[ix]));
        }
    }
    let all = found.len();
    let keep = if options.limit == 0 { all } else { options.limit.min(all) };
    let omitted = all - keep;
    let found = best(snapshot, found, keep);
    Ok(SymbolsAnswer { symbols: found.into_iter().map(|id| row(snapshot, id)).collect(), omitted })
}

/// The `keep` best by grade, then importance, then place.
fn best(snapshot: &Snapshot, mut found: Vec<(u8, SymbolId)>, keep: usize) -> Vec<SymbolId> {
    // What a worse grade has is not weighed where better ones are enough.
    let mut counts = [0; GRADES];
    found.iter().for_each(|(grade, _)| counts[usize::from(*grade)] += 1);
    let mut enough = 0;
    let is_needed = counts.map(|count| {
        let is_needed = enough < keep;
        enough += count;
        is_needed
    });
    found.retain(|(grade, _)| is_needed[usize::from(*grade)]);
    let weighed = found.into_iter().map(|(grade, id)| (grade, Reverse(snapshot.symbol_score(id)), id));
    let mut found: Vec<(u8, Reverse<u64>, SymbolId)> = weighed.collect();
    let compare = |a: &(u8, Reverse<u64>, SymbolId), b: &(u8, Reverse<u64>, SymbolId)| {
        (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| snapshot.place(a.2).cmp(&snapshot.place(b.2)))
    };
    if keep > 0 && found.len() > keep {
        found.select_nth_unstable_by(keep - 1, compare);
    }
    found.truncate(keep);
    found.sort_by(compare);
    found.into_iter().map(|(.., id)| id).collect()
}

fn glob(options: &SymbolsOptions) -> Result<Option<GlobMatcher>, AnswerError> {
    let Some(pattern) = &options.path else { return Ok(None) };
    let glob = Glob::new(pattern).map_err(|e| AnswerError::Usage(format!("--path: {e}")))?;
    Ok(Some(glob.compile_matcher()))
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

/// A name to look for: exact, then in other case, then as a beginning, then inside, then letters in order.
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
    fn letters(&self) -> u32 {
        // Other characters may have letters of ASCII in lower case.
        if self.is_qualified || !self.text.is_ascii() { 0 } else { letters(&self.text) }
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
        let lower = name.to_lowercase();
        if lower == self.lower {
            Some(1)
        } else if lower.starts_with(&self.lower) {
            Some(2)
        } else if lower.contains(&self.lower) {
            Some(3)
        } else if is_subsequence(&self.lower, &lower) {
            Some(4)
        } else {
            None
        }
    }
}

fn is_subsequence(letters: &str, of: &str) -> bool {
    let mut rest = of.chars();
    letters.chars().all(|c| rest.any(|r| r == c))
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
    fn grades() {
        let grade = |q: &str, name: &str| Query::new(q).grade(name, || format!("Pool.{name}"));
        assert_eq!(grade("acquire", "acquire"), Some(0));
        assert_eq!(grade("Acquire", "acquire"), Some(1));
        assert_eq!(grade("acq", "acquire"), Some(2));
        assert_eq!(grade("quire", "acquire"), Some(3));
        assert_eq!(grade("aqr", "acquire"), Some(4));
        assert_eq!(grade("rqa", "acquire"), None);
        assert_eq!(grade("Pool.acquire", "acquire"), Some(0));
        assert_eq!(grade("Pool::acquire", "acquire"), Some(0));
        assert_eq!(grade("ol.acquire", "acquire"), Some(3));
        assert_eq!(grade("äq", "Äquator"), Some(2));
        assert_eq!(grade("Äq", "acquire"), None);
        assert_eq!(grade("k", "\u{212a}elvin"), Some(2), "the sign for kelvin is a k in lower case");
    }
}
