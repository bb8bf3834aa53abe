//! What are the nouns?
//!
//! Ids, repository-relative paths, spans, hashes and name keys that every other crate speaks of.
//!
//! # Invariants
//! - Contains no IO and no clock.
//! - Nothing here has an order that depends on history: [`FileId`] and [`NodeId`] deliberately lack `Ord`.
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

mod cow;
mod hash;
mod held;
mod id;
mod letters;
mod name;
mod path;
mod patience;
mod span;
mod spelled;

pub use cow::{LayeredMap, Left, List, PagedVec};
pub use hash::{ContentHash, Digest, RowHasher};
pub use held::{Held, table_bytes};
pub use id::{FileId, Generation, NodeId, SymbolId};
pub use letters::{AskedLetters, Letters, begins_part, part_starts};
pub use name::{NameKey, ScopeKey, member_key, name_key, scope_key};
pub use path::{RelPath, is_hidden};
pub use patience::{ENDLESS, Patience, Stopped};
pub use span::{LineTable, Position, Span};
pub use spelled::Spelled;
