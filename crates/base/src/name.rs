//! Keys for names and scopes: 64-bit XXH3 hashes, so that no history-dependent interner is needed.
//!
//! A collision would merge two names; among ten million distinct names its odds are about 3 in a million,
//! and the merged state would still be a pure function of the files.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// The hash of a name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NameKey(pub u64);

/// The hash of a scope: the path of its file and its qualified name there, or a repository-wide table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct ScopeKey(pub u64);

/// The key of `name`.
pub fn name_key(name: &str) -> NameKey {
    NameKey(xxh3_64(name.as_bytes()))
}

/// The key of the scope at `path` in the table called `kind`.
pub fn scope_key(kind: &str, path: &str) -> ScopeKey {
    ScopeKey(xxh3_64_with_seed(path.as_bytes(), xxh3_64(kind.as_bytes())))
}

/// The key of the look-up of `name` in `scope`: what a resolution depends on, whether it was found or not.
pub fn member_key(scope: ScopeKey, name: NameKey) -> u64 {
    // Multiply-rotate mixing; both inputs are already well distributed.
    (scope.0 ^ name.0.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31) ^ name.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_by_scope_and_name() {
        let (a, b) = (scope_key("module", "a.py"), scope_key("module", "b.py"));
        assert_ne!(a, scope_key("dir", "a.py"));
        assert_ne!(member_key(a, name_key("x")), member_key(b, name_key("x")));
        assert_ne!(member_key(a, name_key("x")), member_key(a, name_key("y")));
    }

    #[test]
    fn name_keys_are_the_published_function() {
        // XXH3 of the empty string, from the algorithm's own test vectors.
        assert_eq!(name_key("").0, 0x2d06_8005_38d3_94c2);
    }
}
