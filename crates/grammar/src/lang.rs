//! What a language's `lang.toml` says.

use lodemap_base::NameKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::rules::RuleError;
use crate::table::Table;

/// A language, as an index into the registry; the order is that of the registry and fixed at build time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lang(pub u8);

/// How deep Lodemap understands a language.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// Scopes, imports and names are resolved to definitions.
    Full,
    /// Imports are resolved to files, names through them where they are imported by name.
    Files,
}

/// How a path in an import becomes a file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportStyle {
    /// `a.b.c` below a list of roots, leading dots relative to the package (Python).
    Dotted,
    /// Paths through a tree of modules that begins at a crate's root (Rust).
    ModuleTree,
    /// `./x` beside the importing file, with extensions and index files tried (JavaScript, TypeScript).
    Relative,
    /// A path to a folder, whose files are one package (Go).
    Package,
    /// The text of another file (C).
    Include,
}

/// How to tell what is visible outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisibilityStyle {
    /// A leading underscore hides.
    Underscore,
    /// A visibility modifier shows.
    Modifier,
    /// A capital first letter shows.
    Capitalised,
    /// An `export` around it shows.
    Export,
    /// `static` hides.
    Static,
}

/// Where documentation stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocStyle {
    /// A string as the first statement of the body.
    Docstring,
    /// The comment right before the definition.
    Comment,
}

/// The conventions of a language that no single node tells.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conventions {
    /// How imports lead to files.
    pub imports: ImportStyle,
    /// Between the segments of an imported path.
    pub separator: String,
    /// How visibility is told.
    pub visibility: VisibilityStyle,
    /// The node kind of a visibility modifier or storage class.
    #[serde(default)]
    pub visibility_node: Option<String>,
    /// Where documentation stands.
    pub doc: DocStyle,
    /// A function in a class has its receiver as first parameter (Python).
    #[serde(default)]
    pub first_parameter_is_self: bool,
    /// A function directly in a class is a method; with `false` functions never change their kind.
    #[serde(default)]
    pub functions_in_classes_are_methods: bool,
    /// Names bound in a class body are not seen by the functions in it (Python).
    #[serde(default)]
    pub class_scope_is_closed: bool,
    /// Names bound in a class body are members only: no plain name means them, not even in the body (Rust).
    #[serde(default)]
    pub class_scope_is_empty: bool,
    /// The name of the type around, which is looked up from its body all the same (`Self`).
    #[serde(default)]
    pub self_type: Option<String>,
    /// A name is the same in a whole function, wherever in it it is bound (Python, `var`).
    #[serde(default)]
    pub names_are_hoisted: bool,
    /// A capitalised name in a pattern is a constant, not a new variable (Rust).
    #[serde(default)]
    pub capitalised_patterns_are_read: bool,
    /// The module-level variable that lists what `*` exports (Python's `__all__`).
    #[serde(default)]
    pub export_list: Option<String>,
    /// Attributes or decorators that mark a test, as prefixes of their text.
    #[serde(default)]
    pub test_attributes: Vec<String>,
    /// Functions whose names begin so are tests.
    #[serde(default)]
    pub test_prefixes: Vec<String>,
    /// Where a type stands, a text is a type too (Python's forward references).
    #[serde(default)]
    pub quoted_types: bool,
    /// Types whose arguments are values, not types (`Literal`).
    #[serde(default)]
    pub literal_types: Vec<String>,
    /// Types whose arguments are types wherever they stand: an index into them is one of types.
    #[serde(default)]
    pub generic_types: Vec<String>,
    /// Operators, and the methods that say what they give, as `+ __add__`.
    #[serde(default)]
    pub operators: Vec<(String, String)>,
    /// What may stand before a name without being a part of it (Rust's `r#`).
    #[serde(default)]
    pub raw_prefix: Option<String>,
    /// An attribute that names the file of a module (`path`).
    #[serde(default)]
    pub path_attribute: Option<String>,
    /// An attribute that puts a macro at the root of its crate, for other crates too (`macro_export`).
    #[serde(default)]
    pub export_attribute: Option<String>,
    /// An attribute of a module whose macros are seen after it (`macro_use`).
    #[serde(default)]
    pub macro_use_attribute: Option<String>,
    /// Macros of the language's own library, sorted: where none of ours is in force, they are meant.
    #[serde(default)]
    pub library_macros: Vec<String>,
    /// Macros that put the values they define into a type of a library: macro → type.
    #[serde(default)]
    pub wrapping_macros: BTreeMap<String, String>,
    /// Words that begin an item, sorted: a macro whose tokens have one may define something.
    #[serde(default)]
    pub item_words: Vec<String>,
    /// Blocks are told by their indentation (Python), not by brackets.
    #[serde(default)]
    pub indented: bool,
    /// What begins and ends texts of several lines: where one stands, lines tell nothing of the language.
    #[serde(default)]
    pub long_texts: Vec<(String, String)>,
    /// Words of items between whose members a large text may be cut, to be parsed in pieces.
    #[serde(default)]
    pub divided: Vec<String>,
    /// Functions whose call with a text is an import of the module at that path (`require`).
    #[serde(default)]
    pub import_calls: Vec<String>,
    /// Assigning to a plain name declares nothing, since names are declared (JavaScript); assigning to a
    /// member of the receiver declares a field.
    #[serde(default)]
    pub names_are_declared: bool,
    /// Extensions that an import may leave out, in the order in which they are tried.
    #[serde(default)]
    pub import_extensions: Vec<String>,
    /// Names that stand for a folder in an import, without extension.
    #[serde(default)]
    pub index_names: Vec<String>,
    /// Names that every file sees without an import; they never lead into the repository unless defined there.
    #[serde(default)]
    pub builtins: Vec<String>,
    /// Methods that the language's own strings, lists and the like have: called on something of unknown type they
    /// hardly ever mean a definition of the repository.
    #[serde(default)]
    pub common_members: Vec<String>,
    /// Decorators that make a method be read like a field.
    #[serde(default)]
    pub property_attributes: Vec<String>,
    /// Decorators of what is defined again: as prefixes of their text, or as its end if they begin with a dot.
    #[serde(default)]
    pub again_attributes: Vec<String>,
    /// Methods that call a function with each element of their receiver.
    #[serde(default)]
    pub element_closures: Vec<String>,
    /// The function whose call stands for the bases of the type around (`super`).
    #[serde(default)]
    pub super_call: Option<String>,
    /// Functions of libraries that give something of their first argument.
    #[serde(default)]
    pub argument_calls: Vec<String>,
    /// Functions of libraries that call a function with the elements of their first argument.
    #[serde(default)]
    pub element_calls: Vec<String>,
    /// What functions declare of their parameters is kept, and with what they are called.
    #[serde(default)]
    pub keeps_parameters: bool,
    /// What is revealed of values is followed to their types.
    #[serde(default)]
    pub infers: bool,
    /// The function that tells whether a value, its first argument, is of a type, its second (`isinstance`).
    #[serde(default)]
    pub type_test: Option<String>,
    /// Assigned variables in capitals are constants.
    #[serde(default)]
    pub capitals_are_constants: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawLang {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) family: String,
    pub(crate) depth: Depth,
    pub(crate) extensions: Vec<String>,
    #[serde(default)]
    pub(crate) filenames: Vec<String>,
    #[serde(default)]
    pub(crate) shebangs: Vec<String>,
    pub(crate) line_comment: String,
    pub(crate) conventions: Conventions,
}

/// One supported language.
pub struct LangSpec {
    /// Its index.
    pub lang: Lang,
    /// Its name in options and answers: lower case.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Languages of a family share their names (JavaScript and TypeScript).
    pub family: String,
    /// How deep it is understood.
    pub depth: Depth,
    /// File name endings, without the dot.
    pub extensions: Vec<String>,
    /// Whole file names.
    pub filenames: Vec<String>,
    /// Interpreters named in a `#!` line.
    pub shebangs: Vec<String>,
    /// What opens a comment to the end of the line.
    pub line_comment: String,
    /// Its conventions.
    pub conventions: Conventions,
    /// Changes when the parser or the rules change: part of the key of cached facts.
    pub version: String,
    /// Tables of what its own library gives; a later one adds to those before. Their heads say how they are read.
    pub library: &'static [&'static str],
    pub(crate) common_members: Vec<NameKey>,
    pub(crate) visibility_kinds: OnceLock<Vec<u16>>,
    pub(crate) language: fn() -> tree_sitter::Language,
    pub(crate) rules: &'static [&'static str],
    pub(crate) table: OnceLock<Table>,
}

impl LangSpec {
    /// The node kinds of visibility modifiers.
    pub fn visibility_kinds(&self) -> &[u16] {
        self.visibility_kinds.get_or_init(|| match &self.conventions.visibility_node {
            Some(kind) => {
                let language = self.language();
                let is = |id: &u16| language.node_kind_for_id(*id) == Some(kind);
                (0..language.node_kind_count() as u16).filter(is).collect()
            }
            None => vec![],
        })
    }

    /// Whether the language's own types have a method of this name.
    pub fn is_common_member(&self, name: NameKey) -> bool {
        self.common_members.binary_search(&name).is_ok()
    }

    /// The parser's language.
    pub fn language(&self) -> tree_sitter::Language {
        (self.language)()
    }

    /// The compiled rules; built on first use, since most repositories need few languages.
    ///
    /// # Panics
    /// If the rules are wrong, which `cargo xtask query-check` and a unit test rule out.
    pub fn table(&self) -> &Table {
        self.table.get_or_init(|| self.check().unwrap_or_else(|e| panic!("{e}")))
    }

    /// Compiles the rules anew and says what is wrong with them.
    pub fn check(&self) -> Result<Table, RuleError> {
        crate::registry::compile_rules(&self.name, self.rules, &self.language())
    }
}
