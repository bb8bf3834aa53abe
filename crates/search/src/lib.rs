//! Where is this word?
//!
//! [`documents`] cuts a file's text into documents: one for each function and type, and one for the rest of the
//! file. [`SearchIndex`] keeps their words in tantivy, and [`View`] is one state of it. tantivy finds; what is
//! ranked, and how, is decided by [`rank`] over exact counts of live documents.
//!
//! # Invariants
//! - Nothing outside this crate sees a type of tantivy.
//! - What a view answers depends on the files it holds, never on the order in which they came.
//! - The words of a text are the same when it is indexed and when it is asked for ([`for_each_word`]).
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

mod document;
mod index;
mod rank;
mod view;
mod words;

pub use document::{Document, FIELDS, Field, documents, is_document};
pub use index::{FORMAT, FileText, SearchError, SearchIndex};
pub use rank::{
    BEST, Common, FEW_FILES, FileScore, GROUPS, Ranking, SymbolScore, Term, Weights, rank, rank_with, rarity,
};
pub use view::{Counts, Posting, View};
pub use words::{for_each_plain_word, for_each_spelled, for_each_word, stem};
