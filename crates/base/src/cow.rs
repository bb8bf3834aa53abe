//! Tables that share structure between snapshots: a clone costs a spine, a change costs a page.

mod layered;
mod list;
mod paged;

pub use layered::{LayeredMap, Left};
pub use list::List;
pub use paged::PagedVec;
