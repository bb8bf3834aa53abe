//! What is a language?
//!
//! A language is data: a folder under `grammars/` with `lang.toml` (how its files are recognised, what its
//! conventions are) and `rules.toml` (what each node of its syntax tree means, in a closed vocabulary).
//! Both are compiled into the binary; the rules become tables indexed by tree-sitter's node kind, so that a
//! walk costs one array look-up a node. Which parser belongs to which folder is said in one place,
//! [`registry`].
//!
//! # Invariants
//! - Contains no IO: the folders are embedded at build time.
//! - An unknown word in a rule, a node kind or a field that the parser does not have is an error.
//! - tree-sitter types are spoken here and in `facts`, nowhere above.
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

mod guard;
mod lang;
mod parser;
mod registry;
mod rules;
mod table;

pub use guard::{GuardVerdict, guard};
pub use lang::{Conventions, Depth, DocStyle, ImportStyle, Lang, LangSpec, VisibilityStyle};
pub use parser::{ParseOutcome, parse, parse_part, parse_piece};
pub use registry::{detect, detect_shebang, languages, spec, spec_by_name};
pub use rules::{BindMode, ImportBinds, RefKind, RuleError, ScopeKind, SymbolKind, UnwrapBy};
pub use table::{Bind, Define, Export, Extend, FieldId, ImportRole, NamePath, Role, Step, Table};
pub use tree_sitter;
