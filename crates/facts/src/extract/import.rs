//! Imports of every form, driven by the roles of the nodes inside the statement.

use lodemap_base::Span;
use lodemap_grammar::tree_sitter::Node;
use lodemap_grammar::{BindMode, FieldId, ImportBinds, ImportRole, ImportStyle, RefKind, Role};
use smallvec::SmallVec;

use super::cursor::Cursor;
use super::define::is_attribute;
use super::walk::{Pending, Walker};
use crate::model::{BindTarget, Binding, Chain, ChainIx, Import, ImportKind, NONE, Scope};
use crate::names::NameIx;

/// What holds for everything one statement imports.
struct Statement {
    level: u16,
    /// The common path so far.
    prefix: Vec<NameIx>,
    /// Where the segments of the path stand.
    places: Vec<u32>,
    binds: ImportBinds,
    reexport: bool,
    /// What is listed are names of the module at the prefix.
    names: bool,
    /// A plain name binds the default export.
    default: bool,
    crate_: bool,
    alias: Option<NameIx>,
}

impl<'s> Walker<'s> {
    pub(super) fn import(&mut self, c: &mut Cursor<'_>, node: Node<'_>, rule: &ImportRole) {
        let ImportRole::Statement { from, binds, reexport, names, alias } = rule else {
            if let ImportRole::Alias { path, alias } = rule
                && self.exporting
            {
                self.export_alias(c, node, *path, *alias);
                return;
            }
            // A clause outside a statement: broken code; its names are read.
            self.children(c);
            return;
        };
        let is_public = self.modifier(node, None).is_some();
        self.pending = Pending::default();
        let mut st = Statement {
            level: 0,
            prefix: vec![],
            places: vec![],
            binds: *binds,
            reexport: *reexport || is_public,
            names: *names,
            default: false,
            crate_: false,
            alias: None,
        };
        if let Some(alias) = alias.and_then(|f| node.child_by_field_id(f)) {
            st.alias = Some(self.names.slice(self.slice(alias)));
        }
        let from_node = from.and_then(|f| node.child_by_field_id(f));
        if let Some(from_node) = from_node {
            self.path_text(from_node, &mut st);
        }
        // `extern crate name`: the style of the language tells that the path is a crate.
        st.crate_ = from_node.is_some() && self.conventions.imports == ImportStyle::ModuleTree;
        let before = self.imports.len();
        self.fields(c, |w, c, field| {
            if st.crate_ || field.is_some() && (field == *from || field == *alias) {
                return;
            }
            w.import_item(c, &st);
        });
        if self.imports.len() == before && from_node.is_some() {
            let at = st.places.first().copied().unwrap_or(0);
            self.add_import(&st, NONE, None, at);
        }
    }

    /// `export … from`: what it names is passed on; if it names nothing, everything is.
    pub(super) fn reexport(&mut self, c: &mut Cursor<'_>, from: Node<'_>) {
        self.pending = Pending::default();
        let mut st = Statement {
            level: 0,
            prefix: vec![],
            places: vec![],
            binds: ImportBinds::None,
            reexport: true,
            names: true,
            default: false,
            crate_: false,
            alias: None,
        };
        self.path_text(from, &mut st);
        let before = self.imports.len();
        self.fields(c, |w, c, _| {
            if c.node().id() != from.id() {
                w.import_item(c, &st);
            }
        });
        if self.imports.len() == before {
            let at = st.places.first().copied().unwrap_or(0);
            self.push_import(&st, ImportKind::All, NONE, NONE, at);
        }
    }

    /// If `node` calls a function that imports: its path, and the member taken from the module.
    pub(super) fn import_call<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, Option<Node<'t>>)> {
        let mut at = node;
        let mut member = None;
        loop {
            match self.role_of(at) {
                Role::Unwrap(_) => at = at.named_child(0)?,
                Role::Member { object, name } if member.is_none() => {
                    member = Some(at.child_by_field_id(*name)?);
                    at = at.child_by_field_id(*object)?;
                }
                Role::Call { function } => {
                    let function = at.child_by_field_id(*function)?;
                    let text = self.slice(function);
                    if !self.conventions.import_calls.iter().any(|f| f.as_bytes() == text) {
                        return None;
                    }
                    let arguments = at.named_child(at.named_child_count().checked_sub(1)? as u32)?;
                    let path = arguments.named_child(0)?;
                    let is_text = matches!(self.slice(path), [b'"' | b'\'' | b'`', .., _]);
                    // A text with holes in it is no path.
                    let is_plain = path.named_child_count() <= 1 && !self.slice(path).contains(&b'$');
                    return (is_text && is_plain && at.id() != path.id()).then_some((path, member));
                }
                _ => return None,
            }
        }
    }

    /// Binds what an importing call gives: a name the module or its `member`, a pattern the module's names.
    pub(super) fn import_value(
        &mut self,
        target: Option<Node<'_>>,
        path: Node<'_>,
        member: Option<Node<'_>>,
    ) -> ChainIx {
        let mut st = Statement {
            level: 0,
            prefix: vec![],
            places: vec![],
            binds: ImportBinds::None,
            reexport: self.exported,
            names: true,
            default: false,
            crate_: false,
            alias: None,
        };
        self.path_text(path, &mut st);
        let at = st.places.first().copied().unwrap_or(0);
        let Some(target) = target else {
            self.push_import(&st, ImportKind::Module, NONE, NONE, at);
            return self.chain(Chain::Import(self.imports.len() as u32 - 1));
        };
        if matches!(self.role_of(target), Role::Name) {
            let bound = self.names.slice(self.slice(target));
            match member {
                None => self.push_import(&st, ImportKind::Module, NONE, bound, at),
                Some(member) => {
                    let name = self.names.slice(self.slice(member));
                    self.push_import(&st, ImportKind::Name, name, bound, member.start_byte() as u32);
                }
            }
            return NONE;
        }
        let mut walk = target.walk();
        for item in target.named_children(&mut walk) {
            let (name, bound) = match self.role_of(item) {
                Role::Name => (item, item),
                Role::Keyword { name } => {
                    let Some(key) = name.and_then(|f| item.child_by_field_id(f)) else { continue };
                    let count = item.named_child_count() as u32;
                    let Some(value) = count.checked_sub(1).and_then(|i| item.named_child(i)) else {
                        continue;
                    };
                    (key, value)
                }
                _ => continue,
            };
            let at = name.start_byte() as u32;
            let (name, bound) = (self.names.slice(self.slice(name)), self.names.slice(self.slice(bound)));
            self.push_import(&st, ImportKind::Name, name, bound, at);
        }
        NONE
    }

    /// One node inside an import statement.
    fn import_item(&mut self, c: &mut Cursor<'_>, st: &Statement) {
        let node = c.node();
        match self.table.role(node.kind_id()) {
            Role::Skip | Role::Comment | Role::Attribute | Role::Keyword { .. } => {}
            Role::Import(ImportRole::Alias { path, alias }) => self.import_alias(node, *path, *alias, st),
            Role::Import(ImportRole::All { as_module }) => self.import_all(node, *as_module, st),
            Role::Import(ImportRole::List { path, list }) => self.import_list(c, node, *path, *list, st),
            Role::Import(ImportRole::Default) => {
                let inner = Statement { default: true, ..st.extended(0, &[], &[]) };
                self.fields(c, |w, c, _| w.import_item(c, &inner));
            }
            Role::Name if st.default => {
                let (name, bound) = (self.names.owned("default"), self.names.slice(self.slice(node)));
                self.add_import(st, name, Some(bound), node.start_byte() as u32);
            }
            Role::Import(ImportRole::Statement { .. }) => self.fields(c, |w, c, _| w.import_item(c, st)),
            // A clause that only groups (`import_clause`, `named_imports`) has no rule and named children.
            Role::Descend if node.named_child_count() > 0 && !self.is_path(node) => {
                self.fields(c, |w, c, _| w.import_item(c, st));
            }
            _ => self.import_plain(node, st),
        }
    }

    /// Whether the node's text is a path: segments and separators only.
    fn is_path(&self, node: Node<'_>) -> bool {
        let text = self.slice(node);
        !text.is_empty()
            && text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':') || *b >= 0x80)
    }

    fn import_plain(&mut self, node: Node<'_>, st: &Statement) {
        let at = node.start_byte() as u32;
        let (level, segments, places) = self.segments(node);
        // Broken text may have dots where a name should be.
        if segments.is_empty() && (level == 0 || st.names) {
            return;
        }
        if st.names {
            // `from prefix import name`: the segments are one name.
            let name = segments[segments.len() - 1];
            self.add_import(st, name, Some(name), places[places.len() - 1]);
            return;
        }
        let mut inner = st.extended(level, &segments, &places);
        if st.alias.is_some()
            || st.binds != ImportBinds::Last
            || self.conventions.imports == ImportStyle::Package
        {
            self.add_import(&inner, NONE, None, at);
        } else if !inner.prefix.is_empty() {
            let (name, at) = inner.pop_name(self);
            let bound = self.names.get(name) != "_";
            self.add_import(&inner, name, bound.then_some(name), at);
        }
    }

    fn import_alias(&mut self, node: Node<'_>, path: FieldId, alias: Option<FieldId>, st: &Statement) {
        let Some(path_node) = node.child_by_field_id(path) else { return };
        let alias = alias.map_or_else(|| node.named_child(0), |f| node.child_by_field_id(f));
        let bound = alias.map(|n| self.names.slice(self.slice(n)));
        let (level, segments, places) = self.segments(path_node);
        if segments.is_empty() {
            return;
        }
        let at = places.first().copied().unwrap_or(path_node.start_byte() as u32);
        if bound.is_some_and(|b| self.names.get(b) == ".") {
            // Go's dot: all names become visible as they are.
            let inner = st.extended(level, &segments, &places);
            self.push_import(&inner, ImportKind::All, NONE, NONE, at);
        } else if st.names && (st.level > 0 || !st.prefix.is_empty()) {
            let name = segments[segments.len() - 1];
            self.add_import(st, name, Some(bound.unwrap_or(name)), at);
        } else if st.binds == ImportBinds::Last && self.conventions.imports != ImportStyle::Package {
            let mut inner = st.extended(level, &segments, &places);
            let (name, at) = inner.pop_name(self);
            let bound = bound.unwrap_or(name);
            self.add_import(&inner, name, Some(bound), at);
        } else {
            let mut inner = st.extended(level, &segments, &places);
            inner.alias = bound;
            self.add_import(&inner, NONE, None, at);
        }
    }

    fn import_all(&mut self, node: Node<'_>, as_module: bool, st: &Statement) {
        let inner_path = (0..node.named_child_count() as u32).find_map(|i| node.named_child(i));
        let at = node.start_byte() as u32;
        match inner_path {
            Some(name) if as_module => {
                let mut inner = st.extended(0, &[], &[]);
                inner.alias = Some(self.names.slice(self.slice(name)));
                self.add_import(&inner, NONE, None, at);
            }
            Some(path) => {
                let (level, segments, places) = self.segments(path);
                let inner = st.extended(level, &segments, &places);
                self.push_import(&inner, ImportKind::All, NONE, NONE, at);
            }
            None => self.push_import(st, ImportKind::All, NONE, NONE, at),
        }
    }

    fn import_list(
        &mut self,
        c: &mut Cursor<'_>,
        node: Node<'_>,
        path: Option<FieldId>,
        list: Option<FieldId>,
        st: &Statement,
    ) {
        let prefix = path.and_then(|f| node.child_by_field_id(f));
        let (level, segments, places) = prefix.map_or((0, vec![], vec![]), |p| self.segments(p));
        let inner = st.extended(level, &segments, &places);
        self.fields(c, |w, c, field| {
            if field.is_none() && list.is_none() || field.is_some() && field == list {
                w.import_item(c, &inner);
            }
        });
    }

    /// `mod name;`: the module stands in a file of its own.
    pub(super) fn module_in_file(&mut self, node: Node<'_>, name_node: Node<'_>) {
        let pending = std::mem::take(&mut self.pending);
        let is_public = self.modifier(node, None).is_some();
        let name = self.names.slice(self.slice(name_node));
        let mut path = SmallVec::from_slice(&[name]);
        if let Some(file) = pending.attributes.iter().find_map(|a| self.path_attribute(*a)) {
            path.push(self.names.owned(&file));
        }
        let uses_macros = self.conventions.macro_use_attribute.as_deref();
        let is_marked = |w: &str| pending.attributes.iter().any(|a| is_attribute(self.attribute_text(*a), w));
        let level = u16::from(uses_macros.is_some_and(is_marked));
        let import = Import {
            kind: ImportKind::File,
            scope: if self.frame().function == NONE { self.frame().table } else { NONE },
            level,
            path,
            name: NONE,
            bound: name,
            reexport: is_public,
            at: name_node.start_byte() as u32,
        };
        self.finish_import(import, name);
        let chain = self.chain(Chain::Import(self.imports.len() as u32 - 1));
        self.reference(chain, name_node.start_byte(), RefKind::Import);
    }

    /// The file that `#[path = "…"]` names.
    fn path_attribute(&self, attribute: Span) -> Option<String> {
        let word = self.conventions.path_attribute.as_deref()?;
        let text = std::str::from_utf8(&self.text[attribute.start as usize..attribute.end as usize]).ok()?;
        let rest = text.trim_start_matches(['#', '!', '[', ' ']).strip_prefix(word)?;
        let rest = rest.trim_start().strip_prefix('=')?.trim_start().strip_prefix('"')?;
        rest.split_once('"').map(|(path, _)| path.into())
    }

    /// The path in `from` becomes the prefix of the statement.
    fn path_text(&mut self, node: Node<'_>, st: &mut Statement) {
        let (level, segments, places) = self.segments(node);
        st.level = level;
        st.prefix = segments;
        st.places = places;
    }

    /// Splits a path's text: leading dots, then segments with the places where they stand.
    fn segments(&mut self, node: Node<'_>) -> (u16, Vec<NameIx>, Vec<u32>) {
        let slice = self.slice(node);
        let mut start = node.start_byte();
        let mut text = slice;
        // Quotes and angle brackets around a path that is a string.
        if let [b'"' | b'\'' | b'<' | b'`', inner @ .., _] = text {
            text = inner;
            start += 1;
        }
        let mut level = 0u16;
        if self.conventions.imports == ImportStyle::Dotted {
            while let Some(b'.' | b' ') = text.first() {
                level = level.saturating_add(u16::from(text[0] == b'.'));
                text = &text[1..];
                start += 1;
            }
        }
        let separator = self.conventions.separator.as_bytes();
        let (mut segments, mut places) = (vec![], vec![]);
        if self.paths_are_files() {
            // `"x.h"` looks beside the file first, `<x.h>` does not.
            level = u16::from(self.conventions.imports == ImportStyle::Include && slice.starts_with(b"\""));
        }
        let mut at = 0;
        while at <= text.len() {
            let end = memchr::memmem::find(&text[at..], separator).map_or(text.len(), |i| at + i);
            let raw = &text[at..end];
            let lead = raw.len() - raw.trim_ascii_start().len();
            let segment = raw.trim_ascii();
            let segment = self.plain(segment);
            if !segment.is_empty() || at == 0 && separator == b"::" && !text.is_empty() {
                segments.push(self.names.slice(segment));
                // The segments of a file's path are folders: only the whole leads to something of ours.
                if places.is_empty() || !self.paths_are_files() {
                    places.push((start + at + lead) as u32);
                }
            }
            at = end + separator.len();
        }
        (level, segments, places)
    }

    fn add_import(&mut self, st: &Statement, name: NameIx, bound: Option<NameIx>, at: u32) {
        if name != NONE {
            self.push_import(st, ImportKind::Name, name, bound.unwrap_or(NONE), at);
            return;
        }
        let kind = match self.conventions.imports {
            _ if st.crate_ => ImportKind::Crate,
            ImportStyle::Include => ImportKind::Include,
            _ => ImportKind::Module,
        };
        let bound = st.alias.or(bound).or(match st.binds {
            ImportBinds::First => st.prefix.first().copied(),
            ImportBinds::Last => self.package_name(&st.prefix),
            ImportBinds::None => None,
        });
        let bound = bound.filter(|b| !matches!(self.names.get(*b), "_" | "."));
        // `import a.b` binds `a`; `import a.b as c` binds the whole path.
        if st.binds == ImportBinds::First && st.alias.is_none() && st.prefix.len() > 1 {
            self.push_import(st, kind, NONE, NONE, at);
            let first =
                Statement { prefix: st.prefix[..1].to_vec(), places: vec![], ..st.extended(0, &[], &[]) };
            self.push_import(&first, kind, NONE, bound.unwrap_or(NONE), at);
        } else {
            self.push_import(st, kind, NONE, bound.unwrap_or(NONE), at);
        }
    }

    /// The name that a plain path stands for: its last segment, versions aside (`x/v2`, `yaml.v3`).
    fn package_name(&mut self, path: &[NameIx]) -> Option<NameIx> {
        let (last, before) = path.split_last()?;
        if self.conventions.imports != ImportStyle::Package {
            return Some(*last);
        }
        let is_version = |text: &str| {
            text.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        };
        let text = self.names.get(*last);
        if is_version(text) {
            return Some(before.last().copied().unwrap_or(*last));
        }
        match text
            .rsplit_once('.')
            .filter(|(_, version)| is_version(version))
            .map(|(name, _)| name.to_owned())
        {
            Some(name) => Some(self.names.owned(&name)),
            None => Some(*last),
        }
    }

    fn push_import(&mut self, st: &Statement, kind: ImportKind, name: NameIx, bound: NameIx, at: u32) {
        let is_glob = kind == ImportKind::All && self.conventions.imports == ImportStyle::ModuleTree;
        let table = self.frame().table;
        let scope = match self.frame().function {
            NONE => table,
            _ if is_glob => self.globs_scope(),
            _ => NONE,
        };
        let path = SmallVec::from_slice(&st.prefix);
        // `_` is a name like any other in Python, and none in Rust and Go.
        let is_nothing = matches!(self.conventions.imports, ImportStyle::ModuleTree | ImportStyle::Package);
        let bound = if bound != NONE && is_nothing && self.names.get(bound) == "_" { NONE } else { bound };
        let import = Import { kind, scope, level: st.level, path, name, bound, reexport: st.reexport, at };
        self.finish_import(import, bound);
        let ix = self.imports.len() as u32 - 1;
        // Each segment of the path refers to a module, the name to what it names.
        for (i, place) in st.places.iter().enumerate() {
            // A dotted path names one module; what it passes through is loaded, not referred to.
            let is_passed = self.conventions.imports == ImportStyle::Dotted && i + 1 < st.places.len();
            if is_passed || self.is_path_keyword(st.prefix.get(i).copied()) {
                continue;
            }
            let already = self.refs.iter().rev().take(st.places.len() + 8).any(|r| r.at == *place);
            if !already {
                let whole = self.imports[ix as usize].path.len() as u32;
                let segments = if self.paths_are_files() { whole } else { i as u32 + 1 };
                let chain = self.chain(Chain::ImportPath { import: ix, segments });
                self.reference(chain, *place as usize, RefKind::Import);
            }
        }
        if kind == ImportKind::Name {
            let chain = self.chain(Chain::Import(ix));
            self.reference(chain, at as usize, RefKind::Import);
        }
    }

    /// The scope of the glob imports of the function around: the names that are used in it see them, no others do.
    fn globs_scope(&mut self) -> u32 {
        let (table, function) = (self.frame().table, self.frame().function);
        let known = self.functions[function as usize].globs;
        if known != NONE {
            return known;
        }
        let (mut outer, mut parent) = (self.functions[function as usize].parent, table);
        while outer != NONE && parent == table {
            let f = &self.functions[outer as usize];
            parent = if f.globs == NONE { table } else { f.globs };
            outer = f.parent;
        }
        self.scopes.push(Scope { symbol: self.parent, parent, is_module: false });
        let scope = self.scopes.len() as u32 - 1;
        self.functions[function as usize].globs = scope;
        scope
    }

    /// `crate`, `self` and `super` begin paths; they are no names.
    fn is_path_keyword(&self, name: Option<NameIx>) -> bool {
        self.conventions.imports == ImportStyle::ModuleTree
            && name.is_some_and(|n| matches!(self.names.get(n), "crate" | "self" | "super"))
    }

    fn paths_are_files(&self) -> bool {
        use ImportStyle::{Include, Package, Relative};
        matches!(self.conventions.imports, Relative | Package | Include)
    }

    fn finish_import(&mut self, import: Import, bound: NameIx) {
        let ix = self.imports.len() as u32;
        let scope = import.scope;
        self.imports.push(import);
        if bound == NONE {
            return;
        }
        if scope == NONE {
            let chain = self.chain(Chain::Import(ix));
            self.bind_local(bound, chain);
        } else {
            let target = BindTarget::Import(ix);
            self.bindings.push(Binding {
                scope,
                name: bound,
                target,
                mode: BindMode::Let,
                ty: NONE,
                value: NONE,
            });
        }
    }
}

impl Statement {
    fn extended(&self, level: u16, segments: &[NameIx], places: &[u32]) -> Statement {
        Statement {
            level: self.level + level,
            prefix: self.prefix.iter().chain(segments).copied().collect(),
            places: self.places.iter().chain(places).copied().collect(),
            binds: self.binds,
            reexport: self.reexport,
            names: self.names,
            default: self.default,
            crate_: self.crate_,
            alias: self.alias,
        }
    }

    /// Takes the last segment off as the imported name; `self` at the end is the module before it.
    fn pop_name(&mut self, w: &Walker<'_>) -> (NameIx, u32) {
        let mut name = self.prefix.pop().unwrap_or(NONE);
        let mut at = self.places.pop().unwrap_or(0);
        if w.names.get(name) == "self" && !self.prefix.is_empty() {
            name = self.prefix.pop().unwrap_or(NONE);
            at = self.places.pop().unwrap_or(at);
        }
        (name, at)
    }
}
