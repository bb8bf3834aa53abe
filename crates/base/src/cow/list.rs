//! Short lists as values of large maps.

use std::sync::Arc;

/// A list that is mostly of one element: that one needs no memory of its own, and a longer one is shared by clones.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum List<T> {
    /// No element.
    #[default]
    Empty,
    /// One element.
    One(T),
    /// Several, or what is left of them.
    Many(Arc<Vec<T>>),
}

impl<T: Clone + PartialEq> List<T> {
    /// The elements.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::Empty => &[],
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    /// Adds an element at the end.
    pub fn push(&mut self, value: T) {
        match self {
            Self::Empty => *self = Self::One(value),
            Self::Many(many) => Arc::make_mut(many).push(value),
            Self::One(one) => *self = Self::Many(Arc::new(vec![one.clone(), value])),
        }
    }

    /// Bytes held besides the list itself.
    pub fn heap_bytes(&self) -> usize {
        match self {
            Self::Many(many) => size_of::<Vec<T>>() + 16 + many.capacity() * size_of::<T>(),
            Self::Empty | Self::One(_) => 0,
        }
    }

    /// Takes one element equal to `value` out, wherever it stands; the others may change places. Tells whether none is left.
    pub fn remove(&mut self, value: &T) -> bool {
        match self {
            Self::One(one) if one == value => *self = Self::Empty,
            Self::Empty | Self::One(_) => {}
            Self::Many(many) => {
                if let Some(at) = many.iter().position(|v| v == value) {
                    Arc::make_mut(many).swap_remove(at);
                }
            }
        }
        self.as_slice().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_and_shrinks() {
        let mut list = List::One(1);
        assert_eq!(list.as_slice(), [1]);
        list.push(2);
        let old = list.clone();
        list.push(3);
        assert!(!list.remove(&1));
        assert_eq!((old.as_slice(), list.as_slice()), (&[1, 2][..], &[3, 2][..]));
        assert!(!list.remove(&9) && !list.remove(&3) && list.remove(&2));
        assert!(List::One(5).remove(&5) && !List::One(5).remove(&6));
    }
}
