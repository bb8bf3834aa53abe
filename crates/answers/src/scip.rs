//! Everything that is known, as a SCIP index for code browsers and other tools.
//!
//! An index is one protobuf message, and such messages may be written in parts: first the metadata, then each
//! document as soon as it is made, so that a large repository needs little memory for it.

mod doc;
mod moniker;
mod package;
mod relations;

use std::io::{self, Write};

use lodemap_base::{ContentHash, RelPath, Span};
use lodemap_engine::Snapshot;
use lodemap_engine::facts::{FileFacts, NONE, Source, SymbolFlags};
use lodemap_engine::grammar::{RefKind, SymbolKind};
use lodemap_engine::graph::{FileClass, FileEntry, Target};
use protobuf::{EnumOrUnknown, Message, MessageField};
use scip::types::symbol_information::Kind;
use scip::types::{
    Document, Index, Metadata, Occurrence, PositionEncoding, ProtocolVersion, Signature, SymbolInformation,
    SymbolRole, TextEncoding, ToolInfo,
};

use crate::export::by_path;
use crate::{find, reference};
use moniker::Monikers;
use relations::Relations;

/// What a snapshot does not know.
pub struct ScipOptions<'a> {
    /// The absolute path of the root.
    pub root: &'a [u8],
    /// The version of this program.
    pub version: &'a str,
    /// Reads a file of the repository, for documentation and versions; `None` where it cannot be read.
    pub read: &'a dyn Fn(&RelPath) -> Option<Vec<u8>>,
}

/// Writes the index: definitions, and the references that were resolved or inferred.
pub fn export_scip(snapshot: &Snapshot, options: &ScipOptions<'_>, out: &mut dyn Write) -> io::Result<()> {
    let tool = ToolInfo { name: "lodemap".into(), version: options.version.into(), ..Default::default() };
    let metadata = Metadata {
        version: EnumOrUnknown::new(ProtocolVersion::UnspecifiedProtocolVersion),
        tool_info: MessageField::some(tool),
        project_root: file_uri(options.root),
        text_document_encoding: EnumOrUnknown::new(TextEncoding::UTF8),
        ..Default::default()
    };
    let head = Index { metadata: MessageField::some(metadata), ..Default::default() };
    out.write_all(&head.write_to_bytes()?)?;
    let monikers = Monikers::new(snapshot, options.read);
    let relations = Relations::new(snapshot);
    for file in by_path(snapshot) {
        let document = document(snapshot, file, options, &monikers, &relations);
        let part = Index { documents: vec![document], ..Default::default() };
        out.write_all(&part.write_to_bytes()?)?;
    }
    out.flush()
}

/// The absolute path of a folder as a URI.
fn file_uri(path: &[u8]) -> String {
    let mut out = String::from("file://");
    for b in path {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                out.push(*b as char)
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

fn document(
    snapshot: &Snapshot,
    file: &FileEntry,
    options: &ScipOptions<'_>,
    monikers: &Monikers,
    relations: &Relations,
) -> Document {
    let facts = &*file.facts;
    // A text that is another one by now would give wrong documentation: then there is none.
    let bytes = (options.read)(&file.path).filter(|b| ContentHash::of(b) == facts.hashes.content);
    let source = bytes.as_deref().and_then(Source::decode);
    let text = source.as_ref().map(|s| &*s.text);
    let language = language(&file.spec().name);
    let class = [(FileClass::TEST, SymbolRole::Test), (FileClass::GENERATED, SymbolRole::Generated)];
    let class = class.iter().filter(|(c, _)| file.class.has(*c)).map(|(_, role)| *role as i32).sum::<i32>();
    let mut occurrences = vec![Occurrence {
        range: vec![0, 0, 0],
        symbol: monikers.file(file.id).into(),
        symbol_roles: SymbolRole::Definition as i32 | class,
        enclosing_range: range(facts, Span { start: 0, end: facts.bytes }),
        ..Default::default()
    }];
    let mut symbols = vec![SymbolInformation {
        symbol: monikers.file(file.id).into(),
        documentation: doc::text(text, facts.doc).into_iter().collect(),
        kind: EnumOrUnknown::new(Kind::File),
        display_name: file.path.name().into(),
        ..Default::default()
    }];
    for (ix, s) in facts.symbols.iter().enumerate() {
        let id = file.symbols[ix];
        let Some(moniker) = monikers.symbol(id) else { continue };
        let name = facts.names.get(s.name);
        let is_test = s.flags.has(SymbolFlags::TEST) && class & SymbolRole::Test as i32 == 0;
        let test = if is_test { SymbolRole::Test as i32 } else { 0 };
        occurrences.push(Occurrence {
            range: range(facts, name_span(text, facts, s.name_at, name, name.len() as u32)),
            symbol: moniker.into(),
            symbol_roles: SymbolRole::Definition as i32 | class | test,
            enclosing_range: range(facts, s.span),
            ..Default::default()
        });
        let signature = (s.signature != NONE).then(|| Signature {
            language: language.into(),
            text: facts.signatures.get(s.signature).into(),
            ..Default::default()
        });
        symbols.push(SymbolInformation {
            symbol: moniker.into(),
            documentation: doc::text(text, s.doc).into_iter().collect(),
            relationships: relations.of(id, monikers),
            kind: EnumOrUnknown::new(kind(s.kind, s.flags)),
            display_name: name.into(),
            signature_documentation: MessageField::from_option(signature),
            ..Default::default()
        });
    }
    snapshot.edges_of(file.id, |edge| {
        let moniker = match edge.target {
            Target::Symbol(id) => monikers.symbol(id),
            Target::File(file) => Some(monikers.file(file)),
        };
        let Some(moniker) = moniker.filter(|_| find::is_sure(edge.tier)) else { return };
        let name = reference::name(facts, &edge.reference).unwrap_or_default();
        let width = reference::width(facts, &edge.reference);
        let span = name_span(text, facts, edge.reference.at, name, width);
        occurrences.push(Occurrence {
            range: range(facts, span),
            symbol: moniker.into(),
            symbol_roles: role(edge.reference.kind) | class,
            ..Default::default()
        });
    });
    Document {
        language: language.into(),
        relative_path: file.path.to_string(),
        occurrences,
        symbols,
        position_encoding: EnumOrUnknown::new(PositionEncoding::UTF8CodeUnitOffsetFromLineStart),
        ..Default::default()
    }
}

/// What is written at a place: the name itself, or the word that stands for it there.
fn name_span(text: Option<&[u8]>, facts: &FileFacts, at: u32, name: &str, width: u32) -> Span {
    let rest = text.and_then(|t| t.get(at as usize..)).unwrap_or_default();
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$') || *b >= 0x80;
    // `r#type` is called `type`.
    let raw = if rest.starts_with(b"r#") { 2 } else { 0 };
    let word = rest.iter().skip(raw).take_while(|b| is_word(b)).count() + raw;
    let is_one_text = width > name.len() as u32 && reference::paths_are_texts(facts);
    let width = match word {
        0 => width,
        _ if is_one_text || rest.starts_with(name.as_bytes()) && raw == 0 => width.max(1),
        word => word as u32,
    };
    Span { start: at, end: at + width }
}

/// A range as SCIP has it: from 0, three numbers on one line, else four. Every reader understands this form, few
/// yet the typed one.
fn range(facts: &FileFacts, span: Span) -> Vec<i32> {
    let (start, end) = (facts.lines.position(span.start), facts.lines.position(span.end));
    let [line, col, end_line, end_col] =
        [start.line, start.col, end.line, end.col].map(|n| n.saturating_sub(1) as i32);
    if line == end_line { vec![line, col, end_col] } else { vec![line, col, end_line, end_col] }
}

fn role(kind: RefKind) -> i32 {
    match kind {
        RefKind::Import => SymbolRole::Import as i32,
        RefKind::Read => SymbolRole::ReadAccess as i32,
        RefKind::Write => SymbolRole::WriteAccess as i32,
        _ => 0,
    }
}

fn kind(kind: SymbolKind, flags: SymbolFlags) -> Kind {
    match kind {
        SymbolKind::Function => Kind::Function,
        SymbolKind::Method if flags.has(SymbolFlags::STATIC) => Kind::StaticMethod,
        SymbolKind::Method => Kind::Method,
        SymbolKind::Class => Kind::Class,
        SymbolKind::Struct => Kind::Struct,
        SymbolKind::Enum => Kind::Enum,
        SymbolKind::Variant => Kind::EnumMember,
        SymbolKind::Union => Kind::Union,
        SymbolKind::Trait => Kind::Trait,
        SymbolKind::Interface => Kind::Interface,
        SymbolKind::Type => Kind::TypeAlias,
        SymbolKind::Field => Kind::Field,
        SymbolKind::Constant => Kind::Constant,
        SymbolKind::Variable => Kind::Variable,
        SymbolKind::Macro | SymbolKind::Define => Kind::Macro,
        SymbolKind::Module => Kind::Module,
        SymbolKind::Impl => Kind::UnspecifiedKind,
    }
}

/// The names of SCIP's list of languages, where it has one.
fn language(name: &str) -> &str {
    match name {
        "python" => "Python",
        "rust" => "Rust",
        "javascript" => "JavaScript",
        "typescript" => "TypeScript",
        "tsx" => "TypeScriptReact",
        "go" => "Go",
        "c" => "C",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_uris() {
        assert_eq!(file_uri(b"/a b/caf\xc3\xa9"), "file:///a%20b/caf%C3%A9");
    }
}
