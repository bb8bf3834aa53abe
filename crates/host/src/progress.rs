//! How a long job tells how far it is.

/// Told how far a job is, from any thread.
pub trait Progress: Sync {
    /// A stage begins; `total` is 0 where it is not known.
    fn stage(&self, name: &str, total: usize);
    /// So many more are done.
    fn advance(&self, n: usize);
    /// The job is done.
    fn done(&self);
}

/// Tells nobody.
pub struct NoProgress;

impl Progress for NoProgress {
    fn stage(&self, _: &str, _: usize) {}
    fn advance(&self, _: usize) {}
    fn done(&self) {}
}
