//! The same facts in small numbers, which take fewer bytes.
//!
//! A number takes a byte for each seven bits. Most indices lead a short way back, and most places lie shortly
//! after the one before, so differences are stored; and "none", the largest number, is stored as 0.

use crate::draft::Draft;
use crate::model::{BindTarget, Chain};

/// Numbers that stay near each other, as their differences.
#[derive(Default)]
struct Near(u32);

impl Near {
    fn squeeze(&mut self, v: &mut u32) {
        let difference = v.wrapping_sub(self.0) as i32;
        self.0 = *v;
        *v = (difference << 1 ^ difference >> 31) as u32;
    }

    fn restore(&mut self, v: &mut u32) {
        let difference = (*v >> 1) as i32 ^ -((*v & 1) as i32);
        *v = self.0.wrapping_add(difference as u32);
        self.0 = *v;
    }
}

/// One way through all numbers, taken in both directions.
trait Pass {
    /// An index that may be none.
    fn index(&self, v: &mut u32);
    /// A number near the one before it.
    fn near(&self, near: &mut Near, v: &mut u32);
    /// A number that is counted from another, which has its true value.
    fn from(&self, origin: u32, v: &mut u32);
}

struct Squeeze;
struct Restore;

impl Pass for Squeeze {
    fn index(&self, v: &mut u32) {
        *v = v.wrapping_add(1);
    }

    fn near(&self, near: &mut Near, v: &mut u32) {
        near.squeeze(v);
    }

    fn from(&self, origin: u32, v: &mut u32) {
        Near(origin).squeeze(v);
    }
}

impl Pass for Restore {
    fn index(&self, v: &mut u32) {
        *v = v.wrapping_sub(1);
    }

    fn near(&self, near: &mut Near, v: &mut u32) {
        near.restore(v);
    }

    fn from(&self, origin: u32, v: &mut u32) {
        Near(origin).restore(v);
    }
}

/// Makes numbers small.
pub(super) fn squeeze(f: &mut Draft) {
    // What is counted from a start is squeezed while the start still has its value.
    for s in &mut f.symbols {
        let start = s.span.start;
        for at in [&mut s.span.end, &mut s.name_at, &mut s.body_at] {
            Squeeze.from(start, at);
        }
        if s.doc.end > 0 {
            let (from, len) = (s.doc.start, s.doc.end.wrapping_sub(s.doc.start));
            s.doc.start = from;
            Squeeze.from(start, &mut s.doc.start);
            s.doc.end = len.wrapping_add(1);
        }
    }
    pass(f, &Squeeze);
}

/// Makes them what they were.
pub(super) fn restore(f: &mut Draft) {
    pass(f, &Restore);
    for s in &mut f.symbols {
        let start = s.span.start;
        for at in [&mut s.span.end, &mut s.name_at, &mut s.body_at] {
            Restore.from(start, at);
        }
        if s.doc.end > 0 {
            let len = s.doc.end.wrapping_sub(1);
            Restore.from(start, &mut s.doc.start);
            s.doc.end = s.doc.start.wrapping_add(len);
        }
    }
}

fn pass(f: &mut Draft, p: &impl Pass) {
    for s in &mut f.scopes {
        p.index(&mut s.symbol);
        p.index(&mut s.parent);
    }
    let (mut start, mut name, mut signature, mut ty) =
        (Near::default(), Near::default(), Near::default(), Near::default());
    for s in &mut f.symbols {
        p.near(&mut start, &mut s.span.start);
        p.near(&mut name, &mut s.name);
        p.near(&mut signature, &mut s.signature);
        p.near(&mut ty, &mut s.ty);
        p.index(&mut s.parent);
        p.index(&mut s.scope);
        p.index(&mut s.container);
    }
    let mut at = Near::default();
    for i in &mut f.imports {
        p.index(&mut i.scope);
        i.path.iter_mut().for_each(|n| p.index(n));
        p.index(&mut i.name);
        p.index(&mut i.bound);
        p.near(&mut at, &mut i.at);
    }
    let mut target = Near::default();
    for b in &mut f.bindings {
        p.index(&mut b.scope);
        match &mut b.target {
            BindTarget::Symbol(s) | BindTarget::Import(s) | BindTarget::Parameter(s) => {
                p.near(&mut target, s);
            }
            BindTarget::Value => {}
        }
        p.index(&mut b.ty);
        p.index(&mut b.value);
    }
    let mut near = ChainNear::default();
    for (ix, chain) in f.chains.iter_mut().enumerate() {
        pass_chain(chain, ix as u32, &mut near, p);
    }
    let (mut chain, mut owner, mut at) = (Near::default(), Near::default(), Near::default());
    for r in &mut f.refs {
        p.near(&mut chain, &mut r.chain);
        p.near(&mut owner, &mut r.owner);
        p.near(&mut at, &mut r.at);
    }
    let mut symbol = Near::default();
    for b in &mut f.bases {
        p.near(&mut symbol, &mut b.symbol);
        p.near(&mut chain, &mut b.chain);
    }
    for r in &mut f.returns {
        p.near(&mut symbol, &mut r.symbol);
        p.near(&mut chain, &mut r.chain);
    }
    for i in &mut f.inputs {
        p.near(&mut symbol, &mut i.symbol);
        p.index(&mut i.name);
        p.near(&mut chain, &mut i.ty);
    }
    for t in &mut f.parameters {
        p.near(&mut symbol, &mut t.symbol);
        p.index(&mut t.name);
        p.index(&mut t.bound);
    }
}

#[derive(Default)]
struct ChainNear {
    name: Near,
    symbol: Near,
    import: Near,
    local: Near,
}

fn pass_chain(chain: &mut Chain, ix: u32, near: &mut ChainNear, p: &impl Pass) {
    match chain {
        Chain::Unknown => {}
        Chain::Name { scope, name } => {
            p.index(scope);
            p.near(&mut near.name, name);
        }
        Chain::Symbol(s) | Chain::SelfValue(s) | Chain::Super(s) => p.near(&mut near.symbol, s),
        Chain::Import(i) | Chain::ImportPath { import: i, .. } => p.near(&mut near.import, i),
        Chain::Local(b) => p.near(&mut near.local, b),
        Chain::Builtin(name) => p.near(&mut near.name, name),
        Chain::Member { base, name } | Chain::Path { base, name } => {
            p.from(ix, base);
            p.near(&mut near.name, name);
        }
        Chain::Call(b) | Chain::Index(b) | Chain::Await(b) | Chain::Try(b) => p.from(ix, b),
        Chain::Element(b) | Chain::Enter(b) | Chain::Of(b) => p.from(ix, b),
        Chain::Generic { base, argument: other }
        | Chain::Either { base, other }
        | Chain::Except { base, other }
        | Chain::Payload { base, value: other } => {
            p.from(ix, base);
            p.index(other);
        }
        Chain::Part { base, .. } => p.from(ix, base),
    }
}
