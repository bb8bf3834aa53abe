//! The records of facts as numbers.
//!
//! Places are counted from the start of what they belong to, and none is 0, so that most columns are narrow.
//! Reading is always inlined: only then are the columns left out that the reader does not use.

use lodemap_base::Span;
use lodemap_grammar::{BindMode, RefKind, SymbolKind};

use super::{MAX_COLUMNS, Record, Row};
use crate::imports::ImportRow;
use crate::model::{
    Base, BindTarget, Binding, Chain, ImportKind, Input, Ref, Return, Scope, Symbol, SymbolFlags,
    TypeParameter, Visibility,
};

/// The value with a number in a list of all values; tables hold only numbers of such lists.
fn one_of<T: Copy, const N: usize>(all: &[T; N], number: u32) -> T {
    all.get(number as usize).copied().unwrap_or(all[0])
}

/// The difference to a place that is near in either direction.
fn near(from: u32, at: u32) -> u32 {
    let difference = at.wrapping_sub(from) as i32;
    (difference << 1 ^ difference >> 31) as u32
}

fn from_near(from: u32, near: u32) -> u32 {
    let difference = (near >> 1) as i32 ^ -((near & 1) as i32);
    from.wrapping_add(difference as u32)
}

fn after(index: u32) -> u32 {
    index.wrapping_add(1)
}

impl Record for Scope {
    const COLUMNS: usize = 3;

    fn put(&self, out: &mut [u32; MAX_COLUMNS]) {
        out[..3].copy_from_slice(&[after(self.symbol), after(self.parent), u32::from(self.is_module)]);
    }

    #[inline(always)]
    fn of(row: Row<'_>) -> Self {
        Self { symbol: row.index(0), parent: row.index(1), is_module: row.number(2) != 0 }
    }
}

const VISIBILITIES: [Visibility; 3] = [Visibility::Public, Visibility::Package, Visibility::Private];

impl Record for Symbol {
    const COLUMNS: usize = 16;

    fn put(&self, out: &mut [u32; MAX_COLUMNS]) {
        let start = self.span.start;
        // Documentation that is not there is at 0.
        let is_documented = self.doc != Span::default();
        *out = [
            self.name,
            self.kind as u32,
            self.visibility as u32,
            u32::from(self.flags.0),
            after(self.parent),
            u32::from(self.duplicate),
            after(self.scope),
            after(self.container),
            start,
            near(start, self.span.end),
            near(start, self.name_at),
            near(start, self.body_at),
            if is_documented { after(near(start, self.doc.start)) } else { 0 },
            if is_documented { near(self.doc.start, self.doc.end) } else { 0 },
            after(self.signature),
            after(self.ty),
        ];
    }

    #[inline(always)]
    fn of(row: Row<'_>) -> Self {
        let start = row.number(8);
        let doc = match row.number(12) {
            0 => Span::default(),
            at => {
                let doc = from_near(start, at.wrapping_sub(1));
                Span { start: doc, end: from_near(doc, row.number(13)) }
            }
        };
        Self {
            name: row.number(0),
            kind: one_of(&SymbolKind::ALL, row.number(1)),
            visibility: one_of(&VISIBILITIES, row.number(2)),
            flags: SymbolFlags(row.number(3) as u8),
            parent: row.index(4),
            duplicate: row.number(5) as u16,
            scope: row.index(6),
            container: row.index(7),
            span: Span { start, end: from_near(start, row.number(9)) },
            name_at: from_near(start, row.number(10)),
            body_at: from_near(start, row.number(11)),
            doc,
            signature: row.index(14),
            ty: row.index(15),
        }
    }
}

const IMPORT_KINDS: [ImportKind; 6] = [
    ImportKind::Module,
    ImportKind::Name,
    ImportKind::All,
    ImportKind::Include,
    ImportKind::File,
    ImportKind::Crate,
];

impl Record for ImportRow {
    const COLUMNS: usize = 9;

    fn put(&self, out: &mut [u32; MAX_COLUMNS]) {
        out[..9].copy_from_slice(&[
            self.kind as u32,
            after(self.scope),
            u32::from(self.level),
            self.path,
            self.segments,
            after(self.name),
            after(self.bound),
            u32::from(self.reexport),
            self.at,
        ]);
    }

    #[inline(always)]
    fn of(row: Row<'_>) -> Self {
        Self {
            kind: one_of(&IMPORT_KINDS, row.number(0)),
            scope: row.index(1),
            level: row.number(2) as u16,
            path: row.number(3),
            segments: row.number(4),
            name: row.index(5),
            bound: row.index(6),
            reexport: row.number(7) != 0,
            at: row.number(8),
        }
    }
}

impl Record for u32 {
    const COLUMNS: usize = 1;

    fn put(&self, out: &mut [u32; MAX_COLUMNS]) {
        out[0] = *self;
    }

    #[inline(always)]
    fn of(row: Row<'_>) -> Self {
        row.number(0)
    }
}

const BIND_MODES: [BindMode; 7] = [
    BindMode::Assign,
    BindMode::Let,
    BindMode::Update,
    BindMode::For,
    BindMode::With,
    BindMode::Parameter,
    BindMode::Type,
];

impl Record for Binding {
    const COLUMNS: usize = 7;

    fn put(&self, out: &mut [u32; MAX_COLUMNS]) {
        let (tag, target) = match self.target {
            BindTarget::Value => (0, 0),
            BindTarget::Symbol(symbol) => (1, after(symbol)),
            BindTarget::Import(import) => (2, after(import)),
            BindTarget::Parameter(symbol) => (3, after(symbol)),
        };
        let (ty, value) = (after(self.ty), after(self.value));
        out[..7].copy_from_slice(&[after(self.scope), self.name, tag, target, self.mode as u32, ty, value]);
    }

    #[inline(always)]
    fn of(row: Row<'_>) -> Self {
        let target = match row.number(2) {
            0 => BindTarget::Value,
            1 => BindTarget::Symbol(row.index(3)),
            2 => BindTarget::Import(row.index(3)),
            _ => BindTarget::Parameter(row.index(3)),
        };
        Self {
            scope: row.index(0),
            name: row.number(1),
            target,
            mode: one_of(&BIND_MODES, row.number(4)),
            ty: row.index(5),
            value: row.index(6),
        }
    }
}

impl Record for Chain {
    const COLUMNS: usize = 3;

    fn put(&self, out: &mut [u32; MAX_COLUMNS]) {
        out[..3].copy_from_slice(&match *self {
            Self::Unknown => [0, 0, 0],
            Self::Name { scope, name } => [1, name, after(scope)],
            Self::Symbol(symbol) => [2, symbol, 0],
            Self::Import(import) => [3, import, 0],
            Self::ImportPath { import, segments } => [4, import, segments],
            Self::Local(binding) => [5, binding, 0],
            Self::SelfValue(symbol) => [6, symbol, 0],
            Self::Super(symbol) => [7, symbol, 0],
            Self::Builtin(name) => [8, name, 0],
            Self::Member { base, name } => [9, name, after(base)],
            Self::Path { base, name } => [10, name, after(base)],
            Self::Call(base) => [11, 0, after(base)],
            Self::Index(base) => [12, 0, after(base)],
            Self::Await(base) => [13, 0, after(base)],
            Self::Try(base) => [14, 0, after(base)],
            Self::Generic { base, argument } => [15, after(argument), after(base)],
            Self::Either { base, other } => [16, after(other), after(base)],
            Self::Except { base, other } => [17, after(other), after(base)],
            Self::Element(base) => [18, 0, after(base)],
            Self::Enter(base) => [19, 0, after(base)],
            Self::Of(base) => [20, 0, after(base)],
            Self::Part { base, index } => [21, index, after(base)],
            Self::Payload { base, value } => [22, after(value), after(base)],
        });
    }

    #[inline(always)]
    fn of(row: Row<'_>) -> Self {
        let (number, base) = (row.number(1), row.index(2));
        match row.number(0) {
            0 => Self::Unknown,
            1 => Self::Name { scope: base, name: number },
            2 => Self::Symbol(number),
            3 => Self::Import(number),
            4 => Self::ImportPath { import: number, segments: row.number(2) },
            5 => Self::Local(number),
            6 => Self::SelfValue(number),
            7 => Self::Super(number),
            8 => Self::Builtin(number),
            9 => Self::Member { base, name: number },
            10 => Self::Path { base, name: number },
            11 => Self::Call(base),
            12 => Self::Index(base),
            13 => Self::Await(base),
            14 => Self::Try(base),
            15 => Self::Generic { base, argument: row.index(1) },
            16 => Self::Either { base, other: row.index(1) },
            17 => Self::Except { base, other: row.index(1) },
            18 => Self::Element(base),
            19 => Self::Enter(base),
            20 => Self::Of(base),
            21 => Self::Part { base, index: number },
            _ => Self::Payload { base, value: row.index(1) },
        }
    }
}

impl Record for Ref {
    const COLUMNS: usize = 4;

    fn put(&self, out: &mut [u32; MAX_COLUMNS]) {
        out[..4].copy_from_slice(&[self.chain, after(self.owner), self.at, self.kind as u32]);
    }

    #[inline(always)]
    fn of(row: Row<'_>) -> Self {
        Self {
            chain: row.number(0),
            owner: row.index(1),
            at: row.number(2),
            kind: one_of(&RefKind::ALL, row.number(3)),
        }
    }
}

impl Record for Base {
    const COLUMNS: usize = 2;

    fn put(&self, out: &mut [u32; MAX_COLUMNS]) {
        out[..2].copy_from_slice(&[self.symbol, self.chain]);
    }

    #[inline(always)]
    fn of(row: Row<'_>) -> Self {
        Self { symbol: row.number(0), chain: row.number(1) }
    }
}

impl Record for Return {
    const COLUMNS: usize = 2;

    fn put(&self, out: &mut [u32; MAX_COLUMNS]) {
        out[..2].copy_from_slice(&[self.symbol, self.chain]);
    }

    #[inline(always)]
    fn of(row: Row<'_>) -> Self {
        Self { symbol: row.number(0), chain: row.number(1) }
    }
}

impl Record for TypeParameter {
    const COLUMNS: usize = 3;

    fn put(&self, out: &mut [u32; MAX_COLUMNS]) {
        out[..3].copy_from_slice(&[self.symbol, self.name, after(self.bound)]);
    }

    #[inline(always)]
    fn of(row: Row<'_>) -> Self {
        Self { symbol: row.number(0), name: row.number(1), bound: row.index(2) }
    }
}

impl Record for Input {
    const COLUMNS: usize = 4;

    fn put(&self, out: &mut [u32; MAX_COLUMNS]) {
        out[..4].copy_from_slice(&[self.symbol, self.name, after(self.index), self.ty]);
    }

    #[inline(always)]
    fn of(row: Row<'_>) -> Self {
        Self { symbol: row.number(0), name: row.number(1), index: row.index(2), ty: row.number(3) }
    }
}
