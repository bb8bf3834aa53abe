//! One immutable state, and the questions that can be asked of it.

use std::sync::Arc;

use lodemap_base::{FileId, Generation, NodeId, PagedVec, RelPath, SymbolId};
use lodemap_facts::{FileFacts, Ref};
use lodemap_grammar::{RefKind, SymbolKind};
use lodemap_graph::{Calibration, ChainAnswer, Choice, FileEntry, Resolved, Rule, Target, Tier, World};

use crate::derived::Derived;
use crate::digest::Digests;
use crate::edges::owner_node;
use crate::nodes::Nodes;
use crate::rows::Rows;
use crate::scores::Scores;
use crate::scratch::{own_mass, teleport};

/// One state of a repository; never changes.
#[derive(Clone, Default)]
pub struct Snapshot {
    pub(crate) generation: Generation,
    pub(crate) world: World,
    pub(crate) resolved: PagedVec<Arc<Resolved>>,
    pub(crate) nodes: Nodes,
    pub(crate) graph: Rows,
    pub(crate) scores: Scores,
    pub(crate) digests: Digests,
    pub(crate) derived: Derived,
}

/// A reference that leads to a definition of the repository.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// The reference.
    pub reference: Ref,
    /// Where it leads.
    pub target: Target,
    /// By which rule.
    pub rule: Rule,
    /// How sure.
    pub tier: Tier,
    /// How often, of a thousand, edges like it are right.
    pub per_mille: u16,
    /// How many targets the reference has.
    pub candidates: usize,
}

/// References by name with more candidates than this lead nowhere: such a name says nothing.
const MAX_CANDIDATES: usize = 8;

impl Snapshot {
    /// Its number.
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// The files and tables.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The nodes of the importance graph.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// The importance graph.
    pub fn graph(&self) -> &Rows {
        &self.graph
    }

    /// The digests of its tables.
    pub fn digests(&self) -> &Digests {
        &self.digests
    }

    /// What was resolved of a file.
    pub fn resolved(&self, file: FileId) -> &Resolved {
        &self.resolved[file.index()]
    }

    /// The importance of a node, in units of teleport mass.
    pub fn score(&self, node: NodeId) -> u64 {
        self.scores.get(node.0)
    }

    /// The importance of a symbol: what it receives; that of a light symbol is its holder's.
    pub fn symbol_score(&self, symbol: SymbolId) -> u64 {
        let slot = self.world.slot(symbol);
        self.earned(owner_node(self.world.file(slot.file), &self.nodes, slot.symbol))
    }

    /// The same for a symbol of which file and kind are known, which is most of what there is to look up.
    pub fn score_in(&self, file: &FileEntry, symbol: u32, kind: SymbolKind) -> u64 {
        let own = if kind.is_light() { None } else { self.nodes.symbol(file.symbols[symbol as usize]) };
        let node = own.unwrap_or_else(|| owner_node(file, &self.nodes, symbol));
        self.score(node).saturating_sub(u64::from(own_mass(file.class)))
    }

    /// The importance of a file: what it and its symbols receive from others.
    pub fn file_score(&self, file: FileId) -> u64 {
        let entry = self.world.file(file);
        let symbols = entry.symbols.iter().filter_map(|s| self.nodes.symbol(*s));
        self.earned(self.nodes.file(file)) + symbols.map(|n| self.earned(n)).sum::<u64>()
    }

    /// The mass that a node has besides its own.
    pub fn earned(&self, node: NodeId) -> u64 {
        self.score(node).saturating_sub(u64::from(teleport(&self.world, self.nodes.kind(node))))
    }

    /// Calls `f` on every reference of a file that leads to a definition of the repository, in text order; the
    /// targets of one reference best first.
    pub fn edges_of(&self, file: FileId, mut f: impl FnMut(Edge)) {
        let entry = self.world.file(file);
        let resolved = self.resolved(file);
        let confidences = Calibration::built_in().of(&entry.spec().name);
        for reference in &entry.facts.refs {
            let mut edge = |target, rule, candidates, position| {
                let confidence = confidences.of(rule, Choice::of(candidates, position));
                let (tier, per_mille) = (confidence.tier, confidence.per_mille);
                f(Edge { reference, target, rule, tier, per_mille, candidates });
            };
            match resolved.answer(reference.chain) {
                ChainAnswer::Nothing | ChainAnswer::External => {}
                ChainAnswer::Targets { start, len, rule } => {
                    let targets = resolved.targets(start, len);
                    let named_alike = targets.len() > 1 && reference.kind != RefKind::Call;
                    let has_field = named_alike && targets.clone().any(|t| self.is_field(t));
                    let candidates = targets.len();
                    let fitting = targets.filter(|t| {
                        self.world.fits(entry, reference.kind, *t)
                            && !self.is_definition(entry, reference, *t)
                            // A method may have the name of a field; what is not called is the field.
                            && (!has_field || self.is_field(*t))
                    });
                    for (position, target) in fitting.enumerate() {
                        edge(target, rule, candidates, position);
                    }
                }
                ChainAnswer::Name(key) => {
                    let named = self.world.named(key);
                    if named.len() > MAX_CANDIDATES {
                        continue;
                    }
                    for (position, id) in self.by_place(named).into_iter().enumerate() {
                        edge(Target::Symbol(id), Rule::Name, named.len(), position);
                    }
                }
            }
        }
    }

    /// Whether a reference is the very definition that it leads to (`self.x = 1` makes the field).
    fn is_definition(&self, entry: &FileEntry, reference: Ref, target: Target) -> bool {
        let Target::Symbol(id) = target else { return false };
        let slot = self.world.slot(id);
        slot.file == entry.id && entry.facts.symbols.at(slot.symbol).name_at == reference.at
    }

    fn is_field(&self, target: Target) -> bool {
        let Target::Symbol(id) = target else { return false };
        let slot = self.world.slot(id);
        self.world.file(slot.file).facts.symbols.at(slot.symbol).kind == SymbolKind::Field
    }

    /// Symbols in the order of their paths and positions.
    pub fn by_place(&self, symbols: &[SymbolId]) -> Vec<SymbolId> {
        let mut out = symbols.to_vec();
        if out.len() > 1 {
            out.sort_by(|a, b| self.place(*a).cmp(&self.place(*b)));
        }
        out
    }

    /// Path and index of a symbol: the canonical order.
    pub fn place(&self, symbol: SymbolId) -> (&lodemap_base::RelPath, u32) {
        let slot = self.world.slot(symbol);
        (&self.world.file(slot.file).path, slot.symbol)
    }

    /// The file of a target and the line of its name there; 1 for a whole file.
    pub fn target_line(&self, target: Target) -> (&FileEntry, u32) {
        match target {
            Target::File(f) => (self.world.file(f), 1),
            Target::Symbol(id) => {
                let slot = self.world.slot(id);
                let entry = self.world.file(slot.file);
                let at = entry.facts.symbols.at(slot.symbol).name_at;
                (entry, entry.facts.lines.line(at))
            }
        }
    }

    /// The id of a symbol, as in [`symbol_name`].
    pub fn symbol_name(&self, symbol: SymbolId) -> String {
        let slot = self.world.slot(symbol);
        let entry = self.world.file(slot.file);
        symbol_name(&entry.path, &entry.facts, slot.symbol)
    }

    /// How many references the files hold.
    pub fn references(&self) -> usize {
        self.world.files().map(|f| f.facts.refs.len()).sum()
    }
}

/// `path#qualified`, with `+n` for the n-th duplicate: an id that a person can retype.
pub fn symbol_name(path: &RelPath, facts: &FileFacts, symbol: u32) -> String {
    let qualified = facts.qualified(symbol, ".");
    let duplicate = facts.symbols.at(symbol).duplicate;
    let suffix = if duplicate > 0 { format!("+{duplicate}") } else { String::new() };
    format!("{path}#{qualified}{suffix}")
}
