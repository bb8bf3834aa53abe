//! Facts while they are made, stored and read: in plain vectors.

use lodemap_base::{LineTable, Span};
use lodemap_grammar::Lang;
use serde::{Deserialize, Serialize};

use crate::hashes::Hashes;
use crate::imports::Imports;
use crate::model::{
    Base, Binding, Chain, ExportList, FileFacts, Import, Input, Level, Problem, Ref, Return, Scope, Symbol,
    TypeParameter,
};
use crate::names::Names;
use crate::packed::Packed;
use crate::texts::Texts;

/// Where the bindings of each of so many scopes start, and after them those of functions.
fn starts(bindings: &[Binding], scopes: usize) -> Vec<u32> {
    let mut at = 0;
    let start = |scope: usize| {
        at += bindings[at..].iter().take_while(|b| (b.scope as usize) < scope).count();
        at as u32
    };
    (0..=scopes).map(start).collect()
}

/// [`FileFacts`] in plain vectors, which are easy to change; the fields are the same.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Draft {
    pub(crate) lang: Lang,
    pub(crate) level: Level,
    pub(crate) problems: Vec<Problem>,
    pub(crate) hashes: Hashes,
    pub(crate) bytes: u32,
    pub(crate) lines: LineTable,
    pub(crate) doc: Span,
    pub(crate) names: Names,
    pub(crate) signatures: Texts,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) symbols: Vec<Symbol>,
    pub(crate) imports: Vec<Import>,
    pub(crate) bindings: Vec<Binding>,
    pub(crate) chains: Vec<Chain>,
    pub(crate) refs: Vec<Ref>,
    pub(crate) bases: Vec<Base>,
    pub(crate) returns: Vec<Return>,
    pub(crate) parameters: Vec<TypeParameter>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) exports: ExportList,
}

impl Draft {
    /// The facts, packed for keeping.
    pub(crate) fn pack(self) -> FileFacts {
        FileFacts {
            lang: self.lang,
            level: self.level,
            problems: self.problems.into(),
            hashes: self.hashes,
            bytes: self.bytes,
            lines: self.lines,
            doc: self.doc,
            names: self.names,
            signatures: self.signatures,
            scopes: Packed::new(&self.scopes),
            symbols: Packed::new(&self.symbols),
            imports: Imports::new(&self.imports),
            bindings: Packed::new(&self.bindings),
            starts: Packed::new(&starts(&self.bindings, self.scopes.len())),
            chains: Packed::new(&self.chains),
            refs: Packed::new(&self.refs),
            bases: Packed::new(&self.bases),
            returns: Packed::new(&self.returns),
            parameters: Packed::new(&self.parameters),
            inputs: Packed::new(&self.inputs),
            exports: self.exports,
        }
    }

    pub(crate) fn of(facts: &FileFacts) -> Self {
        Self {
            lang: facts.lang,
            level: facts.level,
            problems: facts.problems.to_vec(),
            hashes: facts.hashes,
            bytes: facts.bytes,
            lines: facts.lines.clone(),
            doc: facts.doc,
            names: facts.names.clone(),
            signatures: facts.signatures.clone(),
            scopes: facts.scopes.iter().collect(),
            symbols: facts.symbols.iter().collect(),
            imports: facts.imports.iter().collect(),
            bindings: facts.bindings.iter().collect(),
            chains: facts.chains.iter().collect(),
            refs: facts.refs.iter().collect(),
            bases: facts.bases.iter().collect(),
            returns: facts.returns.iter().collect(),
            parameters: facts.parameters.iter().collect(),
            inputs: facts.inputs.iter().collect(),
            exports: facts.exports.clone(),
        }
    }
}
