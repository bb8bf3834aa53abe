//! Vectors whose clones share pages.

use std::sync::Arc;

/// A vector whose clones share its pages of `PAGE` elements; changing an element copies one page at most.
///
/// Large pages make clones cheap, small ones changes that are scattered.
#[derive(Clone, Debug)]
pub struct PagedVec<T, const PAGE: usize = 512> {
    pages: Vec<Arc<Vec<T>>>,
    len: usize,
}

impl<T, const PAGE: usize> Default for PagedVec<T, PAGE> {
    fn default() -> Self {
        Self { pages: Vec::new(), len: 0 }
    }
}

impl<T: Clone, const PAGE: usize> PagedVec<T, PAGE> {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The element at `index`.
    pub fn get(&self, index: usize) -> Option<&T> {
        self.pages.get(index / PAGE)?.get(index % PAGE)
    }

    /// The element at `index`, for a change.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        Arc::make_mut(self.pages.get_mut(index / PAGE)?).get_mut(index % PAGE)
    }

    /// Adds an element at the end.
    pub fn push(&mut self, value: T) {
        if self.len.is_multiple_of(PAGE) {
            self.pages.push(Arc::new(Vec::with_capacity(if self.len == 0 { 4 } else { PAGE })));
        }
        let last = self.pages.last_mut().expect("a page was just made if there was none");
        Arc::make_mut(last).push(value);
        self.len += 1;
    }

    /// Sets the element at `index`; the vector grows by `filler` up to it where it is shorter.
    pub fn set(&mut self, index: usize, value: T, filler: &T) {
        while self.len <= index {
            self.push(filler.clone());
        }
        *self.get_mut(index).expect("the vector was just made long enough") = value;
    }

    /// Bytes held, but for what elements hold of their own.
    pub fn heap_bytes(&self) -> usize {
        let page = |p: &Arc<Vec<T>>| size_of::<Vec<T>>() + 16 + p.capacity() * size_of::<T>();
        self.pages.capacity() * 8 + self.pages.iter().map(page).sum::<usize>()
    }

    /// All elements in order, page by page; all pages but the last have `PAGE` of them.
    pub fn pages(&self) -> impl Iterator<Item = &[T]> {
        self.pages.iter().map(|p| &p[..])
    }

    /// All elements in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.pages.iter().flat_map(|p| p.iter())
    }
}

impl<T: Clone, const PAGE: usize> FromIterator<T> for PagedVec<T, PAGE> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut out = Self::default();
        items.into_iter().for_each(|item| out.push(item));
        out
    }
}

impl<T: Clone, const PAGE: usize> std::ops::Index<usize> for PagedVec<T, PAGE> {
    type Output = T;

    fn index(&self, index: usize) -> &T {
        &self.pages[index / PAGE][index % PAGE]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_do_not_see_each_other() {
        let mut v: PagedVec<i32> = (0..2000).collect();
        let old = v.clone();
        *v.get_mut(700).unwrap() = -1;
        v.set(2010, 7, &0);
        assert_eq!((old[700], v[700], v[1999], v.len(), old.len()), (700, -1, 1999, 2011, 2000));
        assert_eq!((v.get(2011), v[2005], v.iter().filter(|x| **x < 0).count()), (None, 0, 1));
    }
}
