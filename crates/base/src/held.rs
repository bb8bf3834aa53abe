//! How much memory is held, by part.

use std::collections::BTreeMap;

/// Bytes on the heap by the name of the part that holds them. Names have the form `group.part`.
///
/// What several parts share is counted where it is looked at, each time; what an allocator adds is not counted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Held(BTreeMap<&'static str, usize>);

impl Held {
    /// Adds bytes to a part.
    pub fn add(&mut self, part: &'static str, bytes: usize) {
        *self.0.entry(part).or_default() += bytes;
    }

    /// The parts in the order of their names.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.0.iter().map(|(part, bytes)| (*part, *bytes))
    }

    /// All parts together.
    pub fn total(&self) -> usize {
        self.0.values().sum()
    }
}

/// The heap bytes of a hash table with room for so many entries of such a size: one byte of control each, and an
/// eighth of its slots stays free.
pub fn table_bytes(capacity: usize, entry: usize) -> usize {
    match capacity {
        0 => 0,
        1..=3 => 4 * (entry + 1) + 16,
        _ => (capacity * 8 / 7).next_power_of_two() * (entry + 1) + 16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_added_up() {
        let mut held = Held::default();
        [("b", 1), ("a", 2), ("b", 3)].into_iter().for_each(|(part, bytes)| held.add(part, bytes));
        assert_eq!((held.parts().collect::<Vec<_>>(), held.total()), (vec![("a", 2), ("b", 4)], 6));
    }
}
