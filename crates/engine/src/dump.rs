//! The canonical dump: every table as text, in an order that depends on names alone.
//!
//! Two states are the same if and only if their dumps are. Rows are `table<TAB>fields`, files by path, within
//! a file by position; no slot number ever shows.

use std::fmt::Write as _;
use std::io::{self, Write};

use lodemap_base::FileId;
use lodemap_facts::{Chain, FileFacts, NONE};
use lodemap_graph::{ChainAnswer, Target};
use rayon::prelude::*;

use crate::nodes::NodeKind;
use crate::snapshot::Snapshot;

impl Snapshot {
    /// Writes the canonical dump.
    pub fn dump(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "lodemap dump 1")?;
        for (path, manifest) in self.world.manifests() {
            writeln!(out, "manifest\t{path}\t{manifest:?}")?;
        }
        let mut files: Vec<FileId> = self.world.files().map(|f| f.id).collect();
        files.sort_by(|a, b| self.world.file(*a).path.cmp(&self.world.file(*b).path));
        // In batches, so that a kernel's dump need not fit into memory.
        for batch in files.chunks(512) {
            let texts: Vec<String> = batch.par_iter().map(|id| self.dump_file(*id)).collect();
            for text in texts {
                out.write_all(text.as_bytes())?;
            }
        }
        let mut names: Vec<(u64, u64)> = self
            .nodes
            .iter()
            .filter_map(|(node, kind)| match kind {
                NodeKind::Name(key) => Some((key, self.score(node))),
                _ => None,
            })
            .collect();
        names.sort_unstable();
        for (key, score) in names {
            let named = self.by_place(self.world.named(key));
            let targets: Vec<String> = named.iter().map(|s| self.symbol_name(*s)).collect();
            writeln!(out, "name\t{key:016x}\t{score}\t{}", targets.join(" "))?;
        }
        out.flush()
    }

    fn dump_file(&self, id: FileId) -> String {
        let mut out = String::new();
        self.write_file(id, &mut out).expect("writing to a string cannot fail");
        out
    }

    fn write_file(&self, id: FileId, out: &mut String) -> std::fmt::Result {
        let file = self.world.file(id);
        let (facts, path) = (&*file.facts, &file.path);
        let h = &facts.hashes;
        writeln!(
            out,
            "file\t{path}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            file.spec().name,
            facts.level.as_str(),
            file.class.0,
            h.content,
            h.sig,
            h.refs,
            h.text,
            h.pos,
            self.score(self.nodes.file(id))
        )?;
        for p in &facts.problems {
            writeln!(out, "problem\t{path}\t{p}")?;
        }
        if let Some(place) = self.world.place(id) {
            let parent = place.parent.map(|(f, s)| format!("{} {s}", self.world.file(f).path));
            let root = &self.world.file(place.root).path;
            writeln!(out, "place\t{path}\t{root}\t{}", parent.as_deref().unwrap_or("-"))?;
        }
        for (ix, s) in facts.symbols.iter().enumerate() {
            let score = self.nodes.symbol(file.symbols[ix]).map_or(0, |n| self.score(n));
            writeln!(
                out,
                "symbol\t{}\t{}\t{}\t{}\t{}-{}\t{}\t{}\t{}\t{score}",
                self.symbol_name(file.symbols[ix]),
                s.kind.as_str(),
                s.visibility.as_str(),
                s.flags.0,
                s.span.start,
                s.span.end,
                s.name_at,
                facts.signature_of(&s).unwrap_or("-"),
                show(facts, s.ty),
            )?;
        }
        for i in facts.imports.iter() {
            let text = |n: u32| if n == NONE { "-" } else { facts.names.get(n) };
            let segments: Vec<&str> = i.path.iter().map(|n| text(*n)).collect();
            writeln!(
                out,
                "import\t{path}\t{}\t{:?}\t{}\t{}\t{}\t{}\t{}",
                i.at,
                i.kind,
                i.level,
                segments.join(" "),
                text(i.name),
                text(i.bound),
                i.reexport
            )?;
        }
        for b in &facts.bases {
            writeln!(
                out,
                "base\t{}\t{}",
                self.symbol_name(file.symbols[b.symbol as usize]),
                show(facts, b.chain)
            )?;
        }
        self.write_references(id, out)
    }

    fn write_references(&self, id: FileId, out: &mut String) -> std::fmt::Result {
        let file = self.world.file(id);
        let (facts, resolved) = (&*file.facts, self.resolved(id));
        for r in &facts.refs {
            write!(out, "ref\t{}\t{}\t{}\t{}", file.path, r.at, r.kind.as_str(), show(facts, r.chain))?;
            match resolved.answer(r.chain) {
                ChainAnswer::Nothing => out.push_str("\t-"),
                ChainAnswer::External => out.push_str("\texternal"),
                ChainAnswer::Name(key) => write!(out, "\tname {key:016x}")?,
                ChainAnswer::Targets { start, len, rule } => {
                    write!(out, "\t{}", rule.as_str())?;
                    for t in resolved.targets(start, len) {
                        match t {
                            Target::Symbol(s) => write!(out, "\t{}", self.symbol_name(s))?,
                            Target::File(f) => write!(out, "\t{}", self.world.file(f).path)?,
                        }
                    }
                }
            }
            out.push('\n');
        }
        let mut lookups = xxhash_rust::xxh3::Xxh3::new();
        resolved.lookups.iter().for_each(|l| lookups.update(&l.to_le_bytes()));
        writeln!(out, "lookups\t{}\t{}\t{:016x}", file.path, resolved.lookups.len(), lookups.digest())
    }
}

/// A chain as text. What is very long is cut: chains share their parts, and their texts would not.
fn show(facts: &FileFacts, chain: u32) -> String {
    let mut budget = 400;
    show_part(facts, chain, &mut budget)
}

fn show_part(facts: &FileFacts, chain: u32, budget: &mut u32) -> String {
    if chain == NONE {
        return "-".into();
    }
    if *budget == 0 {
        return "…".into();
    }
    *budget -= 1;
    let name = |n: u32| facts.names.get(n);
    let mut of = |chain: u32| show_part(facts, chain, budget);
    match facts.chains.at(chain) {
        Chain::Unknown => "?".into(),
        Chain::Name { scope, name: n } => format!("{}@{scope}", name(n)),
        Chain::Symbol(s) => format!("<{}>", facts.qualified(s, ".")),
        Chain::Import(i) => format!("import:{i}"),
        Chain::ImportPath { import, segments } => format!("import:{import}/{segments}"),
        Chain::Local(b) => {
            let b = &facts.bindings.at(b);
            format!("local({}: {} = {})", name(b.name), of(b.ty), of(b.value))
        }
        Chain::SelfValue(s) => format!("self<{}>", facts.name_of(s)),
        Chain::Super(s) => format!("super<{}>", facts.name_of(s)),
        Chain::Builtin(n) => format!("#{}", name(n)),
        Chain::Member { base, name: n } => format!("{}.{}", of(base), name(n)),
        Chain::Path { base, name: n } => format!("{}::{}", of(base), name(n)),
        Chain::Call(b) => format!("{}()", of(b)),
        Chain::Index(b) => format!("{}[]", of(b)),
        Chain::Await(b) => format!("await {}", of(b)),
        Chain::Try(b) => format!("{}?", of(b)),
        Chain::Generic { base, argument } => format!("{}<{}>", of(base), of(argument)),
        Chain::Either { base, other } => format!("({} | {})", of(base), of(other)),
        Chain::Except { base, other } => format!("({} but {})", of(base), of(other)),
        Chain::Element(b) => format!("each {}", of(b)),
        Chain::Enter(b) => format!("enter {}", of(b)),
        Chain::Of(b) => format!(":{}", of(b)),
        Chain::Part { base, index } => format!("{}@{index}", of(base)),
        Chain::Payload { base, value } => format!("{} out of {}", of(base), of(value)),
    }
}
