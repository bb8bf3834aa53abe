//! What a resolution found, by which rule, and how sure it is.

use lodemap_base::{FileId, Held, SymbolId};
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
    /// These targets, best first, as a range of [`Resolved::targets`].
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
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Resolved {
    /// One answer for each chain of the facts.
    pub chains: Box<[ChainAnswer]>,
    /// Targets of the answers.
    pub targets: Box<[Target]>,
    /// The look-ups it depends on, found or not, sorted.
    pub lookups: Box<[u64]>,
}

impl Resolved {
    /// The targets of a chain and the rule that found them.
    pub fn targets_of(&self, chain: u32) -> Option<(&[Target], Rule)> {
        match *self.chains.get(chain as usize)? {
            ChainAnswer::Targets { start, len, rule } => {
                Some((&self.targets[start as usize..start as usize + len as usize], rule))
            }
            _ => None,
        }
    }

    /// Adds the bytes held, by part.
    pub fn held(&self, held: &mut Held) {
        held.add("resolved.answers", self.chains.len() * size_of::<ChainAnswer>());
        held.add("resolved.targets", self.targets.len() * size_of::<Target>());
        held.add("resolved.lookups", self.lookups.len() * 8);
        held.add("resolved.other", size_of::<Self>() + 16);
    }
}
