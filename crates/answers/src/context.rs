//! The context of a task: what must be read to do it.
//!
//! The text of the task is taken apart ([`task`]), its words are searched and what it names is looked up (`evidence`),
//! and the best lines are chosen within a budget (`choose`). What changed together before and was
//! described in the same words ([`past`]) comes from outside, as data. No model, no network.

mod anchors;
mod answer;
mod callers;
mod choose;
mod company;
mod evidence;
mod page;
mod past;
mod redact;
mod task;
mod words;

pub use answer::{ContextAnswer, ContextFile, ContextOptions, Earlier, Excerpt, OmittedFile, context};
pub use choose::Level;
pub(crate) use page::Page;
pub use past::{Change, Past, WIDEST};
