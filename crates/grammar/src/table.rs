//! Rules compiled to a table indexed by node kind.

use crate::rules::{
    BindMode, ImportBinds, OneOrMany, RawDefine, RawRole, RawRules, RuleError, ScopeKind, SymbolKind,
    UnwrapBy,
};
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;
use tree_sitter::Language;

/// A field of the grammar.
pub type FieldId = u16;

/// The role of every node kind of one language.
pub struct Table {
    roles: Vec<Role>,
    slots: Vec<u16>,
    words: FxHashSet<Box<str>>,
}

impl Table {
    /// The role of a node kind. Anonymous tokens are skipped, unknown kinds are only looked into.
    #[inline]
    pub fn role(&self, kind_id: u16) -> &Role {
        &self.roles[self.slots.get(kind_id as usize).copied().unwrap_or(1) as usize]
    }
}

impl Table {
    /// Whether nodes of a kind are named, rather than mere tokens.
    #[inline]
    pub fn is_named(&self, kind_id: u16) -> bool {
        self.slots.get(kind_id as usize).is_none_or(|slot| *slot != 0)
    }

    /// Whether a word is one of the language's own: raw tokens do not tell it from a name.
    pub fn is_keyword(&self, word: &str) -> bool {
        self.words.contains(word)
    }
}

/// The compiled role of a node kind; see `grammars/README.md` for the words.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // each variant is the compiled form of the word that rules.rs documents
pub enum Role {
    Skip,
    Descend,
    Comment,
    Attribute,
    Wrap {
        kinds: Vec<(u16, SymbolKind)>,
    },
    Export(Box<Export>),
    Define(Box<Define>),
    Extend(Extend),
    Scope {
        kind: ScopeKind,
        binds: Vec<FieldId>,
        late: Option<FieldId>,
        of: Option<Box<str>>,
        value: bool,
    },
    Statement {
        end: Box<str>,
    },
    Match {
        value: FieldId,
    },
    Arm {
        value: FieldId,
    },
    Either {
        of: Vec<FieldId>,
        scope: Option<ScopeKind>,
    },
    Tuple,
    /// `None`: the first named child.
    Field {
        name: Option<FieldId>,
        value: Option<FieldId>,
    },
    Positional {
        types: FieldId,
    },
    /// `None`: the first named child.
    Guard {
        condition: Option<FieldId>,
        then: Option<FieldId>,
    },
    Where {
        left: FieldId,
        bounds: FieldId,
    },
    FunctionType {
        trait_: FieldId,
        result: FieldId,
    },
    SeenAs {
        type_: FieldId,
        as_: FieldId,
    },
    Operator {
        left: FieldId,
        operator: FieldId,
        methods: Box<[(Box<str>, Box<str>)]>,
    },
    Rest,
    Listed(SymbolKind),
    Bind(Bind),
    Several,
    Parameters,
    Outer,
    Pattern {
        read: Vec<FieldId>,
        first: bool,
        of_match: bool,
    },
    Dotted,
    Name,
    TypeName,
    Builtin,
    Literal {
        of: Box<str>,
        opaque: bool,
        holes: Option<Box<str>>,
        elements: bool,
    },
    SelfValue,
    Member {
        object: FieldId,
        name: FieldId,
    },
    Path {
        prefix: FieldId,
        name: FieldId,
    },
    Call {
        function: FieldId,
    },
    Macro {
        function: FieldId,
    },
    Construct {
        type_: FieldId,
        capitalised: bool,
    },
    /// `None`: the first named child.
    Index {
        value: Option<FieldId>,
    },
    /// `None`: the first named child.
    Generic {
        base: Option<FieldId>,
    },
    Union,
    Unwrap(UnwrapBy),
    TypeContext,
    Bases {
        members_only: bool,
    },
    /// `None`: the first named child.
    Keyword {
        name: Option<FieldId>,
    },
    Return {
        yields: bool,
    },
    Tokens,
    Import(ImportRole),
}

/// A definition's rule.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // fields are the words that rules.rs documents
pub struct Define {
    pub kind: SymbolKind,
    pub name: Vec<NamePath>,
    pub scope: Option<ScopeKind>,
    pub body: Option<FieldId>,
    pub type_: Option<FieldId>,
    pub value: Option<FieldId>,
    pub bases: Option<FieldId>,
    pub receiver: Option<FieldId>,
    pub type_parameters: Option<FieldId>,
    pub kinds: Vec<(u16, SymbolKind)>,
    pub only_kinds: bool,
    pub requires: Option<FieldId>,
    pub outer_only: bool,
    pub file_without_body: bool,
    pub inherit_visibility: bool,
}

/// One way to a definition's name.
#[derive(Clone, Debug)]
pub struct NamePath(pub Vec<Step>);

/// One step towards a name.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// To the child with this field.
    Field(FieldId),
    /// To the child with this field, as often as there is one.
    Repeat(FieldId),
    /// From a node that the field led to, further down the same field, as often as there is one.
    Enter(FieldId),
    /// To the first named child.
    First,
}

/// An implementation block's rule.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Extend {
    pub type_: FieldId,
    pub trait_: Option<FieldId>,
}

/// A binding's rule.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Bind {
    /// `None`: the first named child.
    pub target: Option<FieldId>,
    pub type_: Option<FieldId>,
    /// `None` with `value_is_first`: the first named child.
    pub value: Option<FieldId>,
    pub value_is_first: bool,
    pub mode: BindMode,
    pub scope: Option<ScopeKind>,
}

/// An export's rule.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Export {
    pub from: Option<FieldId>,
    pub value: Option<FieldId>,
    pub default: Option<Box<str>>,
    pub kinds: Vec<(u16, SymbolKind)>,
}

/// What a node means in or as an import.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum ImportRole {
    Statement {
        from: Option<FieldId>,
        binds: ImportBinds,
        reexport: bool,
        names: bool,
        alias: Option<FieldId>,
    },
    Alias {
        path: FieldId,
        /// `None`: the first named child.
        alias: Option<FieldId>,
    },
    All {
        as_module: bool,
    },
    List {
        path: Option<FieldId>,
        list: Option<FieldId>,
    },
    Default,
}

pub(crate) fn compile(lang: &str, rules: &[&RawRules], language: &Language) -> Result<Table, RuleError> {
    let c = Compiler { lang, language };
    let mut table = Table {
        roles: vec![Role::Skip, Role::Descend],
        slots: vec![1; language.node_kind_count()],
        words: FxHashSet::default(),
    };
    for id in 0..language.node_kind_count() {
        if !language.node_kind_is_named(id as u16) {
            table.slots[id] = 0;
            table.words.extend(language.node_kind_for_id(id as u16).map(Box::from));
        }
    }
    for (kind, raw) in rules.iter().flat_map(|r| &r.nodes) {
        let role = c.role(kind, raw)?;
        let slot = table.roles.len() as u16;
        table.roles.push(role);
        // One name can have several ids (aliases); all of them get the role.
        let mut found = false;
        for id in 0..language.node_kind_count() as u16 {
            if language.node_kind_is_named(id) && language.node_kind_for_id(id) == Some(kind) {
                table.slots[id as usize] = slot;
                found = true;
            }
        }
        if !found {
            return Err(RuleError::NoSuchKind { lang: lang.into(), kind: kind.clone() });
        }
    }
    Ok(table)
}

struct Compiler<'a> {
    lang: &'a str,
    language: &'a Language,
}

impl Compiler<'_> {
    fn field(&self, kind: &str, field: &str) -> Result<FieldId, RuleError> {
        self.language.field_id_for_name(field).map(|f| f.get()).ok_or_else(|| RuleError::NoSuchField {
            lang: self.lang.into(),
            kind: kind.into(),
            field: field.into(),
        })
    }

    fn optional(&self, kind: &str, field: &Option<String>) -> Result<Option<FieldId>, RuleError> {
        field.as_deref().map(|f| self.field(kind, f)).transpose()
    }

    /// `*` means the first named child.
    fn field_or_first(&self, kind: &str, field: &str) -> Result<Option<FieldId>, RuleError> {
        if field == "*" { Ok(None) } else { self.field(kind, field).map(Some) }
    }

    fn role(&self, kind: &str, raw: &RawRole) -> Result<Role, RuleError> {
        Ok(match raw {
            RawRole::Skip {} => Role::Skip,
            RawRole::Comment {} => Role::Comment,
            RawRole::Attribute {} => Role::Attribute,
            RawRole::Wrap { kinds } => Role::Wrap { kinds: self.kinds(kinds)? },
            RawRole::Export { from, value, default, kinds } => Role::Export(Box::new(Export {
                from: self.optional(kind, from)?,
                value: self.optional(kind, value)?,
                default: default.as_deref().map(Into::into),
                kinds: self.kinds(kinds)?,
            })),
            RawRole::Define(d) => Role::Define(Box::new(self.define(kind, d)?)),
            RawRole::Extend { type_, trait_ } => {
                Role::Extend(Extend { type_: self.field(kind, type_)?, trait_: self.optional(kind, trait_)? })
            }
            RawRole::Scope { kind: scope, binds, late, of, value } => Role::Scope {
                kind: *scope,
                binds: self.fields(kind, binds)?,
                late: self.optional(kind, late)?,
                of: of.as_deref().map(Into::into),
                value: *value,
            },
            RawRole::Statement { end } => Role::Statement { end: end.as_str().into() },
            RawRole::Match { value } => Role::Match { value: self.field(kind, value)? },
            RawRole::Arm { value } => Role::Arm { value: self.field(kind, value)? },
            RawRole::Either { of, scope } => Role::Either { of: self.fields(kind, of)?, scope: *scope },
            RawRole::Tuple {} => Role::Tuple,
            RawRole::Field { name, value } => {
                Role::Field { name: self.field_or_first(kind, name)?, value: self.optional(kind, value)? }
            }
            RawRole::Positional { types } => Role::Positional { types: self.field(kind, types)? },
            RawRole::Guard { condition, then } => Role::Guard {
                condition: self.field_or_first(kind, condition)?,
                then: self.optional(kind, then)?,
            },
            RawRole::Where { left, bounds } => {
                Role::Where { left: self.field(kind, left)?, bounds: self.field(kind, bounds)? }
            }
            RawRole::FunctionType { trait_, result } => {
                Role::FunctionType { trait_: self.field(kind, trait_)?, result: self.field(kind, result)? }
            }
            RawRole::SeenAs { type_, as_ } => {
                Role::SeenAs { type_: self.field(kind, type_)?, as_: self.field(kind, as_)? }
            }
            RawRole::Operator { left, operator, methods } => Role::Operator {
                left: self.field(kind, left)?,
                operator: self.field(kind, operator)?,
                methods: methods.iter().map(|(o, m)| (o.as_str().into(), m.as_str().into())).collect(),
            },
            RawRole::Rest {} => Role::Rest,
            RawRole::Listed { kind } => Role::Listed(*kind),
            RawRole::Several {} => Role::Several,
            RawRole::Bind { target, type_, value, mode, scope } => Role::Bind(Bind {
                target: self.field_or_first(kind, target)?,
                type_: self.optional(kind, type_)?,
                value: match value.as_deref() {
                    None | Some("*") => None,
                    Some(f) => Some(self.field(kind, f)?),
                },
                value_is_first: value.as_deref() == Some("*"),
                mode: *mode,
                scope: *scope,
            }),
            RawRole::Parameters {} => Role::Parameters,
            RawRole::Outer {} => Role::Outer,
            RawRole::Pattern { read, of_match } => {
                let (first, fields): (Vec<_>, Vec<_>) = read.iter().cloned().partition(|f| f == "*");
                Role::Pattern {
                    read: self.fields(kind, &fields)?,
                    first: !first.is_empty(),
                    of_match: *of_match,
                }
            }
            RawRole::Dotted {} => Role::Dotted,
            RawRole::Name {} => Role::Name,
            RawRole::TypeName {} => Role::TypeName,
            RawRole::Builtin {} => Role::Builtin,
            RawRole::Literal { of, opaque, holes, elements } => Role::Literal {
                of: of.as_str().into(),
                opaque: *opaque,
                holes: holes.as_deref().map(Into::into),
                elements: *elements,
            },
            RawRole::SelfValue {} => Role::SelfValue,
            RawRole::Member { object, name } => {
                Role::Member { object: self.field(kind, object)?, name: self.field(kind, name)? }
            }
            RawRole::Path { prefix, name } => {
                Role::Path { prefix: self.field(kind, prefix)?, name: self.field(kind, name)? }
            }
            RawRole::Call { function } => Role::Call { function: self.field(kind, function)? },
            RawRole::Macro { function } => Role::Macro { function: self.field(kind, function)? },
            RawRole::Construct { type_, capitalised } => {
                Role::Construct { type_: self.field(kind, type_)?, capitalised: *capitalised }
            }
            RawRole::Index { value } => Role::Index { value: self.field_or_first(kind, value)? },
            RawRole::Generic { base } => Role::Generic { base: self.field_or_first(kind, base)? },
            RawRole::Union {} => Role::Union,
            RawRole::Unwrap { by } => Role::Unwrap(*by),
            RawRole::TypeContext {} => Role::TypeContext,
            RawRole::Bases { members_only } => Role::Bases { members_only: *members_only },
            RawRole::Keyword { name } => Role::Keyword { name: self.field_or_first(kind, name)? },
            RawRole::Return { yields } => Role::Return { yields: *yields },
            RawRole::Tokens {} => Role::Tokens,
            RawRole::Import { from, binds, reexport, names, alias } => Role::Import(ImportRole::Statement {
                from: self.optional(kind, from)?,
                binds: *binds,
                reexport: *reexport,
                names: *names,
                alias: self.optional(kind, alias)?,
            }),
            RawRole::ImportAlias { path, alias } => Role::Import(ImportRole::Alias {
                path: self.field(kind, path)?,
                alias: self.field_or_first(kind, alias)?,
            }),
            RawRole::ImportAll { as_module } => Role::Import(ImportRole::All { as_module: *as_module }),
            RawRole::ImportList { path, list } => Role::Import(ImportRole::List {
                path: self.optional(kind, path)?,
                list: self.optional(kind, list)?,
            }),
            RawRole::ImportDefault {} => Role::Import(ImportRole::Default),
        })
    }

    fn define(&self, kind: &str, d: &RawDefine) -> Result<Define, RuleError> {
        Ok(Define {
            kind: d.kind,
            name: self.name_paths(kind, &d.name)?,
            scope: d.scope,
            body: self.optional(kind, &d.body)?,
            type_: self.optional(kind, &d.type_)?,
            value: self.optional(kind, &d.value)?,
            bases: self.optional(kind, &d.bases)?,
            receiver: self.optional(kind, &d.receiver)?,
            type_parameters: self.optional(kind, &d.type_parameters)?,
            kinds: self.kinds(&d.kinds)?,
            only_kinds: d.only_kinds,
            requires: self.optional(kind, &d.requires)?,
            outer_only: d.outer_only,
            file_without_body: d.file_without_body,
            inherit_visibility: d.inherit_visibility,
        })
    }

    /// The symbol kinds that nodes or tokens of these names stand for.
    fn kinds(&self, words: &BTreeMap<String, SymbolKind>) -> Result<Vec<(u16, SymbolKind)>, RuleError> {
        let mut kinds = Vec::new();
        for (node, symbol) in words {
            let ids = (0..self.language.node_kind_count() as u16)
                .filter(|id| self.language.node_kind_for_id(*id) == Some(node));
            let before = kinds.len();
            kinds.extend(ids.map(|id| (id, *symbol)));
            if kinds.len() == before {
                return Err(RuleError::NoSuchKind { lang: self.lang.into(), kind: node.clone() });
            }
        }
        Ok(kinds)
    }

    fn fields(&self, kind: &str, fields: &[String]) -> Result<Vec<FieldId>, RuleError> {
        fields.iter().map(|f| self.field(kind, f)).collect()
    }

    fn name_paths(&self, kind: &str, names: &OneOrMany) -> Result<Vec<NamePath>, RuleError> {
        names.as_slice().iter().map(|path| self.name_path(kind, path)).collect()
    }

    fn name_path(&self, kind: &str, path: &str) -> Result<NamePath, RuleError> {
        let mut steps: Vec<Step> = Vec::new();
        for part in path.split('/') {
            match (part, steps.last().copied()) {
                ("**", Some(Step::Field(f))) => {
                    steps.pop();
                    steps.push(Step::Repeat(f));
                }
                ("*", _) => steps.push(Step::First),
                (field, _) => steps.push(Step::Field(self.field(kind, field)?)),
            }
        }
        Ok(NamePath(steps))
    }
}
