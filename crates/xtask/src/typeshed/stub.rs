//! What does one stub define?
//!
//! Conditions on the platform are taken as on Linux; those on the version open *branches*, and whoever asks sees the
//! definitions of all of them.

use super::expr::{Expr, parse as parse_type};
use lodemap_grammar::tree_sitter::Node;
use lodemap_grammar::{ParseOutcome, parse, spec_by_name};
use std::collections::{BTreeMap, BTreeSet};

/// One stub.
#[derive(Clone, Debug, Default)]
pub(super) struct Stub {
    pub(super) items: BTreeMap<String, Item>,
    /// Modules of which all names are taken.
    pub(super) stars: Vec<String>,
    /// The names that importers may take: those of `__all__`, or that are imported under their own name.
    pub(super) exported: BTreeSet<String>,
}

impl Stub {
    /// Whether a star import of the module may bring the name.
    pub(super) fn offers(&self, name: &str) -> bool {
        let is_own = !matches!(self.items.get(name), Some(Item::Import { .. } | Item::Variable));
        self.exported.contains(name) || is_own && !name.starts_with('_')
    }
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// A name of another module, or that module itself.
    Import {
        module: String,
        name: Option<String>,
    },
    /// All definitions of a function, overloads and branches.
    Functions(Vec<Function>),
    Class(Class),
    /// A variable with its type.
    Value(Expr),
    /// Another name for a type.
    Alias(Expr),
    /// A type variable.
    Variable,
}

#[derive(Clone, Debug)]
pub(super) struct Function {
    /// 0 outside of all conditions.
    pub(super) branch: u32,
    pub(super) decorators: Vec<String>,
    pub(super) is_async: bool,
    pub(super) parameters: Vec<Parameter>,
    pub(super) returns: Expr,
}

#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub(super) ty: Option<Expr>,
    pub(super) kind: ParameterKind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ParameterKind {
    Required,
    Optional,
    /// `*args`
    Rest,
    /// By its name alone.
    Keyword,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Class {
    pub(super) bases: Vec<Expr>,
    pub(super) members: BTreeMap<String, Item>,
}

/// Reads the text of a stub.
pub(super) fn read(text: &str, module: &str, is_package: bool) -> Stub {
    let mut stub = Stub::default();
    let python = spec_by_name("python").expect("Python is a language");
    let ParseOutcome::Tree(tree) = parse(python, text.as_bytes()) else { return stub };
    let package =
        if is_package { module } else { module.rsplit_once('.').map_or("", |(package, _)| package) };
    let mut walk = Walk { text, package, branches: 0, stub: &mut stub };
    let items = walk.block(tree.root_node(), 0, true);
    stub.items = items;
    stub
}

struct Walk<'t, 's> {
    text: &'t str,
    package: &'t str,
    branches: u32,
    stub: &'s mut Stub,
}

type Items = BTreeMap<String, Item>;

impl<'t> Walk<'t, '_> {
    fn of(&self, node: Node<'_>) -> &'t str {
        &self.text[node.byte_range()]
    }

    fn field(&self, node: Node<'_>, name: &str) -> Option<&'t str> {
        node.child_by_field_name(name).map(|n| self.of(n))
    }

    fn block(&mut self, node: Node<'_>, branch: u32, outer: bool) -> Items {
        let mut items = Items::new();
        self.statements(node, branch, outer, &mut items);
        items
    }

    fn statements(&mut self, node: Node<'_>, branch: u32, outer: bool, items: &mut Items) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            match child.kind() {
                "if_statement" => self.condition(child, outer, items),
                "try_statement" => {
                    if let Some(body) = child.child_by_field_name("body") {
                        self.statements(body, branch, outer, items);
                    }
                }
                "function_definition" => self.function(child, Vec::new(), branch, items),
                "class_definition" => self.class(child, branch, items),
                "decorated_definition" => {
                    let mut inner = child.walk();
                    let found = child.named_children(&mut inner).filter(|n| n.kind() == "decorator");
                    let decorators = found.map(|n| self.of(n)[1..].trim().to_owned()).collect();
                    match child.child_by_field_name("definition") {
                        Some(n) if n.kind() == "class_definition" => self.class(n, branch, items),
                        Some(n) => self.function(n, decorators, branch, items),
                        None => {}
                    }
                }
                "expression_statement" => {
                    if let Some(n) = child.named_child(0) {
                        self.assignment(n, outer, items);
                    }
                }
                "import_statement" => self.import(child, items),
                "import_from_statement" => self.import_from(child, items),
                _ => {}
            }
        }
    }

    fn condition(&mut self, node: Node<'_>, outer: bool, items: &mut Items) {
        let mut cursor = node.walk();
        let mut decided = false;
        for child in node.named_children(&mut cursor) {
            let (test, body) = match child.kind() {
                "block" => (node.child_by_field_name("condition"), Some(child)),
                "elif_clause" => {
                    (child.child_by_field_name("condition"), child.child_by_field_name("consequence"))
                }
                "else_clause" => (None, child.child_by_field_name("body")),
                _ => continue,
            };
            let holds = test.and_then(|t| on_linux(self.of(t)));
            if let Some(body) = body.filter(|_| !decided && holds != Some(false)) {
                self.branches += 1;
                let branch = self.branches;
                self.statements(body, branch, outer, items);
            }
            decided |= holds == Some(true);
        }
    }

    fn function(&mut self, node: Node<'_>, decorators: Vec<String>, branch: u32, items: &mut Items) {
        let Some(name) = self.field(node, "name") else { return };
        let parameters =
            node.child_by_field_name("parameters").map(|n| self.parameters(n)).unwrap_or_default();
        let returns = self.field(node, "return_type").map_or(Expr::Other, parse_type);
        let is_async = self.of(node).starts_with("async");
        let function = Function { branch, decorators, is_async, parameters, returns };
        match items.get_mut(name) {
            Some(Item::Functions(all)) => all.push(function),
            Some(_) => {}
            None => _ = items.insert(name.into(), Item::Functions(vec![function])),
        }
    }

    fn parameters(&self, node: Node<'_>) -> Vec<Parameter> {
        let mut out = Vec::new();
        let mut by_name = false;
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            let ty = self.field(child, "type").map(parse_type);
            let text = self.of(child);
            let kind = match child.kind() {
                "keyword_separator" => {
                    by_name = true;
                    continue;
                }
                "comment" | "positional_separator" => continue,
                _ if text.starts_with("**") => continue,
                _ if text.starts_with('*') => {
                    by_name = true;
                    ParameterKind::Rest
                }
                _ if by_name => ParameterKind::Keyword,
                "default_parameter" | "typed_default_parameter" => ParameterKind::Optional,
                _ => ParameterKind::Required,
            };
            out.push(Parameter { ty, kind });
        }
        out
    }

    fn class(&mut self, node: Node<'_>, branch: u32, items: &mut Items) {
        let Some(name) = self.field(node, "name") else { return };
        let mut bases = Vec::new();
        if let Some(list) = node.child_by_field_name("superclasses") {
            let mut cursor = list.walk();
            let plain = list
                .named_children(&mut cursor)
                .filter(|n| !matches!(n.kind(), "keyword_argument" | "comment"));
            bases = plain.map(|n| parse_type(self.of(n))).collect();
        }
        let members =
            node.child_by_field_name("body").map(|n| self.block(n, branch, false)).unwrap_or_default();
        if let Some(Item::Class(first)) = items.get_mut(name) {
            // The same class in another branch: its own branches have other numbers.
            for (name, item) in members {
                match (first.members.get_mut(&name), item) {
                    (Some(Item::Functions(all)), Item::Functions(more)) => all.extend(more),
                    (Some(_), _) => {}
                    (None, item) => _ = first.members.insert(name, item),
                }
            }
        } else {
            items.insert(name.into(), Item::Class(Class { bases, members }));
        }
    }

    fn assignment(&mut self, node: Node<'_>, outer: bool, items: &mut Items) {
        if node.kind() == "augmented_assignment" || node.kind() == "call" {
            if outer && self.of(node).starts_with("__all__") {
                self.export_list(node);
            }
            return;
        }
        let left = node.child_by_field_name("left").filter(|n| n.kind() == "identifier");
        let (Some(left), "assignment") = (left, node.kind()) else { return };
        let name = self.of(left);
        let ty = self.field(node, "type");
        let right = node.child_by_field_name("right");
        if name == "__all__" {
            self.export_list(node);
            return;
        }
        let item = match (ty, right) {
            (Some(ty), Some(right)) if ty.ends_with("TypeAlias") => Item::Alias(parse_type(self.of(right))),
            (Some(ty), _) => Item::Value(parse_type(ty)),
            (None, Some(right)) => match right.kind() {
                "call" => match self.field(right, "function") {
                    Some("TypeVar" | "ParamSpec" | "TypeVarTuple") => Item::Variable,
                    _ => return,
                },
                "identifier" | "attribute" | "subscript" | "binary_operator" if outer => {
                    Item::Alias(parse_type(self.of(right)))
                }
                _ => return,
            },
            (None, None) => return,
        };
        items.entry(name.into()).or_insert(item);
    }

    fn export_list(&mut self, node: Node<'_>) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if child.kind() == "string" {
                self.stub.exported.insert(self.of(child).trim_matches(['"', '\'']).to_owned());
            } else {
                self.export_list(child);
            }
        }
    }

    fn import(&mut self, node: Node<'_>, items: &mut Items) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            let (module, bound) = match child.kind() {
                "aliased_import" => (self.field(child, "name"), self.field(child, "alias")),
                _ => {
                    let module = self.of(child);
                    let first = module.split('.').next().unwrap_or(module);
                    (Some(first), Some(first))
                }
            };
            if let (Some(module), Some(bound)) = (module, bound) {
                items.entry(bound.into()).or_insert(Item::Import { module: module.into(), name: None });
            }
        }
    }

    fn import_from(&mut self, node: Node<'_>, items: &mut Items) {
        let Some(from) = node.child_by_field_name("module_name") else { return };
        let module = self.absolute(self.of(from));
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor).filter(|n| *n != from) {
            let (name, bound) = match child.kind() {
                "wildcard_import" => {
                    self.stub.stars.push(module.clone());
                    continue;
                }
                "aliased_import" => (self.field(child, "name"), self.field(child, "alias")),
                "dotted_name" => (Some(self.of(child)), Some(self.of(child))),
                _ => continue,
            };
            let (Some(name), Some(bound)) = (name, bound) else { continue };
            if child.kind() == "aliased_import" && name == bound {
                self.stub.exported.insert(bound.into());
            }
            let import = Item::Import { module: module.clone(), name: Some(name.into()) };
            items.entry(bound.into()).or_insert(import);
        }
    }

    fn absolute(&self, module: &str) -> String {
        let rest = module.trim_start_matches('.');
        let dots = module.len() - rest.len();
        if dots == 0 {
            return rest.into();
        }
        let mut package = self.package;
        for _ in 1..dots {
            package = package.rsplit_once('.').map_or("", |(outer, _)| outer);
        }
        if rest.is_empty() { package.into() } else { format!("{package}.{rest}") }
    }
}

/// Whether a condition holds on Linux, if it speaks of the platform.
fn on_linux(test: &str) -> Option<bool> {
    if !test.contains("sys.platform") {
        return None;
    }
    let is_not = test.contains("!=");
    let named = test.contains("\"linux\"");
    // With a condition on the version beside it, only a refusal is certain.
    let holds = named != is_not;
    if test.contains(" and ") && holds { None } else { Some(holds) }
}
