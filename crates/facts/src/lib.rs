//! What does this one file say?
//!
//! [`facts_of`] turns bytes into [`FileFacts`]: what the file declares, what it imports, what it refers to.
//! Facts are path-free: they depend on the content, the language and the rules alone, so that branches,
//! renames and vendored copies share them.
//!
//! # Invariants
//! - Contains no IO and no clock. The same bytes give the same facts, on any thread.
//! - Every parse is fresh; the tree is dropped before the facts leave.
//! - A body edit leaves `sig` unchanged, a comment edit leaves `sig` and `refs` unchanged.
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

/// What the extractor is: other revisions may find other facts in the same text.
pub const REVISION: &str = env!("LODEMAP_FACTS_REVISION");

mod codec;
mod draft;
mod extract;
mod hashes;
mod imports;
mod model;
mod names;
mod packed;
mod source;
mod texts;

pub use codec::{CODEC_VERSION, CodecError, decode, encode};
pub use extract::{encoded_facts, facts_in_parts, facts_in_pieces, facts_of, facts_of_quarantined};
pub use hashes::Hashes;
pub use imports::Imports;
pub use model::{
    Base, BindTarget, Binding, Chain, ChainIx, ExportList, FileFacts, Import, ImportKind, Input, Level, NONE,
    Problem, Ref, Return, Scope, Symbol, SymbolFlags, TypeParameter, Visibility,
};
pub use names::{NameIx, Names};
pub use packed::{MAX_COLUMNS, Packed, Record, Records, Row};
pub use source::{Encoding, Source};
pub use texts::Texts;
