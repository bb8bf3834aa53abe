//! The nodes of the importance graph: files, symbols with importance, and names that several definitions share.

use lodemap_base::{FileId, NodeId, SymbolId};
use lodemap_graph::{ChainAnswer, Resolved, World};
use rustc_hash::FxHashMap;

/// What a node is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NodeKind {
    /// A file.
    File(FileId),
    /// A symbol with importance of its own.
    Symbol(SymbolId),
    /// A shared name: references whose target is not known flow through it to every definition so called, so
    /// that a new definition of a common name is one edge and not thousands.
    Name(u64),
}

/// The nodes and how to find them.
#[derive(Clone, Debug, Default)]
pub struct Nodes {
    kinds: Vec<NodeKind>,
    of_file: Vec<u32>,
    of_symbol: Vec<u32>,
    of_name: FxHashMap<u64, u32>,
}

const NO_NODE: u32 = u32::MAX;

impl Nodes {
    /// The nodes of a world: one a file, one a full symbol, one a name that is both used and defined.
    pub(crate) fn build(world: &World, resolved: &[Resolved]) -> Self {
        let mut nodes = Nodes {
            kinds: Vec::new(),
            of_file: vec![NO_NODE; world.file_slots()],
            of_symbol: vec![NO_NODE; world.symbol_slots()],
            of_name: FxHashMap::default(),
        };
        for file in world.files() {
            nodes.of_file[file.id.index()] = nodes.add(NodeKind::File(file.id));
            for (s, id) in file.facts.symbols.iter().zip(&file.symbols) {
                if !s.kind.is_light() {
                    nodes.of_symbol[id.index()] = nodes.add(NodeKind::Symbol(*id));
                }
            }
        }
        for r in resolved {
            for answer in &r.chains {
                if let ChainAnswer::Name(key) = *answer
                    && !nodes.of_name.contains_key(&key)
                    && !world.named(key).is_empty()
                {
                    let node = nodes.add(NodeKind::Name(key));
                    nodes.of_name.insert(key, node);
                }
            }
        }
        nodes
    }

    fn add(&mut self, kind: NodeKind) -> u32 {
        self.kinds.push(kind);
        self.kinds.len() as u32 - 1
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// What a node is.
    pub fn kind(&self, node: NodeId) -> NodeKind {
        self.kinds[node.index()]
    }

    /// All nodes.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, NodeKind)> + '_ {
        self.kinds.iter().enumerate().map(|(i, k)| (NodeId(i as u32), *k))
    }

    /// The node of a file.
    pub fn file(&self, file: FileId) -> NodeId {
        NodeId(self.of_file[file.index()])
    }

    /// The node of a symbol; light symbols have none.
    pub fn symbol(&self, symbol: SymbolId) -> Option<NodeId> {
        let node = self.of_symbol[symbol.index()];
        (node != NO_NODE).then_some(NodeId(node))
    }

    /// The node of a shared name.
    pub fn name(&self, key: u64) -> Option<NodeId> {
        self.of_name.get(&key).map(|n| NodeId(*n))
    }
}
