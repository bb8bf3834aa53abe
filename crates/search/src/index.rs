//! The words of all files, kept in tantivy.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lodemap_base::{ContentHash, RelPath, Stopped, name_key};
use lodemap_facts::{FileFacts, Source};
use rustc_hash::FxHashMap;
use tantivy::directory::MmapDirectory;
use tantivy::directory::error::LockError;
use tantivy::indexer::UserOperation;
use tantivy::schema::{
    FAST, Field as Column, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::TokenizerManager;
use tantivy::{
    Directory, HasLen, Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TantivyDocument, Term,
};

use crate::document::{FIELDS, Field, documents};
use crate::view::{Counts, Segments, View};
use crate::words::CodeTokenizer;

/// What can go wrong with an index on disk.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// Another process writes it.
    #[error("another process writes the search index")]
    Busy,
    /// It is damaged, of another format, or cannot be read or written.
    #[error("the search index cannot be used: {0}")]
    Broken(String),
    /// Nobody waits for what was searched.
    #[error("nobody waits for this any more")]
    Stopped,
}

impl From<Stopped> for SearchError {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

/// What the words and documents of an index are: another number, another index.
pub const FORMAT: u32 = 2;

impl From<tantivy::TantivyError> for SearchError {
    fn from(error: tantivy::TantivyError) -> Self {
        match error {
            tantivy::TantivyError::LockFailure(LockError::LockBusy, _) => Self::Busy,
            other => Self::Broken(other.to_string()),
        }
    }
}

impl From<tantivy::directory::error::OpenDirectoryError> for SearchError {
    fn from(error: tantivy::directory::error::OpenDirectoryError) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<std::io::Error> for SearchError {
    fn from(error: std::io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

/// A file as it is to be found.
pub struct FileText<'t> {
    /// Where it is.
    pub path: &'t RelPath,
    /// Its bytes, those that the facts were made of.
    pub bytes: &'t [u8],
    /// What it says.
    pub facts: &'t FileFacts,
}

/// The words of a repository's files. One writer; [`SearchIndex::view`] is for readers.
pub struct SearchIndex {
    columns: Columns,
    writer: IndexWriter,
    reader: IndexReader,
    files: Files,
    segments: Segments,
    /// Whether anything was added or removed since the last commit.
    is_changed: bool,
}

/// Where things stand in the schema.
#[derive(Clone, Copy)]
pub(crate) struct Columns {
    /// The texts, in the order of [`Field::ALL`].
    pub(crate) texts: [Column; FIELDS],
    /// The key of the file's path.
    pub(crate) file: Column,
    /// The symbol's index and the document's length.
    pub(crate) place: Column,
    /// Half of the hash of the file's content: in the document of the file's rest only.
    pub(crate) content: Column,
}

/// The files that an index holds.
#[derive(Default)]
pub(crate) struct Files {
    /// The slot of each file, by the key of its path; slots are not used again.
    pub(crate) slots: FxHashMap<u64, u32>,
    /// The key of the path in each slot, and the bytes of the file's text.
    pub(crate) keys: Arc<Vec<(u64, u32)>>,
    /// What each slot holds; `None` where the file is gone.
    held: Vec<Option<Held>>,
    counts: Counts,
}

#[derive(Clone, Copy)]
struct Held {
    content: u64,
    documents: u32,
    bytes: u64,
}

/// Memory for words that are not written yet.
const ARENA_BYTES: usize = 64 << 20;

/// So many documents go to tantivy's thread at once: waking it for each costs more than a short one does. It queues up to
/// 10,000 such batches.
const BATCH: usize = 16;

/// The hash under which a file's content and language are remembered.
fn content_key(content: &ContentHash, facts: &FileFacts) -> u64 {
    let half: [u8; 8] = std::array::from_fn(|i| content.0[i]);
    // Facts of another language are other documents.
    u64::from_le_bytes(half).wrapping_add(u64::from(facts.lang.0))
}

fn schema() -> (Schema, Columns) {
    let mut schema = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("code")
        .set_index_option(IndexRecordOption::WithFreqs)
        .set_fieldnorms(false);
    let text = TextOptions::default().set_indexing_options(indexing);
    let texts = Field::ALL.map(|field| schema.add_text_field(&format!("{field:?}"), text.clone()));
    let columns = Columns {
        texts,
        file: schema.add_u64_field("file", INDEXED | FAST),
        place: schema.add_u64_field("place", FAST),
        content: schema.add_u64_field("content", FAST),
    };
    (schema.build(), columns)
}

impl SearchIndex {
    /// An empty index that lives as long as it is held.
    pub fn in_memory() -> Result<Self, SearchError> {
        let (schema, columns) = schema();
        let index = Index::builder().schema(schema).tokenizers(tokenizers()).create_in_ram()?;
        let writer = writer(&index)?;
        Self::new(&index, writer, columns)
    }

    /// The index in a folder that exists; an empty one where there is none yet. Its checksums are looked at first.
    ///
    /// # Errors
    /// If it is damaged, of another format, or written by another process at this time.
    pub fn open(folder: &Path) -> Result<Self, SearchError> {
        let (schema, columns) = schema();
        let directory = MmapDirectory::open(folder)?;
        let builder =
            Index::builder().schema(schema).tokenizers(tokenizers()).settings(IndexSettings::default());
        let index = builder.open_or_create(directory.clone())?;
        // The lock comes first: beside another writer files come and go, and would look damaged.
        let writer = writer(&index)?;
        // tantivy reads so many bytes from the end of each file before it looks whether there are as many.
        let is_short = |path: &PathBuf| directory.open_read(path).is_ok_and(|file| file.len() < 8);
        if index.load_metas()?.list_segment_files().iter().any(is_short) {
            return Err(SearchError::Broken("a file of it is cut off".into()));
        }
        let damaged = index.validate_checksum()?;
        if !damaged.is_empty() {
            return Err(SearchError::Broken(format!("{} damaged files", damaged.len())));
        }
        Self::new(&index, writer, columns)
    }

    fn new(index: &Index, writer: IndexWriter, columns: Columns) -> Result<Self, SearchError> {
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let mut this = Self {
            columns,
            writer,
            reader,
            files: Files::default(),
            segments: Segments::default(),
            is_changed: false,
        };
        // What a writer left that did not come to its end.
        this.writer.garbage_collect_files().wait()?;
        this.take_stock()?;
        Ok(this)
    }

    /// Reads which files a stored index holds.
    fn take_stock(&mut self) -> Result<(), SearchError> {
        let searcher = self.reader.searcher();
        for segment in searcher.segment_readers() {
            let columns = segment.fast_fields();
            let (files, places) = (columns.u64("file")?, columns.u64("place")?);
            let contents = columns.u64("content")?;
            for doc in segment.doc_ids_alive() {
                let key = files.first(doc).unwrap_or_default();
                let slot = self.files.slot(key);
                let held =
                    self.files.held[slot as usize].get_or_insert(Held { content: 0, documents: 0, bytes: 0 });
                held.documents += 1;
                held.bytes += places.first(doc).unwrap_or_default() & u64::from(u32::MAX);
                if let Some(content) = contents.first(doc) {
                    held.content = content;
                }
            }
        }
        let keys = Arc::make_mut(&mut self.files.keys);
        for (held, key) in self.files.held.iter().zip(keys) {
            if let Some(held) = held {
                key.1 = held.bytes as u32;
                self.files.counts.add(held.documents, held.bytes);
            }
        }
        Ok(())
    }

    /// Whether it holds this content at this path.
    pub fn holds(&self, path: &RelPath, facts: &FileFacts) -> bool {
        let held =
            self.files.slots.get(&name_key(path.as_str()).0).and_then(|slot| self.files.held[*slot as usize]);
        held.is_some_and(|held| held.content == content_key(&facts.hashes.content, facts))
    }

    /// How many files it holds.
    pub fn file_count(&self) -> usize {
        self.files.counts.files as usize
    }

    /// Forgets all files for which `keep` is false of the key of their path.
    pub fn retain(&mut self, keep: impl Fn(u64) -> bool) {
        let gone: Vec<u64> = self.files.keys.iter().map(|(key, _)| *key).filter(|key| !keep(*key)).collect();
        gone.into_iter().for_each(|key| self.forget(key));
    }

    /// Forgets a file.
    pub fn remove(&mut self, path: &RelPath) {
        self.forget(name_key(path.as_str()).0);
    }

    fn forget(&mut self, key: u64) {
        let Some(slot) = self.files.slots.get(&key) else { return };
        let Some(held) = self.files.held[*slot as usize].take() else { return };
        self.files.counts.remove(held.documents, held.bytes);
        self.is_changed = true;
        self.writer.delete_term(Term::from_field_u64(self.columns.file, key));
    }

    /// Takes a file over, instead of what was known of its path.
    pub fn add(&mut self, file: &FileText<'_>) -> Result<(), SearchError> {
        let key = name_key(file.path.as_str()).0;
        self.forget(key);
        let source = Source::decode(file.bytes);
        let content = content_key(&file.facts.hashes.content, file.facts);
        let mut held = Held { content, documents: 0, bytes: 0 };
        let mut rows = Vec::with_capacity(BATCH);
        for document in documents(file.path.as_str(), source.as_ref(), file.facts) {
            let mut row = TantivyDocument::default();
            for (field, text) in &document.pieces {
                row.add_text(self.columns.texts[*field as usize], text);
            }
            row.add_u64(self.columns.file, key);
            row.add_u64(self.columns.place, u64::from(document.symbol) << 32 | u64::from(document.bytes));
            if document.symbol == lodemap_facts::NONE {
                row.add_u64(self.columns.content, content);
            }
            held.documents += 1;
            held.bytes += u64::from(document.bytes);
            rows.push(UserOperation::Add(row));
            if rows.len() == BATCH {
                self.writer.run(rows.drain(..))?;
            }
        }
        self.writer.run(rows)?;
        self.files.counts.add(held.documents, held.bytes);
        self.is_changed = true;
        let slot = self.files.slot(key);
        self.files.held[slot as usize] = Some(held);
        Arc::make_mut(&mut self.files.keys)[slot as usize].1 = held.bytes as u32;
        Ok(())
    }

    /// Makes what was added and removed visible to new views, and durable if the index is on disk; nothing where nothing
    /// was.
    pub fn commit_if_changed(&mut self) -> Result<(), SearchError> {
        if std::mem::take(&mut self.is_changed) {
            self.writer.commit()?;
            self.reader.reload()?;
        }
        Ok(())
    }

    /// The state of the last commit.
    pub fn view(&mut self) -> Result<View, SearchError> {
        let searcher = self.reader.searcher();
        let segments = self.segments.of(&searcher, &self.files)?;
        Ok(View::new(searcher, self.columns, segments, self.files.keys.clone(), self.files.counts))
    }
}

impl Files {
    fn slot(&mut self, key: u64) -> u32 {
        *self.slots.entry(key).or_insert_with(|| {
            Arc::make_mut(&mut self.keys).push((key, 0));
            self.held.push(None);
            self.held.len() as u32 - 1
        })
    }
}

/// The one writer of an index; it holds the index's lock.
fn writer(index: &Index) -> Result<IndexWriter, SearchError> {
    // One thread: documents of a file stay together, and a small change makes one segment.
    Ok(index.writer_with_num_threads(1, ARENA_BYTES)?)
}

fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::default();
    manager.register("code", CodeTokenizer::default());
    manager
}
