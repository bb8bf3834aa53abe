//! Parsing with limits that are a function of the bytes.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use rustc_hash::FxHashMap;
use tree_sitter::{ParseOptions, ParseState, Parser, Range, Tree};

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
    parse_ranges(spec, source, &[], source.len(), &mut |_| false)
}

/// Parses a part of `source` as if it stood alone; places are those in the whole.
pub fn parse_part(spec: &LangSpec, source: &[u8], part: Range) -> ParseOutcome {
    parse_ranges(spec, source, &[part], part.end_byte - part.start_byte, &mut |_| false)
}

/// Parses what lies in these ranges as if it were a text of its own; places are those in the whole.
///
/// `unsound` counts such texts in which an error was met, to be shared by those that are parsed for one purpose: with
/// more than one of them, which of them ever comes to its end, nobody gets a tree.
pub fn parse_piece(spec: &LangSpec, source: &[u8], ranges: &[Range], unsound: &AtomicUsize) -> Option<Tree> {
    let bytes = ranges.iter().map(|r| r.end_byte - r.start_byte).sum();
    let mut met = false;
    let mut meet = |met_now: bool| {
        if met_now && !std::mem::replace(&mut met, true) {
            unsound.fetch_add(1, Relaxed);
        }
        unsound.load(Relaxed) > 1
    };
    match parse_ranges(spec, source, ranges, bytes, &mut |state| meet(state.has_error())) {
        ParseOutcome::Tree(tree) => (!meet(tree.root_node().has_error())).then_some(tree),
        ParseOutcome::TooMuchWork => None,
    }
}

fn parse_ranges(
    spec: &LangSpec,
    source: &[u8],
    ranges: &[Range],
    bytes: usize,
    is_off: &mut dyn FnMut(&ParseState) -> bool,
) -> ParseOutcome {
    PARSERS.with_borrow_mut(|parsers| {
        let parser = parsers.entry(spec.lang).or_insert_with(|| {
            let mut parser = Parser::new();
            parser.set_language(&spec.language()).expect("the runtime supports every linked grammar");
            parser
        });
        parser.set_included_ranges(ranges).expect("ranges are in order");
        let limit = report_limit(bytes);
        let mut reports = 0;
        let mut progress = |state: &ParseState| {
            reports += 1;
            if reports > limit || is_off(state) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
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
