//! How much memory a world holds, by part.

use lodemap_base::{Held, LayeredMap, List};

use super::{FileEntry, World};

fn lists<K, T>(map: &LayeredMap<K, List<T>>) -> usize
where
    K: std::hash::Hash + Eq + Clone,
    T: Clone + PartialEq,
{
    let mut bytes = map.heap_bytes();
    map.each_value(|list| bytes += list.heap_bytes());
    bytes
}

impl World {
    /// Adds the bytes held, by part.
    pub fn held(&self, held: &mut Held) {
        for file in self.files() {
            file.facts.held(held);
            file.held(held);
        }
        held.add("files", self.files.heap_bytes());
        held.add("world.symbols", self.symbols.heap_bytes());
        held.add("world.letters", self.letters.heap_bytes());
        held.add("world.names", lists(&self.names));
        held.add("world.implementations", lists(&self.impls));
        let mut folders = self.dirs.heap_bytes();
        self.dirs.each_value(|d| {
            folders += size_of_val(&**d) + 16 + d.path.as_str().len() + d.files.capacity() * 4
        });
        held.add("world.folders", folders);
        held.add("world.paths", self.by_path.heap_bytes() + lists(&self.by_file_name) + lists(&self.tops));
        held.add("world.crates", self.crates.heap_bytes());
    }
}

impl FileEntry {
    fn held(&self, held: &mut Held) {
        held.add("files", size_of::<Self>() + 16 + self.path.as_str().len() + 16);
        held.add("files", self.globs.len() * 8 + size_of_val(&*self.modules));
        held.add("files.symbols", self.symbols.len() * 4 + self.spelled.heap_bytes() + 16);
        held.add("files.scopes", self.scopes.len() * 8 + 16);
    }
}
