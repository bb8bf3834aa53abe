//! The facts of one file, as plain data.

use std::fmt;
use std::ops::Range;

use lodemap_base::{Held, LineTable, NameKey, Span};
use lodemap_grammar::{BindMode, Lang, RefKind, SymbolKind};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::hashes::Hashes;
use crate::imports::Imports;
use crate::names::{NameIx, Names};
use crate::packed::Packed;
use crate::texts::Texts;

/// "There is none" for indices.
pub const NONE: u32 = u32::MAX;

/// Index of a chain in [`FileFacts::chains`], or [`NONE`].
pub type ChainIx = u32;

/// Everything one file says; independent of its path.
#[derive(Clone, Debug, PartialEq)]
pub struct FileFacts {
    /// The language it was read as.
    pub lang: Lang,
    /// How much of it was understood.
    pub level: Level,
    /// What went wrong, in the order of the enum.
    pub problems: Box<[Problem]>,
    /// The five hashes.
    pub hashes: Hashes,
    /// Length of the text in bytes.
    pub bytes: u32,
    /// Where lines start.
    pub lines: LineTable,
    /// Documentation of the file as a whole, or empty.
    pub doc: Span,
    /// All names.
    pub names: Names,
    /// The signatures of definitions.
    pub signatures: Texts,
    /// Scopes in which names can be looked up from outside: 0 is the file itself.
    pub scopes: Packed<Scope>,
    /// Definitions, in the order of the text.
    pub symbols: Packed<Symbol>,
    /// Imports, in the order of the text, one for each bound name.
    pub imports: Imports,
    /// Bindings, sorted by scope, then name key, then text order; those of functions come last.
    pub bindings: Packed<Binding>,
    /// Where the bindings of each scope start, and after them those of functions.
    pub(crate) starts: Packed<u32>,
    /// Expressions that lead to a name; bases come before what is built on them.
    pub chains: Packed<Chain>,
    /// References, in the order of the text.
    pub refs: Packed<Ref>,
    /// Base classes, bounds and implemented traits.
    pub bases: Packed<Base>,
    /// What functions that do not declare it are seen to return.
    pub returns: Packed<Return>,
    /// Type parameters of definitions, in the order of the text.
    pub parameters: Packed<TypeParameter>,
    /// Parameters of functions whose types are declared, in the order of the text.
    pub inputs: Packed<Input>,
    /// What a star import of this module brings, if it says so.
    pub exports: ExportList,
}

/// How much of a file was understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Level {
    /// Parsed.
    Full,
    /// Too large, too long lines or too much work: only its text.
    Lexical,
    /// Kept from the parser because such content is known to kill it.
    Quarantined,
    /// Not text.
    Binary,
}

impl Level {
    /// The word used in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Lexical => "lexical",
            Self::Quarantined => "quarantined",
            Self::Binary => "binary",
        }
    }
}

/// Something that limits what is known of a file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Problem {
    /// The parser met syntax it does not know, first at this line (from 1).
    SyntaxErrors {
        /// From 1.
        first_line: u32,
    },
    /// Nested deeper than is looked into, first at this line.
    TooDeep {
        /// From 1.
        first_line: u32,
    },
    /// Not valid UTF-8.
    NotUtf8,
    /// Transcoded from UTF-16.
    Utf16,
    /// Only the text was read, for this reason.
    Lexical(String),
    /// Not parsed, for this reason.
    Quarantined(String),
    /// Not text.
    Binary,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SyntaxErrors { first_line } => {
                write!(f, "syntax the parser does not know, from line {first_line}")
            }
            Self::TooDeep { first_line } => write!(f, "nested too deep to look into, from line {first_line}"),
            Self::NotUtf8 => f.write_str("not valid UTF-8"),
            Self::Utf16 => f.write_str("transcoded from UTF-16"),
            Self::Lexical(why) => write!(f, "only its text: {why}"),
            Self::Quarantined(why) => write!(f, "quarantined: {why}"),
            Self::Binary => f.write_str("binary"),
        }
    }
}

/// A scope in which names can be looked up from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Scope {
    /// The symbol that opens it, or [`NONE`] for the file.
    pub symbol: u32,
    /// The scope around it, or [`NONE`].
    pub parent: u32,
    /// A module (its names do not see those around it in Rust) or a type.
    pub is_module: bool,
}

/// Who may see a symbol.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Visibility {
    /// Everybody.
    Public,
    /// The package or crate.
    Package,
    /// The file or module.
    Private,
}

impl Visibility {
    /// The word used in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Package => "package",
            Self::Private => "private",
        }
    }
}

/// Flags of a symbol.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct SymbolFlags(pub u8);

impl SymbolFlags {
    /// Marked as a test.
    pub const TEST: u8 = 1;
    /// Declared without a body.
    pub const DECLARATION: u8 = 2;
    /// Has decorators or attributes.
    pub const DECORATED: u8 = 4;
    /// A method without a receiver.
    pub const STATIC: u8 = 8;
    /// A method that is read like a field.
    pub const PROPERTY: u8 = 16;
    /// Gives what it returns one by one.
    pub const GENERATOR: u8 = 32;
    /// One of several declarations of the same function, or a second part of one (a property's setter).
    pub const AGAIN: u8 = 64;
    /// A field that an assignment in a method makes.
    pub const ASSIGNED: u8 = 128;

    /// Whether `flag` is set.
    pub fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }
}

/// A definition.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Symbol {
    /// Its name.
    pub name: NameIx,
    /// What it is.
    pub kind: SymbolKind,
    /// Who may see it.
    pub visibility: Visibility,
    /// More about it.
    pub flags: SymbolFlags,
    /// The symbol it stands in, or [`NONE`].
    pub parent: u32,
    /// Among symbols of this file with the same qualified name and kind: how many come before it.
    pub duplicate: u16,
    /// The scope it opens, or [`NONE`].
    pub scope: u32,
    /// The type that owns it although it stands elsewhere (a Go method's receiver), or [`NONE`].
    pub container: NameIx,
    /// All of it, decorators included, documentation not.
    pub span: Span,
    /// Where its name starts.
    pub name_at: u32,
    /// Where its body starts, or the end of its span.
    pub body_at: u32,
    /// Its documentation, or empty.
    pub doc: Span,
    /// Its signature on one line, among the signatures, or [`NONE`] for light symbols.
    pub signature: u32,
    /// Its declared or revealed type: of a value; what a function returns; what an implementation is for.
    pub ty: ChainIx,
}

/// One imported thing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Import {
    /// What kind of import.
    pub kind: ImportKind,
    /// The scope in which it binds, or [`NONE`] inside a function.
    pub scope: u32,
    /// Leading dots of a relative import (Python); 1 for an include that looks beside the file first, and for a
    /// module in a file of its own whose macros are seen after it.
    pub level: u16,
    /// The path of the module.
    pub path: SmallVec<[NameIx; 4]>,
    /// The name taken from the module, or [`NONE`] for the module itself.
    pub name: NameIx,
    /// The name it is bound to here, or [`NONE`].
    pub bound: NameIx,
    /// Visible to importers of this file.
    pub reexport: bool,
    /// Where the imported name, or else the path, stands.
    pub at: u32,
}

/// Kinds of import.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum ImportKind {
    /// Binds a module, or only the first segment of its path.
    Module,
    /// Binds a name of a module.
    Name,
    /// Binds all names of a module.
    All,
    /// Takes in the text of another file.
    Include,
    /// Declares that a module stands in a file of its own (`mod x;`); `path` has a second element where an
    /// attribute names the file.
    File,
    /// Names another crate.
    Crate,
}

/// A name bound in a scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Binding {
    /// The scope, or [`NONE`] inside a function.
    pub scope: u32,
    /// The name.
    pub name: NameIx,
    /// To what.
    pub target: BindTarget,
    /// How.
    pub mode: BindMode,
    /// The declared type, or [`NONE`].
    pub ty: ChainIx,
    /// The value that reveals a type, or [`NONE`].
    pub value: ChainIx,
}

/// What a name is bound to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum BindTarget {
    /// A definition of this file.
    Symbol(u32),
    /// An import of this file.
    Import(u32),
    /// A local value.
    Value,
    /// A type parameter of a definition, or a parameter of a method whose type its bases may declare.
    Parameter(u32),
}

/// An expression that leads to a name, or to the type of a receiver.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Chain {
    /// Nothing is known of it.
    Unknown,
    /// A name looked up from `scope` outwards.
    Name {
        /// Where the look-up begins.
        scope: u32,
        /// The name.
        name: NameIx,
    },
    /// A definition inside a function, found by lexical scope.
    Symbol(u32),
    /// A name bound by an import.
    Import(u32),
    /// The first segments of an import's path.
    ImportPath {
        /// The import.
        import: u32,
        /// How many segments.
        segments: u32,
    },
    /// A local value whose binding says something of its type.
    Local(u32),
    /// The receiver inside a method of this symbol (a type or an implementation).
    SelfValue(u32),
    /// What comes after this type among its bases (`super()`).
    Super(u32),
    /// A type of the language.
    Builtin(NameIx),
    /// `base.name`.
    Member {
        /// The receiver.
        base: ChainIx,
        /// The member.
        name: NameIx,
    },
    /// `base::name`.
    Path {
        /// The prefix.
        base: ChainIx,
        /// The name.
        name: NameIx,
    },
    /// What calling it gives.
    Call(ChainIx),
    /// An element of it.
    Index(ChainIx),
    /// What awaiting it gives.
    Await(ChainIx),
    /// What `?` takes out of it.
    Try(ChainIx),
    /// `base` with one more type argument.
    Generic {
        /// The generic type, with the arguments before.
        base: ChainIx,
        /// The argument, or [`NONE`].
        argument: ChainIx,
    },
    /// One of two.
    Either {
        /// One.
        base: ChainIx,
        /// The other.
        other: ChainIx,
    },
    /// One of them, but no instance of the other.
    Except {
        /// What it would be.
        base: ChainIx,
        /// The classes that it is no instance of.
        other: ChainIx,
    },
    /// What iterating over it gives.
    Element(ChainIx),
    /// What entering it as a context gives.
    Enter(ChainIx),
    /// A value of this type.
    Of(ChainIx),
    /// The part at an index of a tuple, or of what a variant holds.
    Part {
        /// The whole.
        base: ChainIx,
        /// From 0.
        index: u32,
    },
    /// What a variant holds, taken out of a value. At the head of a path: what the type `value` is by the trait `base`.
    Payload {
        /// The variant.
        base: ChainIx,
        /// The value, or [`NONE`].
        value: ChainIx,
    },
}

impl Chain {
    /// The chain it is built on, if any.
    pub fn base(self) -> Option<ChainIx> {
        match self {
            Self::Member { base, .. }
            | Self::Path { base, .. }
            | Self::Generic { base, .. }
            | Self::Either { base, .. }
            | Self::Except { base, .. }
            | Self::Part { base, .. }
            | Self::Payload { base, .. } => Some(base),
            Self::Call(b) | Self::Index(b) | Self::Await(b) | Self::Try(b) => Some(b),
            Self::Element(b) | Self::Enter(b) | Self::Of(b) => Some(b),
            _ => None,
        }
    }

    /// The other chain it is built on, if any; it may be [`NONE`].
    pub fn second(self) -> Option<ChainIx> {
        match self {
            Self::Generic { argument, .. } => Some(argument),
            Self::Either { other, .. } | Self::Except { other, .. } => Some(other),
            Self::Payload { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The same with its parts where `at` says they are.
    pub(crate) fn with_parts(self, at: impl Fn(ChainIx) -> ChainIx) -> Self {
        match self {
            Self::Member { base, name } => Self::Member { base: at(base), name },
            Self::Path { base, name } => Self::Path { base: at(base), name },
            Self::Generic { base, argument } => Self::Generic { base: at(base), argument: at(argument) },
            Self::Either { base, other } => Self::Either { base: at(base), other: at(other) },
            Self::Except { base, other } => Self::Except { base: at(base), other: at(other) },
            Self::Part { base, index } => Self::Part { base: at(base), index },
            Self::Payload { base, value } => Self::Payload { base: at(base), value: at(value) },
            Self::Call(b) => Self::Call(at(b)),
            Self::Index(b) => Self::Index(at(b)),
            Self::Await(b) => Self::Await(at(b)),
            Self::Try(b) => Self::Try(at(b)),
            Self::Element(b) => Self::Element(at(b)),
            Self::Enter(b) => Self::Enter(at(b)),
            Self::Of(b) => Self::Of(at(b)),
            other => other,
        }
    }
}

/// A place that refers to something.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ref {
    /// To what; its outermost name is the one at `at`.
    pub chain: ChainIx,
    /// The innermost symbol with importance around it, or [`NONE`] for the file.
    pub owner: u32,
    /// Where the name that refers starts.
    pub at: u32,
    /// How.
    pub kind: RefKind,
}

/// A base class, bound or implemented trait.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Base {
    /// The symbol that has it.
    pub symbol: u32,
    /// What it names.
    pub chain: ChainIx,
}

/// Something that a function returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Return {
    /// The function.
    pub symbol: u32,
    /// The value.
    pub chain: ChainIx,
}

/// A type parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TypeParameter {
    /// The definition that has it.
    pub symbol: u32,
    /// Its name.
    pub name: NameIx,
    /// A bound that a `where` adds to it, or [`NONE`].
    pub bound: ChainIx,
}

/// A parameter of a function that declares its type.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Input {
    /// The function.
    pub symbol: u32,
    /// Its name.
    pub name: NameIx,
    /// Its place among the arguments of a call, the receiver not counted, or [`NONE`] for those given by name.
    pub index: u32,
    /// The type.
    pub ty: ChainIx,
}

/// What a star import brings.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum ExportList {
    /// Whatever is public.
    #[default]
    Public,
    /// These names.
    Listed(Vec<NameIx>),
    /// A list that the text does not give away: taken as public.
    Unknown,
}

impl FileFacts {
    /// The bindings of `name` in `scope`, in text order; few names are bound more than once. Those of functions have no
    /// scope and no order of names, and are not found.
    #[inline]
    pub fn lookup(&self, scope: u32, name: NameKey) -> SmallVec<[Binding; 2]> {
        let range = self.range_of(scope, name);
        self.bindings.from(range.start).take(range.len()).collect()
    }

    /// The indices of those bindings.
    pub fn range_of(&self, scope: u32, name: NameKey) -> Range<usize> {
        let key = |b: &Binding| self.names.key(b.name);
        let all = self.bindings_of(scope);
        let start = self.bindings.partition_point_in(all.clone(), |b| key(b) < name);
        let left = self.bindings.from(start).take(all.end - start);
        start..start + left.take_while(|b| key(b) == name).count()
    }

    /// The indices of the bindings of a scope.
    fn bindings_of(&self, scope: u32) -> Range<usize> {
        let scope = (scope as usize).min(self.scopes.len());
        let start = |scope| self.starts.get(scope).map_or(self.bindings.len(), |at| at as usize);
        start(scope)..start(scope + 1)
    }

    /// The symbol's name.
    pub fn name_of(&self, symbol: u32) -> &str {
        self.names.get(self.symbols.at(symbol).name)
    }

    /// What a symbol says of itself on one line, if anything.
    pub fn signature_of(&self, symbol: &Symbol) -> Option<&str> {
        (symbol.signature != NONE).then(|| self.signatures.get(symbol.signature))
    }

    /// The name with those of the symbols around it, joined by `separator`.
    pub fn qualified(&self, symbol: u32, separator: &str) -> String {
        let s = &self.symbols.at(symbol);
        let mut out = if s.parent != NONE {
            self.qualified(s.parent, separator) + separator
        } else if s.container != NONE {
            format!("{}{separator}", self.names.get(s.container))
        } else {
            String::new()
        };
        out.push_str(self.names.get(s.name));
        out
    }

    /// The innermost symbol at or around `symbol` that has an importance of its own.
    pub fn full_symbol(&self, mut symbol: u32) -> u32 {
        while symbol != NONE && self.symbols.at(symbol).kind.is_light() {
            symbol = self.symbols.at(symbol).parent;
        }
        symbol
    }

    /// Bytes held, for the memory report.
    pub fn heap_bytes(&self) -> usize {
        let mut held = Held::default();
        self.held(&mut held);
        held.total()
    }

    /// Adds the bytes held, by part.
    pub fn held(&self, held: &mut Held) {
        held.add("facts.names", self.names.heap_bytes());
        held.add("facts.signatures", self.signatures.heap_bytes());
        held.add("facts.lines", self.lines.heap_bytes());
        held.add("facts.symbols", self.symbols.heap_bytes());
        self.imports.held(held);
        held.add("facts.bindings", self.bindings.heap_bytes() + self.starts.heap_bytes());
        held.add("facts.chains", self.chains.heap_bytes());
        held.add("facts.refs", self.refs.heap_bytes());
        let types = self.parameters.heap_bytes() + self.inputs.heap_bytes() + self.returns.heap_bytes();
        held.add("facts.other", types + self.scopes.heap_bytes() + self.bases.heap_bytes());
        held.add("facts.other", size_of::<Self>() + 16 + size_of_val(&*self.problems));
    }
}
