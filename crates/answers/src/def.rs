//! Where is it defined?

use lodemap_base::RelPath;
use lodemap_engine::Snapshot;
use lodemap_engine::graph::Target;
use serde::Serialize;

use crate::code::add_code;
use crate::error::AnswerError;
use crate::find::{self, Prefer, Subject};
use crate::search::TextOf;

/// Definitions, best first.
#[derive(Clone, Debug, Serialize)]
pub struct DefAnswer {
    /// The definitions.
    pub targets: Vec<DefTarget>,
    /// How many there are beyond those that were asked for.
    #[serde(skip)]
    pub rest: usize,
}

/// One definition.
#[derive(Clone, Debug, Serialize)]
pub struct DefTarget {
    /// An id that can be retyped: `path#qualified`, or the path of a file.
    pub id: String,
    /// Its name with those of the definitions around it; that of a file.
    pub name: String,
    /// What it is.
    pub kind: &'static str,
    /// Its file.
    pub path: RelPath,
    /// Where its name stands, from 1.
    pub line: u32,
    /// From 1, in bytes.
    pub col: u32,
    /// Its last line.
    pub end_line: u32,
    /// Its signature.
    pub signature: String,
    /// How sure it is that this is meant.
    pub tier: &'static str,
    /// The rule by which it was found.
    pub rule: &'static str,
    /// Its code, line by line with numbers, if that was asked for; that of a long definition that holds others has
    /// only the lines with which these begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Vec<String>>,
}

impl DefTarget {
    /// The line of a definition has so many tokens at least: a path, two numbers, what it is and how it is called, two
    /// words in brackets, and all that stands between them.
    pub const LEAST_TOKENS: usize = 10;
}

/// Where what `subject` means is defined; at most so many definitions.
pub fn def(snapshot: &Snapshot, subject: &Subject, most: usize) -> Result<DefAnswer, AnswerError> {
    found(snapshot, subject, most).map(|(answer, _)| answer)
}

/// The same, with the code of the first of them where all `fit` beside each other: what is not shown is not read.
pub fn def_with_code(
    snapshot: &Snapshot,
    subject: &Subject,
    most: usize,
    fit: impl FnOnce(&DefAnswer) -> bool,
    texts: TextOf<'_>,
) -> Result<DefAnswer, AnswerError> {
    let (mut answer, targets) = found(snapshot, subject, most)?;
    if answer.rest == 0 && fit(&answer) {
        add_code(&mut answer, &targets, snapshot, texts);
    }
    Ok(answer)
}

fn found(
    snapshot: &Snapshot,
    subject: &Subject,
    most: usize,
) -> Result<(DefAnswer, Vec<Target>), AnswerError> {
    let mut meant = find::meant(snapshot, subject, Prefer::References)?;
    let rest = meant.len().saturating_sub(most);
    meant.truncate(most);
    let targets = meant.iter().map(|m| m.target).collect();
    let rows = meant.into_iter().map(|m| {
        let (tier, rule) = (m.tier.as_str(), m.rule);
        let mut row = row(snapshot, m.target);
        (row.tier, row.rule) = (tier, rule);
        row
    });
    Ok((DefAnswer { targets: rows.collect(), rest }, targets))
}

fn row(snapshot: &Snapshot, target: Target) -> DefTarget {
    let id = find::id(snapshot, target);
    let entry = snapshot.world().file(find::file_of(snapshot, target));
    let facts = &entry.facts;
    let (tier, rule, path) = ("", "", entry.path.clone());
    match target {
        Target::Symbol(symbol) => {
            let ix = snapshot.world().slot(symbol).symbol;
            let s = &facts.symbols.at(ix);
            let at = facts.lines.position(s.name_at);
            DefTarget {
                id,
                name: facts.qualified(ix, "."),
                kind: s.kind.as_str(),
                path,
                line: at.line,
                col: at.col,
                end_line: facts.lines.line(s.span.end.saturating_sub(1)),
                signature: facts.signature_of(s).unwrap_or_else(|| facts.names.get(s.name)).into(),
                tier,
                rule,
                code: None,
            }
        }
        Target::File(_) => DefTarget {
            id,
            name: path.name().into(),
            kind: "file",
            line: 1,
            col: 1,
            end_line: facts.lines.len() as u32,
            signature: String::new(),
            path,
            tier,
            rule,
            code: None,
        },
    }
}

impl DefAnswer {
    /// The first definitions, and where these are all of them, the first lines of code too.
    pub fn first(&self, keep: usize) -> Self {
        let mut targets: Vec<DefTarget> = self.targets.iter().take(keep).cloned().collect();
        let mut lines = keep.saturating_sub(self.targets.len() + self.rest);
        for code in targets.iter_mut().filter_map(|t| t.code.as_mut()) {
            code.truncate(lines);
            lines -= code.len();
        }
        Self { targets, rest: 0 }
    }

    /// How many lines of code there are.
    pub fn code_lines(&self) -> usize {
        self.targets.iter().flat_map(|t| &t.code).map(Vec::len).sum()
    }

    /// One line a definition, for people and models; then the code, if there is any.
    pub fn text(&self) -> String {
        let line = |t: &DefTarget| {
            let signature = if t.signature.is_empty() { String::new() } else { format!("  {}", t.signature) };
            let place = format!("{}:{}:{}", t.path, t.line, t.col);
            format!("{place}  {} {}{signature}  ({}, {})\n", t.kind, t.name, t.tier, t.rule)
        };
        let mut out: String = self.targets.iter().map(line).collect();
        for target in &self.targets {
            if let Some(code) = target.code.as_ref().filter(|code| !code.is_empty()) {
                out.push_str(&format!("## {}\n", target.id));
                code.iter().for_each(|line| out.push_str(line));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::Tokenizer;

    #[test]
    fn no_line_has_fewer_tokens() {
        for path in ["a", "~", "a.c", "0/_"] {
            for (kind, name) in [("type", "x"), ("file", "_"), ("x", ""), ("class", "a.b")] {
                let target = DefTarget {
                    id: String::new(),
                    name: name.into(),
                    kind,
                    path: RelPath::parse(path).unwrap(),
                    line: 1,
                    col: 1,
                    end_line: 1,
                    signature: String::new(),
                    tier: "name",
                    rule: "name",
                    code: None,
                };
                let one = DefAnswer { targets: vec![target.clone()], rest: 0 };
                let nine = DefAnswer { targets: vec![target; 9], rest: 0 };
                for tokenizer in [Tokenizer::O200k, Tokenizer::Cl100k] {
                    let least = DefTarget::LEAST_TOKENS;
                    assert!(tokenizer.count(&one.text()) >= least, "{}", one.text());
                    assert!(tokenizer.count(&nine.text()) >= 9 * least, "{}", nine.text());
                }
            }
        }
    }
}
