//! Facts and edges as lines of JSON.

use std::io::{self, Write};

use lodemap_engine::Snapshot;
use lodemap_engine::facts::{NONE, Symbol};
use lodemap_engine::graph::{FileEntry, Rule};
use serde::Serialize;
use serde_json::json;

use crate::reference;

/// Writes one object a file.
pub fn export_facts(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    for file in by_path(snapshot) {
        let facts = &file.facts;
        let h = &facts.hashes;
        let symbols: Vec<_> =
            facts.symbols.iter().enumerate().map(|(ix, s)| symbol(snapshot, file, ix, &s)).collect();
        let imports: Vec<_> = facts
            .imports
            .iter()
            .map(|i| {
                let name = |n: u32| (n != NONE).then(|| facts.names.get(n));
                let path: Vec<&str> = i.path.iter().map(|n| facts.names.get(*n)).collect();
                let at = facts.lines.position(i.at);
                json!({
                    "kind": format!("{:?}", i.kind).to_lowercase(), "level": i.level, "path": path,
                    "name": name(i.name), "bound": name(i.bound), "reexport": i.reexport, "line": at.line,
                })
            })
            .collect();
        let problems: Vec<String> = facts.problems.iter().map(ToString::to_string).collect();
        let row = json!({
            "path": file.path, "lang": file.spec().name, "level": facts.level.as_str(),
            "hash": {
                "content": h.content.to_string(), "sig": h.sig.to_string(), "refs": h.refs.to_string(),
                "text": h.text.to_string(), "pos": h.pos.to_string(),
            },
            "symbols": symbols, "imports": imports, "references": facts.refs.len(), "problems": problems,
        });
        writeln!(out, "{row}")?;
    }
    out.flush()
}

fn symbol(snapshot: &Snapshot, file: &FileEntry, ix: usize, s: &Symbol) -> serde_json::Value {
    let facts = &file.facts;
    json!({
        "id": snapshot.symbol_name(file.symbols[ix]), "name": facts.names.get(s.name),
        "qualified": facts.qualified(ix as u32, "."), "kind": s.kind.as_str(),
        "visibility": s.visibility.as_str(), "line": facts.lines.line(s.name_at),
        "end_line": facts.lines.line(s.span.end.saturating_sub(1)),
        "signature": facts.signature_of(s),
    })
}

#[derive(Serialize)]
struct EdgeRow<'a> {
    path: &'a str,
    line: u32,
    col: u32,
    name: &'a str,
    def_path: &'a str,
    def_line: u32,
    kind: &'a str,
    tier: &'a str,
    rule: &'a str,
    /// How often such edges are right, to two decimals; never said to be certain.
    p: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    candidates: Option<usize>,
}

/// Writes one object for each reference that leads to a definition of the repository.
pub fn export_edges(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    for file in by_path(snapshot) {
        let facts = &file.facts;
        let mut result = Ok(());
        snapshot.edges_of(file.id, |edge| {
            // One of several definitions that share a name is a guess, and no edge. This must not depend on a tier:
            // tiers follow from the rows that are printed here.
            let is_guess = edge.rule == Rule::Name && edge.candidates > 1;
            if result.is_err() || is_guess {
                return;
            }
            let Some(name) = reference::name(facts, &edge.reference) else { return };
            let at = facts.lines.position(edge.reference.at);
            let (def, def_line) = snapshot.target_line(edge.target);
            let row = EdgeRow {
                path: file.path.as_str(),
                line: at.line,
                col: at.col,
                name,
                def_path: def.path.as_str(),
                def_line,
                kind: edge.reference.kind.as_str(),
                tier: edge.tier.as_str(),
                rule: edge.rule.as_str(),
                p: f64::from(((edge.per_mille + 5) / 10).min(99)) / 100.0,
                candidates: (edge.candidates > 1).then_some(edge.candidates),
            };
            result =
                serde_json::to_writer(&mut *out, &row).map_err(io::Error::from).and_then(|()| writeln!(out));
        });
        result?;
    }
    out.flush()
}

pub(crate) fn by_path(snapshot: &Snapshot) -> Vec<&FileEntry> {
    let mut files: Vec<&FileEntry> = snapshot.world().files().map(|f| &**f).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}
