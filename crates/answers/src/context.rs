//! The context of a task: what must be read to do it.
//!
//! The text of the task is taken apart ([`task`]), its words are searched and what it names is looked up (`evidence`),
//! and the best lines are chosen within a budget (`choose`). No model, no network.

mod anchors;
mod answer;
mod callers;
mod choose;
mod evidence;
mod page;
mod redact;
mod task;
mod words;

pub use answer::{ContextAnswer, ContextFile, ContextOptions, Excerpt, OmittedFile, context};
pub use choose::Level;
