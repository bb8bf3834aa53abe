//! Which name stands at a reference, and how far does it reach?

use lodemap_engine::facts::{Chain, FileFacts, NONE, NameIx, Ref};
use lodemap_engine::grammar::{ImportStyle, spec};

/// The name of what is referred to; `None` where no name leads there.
pub(crate) fn name<'f>(facts: &'f FileFacts, reference: &Ref) -> Option<&'f str> {
    match facts.chains.at(reference.chain) {
        Chain::Name { name, .. } | Chain::Member { name, .. } | Chain::Path { name, .. } => {
            Some(facts.names.get(name))
        }
        Chain::Symbol(s) => Some(facts.name_of(s)),
        Chain::Import(i) => {
            let i = &facts.imports.at(i);
            let name = if i.name != NONE { Some(i.name) } else { i.path.last().copied() };
            Some(name.map_or("", |n| facts.names.get(n)))
        }
        Chain::ImportPath { import, segments } => {
            let path = &facts.imports.at(import).path;
            Some(path.get(segments as usize - 1).map_or("", |n| facts.names.get(*n)))
        }
        _ => None,
    }
}

/// How many bytes are written at a reference, as far as facts know.
///
/// An alias is written otherwise than the name that it stands for, and the path of a file in one piece.
pub(crate) fn width(facts: &FileFacts, reference: &Ref) -> u32 {
    let len = |n: NameIx| facts.names.get(n).len() as u32;
    match facts.chains.at(reference.chain) {
        Chain::Import(i) => {
            let import = &facts.imports.at(i);
            let in_statement = reference.at == import.at && import.name != NONE;
            // `import x from "m"` takes what the module calls `default`.
            let is_written = in_statement && facts.names.get(import.name) != "default";
            let written = [if is_written { import.name } else { import.bound }, import.name];
            let written = written.into_iter().chain(import.path.last().copied()).find(|n| *n != NONE);
            written.map_or(0, len)
        }
        Chain::ImportPath { import, segments } => {
            let path = &facts.imports.at(import).path;
            let path = &path[..(segments as usize).min(path.len())];
            if paths_are_texts(facts) {
                path.iter().map(|n| len(*n) + 1).sum::<u32>().saturating_sub(1)
            } else {
                path.last().map_or(0, |n| len(*n))
            }
        }
        _ => name(facts, reference).map_or(0, |n| n.len() as u32),
    }
}

/// Whether the text at a reference covers `offset`.
pub(crate) fn covers(facts: &FileFacts, reference: &Ref, offset: u32) -> bool {
    reference.at <= offset && offset - reference.at < width(facts, reference)
}

/// Whether an import names a file or folder by one text in quotes.
pub(crate) fn paths_are_texts(facts: &FileFacts) -> bool {
    let style = spec(facts.lang).conventions.imports;
    matches!(style, ImportStyle::Relative | ImportStyle::Package | ImportStyle::Include)
}
