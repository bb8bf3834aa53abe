//! Parsing with limits that are a function of the bytes.

use std::cell::RefCell;
use std::ops::ControlFlow;

use rustc_hash::FxHashMap;
use tree_sitter::{ParseOptions, Parser, Range, Tree};

use crate::lang::{Lang, LangSpec};

/// What came of a parse.
pub enum ParseOutcome {
    /// A tree; it may hold errors.
    Tree(Tree),
    /// The parser worked more than these bytes deserve.
    TooMuchWork,
}

thread_local! {
    static PARSERS: RefCell<FxHashMap<Lang, Parser>> = RefCell::default();
}

/// The runtime reports every hundred operations; a well-formed file needs about one report for 30 to 60 bytes
/// (measured on Django, ruff and the kernel). Twenty times that is a pathology, whatever the machine's speed.
fn report_limit(bytes: usize) -> usize {
    2_000 + bytes
}

/// Parses `source` from scratch on this thread's parser.
///
/// Counting the parser's own progress reports instead of time makes the verdict a function of the bytes.
pub fn parse(spec: &LangSpec, source: &[u8]) -> ParseOutcome {
    parse_ranges(spec, source, &[], source.len())
}

/// Parses a part of `source` as if it stood alone; places are those in the whole.
pub fn parse_part(spec: &LangSpec, source: &[u8], part: Range) -> ParseOutcome {
    parse_ranges(spec, source, &[part], part.end_byte - part.start_byte)
}

fn parse_ranges(spec: &LangSpec, source: &[u8], ranges: &[Range], bytes: usize) -> ParseOutcome {
    PARSERS.with_borrow_mut(|parsers| {
        let parser = parsers.entry(spec.lang).or_insert_with(|| {
            let mut parser = Parser::new();
            parser.set_language(&spec.language()).expect("the runtime supports every linked grammar");
            parser
        });
        parser.set_included_ranges(ranges).expect("there is one range at most");
        let limit = report_limit(bytes);
        let mut reports = 0;
        let mut progress = |_: &tree_sitter::ParseState| {
            reports += 1;
            if reports > limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let options = ParseOptions::new().progress_callback(&mut progress);
        let mut read = |offset: usize, _| source.get(offset..).unwrap_or(&[]);
        let tree = parser.parse_with_options(&mut read, None, Some(options));
        tree.map_or_else(
            || {
                parser.reset();
                ParseOutcome::TooMuchWork
            },
            ParseOutcome::Tree,
        )
    })
}
