//! The vocabulary of `rules.toml`: a closed set of roles that a syntax node can play.
//!
//! Everything here is `deny_unknown_fields`: a misspelt word is an error that names the file.
//! `grammars/README.md` explains each role with an example.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thiserror::Error;

/// What a definition defines.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SymbolKind {
    /// A function that belongs to no type.
    Function,
    /// A function that belongs to a class, trait or implementation.
    Method,
    /// A class.
    Class,
    /// A struct or record.
    Struct,
    /// An enumeration.
    Enum,
    /// A case of an enumeration (light).
    Variant,
    /// A union.
    Union,
    /// A trait.
    Trait,
    /// An interface or protocol.
    Interface,
    /// An implementation block; anonymous, it only holds members.
    Impl,
    /// A named type alias or associated type.
    Type,
    /// A field or attribute of a type (light).
    Field,
    /// A constant.
    Constant,
    /// A module-level variable.
    Variable,
    /// A macro with parameters, or one that defines syntax.
    Macro,
    /// A macro without parameters: a named value (light).
    Define,
    /// A module inside a file, or a namespace.
    Module,
}

impl SymbolKind {
    /// Every kind, in the order of the codec.
    pub const ALL: [SymbolKind; 17] = [
        Self::Function,
        Self::Method,
        Self::Class,
        Self::Struct,
        Self::Enum,
        Self::Variant,
        Self::Union,
        Self::Trait,
        Self::Interface,
        Self::Impl,
        Self::Type,
        Self::Field,
        Self::Constant,
        Self::Variable,
        Self::Macro,
        Self::Define,
        Self::Module,
    ];

    /// Its place in [`Self::ALL`].
    pub fn place(self) -> u8 {
        self as u8
    }

    /// The word used in rules, options and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Method => "method",
            Self::Class => "class",
            Self::Struct => "struct",
            Self::Enum => "enum",
            Self::Variant => "variant",
            Self::Union => "union",
            Self::Trait => "trait",
            Self::Interface => "interface",
            Self::Impl => "impl",
            Self::Type => "type",
            Self::Field => "field",
            Self::Constant => "constant",
            Self::Variable => "variable",
            Self::Macro => "macro",
            Self::Define => "define",
            Self::Module => "module",
        }
    }

    /// The kind with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == word)
    }

    /// Light symbols are named and can be found, but carry no importance of their own: what refers to them
    /// refers to the type or file that holds them. There are millions of them in a kernel.
    pub fn is_light(self) -> bool {
        matches!(self, Self::Variant | Self::Field | Self::Define)
    }

    /// Whether members can be looked up in it.
    pub fn is_type(self) -> bool {
        matches!(
            self,
            Self::Class
                | Self::Struct
                | Self::Enum
                | Self::Union
                | Self::Trait
                | Self::Interface
                | Self::Type
        )
    }

    /// Whether it can be called as a function.
    pub fn is_callable(self) -> bool {
        matches!(self, Self::Function | Self::Method | Self::Macro)
    }
}

/// How a name is used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefKind {
    /// Called or instantiated.
    Call,
    /// Named as a type.
    Type,
    /// Named as a base class, a bound or an implemented trait.
    Inherit,
    /// Named in an import.
    Import,
    /// Read.
    Read,
    /// Assigned to.
    Write,
    /// Used as a decorator or attribute.
    Decorator,
    /// Invoked as a macro.
    Macro,
}

impl RefKind {
    /// Every kind, in the order of the codec.
    pub const ALL: [RefKind; 8] = [
        Self::Call,
        Self::Type,
        Self::Inherit,
        Self::Import,
        Self::Read,
        Self::Write,
        Self::Decorator,
        Self::Macro,
    ];

    /// The word used in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Type => "type",
            Self::Inherit => "inherit",
            Self::Import => "import",
            Self::Read => "read",
            Self::Write => "write",
            Self::Decorator => "decorator",
            Self::Macro => "macro",
        }
    }
}

/// What names a scope holds and who sees them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeKind {
    /// A file or an inline module: names can be looked up from outside.
    Module,
    /// A type's body: names are members.
    Class,
    /// A function, lambda or comprehension: names are local.
    Function,
    /// A block: names are local and later statements of the enclosing function do not see them.
    Block,
}

/// How a binding binds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BindMode {
    /// `target = value`: at module and class level it declares a variable, a constant or a field.
    Assign,
    /// `let target = value`.
    Let,
    /// `target += value`: reads and writes.
    Update,
    /// `for target in value`: the target is an element.
    For,
    /// `with value as target`.
    With,
    /// A parameter.
    Parameter,
    /// A type parameter.
    Type,
}

/// One rule as written: the role of a node kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum RawRole {
    /// Never looked into.
    Skip {},
    /// A comment: documentation of the definition that follows.
    Comment {},
    /// A decorator or attribute of the definition that follows.
    Attribute {},
    /// Holds a definition and what decorates it; the definition's span starts here.
    Wrap {
        /// Token → the kind of the variables declared in it (`const` → constant).
        #[serde(default)]
        kinds: BTreeMap<String, SymbolKind>,
    },
    /// Makes a declaration, listed names or an imported module's names visible outside.
    Export {
        /// The field with the path of the module whose names are passed on.
        from: Option<String>,
        /// The field with a value that is exported under the name in `default`.
        value: Option<String>,
        /// The token, and the name, of the default export.
        default: Option<String>,
        /// Kinds of nameless values that are definitions called `default`.
        #[serde(default)]
        kinds: BTreeMap<String, SymbolKind>,
    },
    /// A definition.
    Define(RawDefine),
    /// Gives members to a type that is defined elsewhere (Rust's `impl`).
    Extend {
        #[serde(rename = "type")]
        type_: String,
        #[serde(rename = "trait")]
        trait_: Option<String>,
    },
    /// Opens a scope without defining anything. A class scope belongs to the definition around it.
    Scope {
        kind: ScopeKind,
        /// Fields whose names are bound inside: a lone parameter, a function expression's own name.
        #[serde(default)]
        binds: Vec<String>,
        /// The field that is visited last, because what it uses is bound after it (comprehensions).
        late: Option<String>,
        /// It stands for a collection of this type of what is in `late`.
        of: Option<String>,
        /// It stands for what its last child stands for (a block that ends in an expression).
        #[serde(default)]
        value: bool,
    },
    /// Stands for nothing if it ends in this (`f();`).
    Statement { end: String },
    /// Looks at `value`, and then takes it apart in the patterns of the other children; stands for what one of its
    /// arms stands for.
    Match { value: String },
    /// One arm of a match.
    Arm { value: String },
    /// Stands for one of the values in these fields; without any, for its first or its last child.
    Either {
        #[serde(default)]
        of: Vec<String>,
        /// What it binds is bound in a scope of its own.
        scope: Option<ScopeKind>,
    },
    /// A tuple, of values or of types.
    Tuple {},
    /// `name: value` in a value or pattern of a type with fields: the name is a field of that type. Without the
    /// field `value` it is a name here, too.
    Field { name: String, value: Option<String> },
    /// Types of fields without names.
    Positional { types: String },
    /// What the condition says of the types of names holds in `then`; if there is none, from here on.
    Guard { condition: String, then: Option<String> },
    /// `left: bounds` says more of a type parameter.
    Where { left: String, bounds: String },
    /// The type of something that can be called: named by `trait`, or `fn`, with what it gives as its argument.
    FunctionType {
        #[serde(rename = "trait")]
        trait_: String,
        result: String,
    },
    /// A type as what it is by a trait.
    SeenAs {
        #[serde(rename = "type")]
        type_: String,
        #[serde(rename = "as")]
        as_: String,
    },
    /// An operator between two values, told by its text: a call of a method of the value on the `left`.
    Operator {
        left: String,
        operator: String,
        /// Operator → method.
        methods: BTreeMap<String, String>,
    },
    /// Each plain name directly in it is a definition of this kind.
    Listed { kind: SymbolKind },
    /// Binds the names in `target`.
    Bind {
        target: String,
        #[serde(rename = "type")]
        type_: Option<String>,
        value: Option<String>,
        mode: BindMode,
        /// The names are bound in a scope of the statement's own.
        scope: Option<ScopeKind>,
    },
    /// Several values or targets: with one element it stands for that, with more nothing is known of them.
    Several {},
    /// A parameter list: plain names in it bind.
    Parameters {},
    /// The names in it are bound outside the function.
    Outer {},
    /// A pattern: names bind, but the `read` fields are read; `*` is the first child.
    Pattern {
        #[serde(default)]
        read: Vec<String>,
        /// The value is that of the match around it.
        #[serde(default)]
        of_match: bool,
    },
    /// In a pattern, what stands for the rest (`*rest`, `..`): nothing is known of it.
    Rest {},
    /// A name.
    Name {},
    /// A name of a type.
    TypeName {},
    /// A type that the language itself provides.
    Builtin {},
    /// A literal of a built-in type.
    Literal {
        of: String,
        /// Nothing in it is looked at.
        #[serde(default)]
        opaque: bool,
        /// What opens a hole for an expression; without it in the text, nothing in it is looked at.
        holes: Option<String>,
        /// Its children are elements of it.
        #[serde(default)]
        elements: bool,
    },
    /// The receiver.
    SelfValue {},
    /// `object.name`.
    Member { object: String, name: String },
    /// `a.b.c` as a flat list of names. In a pattern a single name binds, several are read.
    Dotted {},
    /// `prefix::name`.
    Path { prefix: String, name: String },
    /// A call.
    Call { function: String },
    /// A macro's invocation.
    Macro { function: String },
    /// `Type { … }`, `new Type(…)`.
    Construct {
        #[serde(rename = "type")]
        type_: String,
        /// A name that begins with a small letter is none of ours (`<div>`).
        #[serde(default)]
        capitalised: bool,
    },
    /// `value[…]`.
    Index { value: String },
    /// A type with arguments; the base may be `*`, the first child.
    Generic { base: String },
    /// One of several types: stands for the only one that is named (`Node | None`).
    Union {},
    /// Stands for what it holds.
    Unwrap {
        #[serde(default)]
        by: UnwrapBy,
    },
    /// What it holds is a type.
    TypeContext {},
    /// What it holds are bases or bounds.
    Bases {
        /// Only directly among a type's members; elsewhere it means nothing.
        #[serde(default)]
        members_only: bool,
    },
    /// `name = value` among arguments: the name, or the first child for `*`, refers to nothing here.
    Keyword { name: String },
    /// `return value`, or `yield value`.
    Return {
        #[serde(default)]
        yields: bool,
    },
    /// Raw tokens of a macro: names in them are references.
    Tokens {},
    /// An import statement.
    Import {
        /// The field with the module's path.
        from: Option<String>,
        /// A plain path binds this much of itself: `first` (`import a.b` binds `a`), `last` (Rust, Go),
        /// `none` (C).
        #[serde(default)]
        binds: ImportBinds,
        /// The statement makes what it imports visible to importers of this file.
        #[serde(default)]
        reexport: bool,
        /// What is imported are names of the module `from`.
        #[serde(default)]
        names: bool,
        /// The field with a new name for the whole module (Go).
        alias: Option<String>,
    },
    /// Inside an import or export: `path as alias`; the alias may be `*`, the first child.
    ImportAlias { path: String, alias: String },
    /// Inside an import: everything.
    ImportAll {
        /// Python's `*` and Rust's `path::*` bind all names; JavaScript's `* as name` binds the module.
        #[serde(default)]
        as_module: bool,
    },
    /// Inside an import: a list below a common path.
    ImportList { path: Option<String>, list: Option<String> },
    /// Inside an import: a plain name directly in it binds the module's default export (JavaScript).
    ImportDefault {},
}

/// What unwrapping does to a type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnwrapBy {
    /// Parentheses, references: nothing.
    #[default]
    Nothing,
    /// `await`.
    Await,
    /// Rust's `?`.
    Try,
}

/// How much of a plain imported path becomes a name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportBinds {
    /// Its first segment.
    First,
    /// Its last segment.
    #[default]
    Last,
    /// Nothing: its names become visible as they are.
    None,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawDefine {
    pub(crate) kind: SymbolKind,
    /// Where the name is: a path of fields, `/`-separated; `field/**` follows the field as long as it is there.
    /// The first alternative that leads to a node wins.
    pub(crate) name: OneOrMany,
    /// The scope that it opens.
    pub(crate) scope: Option<ScopeKind>,
    /// The field after which the signature ends, and without which it is only declared.
    pub(crate) body: Option<String>,
    /// The field with the declared type: of a value, or what a function returns.
    #[serde(rename = "type")]
    pub(crate) type_: Option<String>,
    /// The field with the value.
    pub(crate) value: Option<String>,
    /// The field with base classes or bounds.
    pub(crate) bases: Option<String>,
    /// The field with the receiver, whose type owns the definition (Go).
    pub(crate) receiver: Option<String>,
    /// The field with type parameters, where these are not bindings of their own.
    pub(crate) type_parameters: Option<String>,
    /// The kind instead of `kind` where the name path met this node kind, or the value or nameless type is of it.
    #[serde(default)]
    pub(crate) kinds: BTreeMap<String, SymbolKind>,
    /// It is a definition only where `kinds` has the value.
    #[serde(default)]
    pub(crate) only_kinds: bool,
    /// It is a definition only if this field is there.
    pub(crate) requires: Option<String>,
    /// It is a definition only directly inside a module or class; elsewhere its names are locals.
    #[serde(default)]
    pub(crate) outer_only: bool,
    /// Without the body field it names a module that stands in another file.
    #[serde(default)]
    pub(crate) file_without_body: bool,
    /// It is visible outside whatever its modifiers say.
    #[serde(default)]
    pub(crate) inherit_visibility: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub(crate) fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRules {
    /// Node kind → role.
    pub(crate) nodes: BTreeMap<String, RawRole>,
}

/// What is wrong with a language's folder.
#[derive(Debug, Error)]
pub enum RuleError {
    /// The file is not TOML of the vocabulary.
    #[error("grammars/{lang}/{file}: {message}")]
    Syntax {
        /// The folder.
        lang: String,
        /// The file in it.
        file: &'static str,
        /// What and where.
        message: String,
    },
    /// A rule names a node kind that the parser does not have.
    #[error(
        "grammars/{lang}/rules.toml: the parser has no node kind `{kind}`; see the grammar's node-types.json"
    )]
    NoSuchKind {
        /// The folder.
        lang: String,
        /// The unknown kind.
        kind: String,
    },
    /// A rule names a field that the parser does not have.
    #[error("grammars/{lang}/rules.toml: `{kind}` names a field `{field}` that the parser does not have")]
    NoSuchField {
        /// The folder.
        lang: String,
        /// The rule's node kind.
        kind: String,
        /// The unknown field.
        field: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_at_its_place() {
        assert!(SymbolKind::ALL.iter().enumerate().all(|(at, kind)| usize::from(kind.place()) == at));
    }
}
