//! One state of the index, for readers.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use tantivy::index::SegmentId;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, Searcher, TERMINATED, Term};

use crate::document::{FIELDS, Field};
use crate::index::{Columns, Files, SearchError};

/// How much there is.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Counts {
    /// Files.
    pub files: u64,
    /// Documents: symbols, and one for the rest of each file.
    pub documents: u64,
    /// Bytes of text.
    pub bytes: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, documents: u32, bytes: u64) {
        self.files += 1;
        self.documents += u64::from(documents);
        self.bytes += bytes;
    }

    pub(crate) fn remove(&mut self, documents: u32, bytes: u64) {
        self.files -= 1;
        self.documents -= u64::from(documents);
        self.bytes -= bytes;
    }
}

/// A document that contains a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Posting {
    /// The slot of its file: see [`View::file_key`].
    pub file: u32,
    /// The symbol's index, or `NONE` for the rest of the file.
    pub symbol: u32,
    /// Its number among all documents of the view.
    pub document: u32,
    /// Bytes of its text.
    pub bytes: u32,
    /// How often the word is in each field, in the order of [`Field::ALL`].
    pub counts: [u32; FIELDS],
}

/// What is known of each segment, kept from one view to the next.
#[derive(Default)]
pub(crate) struct Segments {
    known: FxHashMap<SegmentId, Arc<[Place]>>,
}

/// Where a document of a segment comes from.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    file: u32,
    symbol: u32,
    bytes: u32,
}

impl Segments {
    /// The places of the documents, by segment. A segment's documents never change.
    pub(crate) fn of(
        &mut self,
        searcher: &Searcher,
        files: &Files,
    ) -> Result<Vec<Arc<[Place]>>, SearchError> {
        let mut known = FxHashMap::default();
        let mut out = vec![];
        for segment in searcher.segment_readers() {
            let id = segment.segment_id();
            let places = match self.known.remove(&id) {
                Some(places) => places,
                None => {
                    let (keys, places) =
                        (segment.fast_fields().u64("file")?, segment.fast_fields().u64("place")?);
                    let place = |doc| {
                        let file = keys.first(doc).and_then(|key| files.slots.get(&key)).copied();
                        let place = places.first(doc).unwrap_or_default();
                        let (symbol, bytes) = ((place >> 32) as u32, place as u32);
                        Place { file: file.unwrap_or(u32::MAX), symbol, bytes }
                    };
                    (0..segment.max_doc()).map(place).collect()
                }
            };
            out.push(places.clone());
            known.insert(id, places);
        }
        self.known = known;
        Ok(out)
    }
}

/// One state of an index. It does not change.
#[derive(Clone)]
pub struct View {
    searcher: Searcher,
    columns: Columns,
    segments: Vec<Arc<[Place]>>,
    keys: Arc<Vec<(u64, u32)>>,
    counts: Counts,
}

impl View {
    pub(crate) fn new(
        searcher: Searcher,
        columns: Columns,
        segments: Vec<Arc<[Place]>>,
        keys: Arc<Vec<(u64, u32)>>,
        counts: Counts,
    ) -> Self {
        Self { searcher, columns, segments, keys, counts }
    }

    /// How much it holds.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Slots of files are below this.
    pub fn file_slots(&self) -> usize {
        self.keys.len()
    }

    /// Numbers of documents are below this.
    pub fn document_slots(&self) -> usize {
        self.segments.iter().map(|s| s.len()).sum()
    }

    /// The key of the path of a file.
    pub fn file_key(&self, slot: u32) -> u64 {
        self.keys[slot as usize].0
    }

    /// Bytes of the text of a file.
    pub fn file_bytes(&self, slot: u32) -> u32 {
        self.keys[slot as usize].1
    }

    /// Writes all live documents that contain `word`, as [`crate::for_each_word`] gives it, into `out`.
    pub fn postings(&self, word: &str, out: &mut Vec<Posting>) -> Result<(), SearchError> {
        self.postings_in(&Field::ALL, word, out)
    }

    /// The same for documents that contain it in one of some fields; others are not counted.
    pub fn postings_in(
        &self,
        fields: &[Field],
        word: &str,
        out: &mut Vec<Posting>,
    ) -> Result<(), SearchError> {
        out.clear();
        let mut base = 0;
        for (segment, places) in self.searcher.segment_readers().iter().zip(&self.segments) {
            let mut lists: Vec<(usize, SegmentPostings)> = vec![];
            for field in fields {
                let field = *field;
                let column = self.columns.texts[field as usize];
                let term = Term::from_field_text(column, word);
                let inverted = segment.inverted_index(column)?;
                lists.extend(
                    inverted.read_postings(&term, IndexRecordOption::WithFreqs)?.map(|p| (field as usize, p)),
                );
            }
            let alive = segment.alive_bitset();
            loop {
                let doc = lists.iter().map(|(_, list)| list.doc()).min().unwrap_or(TERMINATED);
                if doc == TERMINATED {
                    break;
                }
                let mut counts = [0; FIELDS];
                for (field, list) in &mut lists {
                    if list.doc() == doc {
                        counts[*field] = list.term_freq();
                        list.advance();
                    }
                }
                if alive.is_none_or(|alive| alive.is_alive(doc)) {
                    let Place { file, symbol, bytes } = places[doc as usize];
                    out.push(Posting { file, symbol, document: base + doc, bytes, counts });
                }
            }
            base += places.len() as u32;
        }
        Ok(())
    }

    /// The same for documents that contain any of some words, each once with the sum of its counts.
    pub fn union(&self, words: &[String], out: &mut Vec<Posting>) -> Result<(), SearchError> {
        let mut one = vec![];
        let mut all: Vec<Posting> = vec![];
        for word in words {
            self.postings(word, &mut one)?;
            all.append(&mut one);
        }
        all.sort_by_key(|posting| posting.document);
        out.clear();
        for posting in all {
            match out.last_mut() {
                Some(last) if last.document == posting.document => {
                    last.counts.iter_mut().zip(posting.counts).for_each(|(sum, count)| *sum += count);
                }
                _ => out.push(posting),
            }
        }
        Ok(())
    }

    /// The words of live documents that begin with `prefix`, in order, at most `limit`; and whether there are more.
    pub fn words_from(&self, prefix: &str, limit: usize) -> Result<(Vec<String>, bool), SearchError> {
        let mut words: BTreeSet<String> = BTreeSet::new();
        for segment in self.searcher.segment_readers() {
            for column in self.columns.texts {
                let inverted = segment.inverted_index(column)?;
                let mut stream = inverted.terms().range().ge(prefix).into_stream()?;
                let mut left = limit + 1;
                while left > 0 && stream.advance() && stream.key().starts_with(prefix.as_bytes()) {
                    // What only deleted documents have would tell of the past.
                    if let Some(alive) = segment.alive_bitset() {
                        let mut list =
                            inverted.read_postings_from_terminfo(stream.value(), IndexRecordOption::Basic)?;
                        while list.doc() != TERMINATED && !alive.is_alive(list.doc()) {
                            list.advance();
                        }
                        if list.doc() == TERMINATED {
                            continue;
                        }
                    }
                    left -= 1;
                    words.insert(String::from_utf8_lossy(stream.key()).into_owned());
                }
            }
        }
        let is_cut = words.len() > limit;
        Ok((words.into_iter().take(limit).collect(), is_cut))
    }
}
