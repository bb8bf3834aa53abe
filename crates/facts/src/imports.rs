//! The imports of one file, packed.

use lodemap_base::Held;

use crate::model::{Import, ImportKind};
use crate::names::NameIx;
use crate::packed::Packed;

/// Imports in the order of the text. Their paths lie together, one after the other.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Imports {
    rows: Packed<ImportRow>,
    paths: Packed<NameIx>,
}

/// An import without its path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImportRow {
    pub(crate) kind: ImportKind,
    pub(crate) scope: u32,
    pub(crate) level: u16,
    /// Where its path begins,
    pub(crate) path: u32,
    /// and how long it is.
    pub(crate) segments: u32,
    pub(crate) name: NameIx,
    pub(crate) bound: NameIx,
    pub(crate) reexport: bool,
    pub(crate) at: u32,
}

impl Imports {
    pub(crate) fn new(imports: &[Import]) -> Self {
        let mut paths: Vec<NameIx> = Vec::new();
        let mut row = |i: &Import| {
            let path = paths.len() as u32;
            paths.extend_from_slice(&i.path);
            ImportRow {
                kind: i.kind,
                scope: i.scope,
                level: i.level,
                path,
                segments: i.path.len() as u32,
                name: i.name,
                bound: i.bound,
                reexport: i.reexport,
                at: i.at,
            }
        };
        let rows: Vec<ImportRow> = imports.iter().map(&mut row).collect();
        Self { rows: Packed::new(&rows), paths: Packed::new(&paths) }
    }

    fn with_path(&self, row: ImportRow) -> Import {
        let ImportRow { kind, scope, level, name, bound, reexport, at, .. } = row;
        let path = self.paths.from(row.path as usize).take(row.segments as usize).collect();
        Import { kind, scope, level, path, name, bound, reexport, at }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The import at an index.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn at(&self, ix: u32) -> Import {
        self.with_path(self.rows.at(ix))
    }

    /// What kind the import at an index is.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn kind(&self, ix: u32) -> ImportKind {
        self.rows.at(ix).kind
    }

    /// All imports in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Import> + '_ {
        self.rows.iter().map(|row| self.with_path(row))
    }

    pub(crate) fn held(&self, held: &mut Held) {
        held.add("facts.imports", self.rows.heap_bytes() + self.paths.heap_bytes());
    }
}
