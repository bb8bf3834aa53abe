//! Who calls it, and whom does it call?

use lodemap_base::{FileId, Patience, RelPath};
use lodemap_engine::Snapshot;
use lodemap_engine::grammar::RefKind;
use lodemap_engine::graph::{FileEntry, Target, Tier};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use crate::error::AnswerError;
use crate::find::{self, Subject};
use crate::overrides::{Overrides, stood_in_for_by};
use crate::refs::more_text;
use crate::toward::files_toward;

/// Which way to follow calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Calls {
    /// Who calls it.
    Incoming,
    /// Whom it calls.
    Outgoing,
}

/// Calls, nearest first, the possible ones after all that are sure.
#[derive(Clone, Debug, Serialize)]
pub struct CallsAnswer {
    /// The definitions that were asked about.
    pub of: Vec<String>,
    /// The calls.
    pub calls: Vec<CallRow>,
    /// How many more there are.
    pub omitted: usize,
    #[serde(skip)]
    way: Calls,
}

/// One call.
#[derive(Clone, Debug, Serialize)]
pub struct CallRow {
    /// The id of who calls; a path where a file does it outside of all symbols.
    pub from: String,
    /// The id of what is called.
    pub to: String,
    /// The file with the call.
    pub path: RelPath,
    /// Where it stands, from 1.
    pub line: u32,
    /// From 1, in bytes.
    pub col: u32,
    /// How sure it is.
    pub tier: &'static str,
    /// How many calls away from what was asked about, from 1.
    pub depth: u32,
    /// The id of the method that is called by its name, where `to` only stands in for it: the call may reach it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
    /// The place among `of` or `calls` of what it was reached from.
    #[serde(skip)]
    under: Under,
    /// It is followed elsewhere: a cycle, or a second way to the same.
    #[serde(skip)]
    is_followed_elsewhere: bool,
    #[serde(skip)]
    is_sure: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Under {
    Asked(usize),
    Call(usize),
}

/// A call as the graph has it.
#[derive(Clone, Copy)]
struct Call {
    from: Target,
    to: Target,
    at: u32,
    tier: Tier,
    /// What is called by name, where `to` may stand in for it.
    through: Option<Target>,
}

/// Of more methods than this that may be reached by one call none is likely, and the others are left out.
const MAX_STAND_INS: usize = 8;

/// The calls to or from what `subject` means, followed `depth` times; at most `limit`, 0 for all. Parts of it run on the
/// threads of the pool it is called in.
pub fn calls(
    snapshot: &Snapshot,
    subject: &Subject,
    way: Calls,
    depth: u32,
    limit: usize,
    patience: &Patience,
) -> Result<CallsAnswer, AnswerError> {
    let of = find::targets(snapshot, subject)?;
    // Only who calls others can reach what stands in for them.
    let overrides = (way == Calls::Outgoing).then(|| Overrides::of(snapshot, patience));
    let mut left_out = 0;
    let mut seen: FxHashSet<Target> = of.iter().copied().collect();
    let (mut sure, mut possible): (Vec<CallRow>, Vec<CallRow>) = (Vec::new(), Vec::new());
    let mut frontier: Vec<(Target, Under)> =
        of.iter().enumerate().map(|(ix, t)| (*t, Under::Asked(ix))).collect();
    for step in 1..=depth {
        let mut next = Vec::new();
        let nodes: Vec<Target> = frontier.iter().map(|(node, _)| *node).collect();
        let adjacent = match way {
            Calls::Incoming => calls_to(snapshot, &nodes, patience),
            Calls::Outgoing => calls_from(snapshot, &nodes),
        };
        for (node, under) in std::mem::take(&mut frontier) {
            patience.check()?;
            let calls = calls_of(snapshot, &adjacent, node, way, step == 1);
            let dispatched = match &overrides {
                None => calls_in_general(snapshot, &adjacent, node),
                Some(overrides) => {
                    let (stand_ins, more) = calls_of_stand_ins(overrides, &calls);
                    left_out += more;
                    stand_ins
                }
            };
            for call in calls.into_iter().chain(dispatched) {
                let mut row = row(snapshot, call, step, under);
                if !row.is_sure {
                    possible.push(row);
                    continue;
                }
                let other = if way == Calls::Incoming { call.from } else { call.to };
                if seen.insert(other) {
                    next.push((other, Under::Call(sure.len())));
                } else {
                    row.is_followed_elsewhere = true;
                }
                sure.push(row);
            }
        }
        if next.is_empty() {
            break;
        }
        frontier = next;
    }
    sure.append(&mut possible);
    let keep = if limit == 0 { sure.len() } else { limit.min(sure.len()) };
    let omitted = sure.len() - keep + left_out;
    sure.truncate(keep);
    Ok(CallsAnswer { of: of.iter().map(|t| find::id(snapshot, *t)).collect(), calls: sure, omitted, way })
}

/// Calls by one of their ends, each list by path and position.
type Adjacent = FxHashMap<Target, Vec<Call>>;

/// A thread takes so many files at a time.
const FILES: usize = 128;

/// All calls that lead to some nodes, or to methods that these stand in for, by where they lead.
fn calls_to(snapshot: &Snapshot, nodes: &[Target], patience: &Patience) -> Adjacent {
    let mut wanted: FxHashSet<Target> = nodes.iter().copied().collect();
    for node in nodes {
        if let Target::Symbol(method) = node {
            wanted.extend(stood_in_for_by(snapshot, *method).into_iter().map(Target::Symbol));
        }
    }
    let files = files_toward(snapshot, &wanted, patience);
    let look = |files: &[&FileEntry]| {
        let mut found = Vec::new();
        for file in files.iter().take_while(|_| !patience.is_over()) {
            each_call(snapshot, file, |to| wanted.contains(&to), |c| found.push(c));
        }
        found
    };
    let found: Vec<Vec<Call>> = files.par_chunks(FILES).map(look).collect();
    by(found.into_iter().flatten(), |call| call.to)
}

/// All calls in the files of some nodes, by who calls.
fn calls_from(snapshot: &Snapshot, nodes: &[Target]) -> Adjacent {
    let mut files: Vec<FileId> = nodes.iter().map(|node| find::file_of(snapshot, *node)).collect();
    files.sort_by_key(|file| file.0);
    files.dedup();
    let mut found = Vec::new();
    for file in files {
        each_call(snapshot, snapshot.world().file(file), |_| true, |call| found.push(call));
    }
    by(found.into_iter(), |call| call.from)
}

fn by(calls: impl Iterator<Item = Call>, end: impl Fn(&Call) -> Target) -> Adjacent {
    let mut out = Adjacent::default();
    calls.for_each(|call| out.entry(end(&call)).or_default().push(call));
    out
}

/// Calls `f` on the calls in a file that lead to what is wanted.
fn each_call(
    snapshot: &Snapshot,
    file: &FileEntry,
    is_wanted: impl Fn(Target) -> bool,
    mut f: impl FnMut(Call),
) {
    snapshot.edges_of(file.id, |edge| {
        let is_call = matches!(edge.reference.kind, RefKind::Call | RefKind::Macro | RefKind::Decorator);
        if is_call && is_wanted(edge.target) {
            let from = find::owner(file, &edge.reference);
            f(Call { from, to: edge.target, at: edge.reference.at, tier: edge.tier, through: None });
        }
    });
}

/// The calls at a node. What a function calls includes what is called in the functions in it, and what a type
/// calls, if it was asked for, what its methods call.
fn calls_of(
    snapshot: &Snapshot,
    adjacent: &Adjacent,
    node: Target,
    way: Calls,
    was_asked_for: bool,
) -> Vec<Call> {
    let at = |target: &Target| adjacent.get(target).map(Vec::as_slice).unwrap_or_default();
    let members = match node {
        Target::Symbol(id) if way == Calls::Outgoing => {
            let has_members = was_asked_for || !find::symbol_kind(snapshot, id).is_type();
            has_members.then(|| find::within(snapshot, id))
        }
        _ => None,
    };
    let Some(members) = members else { return at(&node).to_vec() };
    let mut calls: Vec<Call> = members.iter().flat_map(|id| at(&Target::Symbol(*id))).copied().collect();
    calls.sort_by_key(|c| c.at); // all in one file; stable, as one place may call several
    calls
}

/// How sure a call is that another method stands in for.
fn tier_of_stand_in(call: &Call) -> Tier {
    call.tier.max(Tier::Constrained)
}

/// The calls of methods that a node stands in for: they may reach it.
fn calls_in_general(snapshot: &Snapshot, adjacent: &Adjacent, node: Target) -> Vec<Call> {
    let Target::Symbol(method) = node else { return vec![] };
    let mut found = Vec::new();
    for general in stood_in_for_by(snapshot, method).into_iter().map(Target::Symbol) {
        let calls = adjacent.get(&general).into_iter().flatten().filter(|c| find::is_sure(c.tier));
        let through = Some(general);
        found.extend(calls.map(|c| Call { to: node, tier: tier_of_stand_in(c), through, ..*c }));
    }
    found
}

/// The calls of what may stand in for the methods that are called, and how many were left out.
fn calls_of_stand_ins(overrides: &Overrides<'_>, calls: &[Call]) -> (Vec<Call>, usize) {
    let (mut found, mut left_out) = (Vec::new(), 0);
    // Once each, however often it is called.
    let mut seen = FxHashSet::default();
    for call in calls.iter().filter(|c| find::is_sure(c.tier) && seen.insert(c.to)) {
        let Target::Symbol(method) = call.to else { continue };
        let others = overrides.standing_in_for(method);
        left_out += others.len().saturating_sub(MAX_STAND_INS);
        found.extend(others.into_iter().take(MAX_STAND_INS).map(|other| Call {
            to: Target::Symbol(other),
            tier: tier_of_stand_in(call),
            through: Some(call.to),
            ..*call
        }));
    }
    (found, left_out)
}

fn row(snapshot: &Snapshot, call: Call, depth: u32, under: Under) -> CallRow {
    let entry = snapshot.world().file(find::file_of(snapshot, call.from));
    let at = entry.facts.lines.position(call.at);
    CallRow {
        from: find::id(snapshot, call.from),
        to: find::id(snapshot, call.to),
        path: entry.path.clone(),
        line: at.line,
        col: at.col,
        tier: call.tier.as_str(),
        depth,
        under,
        is_followed_elsewhere: false,
        is_sure: find::is_sure(call.tier),
        through: call.through.map(|t| find::id(snapshot, t)),
    }
}

impl CallsAnswer {
    /// A tree of what is sure and a list of what is possible, for people and models.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let mut children: FxHashMap<Under, Vec<Group<'_>>> = FxHashMap::default();
        for (ix, call) in self.calls.iter().enumerate().filter(|(_, c)| c.is_sure) {
            let groups = children.entry(call.under).or_default();
            let other = self.other(call);
            match groups.iter_mut().find(|g| g.id == other) {
                Some(group) => group.calls.push(ix),
                None => groups.push(Group { id: other, calls: vec![ix] }),
            }
        }
        for (ix, of) in self.of.iter().enumerate() {
            out.push_str(&format!("{of}\n"));
            let mut todo: Vec<(usize, &Group<'_>)> = under(&children, Under::Asked(ix), 1);
            while let Some((depth, group)) = todo.pop() {
                out.push_str(&"  ".repeat(depth));
                out.push_str(&self.group_text(group));
                for ix in group.calls.iter().rev() {
                    todo.extend(under(&children, Under::Call(*ix), depth + 1));
                }
            }
        }
        if self.calls.iter().any(|c| !c.is_sure) {
            out.push_str("possible:\n");
            for call in self.calls.iter().filter(|c| !c.is_sure) {
                let (other, asked) =
                    if self.way == Calls::Incoming { (&call.from, &call.to) } else { (&call.to, &call.from) };
                let arrow = if self.way == Calls::Incoming { "->" } else { "<-" };
                let of = if self.of.len() == 1 && *asked == self.of[0] {
                    String::new()
                } else {
                    format!("  {arrow} {asked}")
                };
                let how = match &call.through {
                    Some(through) => format!("may be reached through {through}"),
                    None => call.tier.to_owned(),
                };
                out.push_str(&format!("  {other}  {}:{}{of}  ({how})\n", call.path, call.line));
            }
        }
        out + &more_text(self.omitted)
    }

    fn other<'a>(&self, call: &'a CallRow) -> &'a str {
        if self.way == Calls::Incoming { &call.from } else { &call.to }
    }

    /// Who is at the other end, and in which lines the calls stand.
    fn group_text(&self, group: &Group<'_>) -> String {
        let calls = group.calls.iter().map(|ix| &self.calls[*ix]);
        let mut lines: Vec<String> = calls.clone().map(|c| format!("L{}", c.line)).collect();
        lines.dedup();
        let elsewhere = calls.clone().all(|c| c.is_followed_elsewhere);
        let mark = if elsewhere { "  (as elsewhere)" } else { "" };
        format!("{}  {}{mark}\n", group.id, lines.join(", "))
    }
}

/// Calls from one place of the tree that have the same other end.
struct Group<'a> {
    id: &'a str,
    calls: Vec<usize>,
}

/// The groups below a place of the tree, the last first, as a stack wants them.
fn under<'a, 'g>(
    children: &'g FxHashMap<Under, Vec<Group<'a>>>,
    place: Under,
    depth: usize,
) -> Vec<(usize, &'g Group<'a>)> {
    children.get(&place).into_iter().flatten().rev().map(|g| (depth, g)).collect()
}
