//! What a resolution found, by which rule, and how sure it is.

use crate::keys::half;
use lodemap_base::{FileId, Held, SymbolId};
use lodemap_facts::{MAX_COLUMNS, Packed, Record, Records, Row};
use lodemap_grammar::{ImportStyle, RefKind, SymbolKind};

/// How sure a resolution is, as measured; [`crate::Calibration`] says from where on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tier {
    /// Right in 97 cases of a hundred or more: to be read as a fact.
    Resolved,
    /// Right in 85 of a hundred or more: to be followed, and marked.
    Inferred,
    /// Right in 60 of a hundred or more: to be shown apart.
    Constrained,
    /// Below that: a name that is defined once in the repository.
    Unique,
    /// Below that: all others.
    Name,
}

impl Tier {
    /// The word used in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resolved => "resolved",
            Self::Inferred => "inferred",
            Self::Constrained => "constrained",
            Self::Unique => "unique",
            Self::Name => "name",
        }
    }
}

/// The rule that made an edge; each is scored on its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Rule {
    /// Bound in the same file.
    Scope,
    /// Bound by an import of the file.
    Import,
    /// Brought by a star or glob import.
    Glob,
    /// A segment of an imported path.
    ModulePath,
    /// A member of a module, package or type that the expression names.
    Member,
    /// A member of the receiver's own type.
    SelfMember,
    /// A member of a base of the receiver's own type.
    Inherited,
    /// A member of a receiver whose type is declared.
    Annotation,
    /// A member of a name that a call was assigned to.
    Assigned,
    /// A member of what a call gives.
    Returned,
    /// A member of what a field or variable holds.
    Field,
    /// A member of an element or a part of something.
    Element,
    /// A member of what a context gives.
    Context,
    /// Another file of the same package.
    Package,
    /// An included or relatively imported file.
    File,
    /// By its name alone.
    Name,
}

impl Rule {
    /// All of them, in order; [`Rule::Name`] is the last.
    pub const ALL: [Self; Self::Name as usize + 1] = [
        Self::Scope,
        Self::Import,
        Self::Glob,
        Self::ModulePath,
        Self::Member,
        Self::SelfMember,
        Self::Inherited,
        Self::Annotation,
        Self::Assigned,
        Self::Returned,
        Self::Field,
        Self::Element,
        Self::Context,
        Self::Package,
        Self::File,
        Self::Name,
    ];

    /// The word used in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scope => "scope",
            Self::Import => "import",
            Self::Glob => "glob",
            Self::ModulePath => "module-path",
            Self::Member => "member",
            Self::SelfMember => "self-member",
            Self::Inherited => "inherited",
            Self::Annotation => "annotation",
            Self::Assigned => "assigned",
            Self::Returned => "returned",
            Self::Field => "field",
            Self::Element => "element",
            Self::Context => "context",
            Self::Package => "package",
            Self::File => "file",
            Self::Name => "name",
        }
    }

    /// The rule that answers call by this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == word)
    }
}

/// Whether a reference of this kind can mean a definition of that kind.
///
/// Chains are shared by all the ways in which a name is used, but Rust keeps macros in a namespace of their own:
/// `derive(Debug)` is not the struct called `Debug` that stands beside it.
pub fn fits(style: ImportStyle, reference: RefKind, definition: SymbolKind) -> bool {
    match (style, reference, definition) {
        (ImportStyle::ModuleTree, RefKind::Macro, kind) => kind == SymbolKind::Macro,
        (ImportStyle::ModuleTree, RefKind::Decorator, kind) => {
            matches!(kind, SymbolKind::Macro | SymbolKind::Function)
        }
        (ImportStyle::ModuleTree, RefKind::Import, _) => true,
        // Types and values have names of their own.
        (
            ImportStyle::ModuleTree,
            RefKind::Type | RefKind::Inherit,
            SymbolKind::Function | SymbolKind::Method | SymbolKind::Field,
        ) => false,
        // A method may have the name of a field; what is called is the method.
        (ImportStyle::ModuleTree, RefKind::Call, SymbolKind::Field) => false,
        (ImportStyle::ModuleTree, _, kind) => kind != SymbolKind::Macro,
        _ => true,
    }
}

/// What an expression refers to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Target {
    /// A definition.
    Symbol(SymbolId),
    /// A file as a module.
    File(FileId),
}

/// The answer for one chain of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChainAnswer {
    /// Nothing to say: a local value, or nothing known and no name to go by.
    Nothing,
    /// It leads out of the repository.
    External,
    /// It goes through the name node with this key (see [`crate::class_key`]).
    Name(u64),
    /// These targets, best first, as a range of what [`Resolved::targets`] gives.
    Targets {
        /// Where they start.
        start: u32,
        /// How many.
        len: u16,
        /// By which rule.
        rule: Rule,
    },
}

/// Everything resolved of one file.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Resolved {
    /// One answer for each chain of the facts.
    answers: Packed<PackedAnswer>,
    /// The name nodes that answers go through, sorted.
    names: Box<[u64]>,
    /// Targets of the answers.
    targets: Packed<Target>,
    /// Halves ([`crate::half`]) of the look-ups it depends on, found or not, sorted.
    pub lookups: Box<[u32]>,
}

/// An answer whose name is an index.
#[derive(Clone, Copy, Debug)]
struct PackedAnswer {
    /// 0, 1 and 2 for nothing, external and a name; above that a rule.
    tag: u32,
    /// The index of the name, or where the targets start.
    at: u32,
    /// How many targets there are.
    len: u32,
}

const NOTHING: u32 = 0;
const EXTERNAL: u32 = 1;
const NAME: u32 = 2;
const FIRST_RULE: u32 = 3;

impl Record for PackedAnswer {
    const COLUMNS: usize = 3;

    fn put(&self, out: &mut [u32; MAX_COLUMNS]) {
        out[..3].copy_from_slice(&[self.tag, self.at, self.len]);
    }

    #[inline]
    fn of(row: Row<'_>) -> Self {
        Self { tag: row.number(0), at: row.number(1), len: row.number(2) }
    }
}

impl Record for Target {
    const COLUMNS: usize = 2;

    fn put(&self, out: &mut [u32; MAX_COLUMNS]) {
        out[..2].copy_from_slice(&match *self {
            Self::Symbol(symbol) => [0, symbol.0],
            Self::File(file) => [1, file.0],
        });
    }

    #[inline]
    fn of(row: Row<'_>) -> Self {
        match row.number(0) {
            0 => Self::Symbol(SymbolId(row.number(1))),
            _ => Self::File(FileId(row.number(1))),
        }
    }
}

impl Resolved {
    /// Packs what was found; `lookups` in any order, and as often as they were made.
    pub(crate) fn new(answers: &[ChainAnswer], targets: &[Target], lookups: &[u64]) -> Self {
        let name = |answer: &ChainAnswer| match *answer {
            ChainAnswer::Name(key) => Some(key),
            _ => None,
        };
        let mut names: Vec<u64> = answers.iter().filter_map(name).collect();
        names.sort_unstable();
        names.dedup();
        let pack = |answer: &ChainAnswer| match *answer {
            ChainAnswer::Nothing => PackedAnswer { tag: NOTHING, at: 0, len: 0 },
            ChainAnswer::External => PackedAnswer { tag: EXTERNAL, at: 0, len: 0 },
            ChainAnswer::Name(key) => {
                let at = names.partition_point(|name| *name < key) as u32;
                PackedAnswer { tag: NAME, at, len: 0 }
            }
            ChainAnswer::Targets { start, len, rule } => {
                PackedAnswer { tag: FIRST_RULE + rule as u32, at: start, len: u32::from(len) }
            }
        };
        let packed: Vec<PackedAnswer> = answers.iter().map(pack).collect();
        let mut halves: Vec<u32> = lookups.iter().map(|key| half(*key)).collect();
        halves.sort_unstable();
        halves.dedup();
        Self {
            answers: Packed::new(&packed),
            names: names.into(),
            targets: Packed::new(targets),
            lookups: halves.into(),
        }
    }

    fn unpack(&self, packed: PackedAnswer) -> ChainAnswer {
        match packed.tag {
            NOTHING => ChainAnswer::Nothing,
            EXTERNAL => ChainAnswer::External,
            NAME => ChainAnswer::Name(self.names[packed.at as usize]),
            rule => ChainAnswer::Targets {
                start: packed.at,
                len: packed.len as u16,
                rule: Rule::ALL.get((rule - FIRST_RULE) as usize).copied().unwrap_or(Rule::Name),
            },
        }
    }

    /// The answer for a chain.
    ///
    /// # Panics
    /// If the facts have no such chain.
    #[inline]
    pub fn answer(&self, chain: u32) -> ChainAnswer {
        self.unpack(self.answers.at(chain))
    }

    /// The answers for all chains, in their order.
    pub fn answers(&self) -> impl ExactSizeIterator<Item = ChainAnswer> + '_ {
        self.answers.iter().map(|packed| self.unpack(packed))
    }

    /// The name nodes that answers go through, sorted.
    pub fn names(&self) -> &[u64] {
        &self.names
    }

    /// The targets of an answer, best first.
    #[inline]
    pub fn targets(&self, start: u32, len: u16) -> std::iter::Take<Records<'_, Target>> {
        self.targets.from(start as usize).take(usize::from(len))
    }

    /// The targets of all answers.
    pub fn all_targets(&self) -> Records<'_, Target> {
        self.targets.iter()
    }

    /// The targets of a chain and the rule that found them.
    pub fn targets_of(&self, chain: u32) -> Option<(std::iter::Take<Records<'_, Target>>, Rule)> {
        match self.unpack(self.answers.get(chain as usize)?) {
            ChainAnswer::Targets { start, len, rule } => Some((self.targets(start, len), rule)),
            _ => None,
        }
    }

    /// Adds the bytes held, by part.
    pub fn held(&self, held: &mut Held) {
        held.add("resolved.answers", self.answers.heap_bytes() + self.names.len() * 8);
        held.add("resolved.targets", self.targets.heap_bytes());
        held.add("resolved.lookups", self.lookups.len() * 4);
        held.add("resolved.other", size_of::<Self>() + 16);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_back() {
        let targets =
            [Target::Symbol(SymbolId(7)), Target::File(FileId(9)), Target::Symbol(SymbolId(u32::MAX))];
        let mut answers = vec![ChainAnswer::Nothing, ChainAnswer::External];
        answers.extend([u64::MAX, 3, u64::MAX, 1 << 40].map(ChainAnswer::Name));
        let by_rule = Rule::ALL.into_iter().map(|rule| ChainAnswer::Targets { start: 1, len: 2, rule });
        answers.extend(by_rule);
        let resolved = Resolved::new(&answers, &targets, &[1, 2]);
        assert_eq!(resolved.answers().collect::<Vec<_>>(), answers);
        assert_eq!(resolved.answer(2), answers[2]);
        assert_eq!(resolved.names(), [3, 1 << 40, u64::MAX]);
        assert_eq!(resolved.all_targets().collect::<Vec<_>>(), targets);
        let (of, rule) = resolved.targets_of(6).unwrap();
        assert_eq!((of.collect::<Vec<_>>(), rule), (targets[1..].to_vec(), Rule::ALL[0]));
        assert!(resolved.targets_of(0).is_none() && resolved.targets_of(99).is_none());
        assert_eq!(Resolved::new(&[], &[], &[]), Resolved::default());
    }
}
