//! What was worked out of a state once, for all who ask of it.

use std::any::Any;
use std::sync::{Arc, OnceLock};

use crate::snapshot::Snapshot;

/// A place for one thing that follows from a state. A copy of the state, which is to become another one, has an empty one.
#[derive(Default)]
pub(crate) struct Derived(OnceLock<Arc<dyn Any + Send + Sync>>);

impl Clone for Derived {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Snapshot {
    /// What `make` gives, from the second time on without calling it. Whatever it gives must follow from the state alone;
    /// of several types the first one is remembered.
    ///
    /// Nobody waits: two who ask at the same time both work it out.
    pub fn remembered<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let known = self.derived.0.get().and_then(|known| known.clone().downcast::<T>().ok());
        known.unwrap_or_else(|| {
            let made = Arc::new(make());
            // Whoever was quicker has the same.
            _ = self.derived.0.set(made.clone());
            made
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_made_once_for_each_state() {
        let state = Snapshot::default();
        assert_eq!(*state.remembered(|| 1u32), 1);
        assert_eq!(*state.remembered(|| 2u32), 1);
        assert_eq!(*state.remembered(|| "other"), "other");
        let next = state.clone();
        assert_eq!(*next.remembered(|| 3u32), 3);
        assert_eq!(*state.remembered(|| 4u32), 1);
    }
}
