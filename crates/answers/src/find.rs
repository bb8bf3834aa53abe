//! What does the user mean: by a name, an id, a path, or a place in a file?
//!
//! One reading for all questions that take such a text, and one way to say that nothing is so called.

mod near;

use std::cmp::Reverse;

use lodemap_base::{FileId, Letters, Position, RelPath, SymbolId, name_key};
use lodemap_engine::facts::{FileFacts, NONE, Ref};
use lodemap_engine::grammar::SymbolKind;
use lodemap_engine::graph::{FileEntry, Target, Tier};
use lodemap_engine::{Edge, Snapshot};
use rustc_hash::FxHashSet;

use crate::error::AnswerError;
use crate::reference;

/// What a question is about, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A plain or qualified name, or an id: `acquire`, `Pool.acquire`, `Pool::acquire`, `src/pool.py#Pool`.
    Name(String),
    /// An indexed file or folder, and the text that named it.
    Path(RelPath, String),
    /// A place in a file: line and column from 1, the column in bytes; without a column the whole line.
    Place(RelPath, u32, Option<u32>),
}

impl Subject {
    /// Reads a text; `known` tells which indexed file or folder a path means.
    pub fn parse(text: &str, known: impl Fn(&str) -> Option<RelPath>) -> Result<Self, AnswerError> {
        if let Some(path) = known(text) {
            return Ok(Self::Path(path, text.into()));
        }
        if let Some((path, line, col)) = place(text) {
            let known = known(path).ok_or_else(|| AnswerError::NoSuchFile(path.into()))?;
            if line == 0 || col == Some(0) {
                return Err(AnswerError::Usage(format!("{text}: lines and columns count from 1")));
            }
            return Ok(Self::Place(known, line, col));
        }
        // File names may hold `#` too, and so may names (`#field`).
        let ids = text.match_indices('#').find_map(|(at, _)| Some((known(&text[..at])?, &text[at..])));
        if let Some((path, name)) = ids {
            return Ok(Self::Name(format!("{path}{name}")));
        }
        if text.contains('/') && !text.contains('#') {
            return Err(AnswerError::NoSuchFile(text.into()));
        }
        Ok(Self::Name(text.into()))
    }
}

/// `path:line` or `path:line:col`.
fn place(text: &str) -> Option<(&str, u32, Option<u32>)> {
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| text.parse().unwrap_or(u32::MAX))
    };
    let split = |text| {
        let (before, last): (&str, &str) = str::rsplit_once(text, ':')?;
        Some((before, number(last)?)).filter(|(before, _)| !before.is_empty() && !before.ends_with(':'))
    };
    let (before, last) = split(text)?;
    Some(match split(before) {
        Some((path, line)) => (path, line, Some(last)),
        None => (before, last, None),
    })
}

/// Which of the two a place is asked for: where it leads, or what is defined there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Prefer {
    References,
    Definitions,
}

/// Something that a subject means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Meant {
    pub(crate) target: Target,
    pub(crate) tier: Tier,
    /// The rule of the reference that leads there; `definition` for what was named by id or stands at the place.
    pub(crate) rule: &'static str,
}

/// What a subject means, best first; an error where that is nothing.
pub(crate) fn meant(
    snapshot: &Snapshot,
    subject: &Subject,
    prefer: Prefer,
) -> Result<Vec<Meant>, AnswerError> {
    match subject {
        Subject::Name(name) => named(snapshot, name),
        Subject::Path(path, text) => match snapshot.world().file_at(path.as_str()) {
            Some(file) => Ok(vec![itself(Target::File(file))]),
            // A folder refers to nothing; a symbol may be called so.
            None => named(snapshot, text),
        },
        Subject::Place(path, line, col) => {
            let entry = file(snapshot, path)?;
            let found = at_place(snapshot, entry, *line, *col, prefer);
            if found.is_empty() {
                let place = col.map_or(format!("{path}:{line}"), |col| format!("{path}:{line}:{col}"));
                return Err(AnswerError::NothingAt(place));
            }
            Ok(found)
        }
    }
}

/// The targets alone.
pub(crate) fn targets(snapshot: &Snapshot, subject: &Subject) -> Result<Vec<Target>, AnswerError> {
    Ok(meant(snapshot, subject, Prefer::Definitions)?.into_iter().map(|m| m.target).collect())
}

/// The file at a path.
pub(crate) fn file<'s>(snapshot: &'s Snapshot, path: &RelPath) -> Result<&'s FileEntry, AnswerError> {
    let world = snapshot.world();
    let id = world.file_at(path.as_str()).ok_or_else(|| AnswerError::NoSuchFile(path.to_string()))?;
    Ok(world.file(id))
}

fn itself(target: Target) -> Meant {
    Meant { target, tier: Tier::Resolved, rule: "definition" }
}

fn named(snapshot: &Snapshot, name: &str) -> Result<Vec<Meant>, AnswerError> {
    let by_id = by_id(snapshot, name);
    if !by_id.is_empty() {
        return Ok(by_id.into_iter().map(|id| itself(Target::Symbol(id))).collect());
    }
    let found = by_name(snapshot, name);
    if found.is_empty() {
        return Err(AnswerError::NoSuchName { name: name.into(), similar: near::similar(snapshot, name) });
    }
    let tier = if found.len() == 1 { Tier::Unique } else { Tier::Name };
    let meant = |id| Meant { target: Target::Symbol(id), tier, rule: "name" };
    Ok(found.into_iter().map(meant).collect())
}

/// The symbols with an id as answers print it, or with `::` in it.
fn by_id(snapshot: &Snapshot, text: &str) -> Vec<SymbolId> {
    let world = snapshot.world();
    let split =
        text.match_indices('#').find_map(|(at, _)| Some((world.file_at(&text[..at])?, &text[at + 1..])));
    let Some((file, name)) = split else { return vec![] };
    let entry = world.file(file);
    let id = format!("{}#{}", entry.path, name.replace("::", "."));
    let is_impl = |id: &SymbolId| symbol_kind(snapshot, *id) == SymbolKind::Impl;
    let mut found: Vec<SymbolId> =
        entry.symbols.iter().copied().filter(|s| snapshot.symbol_name(*s) == id).collect();
    // An implementation is called as its type; it is meant where that stands elsewhere.
    if !found.iter().all(is_impl) {
        found.retain(|id| !is_impl(id));
    }
    found
}

/// The symbols called so, the most important first.
///
/// A qualified name may begin within a longer one, and may begin with the path of its module.
pub(crate) fn by_name(snapshot: &Snapshot, name: &str) -> Vec<SymbolId> {
    let wanted = name.trim_end_matches("()").replace("::", ".");
    let wanted = wanted.strip_prefix("crate.").unwrap_or(&wanted);
    let last = wanted.rsplit('.').next().unwrap_or(wanted);
    // Of a definition that is called otherwise nothing but its letters is read.
    let (key, letters) = (name_key(last), Letters::of(last));
    let (mut within, mut by_module) = (Vec::new(), Vec::new());
    snapshot.world().each_spelled(
        |of| of == letters,
        |file, ix| {
            let s = file.facts.symbols.at(ix);
            if file.facts.names.key(s.name) != key || s.kind == SymbolKind::Impl {
                return;
            }
            let qualified = file.facts.qualified(ix, ".");
            if ends_with_segments(&qualified, wanted) {
                within.push(file.symbols[ix as usize]);
            } else if let Some(module) = wanted.strip_suffix(&qualified).and_then(|m| m.strip_suffix('.'))
                && ends_with_segments(&module_of(file.path.as_str()), module)
            {
                by_module.push(file.symbols[ix as usize]);
            }
        },
    );
    let mut found = if within.is_empty() { by_module } else { within };
    found.sort_by_cached_key(|id| (Reverse(snapshot.symbol_score(*id)), snapshot.place(*id)));
    found
}

/// Whether a dotted name is another one, or its end.
pub(crate) fn ends_with_segments(name: &str, end: &str) -> bool {
    name.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// A path as a dotted name, without what only stands for its folder.
pub(crate) fn module_of(path: &str) -> String {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let stands_for_folder = |name: &&str| !matches!(*name, "__init__" | "mod" | "lib" | "main" | "index");
    stem.split('/').filter(stands_for_folder).collect::<Vec<_>>().join(".")
}

/// What a place means: what the references there lead to, or what is defined there.
fn at_place(
    snapshot: &Snapshot,
    entry: &FileEntry,
    line: u32,
    col: Option<u32>,
    prefer: Prefer,
) -> Vec<Meant> {
    let facts = &*entry.facts;
    let Some((start, end)) = line_of(facts, line) else { return vec![] };
    let offset = col.and_then(|col| facts.lines.offset(Position { line, col }));
    // A column behind the end of its line is in no other.
    let in_line = |offset: u32| start <= offset && offset < end;
    let is_here = |at: u32, covers: &dyn Fn(u32) -> bool| match (col, offset) {
        (None, _) => in_line(at),
        (Some(_), Some(offset)) => in_line(offset) && covers(offset),
        (Some(_), None) => false,
    };
    let refers = |r: &Ref| is_here(r.at, &|offset| reference::covers(facts, r, offset));
    let mut led: Vec<Meant> = Vec::new();
    if facts.refs.iter().any(|r| refers(&r)) {
        snapshot.edges_of(entry.id, |edge: Edge| {
            if refers(&edge.reference) {
                led.push(Meant { target: edge.target, tier: edge.tier, rule: edge.rule.as_str() });
            }
        });
    }
    led.sort_by_key(|m| m.tier);
    let defines = |(_, s): &(usize, lodemap_engine::facts::Symbol)| {
        let len = facts.names.get(s.name).len() as u32;
        let covers = |offset| s.name_at <= offset && offset - s.name_at < len;
        s.kind != SymbolKind::Impl && is_here(s.name_at, &covers)
    };
    let defined: Vec<Meant> = facts
        .symbols
        .iter()
        .enumerate()
        .filter(defines)
        .map(|(ix, _)| itself(Target::Symbol(entry.symbols[ix])))
        .collect();
    let (first, second) = if prefer == Prefer::References { (led, defined) } else { (defined, led) };
    let mut found = if first.is_empty() { second } else { first };
    let mut seen = FxHashSet::default();
    found.retain(|m| seen.insert(m.target));
    found
}

/// The bytes of a line, its end included; `None` if the file is shorter.
fn line_of(facts: &FileFacts, line: u32) -> Option<(u32, u32)> {
    let start = facts.lines.start(line.checked_sub(1)? as usize)?;
    Some((start, facts.lines.start(line as usize).unwrap_or(facts.bytes.max(start + 1))))
}

/// The innermost symbol with importance around a line, its documentation included; `None` where only the file is.
pub(crate) fn around_line(entry: &FileEntry, line: u32) -> Option<SymbolId> {
    let facts = &entry.facts;
    let (start, end) = line_of(facts, line)?;
    let touches = |ix: &usize| {
        let s = facts.symbols.at(*ix as u32);
        let has_doc = s.doc.start < s.doc.end;
        let begin = if has_doc { s.doc.start.min(s.span.start) } else { s.span.start };
        !s.kind.is_light() && begin < end && start < s.span.end
    };
    // Symbols are in the order of the text, so the last that encloses a place begins last.
    let inner = (0..facts.symbols.len()).rev().find(touches)?;
    Some(entry.symbols[inner])
}

/// Who makes a reference: a symbol with importance, else the file.
pub(crate) fn owner(entry: &FileEntry, reference: &Ref) -> Target {
    full(entry, reference.owner)
}

/// A symbol with importance of its own at or around one; the file where there is none.
fn full(entry: &FileEntry, symbol: u32) -> Target {
    match entry.facts.full_symbol(symbol) {
        NONE => Target::File(entry.id),
        full => Target::Symbol(entry.symbols[full as usize]),
    }
}

/// What has the importance of a target: a field's is that of its type.
pub(crate) fn holder(snapshot: &Snapshot, target: Target) -> Target {
    match target {
        Target::Symbol(id) => {
            let slot = snapshot.world().slot(id);
            full(snapshot.world().file(slot.file), slot.symbol)
        }
        file => file,
    }
}

/// An id that can be retyped: `path#qualified`, or the path of a file.
pub(crate) fn id(snapshot: &Snapshot, target: Target) -> String {
    match target {
        Target::Symbol(id) => snapshot.symbol_name(id),
        Target::File(file) => snapshot.world().file(file).path.to_string(),
    }
}

/// The file that a target is, or stands in.
pub(crate) fn file_of(snapshot: &Snapshot, target: Target) -> FileId {
    match target {
        Target::Symbol(id) => snapshot.world().slot(id).file,
        Target::File(file) => file,
    }
}

/// Where a target stands, in the canonical order: by path, then position, the file itself first.
pub(crate) fn order(snapshot: &Snapshot, target: Target) -> (&RelPath, u32) {
    match target {
        Target::Symbol(id) => {
            let (path, ix) = snapshot.place(id);
            (path, ix + 1)
        }
        Target::File(file) => (&snapshot.world().file(file).path, 0),
    }
}

/// The symbols with importance in a symbol, itself first; of a type also what implementations in its file hold.
pub(crate) fn within(snapshot: &Snapshot, symbol: SymbolId) -> Vec<SymbolId> {
    let slot = snapshot.world().slot(symbol);
    let entry = snapshot.world().file(slot.file);
    let facts = &entry.facts;
    let s = &facts.symbols.at(slot.symbol);
    let of_type = s.kind.is_type() || s.kind == SymbolKind::Impl;
    let name = facts.qualified(slot.symbol, ".");
    let mut inside = vec![false; facts.symbols.len()];
    inside[slot.symbol as usize] = true;
    let mut found = vec![symbol];
    for (ix, s) in facts.symbols.iter().enumerate() {
        let by_parent = s.parent != NONE && inside[s.parent as usize];
        let by_type = || {
            let qualified = facts.qualified(ix as u32, ".");
            qualified.strip_prefix(&name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if ix as u32 != slot.symbol && (by_parent || of_type && by_type()) {
            inside[ix] = true;
            if !s.kind.is_light() {
                found.push(entry.symbols[ix]);
            }
        }
    }
    found
}

/// What a symbol is.
pub(crate) fn symbol_kind(snapshot: &Snapshot, id: SymbolId) -> SymbolKind {
    let slot = snapshot.world().slot(id);
    snapshot.world().file(slot.file).facts.symbols.at(slot.symbol).kind
}

/// Whether a tier is sure enough to follow and to call a dependency; everything else is shown apart, as possible.
pub(crate) fn is_sure(tier: Tier) -> bool {
    tier <= Tier::Inferred
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Subject, AnswerError> {
        let known =
            |path: &str| ["a.py", "b/c.rs", "b"].contains(&path).then(|| RelPath::parse(path).unwrap());
        Subject::parse(text, known)
    }

    fn name(text: &str) -> Result<Subject, AnswerError> {
        Ok(Subject::Name(text.into()))
    }

    #[test]
    fn names_paths_and_places() {
        let path = |p: &str| RelPath::parse(p).unwrap();
        assert_eq!(parse("Pool.acquire"), name("Pool.acquire"));
        assert_eq!(parse("A::b"), name("A::b"));
        assert_eq!(parse("A::0"), name("A::0"), "a field of a tuple is no line");
        assert_eq!(parse("a.py#A.#b"), name("a.py#A.#b"));
        assert_eq!(parse("a.py"), Ok(Subject::Path(path("a.py"), "a.py".into())));
        assert_eq!(parse("b"), Ok(Subject::Path(path("b"), "b".into())));
        assert_eq!(parse("a.py:3"), Ok(Subject::Place(path("a.py"), 3, None)));
        assert_eq!(parse("b/c.rs:3:14"), Ok(Subject::Place(path("b/c.rs"), 3, Some(14))));
        assert_eq!(parse("no.py:3"), Err(AnswerError::NoSuchFile("no.py".into())));
        assert_eq!(parse("b/no.py"), Err(AnswerError::NoSuchFile("b/no.py".into())));
        assert!(matches!(parse("a.py:0"), Err(AnswerError::Usage(_))));
        assert!(matches!(parse("a.py:1:0"), Err(AnswerError::Usage(_))));
        assert_eq!(
            parse("a.py:99999999999"),
            Ok(Subject::Place(path("a.py"), u32::MAX, None)),
            "no line, but no panic either"
        );
    }

    #[test]
    fn ends_of_names() {
        assert!(ends_with_segments("a.b.c", "b.c") && ends_with_segments("a", "a"));
        assert!(!ends_with_segments("ab.c", "b.c") && !ends_with_segments("a", "b.a"));
        assert_eq!(module_of("src/pool/__init__.py"), "src.pool");
    }
}
