//! What do the names in a stub's types mean?

use super::expr::Expr;
use super::stub::{Class, Item, Stub, read};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Imports and aliases are followed so far.
const DEEPEST: u32 = 12;

/// Protocols that only say how a thing is used, and the class by which such a thing is told here.
const SIMPLER: &[(&str, &str)] = &[
    ("_typeshed.SupportsNext", "typing.Iterator"),
    ("_typeshed.SupportsAnext", "typing.AsyncIterator"),
    ("_typeshed.SupportsKeysAndGetItem", "typing.Mapping"),
    ("_typeshed.SupportsLenAndGetItem", "typing.Sequence"),
    ("_typeshed.SupportsGetItem", "typing.Mapping"),
    ("builtins._GetItemIterable", "typing.Iterable"),
];

/// Names of `typing` that are no classes in the stub, and the classes that they stand for.
pub(super) const STANDS_FOR: &[(&str, &str)] = &[
    ("ChainMap", "collections.ChainMap"),
    ("Counter", "collections.Counter"),
    ("DefaultDict", "collections.defaultdict"),
    ("Deque", "collections.deque"),
    ("Dict", "dict"),
    ("FrozenSet", "frozenset"),
    ("List", "list"),
    ("OrderedDict", "collections.OrderedDict"),
    ("Set", "set"),
    ("Tuple", "tuple"),
    ("Type", "type"),
];

/// A type of the table's language.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Type {
    /// Anything, or not to be told.
    Unknown,
    None,
    /// A class by its module and name, with its arguments; those of `builtins` by the name alone.
    Class(String, Vec<Type>),
    /// A type parameter of the class.
    Param(usize),
    /// A type variable of the function.
    Own(usize),
    /// The class of the receiver.
    Receiver,
    Union(Vec<Type>),
    Dots,
}

/// Where a type is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    pub(super) module: String,
    /// The class around it.
    pub(super) class: Option<String>,
    /// The names of the class's type parameters.
    pub(super) params: Vec<String>,
    /// The names of the function's type variables, as far as they are known.
    pub(super) own: Vec<String>,
    /// Whether variables that are met are noted as the function's own.
    pub(super) collects: bool,
    /// The variable that stands for the receiver.
    pub(super) receiver: Option<String>,
    /// What a generic alias was given for its variables.
    pub(super) given: Vec<(String, Type)>,
}

/// What a name was found to be, and where.
#[derive(Clone, Debug)]
pub(super) enum Found {
    Module(String),
    Item { module: String, name: String, item: Item },
}

/// Gives the text of a module's stub and whether it is a package.
pub(super) type Source = Box<dyn Fn(&str) -> Option<(String, bool)>>;

/// All stubs, read when they are asked for.
pub(super) struct Library {
    source: Source,
    stubs: BTreeMap<String, Option<Rc<Stub>>>,
}

impl Library {
    pub(super) fn new(source: Source) -> Self {
        Self { source, stubs: BTreeMap::new() }
    }

    pub(super) fn stub(&mut self, module: &str) -> Option<Rc<Stub>> {
        if let Some(known) = self.stubs.get(module) {
            return known.clone();
        }
        let stub = (self.source)(module).map(|(text, is_package)| Rc::new(read(&text, module, is_package)));
        self.stubs.insert(module.into(), stub.clone());
        stub
    }

    /// What a module binds under a name, through imports.
    pub(super) fn find(&mut self, module: &str, name: &str, depth: u32) -> Option<Found> {
        let stub = self.stub(module)?;
        if depth > DEEPEST {
            return None;
        }
        match stub.items.get(name) {
            Some(Item::Import { module: from, name: None }) => Some(Found::Module(from.clone())),
            Some(Item::Import { module: from, name: Some(original) }) => {
                if from != module
                    && let Some(found) = self.find(from, original, depth + 1)
                {
                    return Some(found);
                }
                let submodule = if from.is_empty() { original.clone() } else { format!("{from}.{original}") };
                self.stub(&submodule).map(|_| Found::Module(submodule))
            }
            Some(item) => Some(Found::Item { module: module.into(), name: name.into(), item: item.clone() }),
            None => stub.stars.iter().find_map(|star| {
                let offers = self.stub(star).is_some_and(|s| s.offers(name));
                if offers { self.find(star, name, depth + 1) } else { None }
            }),
        }
    }

    /// What a name with dots means in a scope.
    pub(super) fn lookup(&mut self, scope: &Scope, name: &str) -> Option<Found> {
        let mut parts = name.split('.');
        let first = parts.next()?;
        let mut found = match &scope.class {
            Some(class) => self.member(&scope.module, class, first),
            None => None,
        };
        if found.is_none() {
            found = self.find(&scope.module, first, 0);
        }
        if found.is_none() {
            found = self.find("builtins", first, 0);
        }
        for part in parts {
            found = match found? {
                Found::Module(module) => self.find(&module, part, 0).or_else(|| {
                    let inner = format!("{module}.{part}");
                    self.stub(&inner).map(|_| Found::Module(inner))
                }),
                Found::Item { module, name, item: Item::Class(_) } => self.member(&module, &name, part),
                Found::Item { .. } => None,
            };
        }
        found
    }

    /// A class in a class; other members are no types.
    fn member(&mut self, module: &str, class: &str, name: &str) -> Option<Found> {
        let outer = self.class(module, class)?;
        match outer.members.get(name)? {
            item @ Item::Class(_) => Some(Found::Item {
                module: module.into(),
                name: format!("{class}.{name}"),
                item: item.clone(),
            }),
            _ => None,
        }
    }

    /// A class by its name in its module.
    pub(super) fn class(&mut self, module: &str, path: &str) -> Option<Class> {
        let stub = self.stub(module)?;
        let mut items = &stub.items;
        let mut found = None;
        for part in path.split('.') {
            let Item::Class(class) = items.get(part)? else { return None };
            items = &class.members;
            found = Some(class);
        }
        found.cloned()
    }

    /// The module and the path in it of a class of the table's language.
    pub(super) fn home(&mut self, name: &str) -> Option<(String, String)> {
        if !name.contains('.') {
            return Some(("builtins".into(), name.into()));
        }
        // The longest name of a module before it is its home.
        let ends = name.rmatch_indices('.').map(|(at, _)| at);
        let mut places = ends.map(|at| (&name[..at], &name[at + 1..]));
        places.find(|(module, path)| self.class(module, path).is_some()).map(|(m, p)| (m.into(), p.into()))
    }

    /// The names of a class's type parameters, in order.
    pub(super) fn params(&mut self, module: &str, class: &Class) -> Vec<String> {
        let scope = Scope { module: module.into(), ..Scope::default() };
        let mut listed = Vec::new();
        let mut met = Vec::new();
        for base in &class.bases {
            let Expr::Index(head, arguments) = base else { continue };
            let is_list = matches!(&**head, Expr::Name(n) if matches!(last(n), "Generic" | "Protocol"));
            for argument in arguments {
                self.variables(&scope, argument, if is_list { &mut listed } else { &mut met });
            }
        }
        if listed.is_empty() { met } else { listed }
    }

    fn variables(&mut self, scope: &Scope, expr: &Expr, out: &mut Vec<String>) {
        match expr {
            Expr::Name(name) => {
                if let Some(Found::Item { item: Item::Variable, .. }) = self.lookup(scope, name)
                    && !out.contains(name)
                {
                    out.push(name.clone());
                }
            }
            Expr::Index(head, arguments) => {
                self.variables(scope, head, out);
                arguments.iter().for_each(|a| self.variables(scope, a, out));
            }
            Expr::Union(parts) => parts.iter().for_each(|p| self.variables(scope, p, out)),
            Expr::Dots | Expr::Other => {}
        }
    }

    /// The meaning of a type.
    pub(super) fn ty(&mut self, scope: &mut Scope, expr: &Expr, depth: u32) -> Type {
        if depth > DEEPEST {
            return Type::Unknown;
        }
        match expr {
            Expr::Dots => Type::Dots,
            Expr::Other => Type::Unknown,
            Expr::Union(parts) => union(parts.iter().map(|p| self.ty(scope, p, depth + 1)).collect()),
            Expr::Name(name) => self.named(scope, name, &[], depth),
            Expr::Index(head, arguments) => match &**head {
                Expr::Name(name) => self.named(scope, name, arguments, depth),
                _ => Type::Unknown,
            },
        }
    }

    fn named(&mut self, scope: &mut Scope, name: &str, arguments: &[Expr], depth: u32) -> Type {
        if name == "None" {
            return Type::None;
        }
        if matches!(name, "True" | "False") {
            return Type::Class("bool".into(), Vec::new());
        }
        let (module, found, item) = match self.lookup(scope, name) {
            Some(Found::Item { module, name, item }) => (module, name, item),
            _ => return Type::Unknown,
        };
        if let Some(ty) = self.special(scope, &module, &found, arguments, depth) {
            return ty;
        }
        match item {
            Item::Variable => variable(scope, &found),
            Item::Alias(expr) => {
                let mut inner = Scope { module, ..Scope::default() };
                let mut names = Vec::new();
                self.variables(&inner, &expr, &mut names);
                let given: Vec<Type> = arguments.iter().map(|a| self.ty(scope, a, depth + 1)).collect();
                if names.is_empty() && !given.is_empty() {
                    // `List = list`, given an argument.
                    return match self.ty(&mut inner, &expr, depth + 1) {
                        Type::Class(name, none) if none.is_empty() => Type::Class(name, given),
                        other => other,
                    };
                }
                inner.given = names
                    .into_iter()
                    .zip(given.into_iter().chain(std::iter::repeat(Type::Unknown)))
                    .collect();
                self.ty(&mut inner, &expr, depth + 1)
            }
            Item::Class(_) => {
                let mut qualified = if module == "builtins" { found } else { format!("{module}.{found}") };
                let whole =
                    if module == "builtins" { format!("builtins.{qualified}") } else { qualified.clone() };
                if let Some((_, simpler)) = SIMPLER.iter().find(|(from, _)| *from == whole) {
                    qualified = (*simpler).into();
                } else if whole.starts_with("_typeshed.") || whole == "builtins.object" {
                    return Type::Unknown;
                }
                let arguments = arguments.iter().map(|a| self.ty(scope, a, depth + 1)).collect();
                Type::Class(qualified, arguments)
            }
            _ => Type::Unknown,
        }
    }

    /// The forms that are no classes.
    fn special(
        &mut self,
        scope: &mut Scope,
        module: &str,
        name: &str,
        arguments: &[Expr],
        depth: u32,
    ) -> Option<Type> {
        if !matches!(module, "typing" | "typing_extensions" | "types") {
            return None;
        }
        let mut of = |n: usize| arguments.get(n).map_or(Type::Unknown, |a| self.ty(scope, a, depth + 1));
        let class = |name: &str, arguments| Type::Class(name.into(), arguments);
        Some(match (name, module) {
            ("Any" | "Concatenate" | "Unpack" | "ParamSpec" | "Generic" | "Protocol", _) => Type::Unknown,
            ("Never" | "NoReturn", _) => Type::None,
            ("Self", _) => Type::Receiver,
            (
                "Optional" | "Annotated" | "ClassVar" | "Final" | "Required" | "NotRequired" | "ReadOnly",
                _,
            ) => of(0),
            ("Union", "typing") => union((0..arguments.len()).map(of).collect()),
            ("Literal", _) => literal(arguments),
            ("LiteralString", _) => class("str", Vec::new()),
            ("TypeGuard" | "TypeIs", _) => class("bool", Vec::new()),
            // What it is called with is not told.
            ("Callable", _) => class("typing.Callable", vec![Type::Unknown, of(1)]),
            ("NoneType", _) => Type::None,
            _ => {
                let (_, stands_for) = STANDS_FOR.iter().find(|(n, _)| *n == name && module != "types")?;
                class(stands_for, (0..arguments.len()).map(of).collect())
            }
        })
    }
}

/// A literal is of the type of its values, if they are of one; quotes around texts were taken for those of types.
fn literal(arguments: &[Expr]) -> Type {
    let kind = |e: &Expr| match e {
        Expr::Name(n) if n == "True" || n == "False" => "bool",
        Expr::Name(n) if n == "int" => "int",
        Expr::Name(n) if n == "bytes" => "bytes",
        Expr::Name(n) if n == "None" => "None",
        Expr::Name(n) if n.contains('.') => "?",
        _ => "str",
    };
    let mut kinds: Vec<&str> = arguments.iter().map(kind).filter(|k| *k != "None").collect();
    kinds.dedup();
    match kinds[..] {
        [one] if one != "?" => Type::Class(one.into(), Vec::new()),
        _ => Type::Unknown,
    }
}

fn variable(scope: &mut Scope, name: &str) -> Type {
    if let Some((_, ty)) = scope.given.iter().find(|(n, _)| n == name) {
        return ty.clone();
    }
    if scope.receiver.as_deref() == Some(name) {
        return Type::Receiver;
    }
    if let Some(at) = scope.params.iter().position(|p| p == name) {
        return Type::Param(at);
    }
    let known = scope.own.iter().position(|p| p == name);
    match known {
        Some(at) => Type::Own(at),
        None if scope.collects => {
            scope.own.push(name.into());
            Type::Own(scope.own.len() - 1)
        }
        None => Type::Unknown,
    }
}

/// Without what is not known and without None, as long as something is left.
fn union(parts: Vec<Type>) -> Type {
    let mut out: Vec<Type> = Vec::new();
    let mut unknown = false;
    for part in parts {
        let inner = if let Type::Union(inner) = part { inner } else { vec![part] };
        for ty in inner {
            unknown |= ty == Type::Unknown;
            if !matches!(ty, Type::Unknown | Type::None) && !out.contains(&ty) {
                out.push(ty);
            }
        }
    }
    match out.len() {
        0 if unknown => Type::Unknown,
        0 => Type::None,
        1 => out.remove(0),
        _ => Type::Union(out),
    }
}

/// The last name of one with dots.
pub(super) fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
