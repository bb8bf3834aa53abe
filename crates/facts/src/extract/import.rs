//! Imports of every form, driven by the roles of the nodes inside the statement.

use lodemap_base::Span;
use lodemap_grammar::tree_sitter::{Node, TreeCursor};
use lodemap_grammar::{BindMode, FieldId, ImportBinds, ImportRole, ImportStyle, RefKind, Role};

use super::walk::{Pending, Walker};
use crate::model::{BindTarget, Binding, Chain, Import, ImportKind, NONE};
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
    crate_: bool,
    alias: Option<NameIx>,
}

impl<'s> Walker<'s> {
    pub(super) fn import(&mut self, c: &mut TreeCursor<'_>, node: Node<'_>, rule: &ImportRole) {
        let ImportRole::Statement { from, binds, reexport, names, alias } = rule else {
            // A clause outside a statement: broken code; its names are read.
            self.children(c);
            return;
        };
        let is_public = self.modifier_of(node);
        self.pending = Pending::default();
        let mut st = Statement {
            level: 0,
            prefix: vec![],
            places: vec![],
            binds: *binds,
            reexport: *reexport || is_public,
            names: *names,
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
            self.add_import(&st, NONE, None, from_node.map_or(0, |n| n.start_byte() as u32));
        }
    }

    /// One node inside an import statement.
    fn import_item(&mut self, c: &mut TreeCursor<'_>, st: &Statement) {
        let node = c.node();
        match self.table.role(node.kind_id()) {
            Role::Skip | Role::Comment | Role::Attribute | Role::Keyword { .. } => {}
            Role::Import(ImportRole::Alias { path, alias }) => self.import_alias(node, *path, *alias, st),
            Role::Import(ImportRole::All { as_module }) => self.import_all(node, *as_module, st),
            Role::Import(ImportRole::List { path, list }) => self.import_list(c, node, *path, *list, st),
            Role::Import(ImportRole::Default) => {
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
        if segments.is_empty() && level == 0 {
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
        } else {
            let (name, at) = inner.pop_name(self);
            let bound = self.names.get(name) != "_";
            self.add_import(&inner, name, bound.then_some(name), at);
        }
    }

    fn import_alias(&mut self, node: Node<'_>, path: FieldId, alias: FieldId, st: &Statement) {
        let Some(path_node) = node.child_by_field_id(path) else { return };
        let bound = node.child_by_field_id(alias).map(|n| self.names.slice(self.slice(n)));
        let at = path_node.start_byte() as u32;
        let (level, segments, places) = self.segments(path_node);
        if segments.is_empty() {
            return;
        }
        if st.names {
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
        c: &mut TreeCursor<'_>,
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
        let is_public = self.modifier_of(node);
        let name = self.names.slice(self.slice(name_node));
        let mut path = vec![name];
        if let Some(file) = pending.attributes.iter().find_map(|a| self.path_attribute(*a)) {
            path.push(self.names.owned(&file));
        }
        let import = Import {
            kind: ImportKind::File,
            scope: if self.frame().function == NONE { self.frame().table } else { NONE },
            level: 0,
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

    fn modifier_of(&self, node: Node<'_>) -> bool {
        let mut walk = node.walk();
        node.children(&mut walk).take(4).any(|n| self.visibility_kinds.contains(&n.kind_id()))
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
        let mut at = 0;
        while at <= text.len() {
            let end = memchr::memmem::find(&text[at..], separator).map_or(text.len(), |i| at + i);
            let raw = &text[at..end];
            let lead = raw.len() - raw.trim_ascii_start().len();
            let segment = raw.trim_ascii();
            // A raw identifier is the same name.
            let segment = segment.strip_prefix(b"r#").unwrap_or(segment);
            if !segment.is_empty() || at == 0 && separator == b"::" && !text.is_empty() {
                segments.push(self.names.slice(segment));
                places.push((start + at + lead) as u32);
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
            ImportBinds::Last => st.prefix.last().copied(),
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

    fn push_import(&mut self, st: &Statement, kind: ImportKind, name: NameIx, bound: NameIx, at: u32) {
        let scope = if self.frame().function == NONE { self.frame().table } else { NONE };
        let path = st.prefix.clone();
        let import = Import { kind, scope, level: st.level, path, name, bound, reexport: st.reexport, at };
        self.finish_import(import, bound);
        let ix = self.imports.len() as u32 - 1;
        // Each segment of the path refers to a module, the name to what it names.
        for (i, place) in st.places.iter().enumerate() {
            let already = self.refs.iter().rev().take(st.places.len() + 8).any(|r| r.at == *place);
            if !already {
                let chain = self.chain(Chain::ImportPath { import: ix, segments: i as u32 + 1 });
                self.reference(chain, *place as usize, RefKind::Import);
            }
        }
        if kind == ImportKind::Name {
            let chain = self.chain(Chain::Import(ix));
            self.reference(chain, at as usize, RefKind::Import);
        } else if kind == ImportKind::Include {
            let chain = self.chain(Chain::Import(ix));
            self.reference(chain, at as usize, RefKind::Import);
        }
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
