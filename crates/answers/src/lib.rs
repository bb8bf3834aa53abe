//! What should the agent read?
//!
//! Each function takes an immutable snapshot and a question and gives an answer as plain data, which every
//! surface shows alike: `Serialize` for programs, `text()` for people and models.
//!
//! # Invariants
//! - Contains no IO; exports write to what the caller hands over.
//! - Lists called `files` and `symbols` have the best first; ties break by path, then position.
//! - An answer that nobody waits for any more ends as [`AnswerError::Stopped`], never as a part of an answer, and leaves
//!   nothing behind.
//! - A text never exceeds the token budget it was given, counted by the exact tokenizer.
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

mod calls;
mod changes;
mod code;
mod context;
mod def;
mod deps;
mod diff;
mod error;
mod export;
mod find;
mod focus;
mod glob;
mod impact;
mod languages;
mod map;
mod outline;
mod overrides;
mod reference;
mod refs;
mod scip;
mod search;
mod select;
mod symbols;
mod tokens;
mod toward;

pub use calls::{CallRow, Calls, CallsAnswer, calls};
pub use changes::{DependencyChanges, FileChange, SymbolChanges, changes};
pub use context::{
    Change, ContextAnswer, ContextFile, ContextOptions, Earlier, Excerpt, Level, OmittedFile, Past, WIDEST,
    context,
};
pub use def::{DefAnswer, DefTarget, def, def_with_code};
pub use deps::{DepsAnswer, FileLink, deps};
pub use error::AnswerError;
pub use export::{export_edges, export_facts};
pub use find::Subject;
pub use impact::{AffectedRow, ImpactAnswer, ImpactOptions, impact};
pub use languages::{LanguageRow, LanguagesAnswer, languages};
pub use lodemap_base::{ENDLESS, Patience, is_hidden};
pub use lodemap_engine::grammar::SymbolKind;
pub use map::{MapAnswer, MapFile, MapOptions, MapSymbol, Omitted, map};
pub use outline::{OutlineAnswer, OutlineSymbol, outline};
pub use refs::{RefRow, RefsAnswer, refs};
pub use scip::{ScipOptions, export_scip};
pub use search::{Hit, HitFile, SearchAnswer, SearchOptions, TextOf, search};
pub use symbols::{
    Asked, FoundSymbols, SymbolRow, SymbolTable, SymbolsAnswer, SymbolsOptions, TablePart, TableSource,
    symbols,
};
pub use tokens::Tokenizer;
