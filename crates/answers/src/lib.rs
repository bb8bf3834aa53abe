//! What should the agent read?
//!
//! Each function takes an immutable snapshot and a question and gives an answer as plain data, which every
//! surface shows alike: `Serialize` for programs, `text()` for people and models.
//!
//! # Invariants
//! - Contains no IO; exports write to what the caller hands over.
//! - Lists called `files` and `symbols` have the best first; ties break by path, then position.
//! - A text never exceeds the token budget it was given, counted by the exact tokenizer.
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

mod changes;
mod deps;
mod error;
mod export;
mod focus;
mod languages;
mod map;
mod outline;
mod select;
mod symbols;
mod tokens;

pub use changes::{DependencyChanges, FileChange, SymbolChanges, changes};
pub use deps::{DepsAnswer, FileLink, deps};
pub use error::AnswerError;
pub use export::{export_edges, export_facts};
pub use languages::{LanguageRow, LanguagesAnswer, languages};
pub use map::{MapAnswer, MapFile, MapOptions, MapSymbol, Omitted, map};
pub use outline::{OutlineAnswer, OutlineSymbol, outline};
pub use symbols::{SymbolRow, SymbolsAnswer, SymbolsOptions, symbols};
pub use tokens::Tokenizer;
