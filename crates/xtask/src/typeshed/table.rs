//! How is the table written?

use super::expr::Expr;
use super::resolve::{Found, Library, STANDS_FOR, Scope, Type, last};
use super::stub::{Function, Item};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const HEAD: &str = r#"# What calls and attributes of Python's standard library give. Written by `cargo xtask typeshed`; do not edit.
#
# Taken from the stubs of typeshed (https://github.com/python/typeshed), here VERSION.
# typeshed is licensed under the Apache License 2.0; parts of it are licensed under the MIT license,
# Copyright (c) 2015 Jukka Lehtosalo and contributors.
#
# Types: `str`, `re.Match` classes, those of builtins by their name alone; `list[str]` with arguments, `tuple[str, ...]`
# with any number of them; `$0` the first type parameter of the class; `self` the class of the receiver; `A | B` one
# of several; `?` anything. `typing.Callable[?, T]`, which is no class, gives T when it is called,
# `typing.Coroutine[?, ?, T]` when it is awaited. None and Any are left out, and so is whatever gives nothing else.
# `(typing.Iterable[%0]) -> list[%0]` binds `%0` by its arguments; `*T` stands for all further ones. Of several such
# forms in a list, the one with as many parameters as there are arguments is meant, or else the first.
#
# [alias]     a name, and the class that it stands for as it is called below
# [function]  what a call of it gives
# [value]     the type of a variable of a module
# [class]     params: how many type parameters; bases; new: what a call of the class gives, if that is not the class
#             with unknown arguments; methods: what a call of them gives; fields: attributes and properties
"#;

/// Members with two underscores that say something of how a value is used.
const SPECIAL: &[&str] = &[
    "__add__",
    "__aenter__",
    "__aiter__",
    "__and__",
    "__anext__",
    "__await__",
    "__call__",
    "__enter__",
    "__floordiv__",
    "__get__",
    "__getitem__",
    "__invert__",
    "__iter__",
    "__matmul__",
    "__mod__",
    "__mul__",
    "__neg__",
    "__next__",
    "__or__",
    "__pow__",
    "__radd__",
    "__rmul__",
    "__rsub__",
    "__rtruediv__",
    "__sub__",
    "__truediv__",
    "__xor__",
];

#[derive(Default)]
pub(super) struct Table {
    aliases: BTreeMap<String, String>,
    functions: BTreeMap<String, Vec<String>>,
    values: BTreeMap<String, String>,
    classes: BTreeMap<String, String>,
    /// Classes that were named.
    pub(super) named: BTreeSet<String>,
}

/// The whole table: what the modules offer, and the classes to which that leads.
pub(super) fn write(library: &mut Library, modules: &[&str], version: &str) -> String {
    let mut table = Table::default();
    for module in modules {
        for name in offered(library, module) {
            table.offer(library, module, &name);
        }
    }
    if modules.contains(&"typing") {
        for (name, class) in STANDS_FOR {
            let home = if class.contains('.') { (*class).into() } else { qualified("builtins", class) };
            table.aliases.insert(qualified("typing", name), home);
        }
    }
    let mut done = BTreeSet::new();
    while let Some(name) = table.named.iter().find(|c| !done.contains(*c)).cloned() {
        if let Some((module, path)) = library.home(&name) {
            table.class(library, &module, &path);
        }
        done.insert(name);
    }
    let mut out = HEAD.replace("VERSION", version);
    for (title, rows) in [("alias", &table.aliases), ("value", &table.values)] {
        let _ = writeln!(out, "\n[{title}]");
        for (name, ty) in rows {
            let _ = writeln!(out, "{name:?} = {ty:?}");
        }
    }
    let _ = writeln!(out, "\n[function]");
    for (name, forms) in &table.functions {
        let _ = writeln!(out, "{name:?} = {}", shown(forms));
    }
    for (name, text) in &table.classes {
        let _ = write!(out, "\n[class.{name:?}]\n{text}");
    }
    out
}

/// The public names of a module.
fn offered(library: &mut Library, module: &str) -> BTreeSet<String> {
    let Some(stub) = library.stub(module) else { return BTreeSet::new() };
    let mut names = stub.exported.clone();
    for star in &stub.stars {
        names.extend(offered(library, star));
    }
    let own = stub.items.iter().filter(|(_, item)| !matches!(item, Item::Import { .. } | Item::Variable));
    names.extend(own.map(|(name, _)| name.clone()));
    names.retain(|n| !n.starts_with('_'));
    names
}

fn shown(forms: &[String]) -> String {
    match forms {
        [one] => format!("{one:?}"),
        _ => format!("{forms:?}"),
    }
}

fn qualified(module: &str, name: &str) -> String {
    format!("{module}.{name}")
}

/// The name of a class in types.
pub(super) fn short(module: &str, name: &str) -> String {
    if module == "builtins" { name.into() } else { qualified(module, name) }
}

impl Table {
    /// Writes a name that a module offers, wherever it is defined.
    fn offer(&mut self, library: &mut Library, module: &str, name: &str) {
        let Some(Found::Item { module: home, name: original, item }) = library.find(module, name, 0) else {
            return;
        };
        let key = qualified(module, name);
        let mut scope = Scope { module: home.clone(), ..Scope::default() };
        match item {
            Item::Class(_) => {
                let class = qualified(&home, &original);
                if class != key {
                    self.aliases.insert(key, class);
                }
                self.named.insert(short(&home, &original));
            }
            Item::Functions(all) => {
                let forms = self.forms(library, &scope, &all, false);
                if !forms.is_empty() {
                    self.functions.insert(key, forms);
                }
            }
            Item::Value(expr) => {
                let ty = library.ty(&mut scope, &expr, 0);
                if let Some(text) = self.text(&ty).filter(|t| t != "typing._SpecialForm") {
                    self.values.insert(key, text);
                }
            }
            Item::Alias(expr) => self.alias(library, key, &scope, &expr),
            Item::Import { .. } | Item::Variable => {}
        }
    }

    /// Another name for a class, for a function, or for a method of an object of the module.
    fn alias(&mut self, library: &mut Library, key: String, scope: &Scope, expr: &Expr) {
        let Expr::Name(name) = expr else { return };
        match library.lookup(scope, name) {
            Some(Found::Item { module, name, item: Item::Class(_) }) => {
                self.aliases.insert(key, qualified(&module, &name));
                self.named.insert(short(&module, &name));
            }
            Some(Found::Item { module, item: Item::Functions(all), .. }) => {
                let forms = self.forms(library, &Scope { module, ..Scope::default() }, &all, false);
                if !forms.is_empty() {
                    self.functions.insert(key, forms);
                }
            }
            None => {
                let Some((object, method)) = name.split_once('.') else { return };
                let Some(Found::Item { item: Item::Value(ty), .. }) = library.lookup(scope, object) else {
                    return;
                };
                let Type::Class(class, _) = library.ty(&mut scope.clone(), &ty, 0) else { return };
                let Some((module, path)) = library.home(&class) else { return };
                let Some(found) = library.class(&module, &path) else { return };
                if let Some(Item::Functions(all)) = found.members.get(method) {
                    let scope = Scope { module, class: Some(path), ..Scope::default() };
                    let forms = self.forms(library, &scope, all, true);
                    if !forms.is_empty() {
                        self.functions.insert(key, forms);
                    }
                }
            }
            _ => {}
        }
    }

    fn class(&mut self, library: &mut Library, module: &str, path: &str) {
        let Some(class) = library.class(module, path) else { return };
        let params = library.params(module, &class);
        let mut scope = Scope {
            module: module.into(),
            class: Some(path.into()),
            params: params.clone(),
            ..Scope::default()
        };
        let mut out = String::new();
        if !params.is_empty() {
            let _ = writeln!(out, "params = {}", params.len());
        }
        let mut bases = Vec::new();
        for base in &class.bases {
            let ty = library.ty(&mut scope, base, 0);
            bases.extend(self.text(&ty));
        }
        if !bases.is_empty() {
            let _ = writeln!(out, "bases = {bases:?}");
        }
        if !params.is_empty() {
            let makers = ["__new__", "__init__"].iter().find_map(|n| match class.members.get(*n) {
                Some(Item::Functions(all)) => {
                    Some(self.makers(library, &scope, all)).filter(|f| !f.is_empty())
                }
                _ => None,
            });
            if let Some(forms) = makers {
                let _ = writeln!(out, "new = {}", shown(&forms));
            }
        }
        let (mut methods, mut fields) = (Vec::new(), Vec::new());
        for (name, item) in &class.members {
            let is_special = SPECIAL.contains(&name.as_str());
            if name.starts_with('_') && !is_special {
                continue;
            }
            match item {
                Item::Functions(all) if is_property(&all[0]) => {
                    let getters: Vec<Function> = all.iter().filter(|f| is_property(f)).cloned().collect();
                    let forms = self.forms(library, &scope, &getters, true);
                    if let [one] = &forms[..] {
                        fields.push(format!("{name} = {one:?}"));
                    }
                }
                Item::Functions(all) => {
                    let forms = if name == "__get__" {
                        // The first form is that of the class itself.
                        self.forms(library, &scope, &all[all.len() - 1..], true)
                    } else {
                        self.forms(library, &scope, all, true)
                    };
                    if !forms.is_empty() {
                        methods.push(format!("{name} = {}", shown(&forms)));
                    }
                }
                Item::Value(expr) => {
                    let ty = library.ty(&mut scope, expr, 0);
                    fields.extend(self.text(&ty).map(|text| format!("{name} = {text:?}")));
                }
                _ => {}
            }
        }
        for (title, rows) in [("methods", methods), ("fields", fields)] {
            if !rows.is_empty() {
                let _ = writeln!(out, "{title} = {{ {} }}", rows.join(", "));
            }
        }
        self.classes.insert(qualified(module, path), out);
    }
}

fn is_property(function: &Function) -> bool {
    function.decorators.iter().any(|d| last(d).contains("property") || d == "_magic_enum_attr")
}
