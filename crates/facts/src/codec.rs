//! Facts as bytes: a version, the facts in postcard, a checksum.

mod squeeze;

use thiserror::Error;
use xxhash_rust::xxh3::xxh3_64;

use crate::draft::Draft;
use crate::model::{BindTarget, Chain, FileFacts, NONE};

/// Raised whenever the model changes; stored facts of another version are extracted anew.
pub const CODEC_VERSION: u16 = 5;

/// Why stored facts cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CodecError {
    /// Written by another version.
    #[error("facts of version {0}, not {CODEC_VERSION}; they are extracted anew")]
    Version(u16),
    /// Damaged.
    #[error("damaged facts; they are extracted anew")]
    Damaged,
}

/// Encodes facts.
pub fn encode(facts: &FileFacts) -> Vec<u8> {
    encode_draft(Draft::of(facts))
}

/// Encodes facts that were just made.
pub(crate) fn encode_draft(mut facts: Draft) -> Vec<u8> {
    let mut out = CODEC_VERSION.to_le_bytes().to_vec();
    squeeze::squeeze(&mut facts);
    out = postcard::to_extend(&facts, out).expect("encoding to memory cannot fail");
    let sum = xxh3_64(&out);
    out.extend_from_slice(&sum.to_le_bytes());
    out
}

/// Decodes facts; total: any bytes give facts whose indices are in range, or an error.
pub fn decode(bytes: &[u8]) -> Result<FileFacts, CodecError> {
    let version = bytes.get(..2).ok_or(CodecError::Damaged)?;
    let version = u16::from_le_bytes([version[0], version[1]]);
    if version != CODEC_VERSION {
        return Err(CodecError::Version(version));
    }
    let (body, sum) = bytes.split_last_chunk::<8>().ok_or(CodecError::Damaged)?;
    if body.len() < 2 || xxh3_64(body) != u64::from_le_bytes(*sum) {
        return Err(CodecError::Damaged);
    }
    let (mut facts, rest): (Draft, _) =
        postcard::take_from_bytes(&body[2..]).map_err(|_| CodecError::Damaged)?;
    squeeze::restore(&mut facts);
    if rest.is_empty() && is_valid(&facts) { Ok(facts.pack()) } else { Err(CodecError::Damaged) }
}

/// Whether every index leads somewhere, so that readers need not ask.
fn is_valid(f: &Draft) -> bool {
    let name = |ix: u32| ix == NONE || (ix as usize) < f.names.len();
    let signature = |ix: u32| ix == NONE || (ix as usize) < f.signatures.len();
    let symbol = |ix: u32| ix == NONE || (ix as usize) < f.symbols.len();
    let chain = |ix: u32| ix == NONE || (ix as usize) < f.chains.len();
    let scope = |ix: u32| ix == NONE || (ix as usize) < f.scopes.len();
    let earlier = |i: usize, base: u32| base == NONE || (base as usize) < i;
    f.scopes.iter().enumerate().all(|(i, s)| symbol(s.symbol) && earlier(i, s.parent))
        && f.symbols.iter().enumerate().all(|(i, s)| {
            name(s.name)
                && name(s.container)
                && signature(s.signature)
                && earlier(i, s.parent)
                && scope(s.scope)
                && chain(s.ty)
                && s.name != NONE
        })
        && f.imports.iter().all(|i| {
            i.path.iter().all(|n| name(*n) && *n != NONE) && name(i.name) && name(i.bound) && scope(i.scope)
        })
        && f.bindings.iter().all(|b| {
            let target = match b.target {
                BindTarget::Symbol(s) => s != NONE && symbol(s),
                BindTarget::Parameter(s) => symbol(s),
                BindTarget::Import(i) => (i as usize) < f.imports.len(),
                BindTarget::Value => true,
            };
            target && scope(b.scope) && b.name != NONE && name(b.name) && chain(b.ty) && chain(b.value)
        })
        && f.chains.iter().enumerate().all(|(i, c)| {
            c.base().is_none_or(|b| b != NONE && earlier(i, b))
                && match *c {
                    Chain::Name { scope: s, name: n } => s != NONE && scope(s) && n != NONE && name(n),
                    Chain::Symbol(s) | Chain::SelfValue(s) | Chain::Super(s) => s != NONE && symbol(s),
                    Chain::Import(i) | Chain::ImportPath { import: i, .. } => (i as usize) < f.imports.len(),
                    Chain::Local(b) => (b as usize) < f.bindings.len(),
                    Chain::Builtin(n) | Chain::Member { name: n, .. } | Chain::Path { name: n, .. } => {
                        n != NONE && name(n)
                    }
                    _ => c.second().is_none_or(|part| earlier(i, part)),
                }
        })
        && f.refs.iter().all(|r| r.chain != NONE && chain(r.chain) && symbol(r.owner))
        && f.bases.iter().all(|b| b.symbol != NONE && symbol(b.symbol) && b.chain != NONE && chain(b.chain))
        && f.returns.iter().all(|r| r.symbol != NONE && symbol(r.symbol) && r.chain != NONE && chain(r.chain))
        && f.parameters
            .iter()
            .all(|p| p.symbol != NONE && symbol(p.symbol) && p.name != NONE && name(p.name) && chain(p.bound))
        && f.inputs.iter().all(|i| {
            let has_all = i.symbol != NONE && i.name != NONE && i.ty != NONE;
            has_all && symbol(i.symbol) && name(i.name) && chain(i.ty)
        })
}
