//! The structure of one file.

use lodemap_base::RelPath;
use lodemap_engine::Snapshot;
use lodemap_engine::facts::NONE;
use serde::Serialize;

use crate::error::AnswerError;

/// A file's definitions, nested as in the text.
#[derive(Clone, Debug, Serialize)]
pub struct OutlineAnswer {
    /// The file.
    pub path: RelPath,
    /// Its language.
    pub lang: String,
    /// What limits what is known of it.
    pub problems: Vec<String>,
    /// The definitions at the top.
    pub symbols: Vec<OutlineSymbol>,
}

/// One definition.
#[derive(Clone, Debug, Serialize)]
pub struct OutlineSymbol {
    /// An id that can be retyped: `path#qualified`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: &'static str,
    /// Where its name stands, from 1.
    pub line: u32,
    /// Its last line.
    pub end_line: u32,
    /// Its signature; for a field or an enumerator its name.
    pub signature: String,
    /// What is defined in it.
    pub symbols: Vec<OutlineSymbol>,
}

/// The structure of the file at `path`.
pub fn outline(snapshot: &Snapshot, path: &RelPath) -> Result<OutlineAnswer, AnswerError> {
    let world = snapshot.world();
    let id = world.file_at(path.as_str()).ok_or_else(|| AnswerError::NoSuchFile(path.to_string()))?;
    let file = world.file(id);
    let facts = &file.facts;
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); facts.symbols.len()];
    let mut top = Vec::new();
    for (ix, s) in facts.symbols.iter().enumerate() {
        if s.parent == NONE { &mut top } else { &mut children[s.parent as usize] }.push(ix as u32);
    }
    // Parents come before their children, so building from the end needs no recursion.
    let mut built: Vec<Option<OutlineSymbol>> = vec![None; facts.symbols.len()];
    for ix in (0..facts.symbols.len()).rev() {
        let s = &facts.symbols.at(ix as u32);
        let inner = children[ix].iter().filter_map(|c| built[*c as usize].take()).collect();
        let name = facts.names.get(s.name).to_owned();
        let signature = facts.signature_of(s).unwrap_or(&name).to_owned();
        built[ix] = Some(OutlineSymbol {
            id: snapshot.symbol_name(file.symbols[ix]),
            name,
            kind: s.kind.as_str(),
            line: facts.lines.line(s.name_at),
            end_line: facts.lines.line(s.span.end.saturating_sub(1)),
            signature,
            symbols: inner,
        });
    }
    Ok(OutlineAnswer {
        path: path.clone(),
        lang: file.spec().name.clone(),
        problems: facts.problems.iter().map(ToString::to_string).collect(),
        symbols: top.into_iter().filter_map(|ix| built[ix as usize].take()).collect(),
    })
}

impl OutlineAnswer {
    /// An indented list for people and models.
    pub fn text(&self) -> String {
        let mut out = format!("{}\n", self.path);
        for p in &self.problems {
            out.push_str(&format!("  ! {p}\n"));
        }
        let mut todo: Vec<(usize, &OutlineSymbol)> = self.symbols.iter().rev().map(|s| (1, s)).collect();
        while let Some((depth, s)) = todo.pop() {
            let lines = if s.line == s.end_line {
                format!("L{}", s.line)
            } else {
                format!("L{}-{}", s.line, s.end_line)
            };
            let text = crate::select::line_text(depth, &s.signature, &lines);
            out.push_str(&text);
            todo.extend(s.symbols.iter().rev().map(|c| (depth + 1, c)));
        }
        out
    }
}
