//! Which queries lead back to each other?
//!
//! A query that was found in a cycle belongs to a group with all others under the outermost one; groups that share
//! a query are one. An answer rests on groups, and is no answer while a query of one of them is under way. Groups
//! may be larger than the cycles in them: then an answer is worked out again where it need not be, to the same
//! effect.

use lodemap_base::table_bytes;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::Query;

/// A group, by the number that it began with.
pub(super) type Group = u32;

/// The groups that an answer rests on.
pub(super) type Groups = SmallVec<[Group; 2]>;

/// An answer that rests on more groups than this makes them one.
const MAX_GROUPS: usize = 8;

#[derive(Default)]
pub(super) struct Cycles {
    of: FxHashMap<Query, Group>,
    /// The group that a group was joined to; itself if to none.
    joined: Vec<Group>,
}

impl Cycles {
    /// Bytes held.
    pub(super) fn heap_bytes(&self) -> usize {
        let table = table_bytes(self.of.capacity(), size_of::<(Query, Group)>());
        table + self.joined.capacity() * size_of::<Group>()
    }

    fn find(&self, mut group: Group) -> Group {
        while self.joined[group as usize] != group {
            group = self.joined[group as usize];
        }
        group
    }

    fn join(&mut self, a: Group, b: Group) -> Group {
        let (a, b) = (self.find(a), self.find(b));
        let (low, high) = (a.min(b), a.max(b));
        self.joined[high as usize] = low;
        low
    }

    /// Makes one group of these queries, and of the groups that they are in.
    pub(super) fn group(&mut self, queries: &[Query]) -> Group {
        let mut group = self.joined.len() as Group;
        self.joined.push(group);
        for query in queries {
            let known = *self.of.entry(*query).or_insert(group);
            group = self.join(group, known);
        }
        group
    }

    /// Adds a group to those that an answer rests on.
    pub(super) fn add(&mut self, groups: &mut Groups, group: Group) {
        let group = self.find(group);
        if groups.iter().any(|g| self.find(*g) == group) {
            return;
        }
        groups.push(group);
        if groups.len() > MAX_GROUPS {
            let one = groups.iter().copied().reduce(|a, b| self.join(a, b)).expect("there are several");
            groups.clear();
            groups.push(one);
        }
    }

    /// Whether none of the queries under way is in one of the groups.
    pub(super) fn are_apart(&self, groups: &Groups, open: &[Query]) -> bool {
        groups.is_empty()
            || !open.iter().any(|q| {
                self.of.get(q).is_some_and(|of| {
                    let of = self.find(*of);
                    groups.iter().any(|g| self.find(*g) == of)
                })
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_that_share_a_query_are_one() {
        let q = |n| Query::Import(0, n);
        let mut cycles = Cycles::default();
        let (a, b) = (cycles.group(&[q(1), q(2)]), cycles.group(&[q(3), q(4)]));
        let (mut on_a, mut on_b) = (Groups::new(), Groups::new());
        cycles.add(&mut on_a, a);
        cycles.add(&mut on_b, b);
        assert!(cycles.are_apart(&on_a, &[q(3), q(5)]) && !cycles.are_apart(&on_a, &[q(5), q(2)]));
        cycles.group(&[q(2), q(3)]);
        assert!(!cycles.are_apart(&on_a, &[q(4)]) && !cycles.are_apart(&on_b, &[q(1)]));
        cycles.add(&mut on_a, b);
        assert_eq!(on_a.len(), 1);
    }
}
