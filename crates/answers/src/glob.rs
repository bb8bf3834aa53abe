//! A glob that somebody typed, checked before it is used.

use globset::{Glob, GlobSet};

/// Longer ones are mistakes.
const MOST: usize = 1000;

/// What matches paths as the glob says; else why nothing can.
pub(crate) fn matcher(pattern: &str) -> Result<GlobSet, String> {
    if pattern.len() > MOST {
        return Err(format!("a glob of {} bytes is too long; give at most {MOST}", pattern.len()));
    }
    let glob = Glob::new(pattern).map_err(|e| e.to_string())?;
    // A set says so where a glob is too much for it; a single matcher panics.
    GlobSet::builder().add(glob).build().map_err(|_| "the glob is too large; give a simpler one".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_matched_is_an_error() {
        assert!(matcher("src/**/*.py").unwrap().is_match("src/a/b.py"));
        assert!(matcher("[").is_err());
        assert!(matcher(&"x".repeat(1 << 20)).unwrap_err().contains("too long"));
        assert!(matcher(&"\u{10ffff}".repeat(1000)).is_err());
        // Whatever this is, it is no panic.
        _ = matcher(&"{a,[!a-z]*}".repeat(90));
    }
}
