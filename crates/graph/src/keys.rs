//! The keys of look-ups and of name nodes.

use std::sync::LazyLock;

use lodemap_base::{NameKey, ScopeKey, member_key, name_key, scope_key};

/// Names that are matched by name alone are kept apart by what they can be.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NameClass {
    /// Methods, called on a receiver whose type is not known.
    Member,
    /// Functions, macros and globals of a language without modules (C).
    Free,
    /// Types of a language without modules.
    FreeType,
    /// Macros (Rust).
    Macro,
}

/// The key of a name node: names are shared by the languages of a family. Its highest bit is set, so that it can be told
/// from the number of anything.
pub fn class_key(class: NameClass, family: &str, name: NameKey) -> u64 {
    let table = match class {
        NameClass::Member => "member",
        NameClass::Free => "free",
        NameClass::FreeType => "free-type",
        NameClass::Macro => "macro",
    };
    member_key(scope_key(table, family), name) | 1 << 63
}

/// The half of a look-up's key that is kept. Keys are hashes: that another key has the same half, one in four thousand
/// million, makes a file be resolved again to the same end.
pub fn half(key: u64) -> u32 {
    (key >> 32) as u32
}

/// The key of a file's own scope. That of any other scope is the key of the symbol that opens it, which says by what
/// kinds of symbols it is enclosed: what a scope sees around it follows from its key.
pub(crate) fn file_scope(path: &str) -> ScopeKey {
    scope_key("file", path)
}

/// The look-up of a path: does this file or folder exist, and what kind of folder is it?
pub(crate) fn path_lookup(path: &str) -> u64 {
    member_key(scope_key("path", path), NameKey(0))
}

/// The look-up of all star imports of a scope.
pub(crate) fn globs(scope: ScopeKey) -> u64 {
    static STAR: LazyLock<NameKey> = LazyLock::new(|| name_key("*"));
    member_key(scope, *STAR)
}

/// The look-up of the implementations for types called `name`.
pub(crate) fn impls(name: NameKey) -> u64 {
    static IMPLS: LazyLock<ScopeKey> = LazyLock::new(|| scope_key("impls", ""));
    member_key(*IMPLS, name)
}

/// The look-up of the macros called `name`, wherever they stand.
pub(crate) fn macros(name: NameKey) -> u64 {
    static MACROS: LazyLock<ScopeKey> = LazyLock::new(|| scope_key("macros", ""));
    member_key(*MACROS, name)
}

/// The name under which implementations for all types with some bound are kept.
pub(crate) fn blanket() -> NameKey {
    static BLANKET: LazyLock<NameKey> = LazyLock::new(|| name_key("impl for all"));
    *BLANKET
}

/// The look-up of a member in the implementations for all types.
pub(crate) fn blanket_member(name: NameKey) -> u64 {
    static MEMBERS: LazyLock<ScopeKey> = LazyLock::new(|| scope_key("impl for all", ""));
    member_key(*MEMBERS, name)
}

/// The look-up of what is declared of a symbol's type.
pub(crate) fn typed(symbol: u64) -> u64 {
    static TYPED: LazyLock<ScopeKey> = LazyLock::new(|| scope_key("typed", ""));
    member_key(*TYPED, NameKey(symbol))
}

/// The look-up of the files called `name`.
pub(crate) fn file_name(name: &str) -> u64 {
    member_key(scope_key("file-name", ""), name_key(name))
}

/// The look-up of a module's place in the tree of crates.
pub(crate) fn place(path: &str) -> u64 {
    member_key(scope_key("place", path), NameKey(0))
}

/// The look-up of the folders on Python's path.
pub(crate) fn python_roots() -> u64 {
    repository_wide("python-roots")
}

/// The look-up of the module paths of all `go.mod`.
pub(crate) fn go_modules() -> u64 {
    repository_wide("go-modules")
}

/// The look-up of the package names of all `package.json`.
pub(crate) fn node_packages() -> u64 {
    repository_wide("node-packages")
}

fn repository_wide(table: &str) -> u64 {
    member_key(scope_key(table, ""), NameKey(0))
}

/// The look-up of what a `Cargo.toml` says of its library and its dependencies.
pub(crate) fn cargo(manifest: &str) -> u64 {
    member_key(scope_key("cargo", manifest), NameKey(0))
}

/// The look-up of the folders in which a top-level module can be found.
pub(crate) fn top(name: &str) -> u64 {
    member_key(scope_key("top", ""), name_key(name))
}

/// The look-up of a name in all files of a folder.
pub(crate) fn package(dir: &str, name: NameKey) -> u64 {
    member_key(scope_key("package", dir), name)
}

/// The hash of a path in the tables of files and folders.
pub(crate) fn path_hash(path: &str) -> u64 {
    name_key(path).0
}

/// Mixes values into one hash, in their order.
#[derive(Clone, Copy)]
pub(crate) struct Mix(pub(crate) u64);

impl Mix {
    pub(crate) fn with(self, value: u64) -> Self {
        Self(member_key(ScopeKey(self.0), NameKey(value ^ 0x9e37_79b9_7f4a_7c15)))
    }
}
