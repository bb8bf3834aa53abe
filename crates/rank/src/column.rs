//! One layer's masses, in four bytes a node.

use rustc_hash::FxHashMap;

/// A value of `narrow` that says: look in `wide`.
const WIDE: u32 = u32::MAX;

/// A mass per slot: 32 bits where they suffice, and a side table where they do not.
///
/// The side table is small by arithmetic, not by luck. All masses of a layer together are at most
/// `T / (1 - d)` for a teleport mass of `T` in total, so at most `T / ((1 - d) * (2^32 - 1))` of them do not fit:
/// one node in 78,000 at d = .70 and 2^14 a node. Hubs of large repositories do get there
/// (half a million callers with nothing else to call), so plain 32 bits would be wrong;
/// a saturating sum would forget what to subtract again; and 64 bits would double the largest array of the ranks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Column {
    narrow: Vec<u32>,
    wide: FxHashMap<u32, u64>,
}

impl Column {
    pub(crate) fn new(masses: &[u64]) -> Self {
        let mut wide = FxHashMap::default();
        let narrow = masses.iter().enumerate().map(|(slot, &mass)| {
            if mass >= u64::from(WIDE) {
                wide.insert(slot as u32, mass);
            }
            mass.min(u64::from(WIDE)) as u32
        });
        let narrow = narrow.collect();
        Self { narrow, wide }
    }

    pub(crate) fn len(&self) -> usize {
        self.narrow.len()
    }

    /// Bytes held; the few wide masses are not counted.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.narrow.capacity() * 4
    }

    /// Appends slots without mass.
    pub(crate) fn grow(&mut self, len: usize) {
        if len > self.narrow.len() {
            self.narrow.resize(len, 0);
        }
    }

    #[inline]
    pub(crate) fn get(&self, slot: u32) -> u64 {
        match self.narrow[slot as usize] {
            WIDE => self.wide[&slot],
            mass => u64::from(mass),
        }
    }

    pub(crate) fn set(&mut self, slot: u32, mass: u64) {
        let narrow = &mut self.narrow[slot as usize];
        if mass >= u64::from(WIDE) {
            *narrow = WIDE;
            self.wide.insert(slot, mass);
        } else {
            if *narrow == WIDE {
                self.wide.remove(&slot);
            }
            *narrow = mass as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masses_around_the_limit_of_32_bits_come_back() {
        let limit = u64::from(u32::MAX);
        let masses = [0, 1, limit - 1, limit, limit + 1, u64::MAX];
        let column = Column::new(&masses);
        let mut set = Column::new(&[limit; 6]);
        for (slot, &mass) in masses.iter().enumerate() {
            assert_eq!(column.get(slot as u32), mass);
            set.set(slot as u32, mass);
        }
        assert_eq!(set, column, "equal masses are equal columns, however they came about");
    }
}
