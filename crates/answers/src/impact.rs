//! What can a change break, and which tests tell?

use lodemap_base::{FileId, Patience, RelPath, Stopped};
use lodemap_engine::Snapshot;
use lodemap_engine::facts::SymbolFlags;
use lodemap_engine::graph::{FileClass, Target, Tier};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::diff::{self, FileDiff, Place};
use crate::error::AnswerError;
use crate::export::by_path;
use crate::find::{self, Subject};
use crate::overrides::{Overrides, stood_in_for_by};
use crate::refs::more_text;

/// What changed, and how far to look.
#[derive(Clone, Debug, Default)]
pub struct ImpactOptions {
    /// Files, folders, symbols and places.
    pub subjects: Vec<Subject>,
    /// A unified diff that leads to the state at hand.
    pub diff: Option<String>,
    /// How many references away.
    pub depth: u32,
    /// At most so many affected; 0 for all.
    pub limit: usize,
    /// How long somebody waits.
    pub patience: Patience,
}

/// What a change reaches.
#[derive(Clone, Debug, Serialize)]
pub struct ImpactAnswer {
    /// The ids of what changed; paths of files as a whole.
    pub changed: Vec<String>,
    /// What depends on that, the nearest, surest and most important first.
    pub affected: Vec<AffectedRow>,
    /// The files with tests among all these, nearest first.
    pub tests: Vec<RelPath>,
    /// How many more are affected.
    pub omitted: usize,
}

/// Something that depends on what changed.
#[derive(Clone, Debug, Serialize)]
pub struct AffectedRow {
    /// Its id; a path where a file refers outside of all symbols.
    pub id: String,
    /// Its file.
    pub path: RelPath,
    /// How many references away, from 1.
    pub distance: u32,
    /// The least sure reference on the surest of the shortest ways.
    pub tier: &'static str,
}

/// What depends on what changed: by references that were resolved or inferred, and through methods that stand in
/// for one another.
pub fn impact(snapshot: &Snapshot, options: &ImpactOptions) -> Result<ImpactAnswer, AnswerError> {
    let mut changed = Changed { snapshot, named: BTreeMap::new(), seeds: FxHashSet::default() };
    for subject in &options.subjects {
        changed.subject(subject)?;
    }
    for file in options.diff.iter().flat_map(|d| diff::parse(d)) {
        changed.file_diff(&file);
    }
    let Changed { named, seeds, .. } = changed;
    let reached = reach(snapshot, &seeds, options.depth, &options.patience)?;
    let mut affected: Vec<(Target, u32, Tier)> = Vec::with_capacity(reached.len());
    #[expect(clippy::iter_over_hash_type, reason = "sorted below")]
    for (target, (distance, tier)) in &reached {
        affected.push((*target, *distance, *tier));
    }
    affected.sort_by_cached_key(|(target, distance, tier)| {
        let score = match *target {
            Target::Symbol(id) => snapshot.symbol_score(id),
            Target::File(file) => snapshot.file_score(file),
        };
        let (path, place) = find::order(snapshot, *target);
        (*distance, *tier, Reverse(score), path.clone(), place)
    });
    options.patience.check()?;
    let tests = tests(snapshot, &seeds, &affected);
    let keep = if options.limit == 0 { affected.len() } else { options.limit.min(affected.len()) };
    let omitted = affected.len() - keep;
    let row = |(target, distance, tier): &(Target, u32, Tier)| AffectedRow {
        id: find::id(snapshot, *target),
        path: snapshot.world().file(find::file_of(snapshot, *target)).path.clone(),
        distance: *distance,
        tier: tier.as_str(),
    };
    let affected = affected[..keep].iter().map(row).collect();
    Ok(ImpactAnswer { changed: named.into_values().collect(), affected, tests, omitted })
}

/// What changed, as it is collected.
struct Changed<'s> {
    snapshot: &'s Snapshot,
    /// What is told, in the order of paths and positions.
    named: BTreeMap<(String, u32), String>,
    /// Where the search begins: of a whole file or type also everything in it.
    seeds: FxHashSet<Target>,
}

impl Changed<'_> {
    fn subject(&mut self, subject: &Subject) -> Result<(), AnswerError> {
        let world = self.snapshot.world();
        match subject {
            Subject::Path(path, _) => {
                if let Some(file) = world.file_at(path.as_str()) {
                    self.file(file);
                    return Ok(());
                }
                let below = world.files().filter(|f| f.path.is_below(path)).map(|f| f.id);
                below.collect::<Vec<_>>().into_iter().for_each(|file| self.file(file));
                Ok(())
            }
            Subject::Place(path, line, None) => {
                let entry = find::file(self.snapshot, path)?;
                if *line as usize > entry.facts.lines.len() {
                    return Err(AnswerError::NothingAt(format!("{path}:{line}")));
                }
                self.line(entry.id, *line);
                Ok(())
            }
            Subject::Name(_) | Subject::Place(..) => self.symbols(subject),
        }
    }

    fn symbols(&mut self, subject: &Subject) -> Result<(), AnswerError> {
        for target in find::targets(self.snapshot, subject)? {
            match target {
                Target::File(file) => self.file(file),
                Target::Symbol(id) => {
                    self.name(target);
                    self.seeds.insert(find::holder(self.snapshot, target));
                    let inner = find::within(self.snapshot, id).into_iter().map(Target::Symbol);
                    self.seeds.extend(inner.map(|t| find::holder(self.snapshot, t)));
                }
            }
        }
        Ok(())
    }

    fn name(&mut self, target: Target) {
        let (path, place) = find::order(self.snapshot, target);
        self.named.insert((path.to_string(), place), find::id(self.snapshot, target));
    }

    /// A file as a whole, with everything in it.
    fn file(&mut self, file: FileId) {
        self.name(Target::File(file));
        self.seeds.insert(Target::File(file));
        let entry = self.snapshot.world().file(file);
        let full = entry.facts.symbols.iter().zip(entry.symbols.iter()).filter(|(s, _)| !s.kind.is_light());
        self.seeds.extend(full.map(|(_, id)| Target::Symbol(*id)));
    }

    /// What a changed line belongs to.
    fn line(&mut self, file: FileId, line: u32) {
        let around = find::around_line(self.snapshot.world().file(file), line);
        self.touched(around.map_or(Target::File(file), Target::Symbol));
    }

    fn touched(&mut self, target: Target) {
        self.name(target);
        self.seeds.insert(target);
        // An implementation is reached through its type.
        if let Target::Symbol(id) = target
            && find::symbol_kind(self.snapshot, id) == lodemap_engine::grammar::SymbolKind::Impl
        {
            let name = self.snapshot.symbol_name(id);
            let entry = self.snapshot.world().file(find::file_of(self.snapshot, target));
            let twins = entry.symbols.iter().filter(|s| self.snapshot.symbol_name(**s) == name);
            self.seeds.extend(twins.map(|s| Target::Symbol(*s)));
        }
    }

    fn file_diff(&mut self, diff: &FileDiff) {
        let world = self.snapshot.world();
        // `a/` and `b/` stand before paths, unless git or diff was told otherwise.
        let readings =
            |path: &String| [Some(path.clone()), path.split_once('/').map(|(_, rest)| rest.to_owned())];
        let mut readings = diff.paths.iter().flat_map(readings).flatten();
        let known = readings.find_map(|path| world.file_at(path.trim_start_matches("./")));
        let Some(file) = known else {
            // Gone, or not indexed: nothing in it can be named.
            if let Some(path) = diff.paths.last() {
                let path = path.strip_prefix("a/").or_else(|| path.strip_prefix("b/")).unwrap_or(path);
                self.named.insert((path.into(), 0), path.into());
            }
            return;
        };
        let entry = world.file(file).clone();
        if diff.places.is_empty() {
            self.touched(Target::File(file)); // renamed
        }
        for place in &diff.places {
            match *place {
                Place::Line(line) => self.line(file, line),
                Place::Gap { after, top } => {
                    let [before, behind] =
                        [after, after.saturating_add(1)].map(|l| find::around_line(&entry, l));
                    // What stood at the margin was a part of the file, and maybe the head of what comes next;
                    // what was indented was a part of what it stood in.
                    let touched = if top { behind } else { before.or(behind) };
                    if top || touched.is_none() {
                        self.touched(Target::File(file));
                    }
                    touched.into_iter().for_each(|id| self.touched(Target::Symbol(id)));
                }
            }
        }
    }
}

/// Everything within `depth` references of the seeds: how far, and how sure on the best of the shortest ways.
fn reach(
    snapshot: &Snapshot,
    seeds: &FxHashSet<Target>,
    depth: u32,
    patience: &Patience,
) -> Result<FxHashMap<Target, (u32, Tier)>, Stopped> {
    if seeds.is_empty() {
        return Ok(FxHashMap::default());
    }
    let users = users(snapshot, patience);
    let overrides = Overrides::of(snapshot, patience);
    patience.check()?;
    let mut reached: FxHashMap<Target, (u32, Tier)> = FxHashMap::default();
    let mut frontier: Vec<(Target, Tier)> = Vec::new();
    let mut standing_in: Vec<Target> = Vec::new();
    #[expect(
        clippy::iter_over_hash_type,
        reason = "distances and tiers are least values, whatever the order"
    )]
    for seed in seeds {
        frontier.push((*seed, Tier::Resolved));
        if let Target::Symbol(method) = seed {
            // Who calls what it stands in for may call it; what stands in for it must be like it.
            let general = stood_in_for_by(snapshot, *method).into_iter().map(Target::Symbol);
            frontier.extend(general.map(|t| (t, Tier::Constrained)));
            standing_in.extend(overrides.standing_in_for(*method).into_iter().map(Target::Symbol));
        }
    }
    standing_in.retain(|t| !seeds.contains(t));
    for distance in 1..=depth {
        patience.check()?;
        let mut next: Vec<Target> = Vec::new();
        for target in std::mem::take(&mut standing_in) {
            if reached.insert(target, (distance, Tier::Inferred)).is_none() {
                next.push(target);
            }
        }
        for (target, sure) in &frontier {
            for (user, tier) in users.get(target).into_iter().flatten() {
                if seeds.contains(user) {
                    continue;
                }
                let tier = (*tier).max(*sure);
                let known = reached.entry(*user).or_insert_with(|| {
                    next.push(*user);
                    (distance, tier)
                });
                if known.0 == distance {
                    known.1 = known.1.min(tier);
                }
            }
        }
        if next.is_empty() {
            break;
        }
        frontier = next.into_iter().map(|t| (t, reached[&t].1)).collect();
    }
    Ok(reached)
}

/// Who refers to what, by sure references: the adjacency of the repository, backwards; a part of it if nobody waits.
fn users(snapshot: &Snapshot, patience: &Patience) -> FxHashMap<Target, Vec<(Target, Tier)>> {
    let mut users: FxHashMap<Target, Vec<(Target, Tier)>> = FxHashMap::default();
    for file in by_path(snapshot).into_iter().take_while(|_| !patience.is_over()) {
        let mut last = None;
        snapshot.edges_of(file.id, |edge| {
            if find::is_sure(edge.tier) {
                let from = find::owner(file, &edge.reference);
                let to = find::holder(snapshot, edge.target);
                // The same one after another is common; the rest does no harm.
                if from != to && last.replace((from, to, edge.tier)) != Some((from, to, edge.tier)) {
                    users.entry(to).or_default().push((from, edge.tier));
                }
            }
        });
    }
    users
}

/// The files with tests that a change reaches, nearest first, those that it changes itself before all.
fn tests(snapshot: &Snapshot, seeds: &FxHashSet<Target>, affected: &[(Target, u32, Tier)]) -> Vec<RelPath> {
    let world = snapshot.world();
    let is_test = |target: Target| match target {
        Target::Symbol(id) => {
            let slot = world.slot(id);
            let entry = world.file(slot.file);
            entry.class.has(FileClass::TEST)
                || entry.facts.symbols.at(slot.symbol).flags.has(SymbolFlags::TEST)
        }
        Target::File(file) => world.file(file).class.has(FileClass::TEST),
    };
    let mut nearest: FxHashMap<FileId, (u32, Tier)> = FxHashMap::default();
    let mut note = |target: Target, near: (u32, Tier)| {
        if is_test(target) {
            let known = nearest.entry(find::file_of(snapshot, target)).or_insert(near);
            *known = (*known).min(near);
        }
    };
    affected.iter().for_each(|(target, distance, tier)| note(*target, (*distance, *tier)));
    #[expect(clippy::iter_over_hash_type, reason = "all at the same distance")]
    for seed in seeds {
        note(*seed, (0, Tier::Resolved));
    }
    let mut files: Vec<((u32, Tier), RelPath)> = Vec::new();
    #[expect(clippy::iter_over_hash_type, reason = "sorted below")]
    for (file, near) in nearest {
        files.push((near, world.file(file).path.clone()));
    }
    files.sort();
    files.into_iter().map(|(_, path)| path).collect()
}

impl ImpactAnswer {
    /// Three lists for people and models.
    pub fn text(&self) -> String {
        let list = |title: &str, lines: &mut dyn Iterator<Item = String>| {
            let lines: String = lines.map(|line| format!("  {line}\n")).collect();
            if lines.is_empty() { format!("{title}: nothing\n") } else { format!("{title}:\n{lines}") }
        };
        let mut out = list("changed", &mut self.changed.iter().cloned());
        out += &list("tests to run", &mut self.tests.iter().map(RelPath::to_string));
        let affected = |a: &AffectedRow| format!("{}  {}  ({})", a.distance, a.id, a.tier);
        out += &list("affected", &mut self.affected.iter().map(affected));
        out + &more_text(self.omitted)
    }
}
