//! The walk: one pass over the tree with a cursor, dispatching on the role of each node.

use lodemap_base::Span;
use lodemap_grammar::tree_sitter::{Node, Tree};
use lodemap_grammar::{
    BindMode, Conventions, DocStyle, FieldId, LangSpec, RefKind, Role, ScopeKind, SymbolKind, Table,
};
use rustc_hash::{FxHashMap, FxHashSet};

use super::cursor::Cursor;
use super::define;
use super::parts::{Cut, Part};
use super::pieces::{Piece, Pieces};
use crate::draft::Draft;
use crate::hashes::Hashes;
use crate::model::{
    Base, Binding, Chain, ChainIx, ExportList, Import, Input, Level, NONE, Problem, Ref, Return, Scope,
    Symbol, SymbolFlags, TypeParameter,
};
use crate::names::{NameIx, NamesBuilder};
use crate::texts::TextsBuilder;

pub(crate) const FILE_SCOPE: Scope = Scope { symbol: NONE, parent: NONE, is_module: true };

/// Nodes below this depth are not looked into. Hand-written code stays below 300; the limit keeps the
/// recursive walk within the stack that the worker pool gives its threads.
const MAX_DEPTH: u32 = 1_500;

/// Of so many values that a function returns the types are looked at.
const MAX_RETURNS: usize = 6;

/// A scope that is open during the walk.
pub(super) struct Frame {
    pub(super) kind: ScopeKind,
    /// Index in `facts.scopes` of this frame or the nearest table around it.
    pub(super) table: u32,
    /// Index in `functions` of this frame or the nearest function around it, or [`NONE`].
    pub(super) function: u32,
    /// Where its names start in `locals`.
    pub(super) locals: usize,
    /// Where what is told of values inside it starts in `told`.
    pub(super) told: usize,
    /// It is one of a comprehension.
    pub(super) is_comprehension: bool,
}

/// A function scope, kept until the end to find names that are bound after they are used.
pub(super) struct FunctionScope {
    pub(super) parent: u32,
    /// The table around it.
    pub(super) table: u32,
    pub(super) bound: Vec<(NameIx, ChainIx)>,
    /// Names that are sent outside: whether to the module (`global`) or to a function around (`nonlocal`).
    pub(super) outer: Vec<(NameIx, bool)>,
    /// The scope of its own glob imports, or [`NONE`].
    pub(super) globs: u32,
}

/// What an expression node is visited for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Its names are read.
    Read,
    /// Its names are bound.
    Bind,
}

/// What a binding tells about the names it binds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Reveal {
    pub(super) mode: BindMode,
    pub(super) ty: ChainIx,
    pub(super) value: ChainIx,
    /// A declaration, not an assignment that may find its names declared.
    pub(super) declares: bool,
}

impl Reveal {
    pub(super) const NOTHING: Self = Self { mode: BindMode::Let, ty: NONE, value: NONE, declares: false };

    pub(super) fn says_something(self) -> bool {
        self.ty != NONE || self.value != NONE
    }
}

pub(super) struct Walker<'s> {
    pub(super) spec: &'s LangSpec,
    pub(super) conventions: &'s Conventions,
    pub(super) table: &'s Table,
    pub(super) text: &'s [u8],
    pub(super) names: NamesBuilder<'s>,
    pub(super) signatures: TextsBuilder,
    pub(super) chain_ixs: FxHashMap<Chain, ChainIx>,

    pub(super) scopes: Vec<Scope>,
    pub(super) symbols: Vec<Symbol>,
    pub(super) imports: Vec<Import>,
    pub(super) bindings: Vec<Binding>,
    pub(super) chains: Vec<Chain>,
    pub(super) refs: Vec<Ref>,
    pub(super) bases: Vec<Base>,
    /// The symbols that have bases.
    pub(super) inheriting: FxHashSet<u32>,
    pub(super) returns: Vec<Return>,
    pub(super) parameters: Vec<TypeParameter>,
    pub(super) inputs: Vec<Input>,
    pub(super) exports: ExportList,
    pub(super) doc: Span,

    pub(super) functions: Vec<FunctionScope>,
    pub(super) frames: Vec<Frame>,
    pub(super) locals: Vec<(NameIx, ChainIx)>,
    /// The function whose parameters come next.
    pub(super) declaring: u32,
    /// The function whose parameters these are, and the place of the next one.
    pub(super) input: (u32, u32),
    /// What is known here of the values of names and members that are no locals: (what it is called, its value).
    pub(super) told: Vec<(ChainIx, ChainIx)>,
    /// With so many frames open, names are those of the frame around the innermost one; 0 for never.
    pub(super) outside: usize,
    /// The next clause of the comprehension is its first.
    pub(super) first_iterable: bool,

    /// The innermost symbol with importance.
    pub(super) owner: u32,
    /// The innermost symbol of any kind.
    pub(super) parent: u32,
    /// The symbol whose members are being defined: a type or an implementation.
    pub(super) class: u32,
    pub(super) mode: Mode,
    pub(super) kind: RefKind,
    pub(super) reveal: Reveal,
    /// A name here is being defined, not referred to.
    pub(super) defined_at: u32,
    /// More such names, where one statement defines several.
    pub(super) also_defined: Vec<u32>,
    /// The kind that a token around a declaration gives to variables (`const`).
    pub(super) variable_kind: Option<SymbolKind>,
    /// What `export { name as alias }` exports: (scope, name, alias).
    pub(super) exported_names: Vec<(u32, NameIx, NameIx)>,
    /// Comments and attributes that wait for the definition they belong to.
    pub(super) pending: Pending,
    /// The next name bound by a parameter is the receiver.
    pub(super) expects_self: u32,
    pub(super) exported: bool,
    /// Inside an export's list of names.
    pub(super) exporting: bool,
    /// The assignment or declaration whose target is being bound.
    pub(super) statement: Span,
    /// A type without a name stands between here and the definition around it.
    pub(super) joins: bool,
    /// The value that the match around takes apart.
    pub(super) matched: ChainIx,
    /// What the arms of the match around were seen to give.
    pub(super) arms: ChainIx,
    /// The type whose fields are named here.
    pub(super) constructing: ChainIx,
    /// The receiver whose elements a function that stands here is called with.
    pub(super) element_of: ChainIx,
    pub(super) depth: u32,
    pub(super) too_deep_at: Option<u32>,
    pub(super) visibility_kinds: &'s [u16],
    /// What is to be visited.
    pub(super) part: Part,
    /// The pieces after this one, where one walk visits them all.
    pub(super) rest: &'s [Piece],
    /// Where the items end that go on in other pieces, by where they begin.
    ends: &'s [(usize, usize)],
}

/// What stands before a definition and belongs to it.
#[derive(Default, PartialEq, Eq)]
pub(super) struct Pending {
    pub(super) doc: Span,
    /// Where the first attribute starts.
    pub(super) start: Option<u32>,
    /// Where the words around the definition start that belong to its signature (`export const`).
    pub(super) head: Option<u32>,
    pub(super) attributes: Vec<Span>,
    /// The references made in them: they belong to the definition.
    pub(super) refs_from: usize,
}

pub(super) fn walk(spec: &LangSpec, text: &[u8], parsed: &Pieces) -> Draft {
    let mut w = Walker::new(spec, text, &parsed.ends);
    w.walk_pieces(&parsed.pieces);
    w.file_doc(parsed.first());
    w.finish()
}

pub(crate) fn first_error_line(tree: &Tree) -> u32 {
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() {
            return node.start_position().row as u32 + 1;
        }
        // Errors lie in the first child that has one; a node without such a child is the error itself.
        let mut inside = cursor.goto_first_child();
        while inside && !cursor.node().has_error() {
            inside = cursor.goto_next_sibling();
        }
        if !inside {
            return node.start_position().row as u32 + 1;
        }
    }
}

impl<'s> Walker<'s> {
    pub(super) fn new(spec: &'s LangSpec, text: &'s [u8], ends: &'s [(usize, usize)]) -> Self {
        // Rough sizes, so that tables do not grow step by step: a chain in 80 bytes, a reference in 45.
        let (chains, refs) = (text.len() / 80, text.len() / 45);
        Self {
            spec,
            conventions: &spec.conventions,
            table: spec.table(),
            text,
            names: NamesBuilder::for_text(text.len()),
            signatures: TextsBuilder::default(),
            chain_ixs: FxHashMap::with_capacity_and_hasher(chains, Default::default()),
            scopes: vec![FILE_SCOPE],
            symbols: vec![],
            imports: vec![],
            bindings: vec![],
            chains: Vec::with_capacity(chains),
            refs: Vec::with_capacity(refs),
            bases: vec![],
            inheriting: FxHashSet::default(),
            returns: vec![],
            parameters: vec![],
            inputs: vec![],
            declaring: NONE,
            input: (NONE, 0),
            exports: ExportList::Public,
            doc: Span::default(),
            functions: vec![],
            frames: vec![Frame {
                kind: ScopeKind::Module,
                table: 0,
                function: NONE,
                locals: 0,
                told: 0,
                is_comprehension: false,
            }],
            locals: vec![],
            told: vec![],
            outside: 0,
            first_iterable: false,
            owner: NONE,
            parent: NONE,
            class: NONE,
            mode: Mode::Read,
            kind: RefKind::Read,
            reveal: Reveal::NOTHING,
            defined_at: NONE,
            also_defined: vec![],
            variable_kind: None,
            exported_names: vec![],
            pending: Pending::default(),
            expects_self: NONE,
            exported: false,
            exporting: false,
            joins: false,
            matched: NONE,
            arms: NONE,
            constructing: NONE,
            element_of: NONE,
            statement: Span::default(),
            depth: 0,
            too_deep_at: None,
            visibility_kinds: spec.visibility_kinds(),
            part: Part::new(Cut::START, Cut::END),
            rest: &[],
            ends,
        }
    }

    /// Where a definition ends, of which this tree may have the beginning only.
    pub(super) fn end_of(&self, node: Node<'_>) -> u32 {
        let cut = self.ends.iter().find(|(start, _)| *start == node.start_byte());
        cut.map_or(node.end_byte(), |(_, end)| *end) as u32
    }

    /// The documentation of a file whose language has docstrings; comments are met on the way.
    pub(super) fn file_doc(&mut self, root: Node<'_>) {
        if self.conventions.doc == DocStyle::Docstring {
            self.doc = define::docstring(root).map(span_of).unwrap_or_default();
        }
    }

    /// Visits the node under the cursor and gives the chain it stands for, or [`NONE`].
    pub(super) fn visit(&mut self, c: &mut Cursor<'_>) -> ChainIx {
        let role = self.table.role(c.kind_id());
        if let Role::Skip = role {
            return NONE;
        }
        if self.depth >= MAX_DEPTH {
            self.too_deep_at.get_or_insert(c.node().start_byte() as u32);
            return NONE;
        }
        self.depth += 1;
        let chain = self.dispatch(c, c.node(), role);
        self.depth -= 1;
        chain
    }

    fn dispatch(&mut self, c: &mut Cursor<'_>, node: Node<'_>, role: &Role) -> ChainIx {
        match role {
            Role::Skip => NONE,
            Role::Descend => {
                self.children(c);
                NONE
            }
            Role::Name => self.name(node, false),
            Role::TypeName => self.name(node, true),
            Role::Member { object, name } => self.member(c, *object, *name, false),
            Role::Path { prefix, name } => self.member(c, *prefix, *name, true),
            Role::Call { function } => self.call(c, *function, RefKind::Call),
            Role::Macro { function } => self.macro_(c, *function),
            Role::Construct { type_, capitalised } => {
                let field = Some(*type_);
                let is_ours = |n: Node<'_>| !*capitalised || !self.text[n.start_byte()].is_ascii_lowercase();
                match field.and_then(|f| node.child_by_field_id(f)) {
                    Some(name) if !is_ours(name) && matches!(self.role_of(name), Role::Name) => {
                        self.others(c, field);
                        NONE
                    }
                    _ => self.call(c, *type_, RefKind::Call),
                }
            }
            Role::Index { value } => self.index(c, *value),
            Role::Generic { base } => self.generic(c, *base),
            Role::Unwrap(by) => self.unwrap(c, *by),
            Role::SelfValue => self.self_value(),
            Role::Builtin => {
                let name = self.names.slice(self.slice(node));
                self.chain(Chain::Builtin(name))
            }
            Role::Union => self.union(c),
            Role::Several => self.several(c, node),
            Role::Listed(kind) => {
                self.listed(c, *kind);
                NONE
            }
            Role::Literal { .. }
                if self.conventions.quoted_types && matches!(self.kind, RefKind::Type | RefKind::Inherit) =>
            {
                self.quoted_type(c, node)
            }
            Role::Literal { of, elements: true, .. } if self.mode == Mode::Read => self.elements(c, of),
            Role::Literal { of, opaque, holes, .. } => {
                let has_holes = || holes.as_deref().is_none_or(|h| contains(self.slice(node), h.as_bytes()));
                if !opaque && has_holes() {
                    self.children(c);
                }
                let name = self.names.owned(of);
                self.chain(Chain::Builtin(name))
            }
            Role::TypeContext => self.in_context(c, RefKind::Type),
            // Bases listed among a type's members are its own.
            Role::Bases { .. }
                if self.frame().kind == ScopeKind::Class
                    && self.kind == RefKind::Read
                    && self.class != NONE =>
            {
                self.bases(c, self.class);
                NONE
            }
            Role::Bases { members_only: true } => self.children_first(c),
            Role::Bases { .. } if self.conventions.infers => self.bounds(c),
            Role::Bases { .. } => self.in_context(c, RefKind::Inherit),
            Role::Tokens => {
                self.tokens(c);
                NONE
            }
            Role::Keyword { name } => {
                self.others(c, *name);
                NONE
            }
            Role::Return { yields: true } => self.yielded(c, node),
            Role::Return { yields: false } => {
                let chain = self.last_child(c);
                self.returned(chain, false);
                NONE
            }
            Role::Statement { end } => {
                let chain = self.children(c);
                if self.slice(node).ends_with(end.as_bytes()) { NONE } else { chain }
            }
            Role::Match { value } => self.match_(c, *value),
            Role::Arm { value } => {
                self.arm(c, *value);
                NONE
            }
            Role::Either { of, scope } => match scope {
                Some(kind) => {
                    self.push_frame(*kind, NONE);
                    let chain = self.one_of(c, of);
                    self.pop_frame();
                    chain
                }
                None if of.is_empty() && self.conventions.type_test.is_some() => match node.kind() {
                    "boolean_operator" => self.joined(c),
                    _ => self.conditional(c),
                },
                None => self.one_of(c, of),
            },
            Role::Tuple => self.tuple(c),
            Role::Field { name, value } => {
                self.field(c, *name, *value);
                NONE
            }
            Role::Positional { types } => {
                self.positional(c, *types);
                NONE
            }
            Role::Guard { condition, then } => {
                self.guard(c, *condition, *then);
                NONE
            }
            Role::Where { left, bounds } => {
                self.where_(c, *left, *bounds);
                NONE
            }
            Role::FunctionType { trait_, result } => self.function_type(c, *trait_, *result),
            Role::SeenAs { type_, as_ } => self.seen_as(c, *type_, *as_),
            Role::Operator { left, operator, methods } => self.operator_method(c, *left, *operator, methods),
            Role::Rest => self.rest(c),
            Role::Comment => {
                self.comment(node);
                NONE
            }
            Role::Attribute => {
                self.attribute(c, node);
                NONE
            }
            Role::Wrap { kinds } => {
                self.wrap(c, node, kinds);
                NONE
            }
            Role::Export(rule) => {
                self.export(c, node, rule);
                NONE
            }
            Role::Define(rule) => self.define(c, node, rule),
            Role::Extend(rule) => {
                self.extend(c, node, rule);
                NONE
            }
            Role::Scope { kind: ScopeKind::Class, .. } => {
                self.class_scope(c);
                NONE
            }
            Role::Scope { kind, binds, late, of, value } => {
                self.push_frame(*kind, NONE);
                let chain = match late {
                    None if binds.is_empty() => self.last_child(c),
                    _ => self.binding_scope(c, binds, *late),
                };
                self.pop_frame();
                match of {
                    Some(of) if **of == *"Callable" => self.callable(chain),
                    _ if *value => chain,
                    None => NONE,
                    Some(of) => {
                        let name = self.names.owned(of);
                        let mut base = self.chain(Chain::Builtin(name));
                        if **of == *"dict" {
                            base = self.chain(Chain::Generic { base, argument: NONE });
                        }
                        if chain == NONE {
                            base
                        } else {
                            self.chain(Chain::Generic { base, argument: chain })
                        }
                    }
                }
            }
            Role::Bind(rule) => self.bind(c, rule),
            Role::Parameters => {
                self.parameters(c);
                NONE
            }
            Role::Pattern { read, first, of_match } => {
                self.pattern(c, read, *first, *of_match);
                NONE
            }
            Role::Dotted => self.dotted(c, node),
            Role::Outer => {
                self.outer(c);
                NONE
            }
            Role::Import(rule) => {
                self.import(c, node, rule);
                NONE
            }
        }
    }

    /// The role of a node.
    pub(super) fn role_of(&self, node: Node<'_>) -> &'s Role {
        self.table.role(node.kind_id())
    }

    /// Visits the children but for the one with the field `skip`, which is a mere label; gives the last chain.
    pub(super) fn others(&mut self, c: &mut Cursor<'_>, skip: Option<FieldId>) -> ChainIx {
        let kind = self.kind;
        let mut chain = NONE;
        if self.mode == Mode::Read && kind != RefKind::Type {
            self.kind = RefKind::Read;
        }
        let mut first = true;
        self.fields(c, |w, c, field| {
            let is_first = std::mem::take(&mut first);
            if skip.map_or(!is_first, |f| field != Some(f)) {
                chain = w.visit(c);
            }
        });
        self.kind = kind;
        chain
    }

    /// Visits all children; gives the chain of the last one that is more than a token.
    pub(super) fn last_child(&mut self, c: &mut Cursor<'_>) -> ChainIx {
        let mut last = NONE;
        self.fields(c, |w, c, _| {
            let is_said = !matches!(w.table.role(c.kind_id()), Role::Comment);
            let chain = w.visit(c);
            if is_said {
                last = chain;
            }
        });
        last
    }

    /// Notes what the function around returns, where it does not declare it.
    pub(super) fn returned(&mut self, chain: ChainIx, yields: bool) {
        let owner = self.owner;
        let Some(s) = self.symbols.get_mut(owner as usize).filter(|s| s.kind.is_callable()) else { return };
        if yields {
            s.flags.0 |= SymbolFlags::GENERATOR;
        }
        if !self.conventions.infers
            || s.ty != NONE
            || chain == NONE
            || matches!(self.chains[chain as usize], Chain::Unknown)
        {
            return;
        }
        let known = self.returns.iter().rev().take_while(|r| r.symbol == owner).count();
        if known < MAX_RETURNS {
            self.returns.push(Return { symbol: owner, chain });
        }
    }

    /// Visits all children; gives the last chain among them.
    pub(super) fn children(&mut self, c: &mut Cursor<'_>) -> ChainIx {
        let mut last = NONE;
        if c.goto_first_child() {
            loop {
                let chain = self.visit(c);
                if chain != NONE {
                    last = chain;
                }
                if !c.goto_next_sibling() {
                    break;
                }
            }
            c.goto_parent();
        }
        last
    }

    /// Calls `f` on each child that is not a mere token, with its field.
    pub(super) fn fields<'t>(
        &mut self,
        c: &mut Cursor<'t>,
        mut f: impl FnMut(&mut Self, &mut Cursor<'t>, Option<FieldId>),
    ) {
        if c.goto_first_child() {
            loop {
                if self.table.is_named(c.kind_id()) {
                    let field = c.field_id();
                    f(self, c, field);
                }
                if !c.goto_next_sibling() {
                    break;
                }
            }
            c.goto_parent();
        }
    }

    /// Visits the node as something that is read in the way `kind`.
    pub(super) fn visit_read(&mut self, c: &mut Cursor<'_>, kind: RefKind) -> ChainIx {
        let (mode, outer) = (self.mode, self.kind);
        (self.mode, self.kind) = (Mode::Read, kind);
        let chain = self.visit(c);
        (self.mode, self.kind) = (mode, outer);
        chain
    }

    fn in_context(&mut self, c: &mut Cursor<'_>, kind: RefKind) -> ChainIx {
        let (mode, outer) = (self.mode, self.kind);
        self.mode = Mode::Read;
        // What is written where bases stand is a base, however deep.
        self.kind = if outer == RefKind::Inherit { outer } else { kind };
        let chain = self.children_first(c);
        (self.mode, self.kind) = (mode, outer);
        chain
    }

    /// A name's text, without what marks it as raw.
    pub(super) fn identifier(&self, node: Node<'_>) -> &'s [u8] {
        self.plain(self.slice(node))
    }

    pub(super) fn plain(&self, name: &'s [u8]) -> &'s [u8] {
        match &self.conventions.raw_prefix {
            Some(prefix) => name.strip_prefix(prefix.as_bytes()).unwrap_or(name),
            None => name,
        }
    }

    pub(super) fn slice(&self, node: Node<'_>) -> &'s [u8] {
        &self.text[node.start_byte()..node.end_byte()]
    }

    pub(super) fn chain(&mut self, chain: Chain) -> ChainIx {
        *self.chain_ixs.entry(chain).or_insert_with(|| {
            self.chains.push(chain);
            self.chains.len() as u32 - 1
        })
    }

    pub(super) fn reference(&mut self, chain: ChainIx, at: usize, kind: RefKind) {
        self.refs.push(Ref { chain, owner: self.owner, at: at as u32, kind });
    }

    pub(super) fn frame(&self) -> &Frame {
        self.frames.last().expect("the file's frame is never popped")
    }

    /// Opens a scope; `symbol` is the one that opens it.
    pub(super) fn push_frame(&mut self, kind: ScopeKind, symbol: u32) {
        let (mut table, mut function) = (self.frame().table, self.frame().function);
        match kind {
            ScopeKind::Module | ScopeKind::Class => {
                let is_module = kind == ScopeKind::Module;
                self.scopes.push(Scope { symbol, parent: table, is_module });
                table = self.scopes.len() as u32 - 1;
                function = NONE;
                if let Some(s) = self.symbols.get_mut(symbol as usize) {
                    s.scope = table;
                }
            }
            ScopeKind::Function => {
                self.functions.push(FunctionScope {
                    parent: function,
                    table,
                    bound: vec![],
                    outer: vec![],
                    globs: NONE,
                });
                function = self.functions.len() as u32 - 1;
            }
            ScopeKind::Block => {}
        }
        let (locals, told) = (self.locals.len(), self.told.len());
        self.frames.push(Frame { kind, table, function, locals, told, is_comprehension: false });
    }

    pub(super) fn pop_frame(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.locals.truncate(frame.locals);
            self.told.truncate(frame.told);
        }
    }

    fn comment(&mut self, node: Node<'_>) {
        if self.conventions.doc != DocStyle::Comment {
            return;
        }
        let mut span = span_of(node);
        span.end = span.start + self.slice(node).trim_ascii_end().len() as u32;
        let line = memchr::memrchr(b'\n', &self.text[..span.start as usize]).map_or(0, |at| at + 1);
        if !self.text[line..span.start as usize].trim_ascii().is_empty() {
            // It stands behind code and speaks of that.
            self.pending.doc = Span::default();
            return;
        }
        let previous = self.pending.doc;
        let adjacent = previous.end > previous.start && self.newlines_between(previous.end, span.start) <= 1;
        self.pending.doc = if adjacent { Span { start: previous.start, end: span.end } } else { span };
        let is_first = self.doc.end == 0 && self.symbols.is_empty() && self.refs.is_empty();
        if is_first || self.doc.end > 0 && self.doc.start == self.pending.doc.start {
            self.doc = self.pending.doc;
        }
    }

    pub(super) fn attribute(&mut self, c: &mut Cursor<'_>, node: Node<'_>) {
        if self.pending.start.is_none() {
            self.pending.start = Some(node.start_byte() as u32);
            self.pending.refs_from = self.refs.len();
        }
        self.pending.attributes.push(span_of(node));
        // What an argument holds does not take what waits for the definition.
        let pending = std::mem::take(&mut self.pending);
        let (mode, kind) = (self.mode, self.kind);
        (self.mode, self.kind) = (Mode::Read, RefKind::Decorator);
        self.children(c);
        (self.mode, self.kind) = (mode, kind);
        self.pending = pending;
    }

    fn wrap(&mut self, c: &mut Cursor<'_>, node: Node<'_>, kinds: &[(u16, SymbolKind)]) {
        let outer = self.variable_kind;
        if !kinds.is_empty() {
            let token = (0..3).filter_map(|i| node.child(i));
            let kind_of = |t: Node<'_>| kinds.iter().find(|(k, _)| *k == t.kind_id()).map(|(_, s)| *s);
            self.variable_kind = token.filter(|t| !t.is_named()).find_map(kind_of);
        }
        self.open_wrap(node);
        self.children(c);
        self.pending = Pending::default();
        self.variable_kind = outer;
    }

    /// What follows belongs to the definition inside `node`.
    pub(super) fn open_wrap(&mut self, node: Node<'_>) {
        let start = node.start_byte() as u32;
        if self.pending.start.is_none() {
            self.pending.start = Some(start);
            self.pending.refs_from = self.refs.len();
        }
        // Words before the only thing that is declared read as a part of its signature.
        if node.named_child_count() == 1 && node.child(0).is_some_and(|n| !n.is_named()) {
            self.pending.head.get_or_insert(start);
        }
    }

    pub(super) fn newlines_between(&self, from: u32, to: u32) -> usize {
        match self.text.get(from as usize..to as usize) {
            Some(between) => memchr::memchr_iter(b'\n', between).count(),
            None => usize::MAX,
        }
    }

    pub(super) fn finish(mut self) -> Draft {
        let problems =
            self.too_deep_at.map(|at| Problem::TooDeep { first_line: at }).into_iter().collect::<Vec<_>>();
        self.settle();
        let bytes = self.text.len() as u32;
        Draft {
            lang: self.spec.lang,
            level: Level::Full,
            problems,
            hashes: Hashes::default(),
            bytes,
            lines: Default::default(),
            doc: self.doc,
            names: self.names.finish(),
            signatures: self.signatures.finish(),
            scopes: self.scopes,
            symbols: self.symbols,
            imports: self.imports,
            bindings: self.bindings,
            chains: self.chains,
            refs: self.refs,
            bases: self.bases,
            returns: self.returns,
            parameters: self.parameters,
            inputs: self.inputs,
            exports: self.exports,
        }
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

pub(super) fn span_of(node: Node<'_>) -> Span {
    Span { start: node.start_byte() as u32, end: node.end_byte() as u32 }
}
