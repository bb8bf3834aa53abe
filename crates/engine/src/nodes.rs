//! The nodes of the importance graph: files, symbols with importance, and names that several definitions share.

use lodemap_base::{FileId, LayeredMap, NodeId, PagedVec, SymbolId};
use lodemap_graph::{FileEntry, Resolved, World};

/// What a node is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NodeKind {
    /// A slot that is not in use.
    Free,
    /// A file.
    File(FileId),
    /// A symbol with importance of its own.
    Symbol(SymbolId),
    /// A shared name: references whose target is not known flow through it to every definition so called, so
    /// that a new definition of a common name is one edge and not thousands.
    Name(u64),
}

/// A [`NodeKind`] in eight bytes: the key of a name, whose highest bit is set, or a number below a mark.
#[derive(Clone, Copy, Debug, Default)]
struct Slot(u64);

const FILE: u64 = 1 << 32;
const SYMBOL: u64 = 2 << 32;
const NAME: u64 = 1 << 63;

impl Slot {
    const FREE: Self = Self(0);

    fn new(kind: NodeKind) -> Self {
        match kind {
            NodeKind::Free => Self::FREE,
            NodeKind::File(file) => Self(FILE | u64::from(file.0)),
            NodeKind::Symbol(symbol) => Self(SYMBOL | u64::from(symbol.0)),
            NodeKind::Name(key) => {
                debug_assert!(key & NAME != 0, "keys of names have their highest bit set");
                Self(key)
            }
        }
    }

    fn kind(self) -> NodeKind {
        match self.0 {
            0 => NodeKind::Free,
            key if key & NAME != 0 => NodeKind::Name(key),
            number if number & SYMBOL != 0 => NodeKind::Symbol(SymbolId(number as u32)),
            number => NodeKind::File(FileId(number as u32)),
        }
    }
}

/// The nodes and how to find them.
#[derive(Clone, Debug, Default)]
pub struct Nodes {
    kinds: PagedVec<Slot, 1024>,
    of_file: PagedVec<u32>,
    of_symbol: PagedVec<u32, 2048>,
    of_name: LayeredMap<u64, u32>,
}

const NO_NODE: u32 = u32::MAX;

/// Slots of nodes that nothing uses; the writer's, as they depend on history.
#[derive(Default)]
pub(crate) struct FreeNodes {
    usable: Vec<u32>,
    /// Fallen free in the change at hand: within a change no slot changes hands.
    fresh: Vec<u32>,
}

impl FreeNodes {
    /// The change is over.
    pub(crate) fn settle(&mut self) {
        self.usable.append(&mut self.fresh);
    }
}

impl Nodes {
    /// The nodes of a world: one a file, one a full symbol, one a name that is both used and defined.
    pub(crate) fn build(world: &World, resolved: &PagedVec<std::sync::Arc<Resolved>>) -> Self {
        let mut nodes = Nodes::default();
        let mut free = FreeNodes::default();
        for file in world.files() {
            nodes.add(&mut free, NodeKind::File(file.id));
            for (s, id) in file.facts.symbols.iter().zip(file.symbols.iter()) {
                if !s.kind.is_light() {
                    nodes.add(&mut free, NodeKind::Symbol(*id));
                }
            }
        }
        for key in resolved.iter().flat_map(|r| r.names()) {
            if nodes.name(*key).is_none() && !world.named(*key).is_empty() {
                nodes.add(&mut free, NodeKind::Name(*key));
            }
        }
        nodes
    }

    /// Gives a slot to a file, symbol or name that has none.
    pub(crate) fn add(&mut self, free: &mut FreeNodes, kind: NodeKind) -> NodeId {
        let node = free.usable.pop().unwrap_or(self.kinds.len() as u32);
        self.kinds.set(node as usize, Slot::new(kind), &Slot::FREE);
        self.point(kind, node);
        NodeId(node)
    }

    /// Takes the slot of a node back.
    pub(crate) fn remove(&mut self, free: &mut FreeNodes, node: NodeId) {
        self.point(self.kind(node), NO_NODE);
        self.kinds.set(node.index(), Slot::FREE, &Slot::FREE);
        free.fresh.push(node.0);
    }

    fn point(&mut self, kind: NodeKind, to: u32) {
        match kind {
            NodeKind::Free => {}
            NodeKind::File(f) => self.of_file.set(f.index(), to, &NO_NODE),
            NodeKind::Symbol(s) => self.of_symbol.set(s.index(), to, &NO_NODE),
            NodeKind::Name(key) if to == NO_NODE => self.of_name.remove(&key),
            NodeKind::Name(key) => self.of_name.insert(key, to),
        }
    }

    /// Bytes held.
    pub(crate) fn heap_bytes(&self) -> usize {
        let of_files = self.of_file.heap_bytes();
        self.kinds.heap_bytes() + of_files + self.of_symbol.heap_bytes() + self.of_name.heap_bytes()
    }

    /// How many slots there are, free ones too.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// What a node is.
    pub fn kind(&self, node: NodeId) -> NodeKind {
        self.kinds.get(node.index()).map_or(NodeKind::Free, |slot| slot.kind())
    }

    /// All nodes.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, NodeKind)> + '_ {
        let all = self.kinds.iter().enumerate().map(|(i, slot)| (NodeId(i as u32), slot.kind()));
        all.filter(|(_, kind)| *kind != NodeKind::Free)
    }

    /// The node of a file.
    pub fn file(&self, file: FileId) -> NodeId {
        NodeId(self.of_file[file.index()])
    }

    /// The node of a symbol; light symbols have none.
    pub fn symbol(&self, symbol: SymbolId) -> Option<NodeId> {
        let node = *self.of_symbol.get(symbol.index())?;
        (node != NO_NODE).then_some(NodeId(node))
    }

    /// The node of a shared name.
    pub fn name(&self, key: u64) -> Option<NodeId> {
        self.of_name.get(&key).map(|n| NodeId(*n))
    }

    /// The nodes of a file: its own and those of its full symbols.
    pub(crate) fn of_entry<'a>(&'a self, entry: &'a FileEntry) -> impl Iterator<Item = NodeId> + 'a {
        std::iter::once(self.file(entry.id)).chain(entry.symbols.iter().filter_map(|s| self.symbol(*s)))
    }
}

/// What identifies a node, whatever its slot; 0 for a free one.
pub(crate) fn node_key(world: &World, kind: NodeKind) -> u64 {
    match kind {
        NodeKind::Free => 0,
        NodeKind::File(f) => world.file(f).scopes[0].0,
        NodeKind::Symbol(s) => world.slot(s).key,
        NodeKind::Name(key) => key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_come_back_from_eight_bytes() {
        let ids = [0, 1, u32::MAX];
        let files = ids.map(|id| NodeKind::File(FileId(id)));
        let symbols = ids.map(|id| NodeKind::Symbol(SymbolId(id)));
        let names = [NAME, NAME | 1, NAME | FILE, NAME | SYMBOL, u64::MAX].map(NodeKind::Name);
        for kind in files.into_iter().chain(symbols).chain(names).chain([NodeKind::Free]) {
            assert_eq!(Slot::new(kind).kind(), kind);
        }
    }
}
