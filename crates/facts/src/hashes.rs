//! The five hashes of a file. Each later stage listens to one; an equal hash stops the wave there.

use lodemap_base::{ContentHash, name_key};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::model::{BindTarget, Binding, Chain, ExportList, NONE};

/// What changed can be told from which of these changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Hashes {
    /// The bytes.
    pub content: ContentHash,
    /// What the file declares: names, kinds, signatures, imports, bases, fields, revealed types and returned values.
    pub sig: ContentHash,
    /// What it uses.
    pub refs: ContentHash,
    /// The words that search sees.
    pub text: ContentHash,
    /// Where things stand.
    pub pos: ContentHash,
}

/// Fills in `sig`, `refs` and `pos`.
pub(crate) fn fill(facts: &mut Draft) {
    let chains = chain_hashes(facts);
    facts.hashes.sig = sig(facts, &chains);
    facts.hashes.refs = refs(facts, &chains);
    facts.hashes.pos = pos(facts);
}

/// Collects fields and hashes them at once, which is several times faster than many small updates.
#[derive(Default)]
struct Feed(Vec<u8>);

impl Feed {
    fn u32(&mut self, v: u32) {
        self.0.extend_from_slice(&v.to_le_bytes());
    }

    fn u64(&mut self, v: u64) {
        self.0.extend_from_slice(&v.to_le_bytes());
    }

    fn name(&mut self, facts: &Draft, name: u32) {
        self.u64(if name == NONE { 0 } else { facts.names.key(name).0 });
    }

    fn finish(self) -> ContentHash {
        fast(&self.0)
    }
}

/// A hash that tells changes apart, several times faster than a cryptographic one; only `content` is an identity
/// that others could want to forge.
fn fast(bytes: &[u8]) -> ContentHash {
    ContentHash(xxhash_rust::xxh3::xxh3_128(bytes).to_le_bytes())
}

/// Chains by what they say rather than by their index, which depends on everything before them.
fn chain_hashes(facts: &Draft) -> Vec<u64> {
    let mut out: Vec<u64> = Vec::with_capacity(facts.chains.len());
    let mut bytes = Vec::with_capacity(32);
    for c in &facts.chains {
        let of = |ix: u32| out.get(ix as usize).copied().unwrap_or(0);
        let name = |n: u32| facts.names.key(n).0;
        let (tag, a, b) = match *c {
            Chain::Unknown => (0u8, 0, 0),
            Chain::Name { scope, name: n } => (1, u64::from(scope), name(n)),
            Chain::Symbol(s) => (2, u64::from(s), 0),
            Chain::Import(i) => (3, u64::from(i), 0),
            Chain::ImportPath { import, segments } => (4, u64::from(import), u64::from(segments)),
            Chain::Local(b) => {
                let b = &facts.bindings[b as usize];
                let mut f = Feed::default();
                feed_local(&mut f, b, &out);
                (5, xxhash_rust::xxh3::xxh3_64(&f.0), name(b.name))
            }
            Chain::SelfValue(s) => (6, u64::from(s), 0),
            Chain::Super(s) => (21, u64::from(s), 0),
            Chain::Builtin(n) => (7, name(n), 0),
            Chain::Member { base, name: n } => (8, of(base), name(n)),
            Chain::Path { base, name: n } => (9, of(base), name(n)),
            Chain::Call(b) => (10, of(b), 0),
            Chain::Index(b) => (11, of(b), 0),
            Chain::Await(b) => (12, of(b), 0),
            Chain::Try(b) => (13, of(b), 0),
            Chain::Generic { base, argument } => (14, of(base), of(argument)),
            Chain::Either { base, other } => (15, of(base), of(other)),
            Chain::Element(b) => (16, of(b), 0),
            Chain::Enter(b) => (17, of(b), 0),
            Chain::Of(b) => (18, of(b), 0),
            Chain::Part { base, index } => (19, of(base), u64::from(index)),
            Chain::Payload { base, value } => (20, of(base), of(value)),
            Chain::Except { base, other } => (22, of(base), of(other)),
        };
        bytes.clear();
        bytes.push(tag);
        bytes.extend_from_slice(&a.to_le_bytes());
        bytes.extend_from_slice(&b.to_le_bytes());
        out.push(xxhash_rust::xxh3::xxh3_64(&bytes));
    }
    out
}

fn sig(facts: &Draft, chains: &[u64]) -> ContentHash {
    let mut f = Feed::default();
    let chain = |ix: u32| chains.get(ix as usize).copied().unwrap_or(0);
    f.u32(facts.level as u32);
    for s in &facts.symbols {
        f.name(facts, s.name);
        f.u64(if s.signature == NONE { 0 } else { name_key(facts.signatures.get(s.signature)).0 });
        f.name(facts, s.container);
        f.u32(s.parent);
        f.u32(s.scope);
        f.u64(chain(s.ty));
        f.u32(u32::from(s.flags.0) | (s.kind as u32) << 8 | (s.visibility as u32) << 16);
    }
    for s in &facts.scopes {
        f.u32(s.symbol);
        f.u32(s.parent);
    }
    for i in &facts.imports {
        f.u32(i.kind as u32 | u32::from(i.reexport) << 8 | u32::from(i.level) << 16);
        f.u32(i.scope);
        f.u32(i.path.len() as u32);
        i.path.iter().for_each(|n| f.name(facts, *n));
        f.name(facts, i.name);
        f.name(facts, i.bound);
    }
    for b in facts.bindings.iter().filter(|b| b.scope != NONE) {
        feed_binding(&mut f, facts, b, chains);
    }
    for b in &facts.bases {
        f.u32(b.symbol);
        f.u64(chain(b.chain));
    }
    for r in &facts.returns {
        f.u32(r.symbol);
        f.u64(chain(r.chain));
    }
    for p in &facts.parameters {
        f.u32(p.symbol);
        f.name(facts, p.name);
        f.u64(chain(p.bound));
    }
    for i in &facts.inputs {
        f.u32(i.symbol);
        f.name(facts, i.name);
        f.u32(i.index);
        f.u64(chain(i.ty));
    }
    match &facts.exports {
        ExportList::Public => f.u32(0),
        ExportList::Unknown => f.u32(1),
        ExportList::Listed(names) => {
            f.u32(2);
            names.iter().for_each(|n| f.name(facts, *n));
        }
    }
    f.finish()
}

fn feed_binding(f: &mut Feed, facts: &Draft, b: &Binding, chains: &[u64]) {
    f.u32(b.scope);
    f.name(facts, b.name);
    feed_local(f, b, chains);
}

fn feed_local(f: &mut Feed, b: &Binding, chains: &[u64]) {
    let chain = |ix: u32| chains.get(ix as usize).copied().unwrap_or(0);
    match b.target {
        BindTarget::Symbol(s) => f.u64(1 << 32 | u64::from(s)),
        BindTarget::Import(i) => f.u64(2 << 32 | u64::from(i)),
        BindTarget::Value => f.u64(0),
        BindTarget::Parameter(s) => f.u64(3 << 32 | u64::from(s)),
    }
    f.u32(b.mode as u32);
    f.u64(chain(b.ty));
    f.u64(chain(b.value));
}

fn refs(facts: &Draft, chains: &[u64]) -> ContentHash {
    let mut f = Feed::default();
    for r in &facts.refs {
        f.u64(chains[r.chain as usize]);
        f.u32(r.owner);
        f.u32(r.kind as u32);
    }
    for b in facts.bindings.iter().filter(|b| b.scope == NONE) {
        feed_binding(&mut f, facts, b, chains);
    }
    f.finish()
}

fn pos(facts: &Draft) -> ContentHash {
    let mut f = Feed::default();
    f.u32(facts.bytes);
    facts.lines.starts().for_each(|s| f.u32(s));
    for s in &facts.symbols {
        for at in [s.span.start, s.span.end, s.name_at, s.body_at, s.doc.start, s.doc.end] {
            f.u32(at);
        }
    }
    facts.refs.iter().for_each(|r| f.u32(r.at));
    facts.imports.iter().for_each(|i| f.u32(i.at));
    f.finish()
}

/// The hash of the words of a text: words are runs of letters, digits and `_`; what stands between them is not searched for.
pub(crate) fn words(text: &[u8]) -> ContentHash {
    const IS_WORD: [bool; 256] = {
        let mut table = [false; 256];
        let mut b = 0;
        while b < 256 {
            table[b] = (b as u8).is_ascii_alphanumeric() || b as u8 == b'_' || b >= 0x80;
            b += 1;
        }
        table
    };
    // Without branches: each byte is written, and kept if it is of a word or the first after one.
    let mut out = vec![0u8; text.len()];
    let (mut len, mut inside) = (0, false);
    for b in text {
        let is_word = IS_WORD[*b as usize];
        out[len] = if is_word { *b } else { 0 };
        len += usize::from(is_word | inside);
        inside = is_word;
    }
    fast(&out[..len])
}
