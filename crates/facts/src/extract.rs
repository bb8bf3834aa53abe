//! From bytes to facts: decode, guard, parse, one walk over the fresh tree, finish.

mod bind;
mod call;
mod cursor;
mod define;
mod export;
mod expr;
mod finish;
mod flags;
mod guard;
mod import;
mod macros;
mod parts;
mod pattern;
mod pieces;
mod quoted;
mod signature;
mod tokens;
mod walk;

use lodemap_base::{ContentHash, Span};
use lodemap_grammar::{GuardVerdict, Lang, guard, spec};

use crate::codec::encode_draft;
use crate::draft::Draft;
use crate::hashes::{self, Hashes};
use crate::model::{ExportList, FileFacts, Level, Problem};
use crate::names::Names;
use crate::source::{Encoding, Source};

/// Extracts the facts of `bytes` read as `lang`. Total: any bytes give facts.
pub fn facts_of(lang: Lang, bytes: &[u8]) -> FileFacts {
    facts_in_pieces(lang, bytes, pieces::count(bytes.len()), 1)
}

/// The same facts sooner, where somebody waits for one large file: walked in so many parts by the threads around.
pub fn facts_in_parts(lang: Lang, bytes: &[u8], parts: usize) -> FileFacts {
    facts_in_pieces(lang, bytes, pieces::count(bytes.len()), parts)
}

/// What [`facts_in_parts`] would give if texts were parsed in at most so many pieces, for tests: in a text without errors
/// it is the same for any number.
pub fn facts_in_pieces(lang: Lang, bytes: &[u8], pieces: usize, parts: usize) -> FileFacts {
    extract(lang, bytes, pieces, parts).pack()
}

/// The same facts, in so many parts, as [`encode`](crate::encode) gives them.
pub fn encoded_facts(lang: Lang, bytes: &[u8], parts: usize) -> Vec<u8> {
    encode_draft(extract(lang, bytes, pieces::count(bytes.len()), parts))
}

/// The facts of a file that is kept from the parser because it is known to kill it, for this reason.
pub fn facts_of_quarantined(lang: Lang, bytes: &[u8], why: &str) -> FileFacts {
    let source = Source::decode(bytes);
    let mut problems = source.as_ref().map_or_else(Vec::new, |s| problems_of(s.encoding));
    problems.push(Problem::Quarantined(why.into()));
    without_tree(lang, ContentHash::of(bytes), source.as_ref(), Level::Quarantined, problems).pack()
}

fn problems_of(encoding: Encoding) -> Vec<Problem> {
    match encoding {
        Encoding::Utf8 => vec![],
        Encoding::Utf16 => vec![Problem::Utf16],
        Encoding::Bytes => vec![Problem::NotUtf8],
    }
}

fn extract(lang: Lang, bytes: &[u8], pieces: usize, parts: usize) -> Draft {
    let content = || ContentHash::of(bytes);
    let Some(source) = Source::decode(bytes) else {
        return without_tree(lang, content(), None, Level::Binary, vec![Problem::Binary]);
    };
    let mut problems = problems_of(source.encoding);
    let spec = spec(lang);
    match guard(spec, &source.text) {
        GuardVerdict::Parse => {}
        GuardVerdict::Lexical(why) => {
            problems.push(Problem::Lexical(why.into()));
            return without_tree(lang, content(), Some(&source), Level::Lexical, problems);
        }
        GuardVerdict::Quarantine(why) => {
            problems.push(Problem::Quarantined(why.into()));
            return without_tree(lang, content(), Some(&source), Level::Quarantined, problems);
        }
    }
    let of_text = || (content(), source.lines(), hashes::words(&source.text));
    let parsed = || pieces::parsed(spec, &source.text, pieces, parts > 1);
    let (parsed, of_text) = if parts > 1 { rayon::join(parsed, of_text) } else { (parsed(), of_text()) };
    let Some(parsed) = parsed else {
        problems.push(Problem::Lexical("more work for the parser than its size explains".into()));
        return without_tree(lang, content(), Some(&source), Level::Lexical, problems);
    };
    let mut facts = if parts > 1 {
        parts::walk_in_parts(spec, &source.text, &parsed, parts)
    } else {
        walk::walk(spec, &source.text, &parsed)
    };
    facts.problems.splice(0..0, problems);
    (facts.hashes.content, facts.lines, facts.hashes.text) = of_text;
    if let Some(first_line) = parsed.first_error_line() {
        facts.problems.push(Problem::SyntaxErrors { first_line });
    }
    for p in &mut facts.problems {
        if let Problem::TooDeep { first_line } = p {
            *first_line = facts.lines.line(*first_line);
        }
    }
    if parts > 1 {
        // Freeing large trees takes a while, and nobody has to wait for it.
        rayon::spawn(move || drop(parsed));
    }
    hashes::fill(&mut facts);
    facts
}

/// Facts of a file that no tree was built for.
fn without_tree(
    lang: Lang,
    content: ContentHash,
    source: Option<&Source<'_>>,
    level: Level,
    problems: Vec<Problem>,
) -> Draft {
    let mut facts = Draft {
        lang,
        level,
        problems,
        hashes: Hashes { content, ..Hashes::default() },
        bytes: source.map_or(0, |s| s.text.len() as u32),
        lines: source.map(Source::lines).unwrap_or_default(),
        doc: Span::default(),
        names: Names::default(),
        signatures: Default::default(),
        scopes: vec![walk::FILE_SCOPE],
        symbols: vec![],
        imports: vec![],
        bindings: vec![],
        chains: vec![],
        refs: vec![],
        bases: vec![],
        returns: vec![],
        parameters: vec![],
        inputs: vec![],
        exports: ExportList::Public,
    };
    facts.hashes.text = hashes::words(source.map_or(&[], |s| &s.text));
    hashes::fill(&mut facts);
    facts
}
