//! How facts are written down: for samples, and for people who write rules.

use lodemap_base::Span;
use lodemap_facts::{
    BindTarget, Chain, ChainIx, ExportList, FileFacts, Import, ImportKind, NONE, Ref, SymbolFlags,
};
use lodemap_grammar::tree_sitter::TreeCursor;
use lodemap_grammar::{BindMode, RefKind};
use std::fmt::Write;

/// Between the names of a qualified name.
const SEPARATOR: &str = ".";

fn name(f: &FileFacts, ix: u32) -> &str {
    if ix == NONE { "" } else { f.names.get(ix) }
}

/// A chain as text: `a.b`, `a::b`, `f()`, `x[]`, `await x`, `x?`, `List<T>`, `?` for what is not known,
/// `self<Type>` for the receiver, `#str` for a type of the language, `local:f` for a definition inside a
/// function, `<path>` for what a function imports, `name@Scope` for look-ups that begin in a scope other than
/// the file's, and `x{…}` for a local value, with what its binding reveals: `:` a type, `=` a value, `in` what
/// it is an element of, `with` what it was opened as.
pub(super) fn chain(f: &FileFacts, ix: ChainIx) -> String {
    if ix == NONE {
        return "-".into();
    }
    let of = |ix| chain(f, ix);
    match f.chains.at(ix) {
        Chain::Unknown => "?".into(),
        Chain::Name { scope, name: n } => match f.scopes.at(scope).symbol {
            NONE => name(f, n).into(),
            symbol => format!("{}@{}", name(f, n), f.qualified(symbol, SEPARATOR)),
        },
        Chain::Symbol(s) => format!("local:{}", f.name_of(s)),
        Chain::Import(i) => format!("<{}>", path(f, &f.imports.at(i), None)),
        Chain::ImportPath { import, segments } => {
            format!("path {}", path(f, &f.imports.at(import), Some(segments as usize)))
        }
        Chain::Local(b) => {
            let b = &f.bindings.at(b);
            let mut says = String::new();
            if b.ty != NONE {
                let _ = write!(says, ":{}", of(b.ty));
            }
            if b.value != NONE {
                let word = match b.mode {
                    BindMode::For => "in ",
                    BindMode::With => "with ",
                    _ => "=",
                };
                let _ = write!(says, "{word}{}", of(b.value));
            }
            format!("{}{{{says}}}", name(f, b.name))
        }
        Chain::SelfValue(s) => format!("self<{}>", f.qualified(s, SEPARATOR)),
        Chain::Super(s) => format!("super<{}>", f.qualified(s, SEPARATOR)),
        Chain::Builtin(n) => format!("#{}", name(f, n)),
        Chain::Member { base, name: n } => format!("{}.{}", of(base), name(f, n)),
        Chain::Path { base, name: n } => format!("{}::{}", of(base), name(f, n)),
        Chain::Call(b) => format!("{}()", of(b)),
        Chain::Index(b) => format!("{}[]", of(b)),
        Chain::Await(b) => format!("await {}", of(b)),
        Chain::Try(b) => format!("{}?", of(b)),
        Chain::Generic { base, argument } => {
            let base = of(base);
            match base.strip_suffix('>') {
                Some(open)
                    if matches!(
                        f.chains.at(ix).base().map(|b| f.chains.at(b)),
                        Some(Chain::Generic { .. })
                    ) =>
                {
                    format!("{open}, {}>", of(argument))
                }
                _ => format!("{base}<{}>", of(argument)),
            }
        }
        Chain::Either { base, other } => format!("({} | {})", of(base), of(other)),
        Chain::Except { base, other } => format!("({} but {})", of(base), of(other)),
        Chain::Element(b) => format!("each {}", of(b)),
        Chain::Enter(b) => format!("enter {}", of(b)),
        Chain::Of(b) => format!(":{}", of(b)),
        Chain::Part { base, index } => format!("{}@{index}", of(base)),
        Chain::Payload { base, value } => format!("{} out of {}", of(base), of(value)),
    }
}

fn path(f: &FileFacts, i: &Import, segments: Option<usize>) -> String {
    let separator = &lodemap_grammar::spec(f.lang).conventions.separator;
    let all: Vec<&str> = i.path.iter().map(|n| name(f, *n)).take(segments.unwrap_or(usize::MAX)).collect();
    let mut out = if matches!(i.kind, ImportKind::Include | ImportKind::File) {
        String::new()
    } else {
        ".".repeat(i.level.into())
    };
    out += &all.join(separator);
    if i.name != NONE && segments.is_none() {
        let _ = write!(out, " {}", name(f, i.name));
    }
    out
}

/// `import PATH [NAME] [all|include|quoted include|file|crate] [as BOUND] [reexport]`.
pub(super) fn import(f: &FileFacts, i: &Import) -> String {
    let mut out = format!("import {}", path(f, i, None));
    let word = match i.kind {
        ImportKind::Module | ImportKind::Name => "",
        ImportKind::All => " all",
        ImportKind::Include if i.level > 0 => " quoted include",
        ImportKind::Include => " include",
        ImportKind::File if i.level > 0 => " file with macros",
        ImportKind::File => " file",
        ImportKind::Crate => " crate",
    };
    out += word;
    if i.bound != NONE {
        let _ = write!(out, " as {}", name(f, i.bound));
    }
    if i.scope == NONE {
        out += " local";
    }
    if i.reexport {
        out += " reexport";
    }
    out
}

/// `define KIND QUALIFIED [private|package] [test] [doc] [decorated] [declared] [static] [: TYPE] [< BASES]`;
/// public goes without saying.
pub(super) fn define(f: &FileFacts, ix: u32) -> String {
    let s = &f.symbols.at(ix);
    let mut out = format!("define {} {}", s.kind.as_str(), f.qualified(ix, SEPARATOR));
    if s.visibility.as_str() != "public" {
        let _ = write!(out, " {}", s.visibility.as_str());
    }
    let flags = [
        (SymbolFlags::TEST, "test"),
        (SymbolFlags::DECORATED, "decorated"),
        (SymbolFlags::DECLARATION, "declared"),
        (SymbolFlags::STATIC, "static"),
    ];
    if s.doc != Span::default() {
        out += " doc";
    }
    for (_, word) in flags.iter().filter(|(flag, _)| s.flags.has(*flag)) {
        let _ = write!(out, " {word}");
    }
    if s.ty != NONE {
        let _ = write!(out, " : {}", chain(f, s.ty));
    }
    let bases: Vec<_> = f.bases.iter().filter(|b| b.symbol == ix).map(|b| chain(f, b.chain)).collect();
    if !bases.is_empty() {
        let _ = write!(out, " < {}", bases.join(", "));
    }
    out
}

/// `KIND CHAIN`.
pub(super) fn reference(f: &FileFacts, r: &Ref) -> String {
    format!("{} {}", r.kind.as_str(), chain(f, r.chain)).trim_end().into()
}

/// `exports public|unknown|NAMES`.
pub(super) fn exports(f: &FileFacts) -> String {
    match &f.exports {
        ExportList::Public => "exports public".into(),
        ExportList::Unknown => "exports unknown".into(),
        ExportList::Listed(names) => {
            let names: Vec<_> = names.iter().map(|n| name(f, *n)).collect();
            format!("exports {}", names.join(" ")).trim_end().into()
        }
    }
}

/// All facts of a file, for reading.
pub(super) fn facts(f: &FileFacts) -> String {
    let mut out = String::new();
    let place = |at: u32| {
        let p = f.lines.position(at);
        format!("{}:{}", p.line, p.col)
    };
    let _ = writeln!(out, "{}, {} bytes, {}", f.level.as_str(), f.bytes, exports(f));
    f.problems.iter().for_each(|p| _ = writeln!(out, "problem: {p}"));
    if f.doc != Span::default() {
        let _ = writeln!(out, "doc: {} to {}", place(f.doc.start), place(f.doc.end));
    }
    out += "\ndefinitions\n";
    for (ix, s) in f.symbols.iter().enumerate() {
        let _ = write!(out, "{:>8} {}", place(s.name_at), define(f, ix as u32));
        if s.duplicate > 0 {
            let _ = write!(out, " #{}", s.duplicate);
        }
        if let Some(signature) = f.signature_of(&s) {
            let _ = write!(out, "  | {signature}");
        }
        out.push('\n');
    }
    out += "\nimports\n";
    f.imports.iter().for_each(|i| _ = writeln!(out, "{:>8} {}", place(i.at), import(f, &i)));
    out += "\nreferences\n";
    for r in &f.refs {
        let owner = if r.owner == NONE { "file".into() } else { f.qualified(r.owner, SEPARATOR) };
        let _ = writeln!(out, "{:>8} {}  in {owner}", place(r.at), reference(f, &r));
    }
    out += "\nbindings\n";
    for b in f.bindings.iter().filter(|b| b.scope != NONE) {
        let symbol = f.scopes.at(b.scope).symbol;
        let scope = if symbol == NONE { "file".into() } else { f.qualified(symbol, SEPARATOR) };
        let target = match b.target {
            BindTarget::Symbol(s) => define(f, s),
            BindTarget::Import(i) => import(f, &f.imports.at(i)),
            BindTarget::Value | BindTarget::Parameter(_) => {
                format!("value : {} = {}", chain(f, b.ty), chain(f, b.value))
            }
        };
        let _ = writeln!(out, "{:>8} {}: {target}", scope, name(f, b.name));
    }
    out
}

/// Whether a reference only points into an import statement, whose own form says more.
pub(super) fn is_import_part(f: &FileFacts, r: &Ref) -> bool {
    r.kind == RefKind::Import && matches!(f.chains.at(r.chain), Chain::Import(_) | Chain::ImportPath { .. })
}

/// A syntax tree with fields, one named node a line.
pub(super) fn tree(mut c: TreeCursor<'_>, text: &[u8]) -> String {
    let mut out = String::new();
    let mut depth = 0;
    loop {
        let node = c.node();
        if node.is_named() {
            let field = c.field_name().map(|f| format!("{f}: ")).unwrap_or_default();
            let _ = write!(out, "{}{field}{}", "  ".repeat(depth), node.kind());
            if node.named_child_count() == 0 {
                let text = String::from_utf8_lossy(&text[node.byte_range()]);
                let _ = write!(out, " {:?}", text.chars().take(60).collect::<String>());
            }
            out.push('\n');
        }
        if c.goto_first_child() {
            depth += 1;
            continue;
        }
        while !c.goto_next_sibling() {
            if !c.goto_parent() {
                return out;
            }
            depth -= 1;
        }
    }
}
