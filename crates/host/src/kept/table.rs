//! The table of definitions in a stored state.

use std::ops::Range;
use std::sync::Mutex;

use lodemap_answers::{TablePart, TableSource};
use lodemap_store::{SectionReader, Segments};

use super::section;

/// The parts of the table, each opened when it is first asked for.
pub(super) struct Stored<'s> {
    segments: &'s Segments,
    open: Mutex<Vec<(TablePart, Option<std::sync::Arc<SectionReader<'s>>>)>>,
}

impl<'s> Stored<'s> {
    pub(super) fn new(segments: &'s Segments) -> Self {
        Self { segments, open: Mutex::default() }
    }

    fn part(&self, part: TablePart) -> Option<std::sync::Arc<SectionReader<'s>>> {
        let mut open = self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, reader)) = open.iter().find(|(p, _)| *p == part) {
            return reader.clone();
        }
        let reader = self.segments.section(id(part)).ok().map(std::sync::Arc::new);
        open.push((part, reader.clone()));
        reader
    }
}

/// The section of a part.
pub(super) fn id(part: TablePart) -> u32 {
    let place = TablePart::ALL.iter().position(|p| *p == part).unwrap_or_default();
    section::SYMBOLS + place as u32
}

impl TableSource for Stored<'_> {
    fn len(&self, part: TablePart) -> u64 {
        self.part(part).map_or(0, |reader| reader.len())
    }

    fn read(&self, part: TablePart, range: Range<u64>) -> Option<Vec<u8>> {
        self.part(part)?.read(range).ok()
    }
}
