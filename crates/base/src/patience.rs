//! Does anybody still wait for this?

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The patience of whoever asked, handed down to what takes long. It ends once, for all copies; what is worked on then
/// leaves off at its next look, and what it has by then is no answer.
///
/// There is no clock here: a deadline is kept by whoever watches clocks, and ends the patience when it passes.
#[derive(Clone, Debug, Default)]
pub struct Patience(Option<Arc<State>>);

/// One that never ends, for whoever needs to borrow it.
pub static ENDLESS: Patience = Patience(None);

#[derive(Debug)]
struct State {
    is_over: AtomicBool,
    looks: AtomicUsize,
    /// It ends by itself with this look.
    last: usize,
}

/// Nobody waits any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

impl Patience {
    /// One that can be ended.
    pub fn new() -> Self {
        Self::ending_after(usize::MAX)
    }

    /// One that ends by itself after so many looks, which are counted: tests see by it how much is done in between.
    pub fn ending_after(looks: usize) -> Self {
        let (is_over, last) = (AtomicBool::new(looks == 0), looks);
        Self(Some(Arc::new(State { is_over, looks: AtomicUsize::new(0), last })))
    }

    /// Nobody waits any more; whether somebody did until now. One that is endless stays so.
    pub fn end(&self) -> bool {
        self.0.as_ref().is_some_and(|state| !state.is_over.swap(true, Ordering::AcqRel))
    }

    /// Whether nobody waits any more. Costs no more than a look at one number, so that each file of many can ask.
    pub fn is_over(&self) -> bool {
        let Some(state) = &self.0 else { return false };
        if state.last != usize::MAX && state.looks.fetch_add(1, Ordering::Relaxed) + 1 >= state.last {
            state.is_over.store(true, Ordering::Release);
        }
        state.is_over.load(Ordering::Acquire)
    }

    /// The same for functions that can fail.
    pub fn check(&self) -> Result<(), Stopped> {
        if self.is_over() { Err(Stopped) } else { Ok(()) }
    }

    /// How often it was looked at, where that is counted.
    pub fn looks(&self) -> usize {
        self.0.as_ref().map_or(0, |state| state.looks.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_once_for_all_copies() {
        let patience = Patience::new();
        let copy = patience.clone();
        assert_eq!(copy.check(), Ok(()));
        assert!(patience.end() && !copy.end());
        assert_eq!((copy.check(), patience.is_over()), (Err(Stopped), true));
    }

    #[test]
    fn may_end_by_itself_or_never() {
        let patience = Patience::ending_after(3);
        assert_eq!([(); 4].map(|()| patience.is_over()), [false, false, true, true]);
        assert_eq!(patience.looks(), 4);
        assert!(Patience::ending_after(0).is_over());
        assert!(!ENDLESS.end() && !ENDLESS.is_over() && !Patience::default().is_over());
    }
}
