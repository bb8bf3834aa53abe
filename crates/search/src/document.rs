//! A file's text as documents.

use std::borrow::Cow;

use lodemap_base::Span;
use lodemap_facts::{FileFacts, Level, NONE, Source, Symbol, SymbolFlags};
use lodemap_grammar::SymbolKind;

/// The parts of a document that count differently.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// The symbol's name.
    Name,
    /// The file's path: of the document of a file's rest only.
    Path,
    /// What declares the symbol, and its documentation.
    Head,
    /// All other text.
    Body,
    /// What stands beside the code that does the work: tests in the same file.
    Aside,
}

/// How many there are.
pub const FIELDS: usize = 5;

impl Field {
    /// All of them, in the order of counts.
    pub const ALL: [Self; FIELDS] = [Self::Name, Self::Path, Self::Head, Self::Body, Self::Aside];
}

/// A symbol's own text, without that of other symbols in it; or what is left of a file.
#[derive(Debug)]
pub struct Document<'t> {
    /// The symbol's index in the facts, or [`NONE`] for the rest of the file.
    pub symbol: u32,
    /// Its texts, each piece in the order of the file.
    pub pieces: Vec<(Field, Cow<'t, str>)>,
    /// Where its text stands in that of the file, in order. Every byte of a file is in one document.
    pub spans: Vec<Span>,
    /// Bytes of its text.
    pub bytes: u32,
}

/// Whether a symbol of this kind is a document of its own. All others belong to the one around them.
pub fn is_document(kind: SymbolKind) -> bool {
    !kind.is_light() && kind != SymbolKind::Module
}

/// Whether a symbol is a document of its own: a module of tests is one too.
fn stands_alone(symbol: &Symbol) -> bool {
    is_document(symbol.kind) || (symbol.kind == SymbolKind::Module && symbol.flags.has(SymbolFlags::TEST))
}

/// The documents of a file at `path`, that of the rest last. A text that was not parsed, whatever the reason, is one document.
pub fn documents<'t>(
    path: &'t str,
    source: Option<&'t Source<'t>>,
    facts: &'t FileFacts,
) -> Vec<Document<'t>> {
    let rest =
        Document { symbol: NONE, pieces: vec![(Field::Path, Cow::Borrowed(path))], spans: vec![], bytes: 0 };
    let Some(source) = source else { return vec![rest] };
    let text: &[u8] = &source.text;
    let mut cutter = Cutter { text, facts, cursor: 0, open: vec![(rest, text.len() as u32)], done: vec![] };
    if facts.level == Level::Full {
        for (index, symbol) in facts.symbols.iter().enumerate() {
            // The documentation before a definition belongs to it.
            let is_before = symbol.doc.end > symbol.doc.start && symbol.doc.start < symbol.span.start;
            let start = if is_before { symbol.doc.start } else { symbol.span.start };
            if stands_alone(&symbol) {
                cutter.open(index as u32, Span { start, end: symbol.span.end });
            }
        }
    }
    cutter.finish()
}

/// Goes through the text once and gives each piece to the innermost open document.
struct Cutter<'t> {
    text: &'t [u8],
    facts: &'t FileFacts,
    cursor: u32,
    /// The documents around the cursor, and where they end.
    open: Vec<(Document<'t>, u32)>,
    done: Vec<Document<'t>>,
}

impl<'t> Cutter<'t> {
    fn open(&mut self, symbol: u32, span: Span) {
        self.close_until(span.start);
        self.take(span.start);
        let name = Cow::Borrowed(self.facts.name_of(symbol));
        let parent = self.facts.symbols.at(symbol).parent;
        let mut pieces = vec![(Field::Name, name)];
        if parent != NONE {
            pieces.push((Field::Head, Cow::Borrowed(self.facts.name_of(parent))));
        }
        self.open.push((Document { symbol, pieces, spans: vec![], bytes: 0 }, span.end));
    }

    /// Closes the documents that end before `at`; that of the rest stays.
    fn close_until(&mut self, at: u32) {
        while self.open.len() > 1
            && let Some((_, end)) = self.open.last()
            && *end <= at
        {
            let end = *end;
            self.take(end);
            self.done.extend(self.open.pop().map(|(document, _)| document));
        }
    }

    /// Gives the text up to `to` to the innermost document.
    fn take(&mut self, to: u32) {
        let to = to.min(self.text.len() as u32);
        let Some((document, _)) = self.open.last_mut() else { return };
        let (doc, body_at, is_test) = match document.symbol {
            NONE => (self.facts.doc, 0, false),
            symbol => {
                let symbol = self.facts.symbols.at(symbol);
                (symbol.doc, symbol.body_at, symbol.flags.has(SymbolFlags::TEST))
            }
        };
        while self.cursor < to {
            let from = self.cursor;
            let is_head = from < body_at || doc.contains(from);
            let field = match is_head {
                _ if is_test => Field::Aside,
                true => Field::Head,
                false => Field::Body,
            };
            let end = [body_at, doc.start, doc.end].into_iter().filter(|cut| *cut > from).fold(to, u32::min);
            let piece = String::from_utf8_lossy(&self.text[from as usize..end as usize]);
            document.pieces.push((field, piece));
            document.spans.push(Span { start: from, end });
            document.bytes += end - from;
            self.cursor = end;
        }
    }

    fn finish(mut self) -> Vec<Document<'t>> {
        self.close_until(u32::MAX);
        self.take(u32::MAX);
        self.done.extend(self.open.pop().map(|(document, _)| document));
        self.done
    }
}
