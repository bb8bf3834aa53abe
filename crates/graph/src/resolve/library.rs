//! What libraries are known to give: a table in each language's folder.
//!
//! Types of libraries are told by their bare names, wherever they come from: `Optional` is `typing.Optional`, and
//! every `Result` has what it holds as its first argument. Functions and variables that the library's own stubs tell
//! of are told by their modules: `asyncio.run` gives something else than `subprocess.run`.

use std::sync::{LazyLock, OnceLock};

use lodemap_base::{NameKey, name_key};
use lodemap_grammar::{ImportStyle, LangSpec, languages};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::stubs::Stubs;
use super::types::{Arguments, Head, TypeId, UNKNOWN};
use super::{Resolver, Value, Values, push_new};
use crate::world::FileEntry;

/// Names with a meaning of their own.
pub(super) struct Words {
    /// Stand for their first argument.
    pub(super) transparent: FxHashSet<NameKey>,
    /// Stand for any of their arguments.
    pub(super) unions: FxHashSet<NameKey>,
    /// Stand for a class itself.
    pub(super) class_objects: FxHashSet<NameKey>,
    /// Bases that list the type parameters of a class.
    pub(super) parameter_lists: FxHashSet<NameKey>,
    /// Stands for its last argument.
    pub(super) coroutine: NameKey,
    /// What makes a type parameter.
    pub(super) type_variable: NameKey,
    /// Give their last argument when they are called.
    pub(super) callables: FxHashSet<NameKey>,
    /// Stands for the type of the receiver.
    pub(super) own_type: NameKey,
    /// Bases that make the fields of a class its instances.
    pub(super) enums: FxHashSet<NameKey>,
}

pub(super) fn words() -> &'static Words {
    static WORDS: LazyLock<Words> = LazyLock::new(|| {
        let set = |words: &[&str]| words.iter().map(|w| name_key(w)).collect();
        Words {
            transparent: set(&[
                "Optional",
                "Annotated",
                "Final",
                "ClassVar",
                "Required",
                "NotRequired",
                "ReadOnly",
                "InitVar",
                "Mapped",
                "TypeGuard",
                "Awaitable",
                "Coroutine",
            ]),
            unions: set(&["Union"]),
            class_objects: set(&["Type", "type"]),
            parameter_lists: set(&["Generic", "Protocol"]),
            coroutine: name_key("Coroutine"),
            type_variable: name_key("TypeVar"),
            callables: set(&["Callable"]),
            own_type: name_key("Self"),
            enums: set(&["Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"]),
        }
    });
    &WORDS
}

/// What a member of a library's type gives.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Form {
    /// The receiver again.
    Same,
    /// The receiver's argument at this index.
    Argument(usize),
    /// What iterating over the receiver gives.
    Element,
    /// An instance of the receiver, which is a class.
    Instance,
    /// The class of the receiver.
    Class,
    /// What calling the argument gives.
    Called,
    /// The argument.
    Given,
    /// What iterating over the inner form's values gives.
    Each(Box<Form>),
    /// The first argument of the inner form's type.
    First(Box<Form>),
    /// The type that is written with the call (`collect::<T>()`).
    Written,
    /// A type of a library.
    Type(NameKey, Vec<Form>),
}

/// What a form is filled in with.
#[derive(Clone, Copy)]
struct Call {
    receiver: TypeId,
    /// The type of the first argument.
    argument: TypeId,
    /// The type that is written with the call.
    written: TypeId,
}

impl Call {
    fn of(receiver: TypeId) -> Self {
        Self { receiver, argument: UNKNOWN, written: UNKNOWN }
    }
}

#[derive(Default)]
struct Table {
    /// (type, member) → what it gives.
    members: FxHashMap<(NameKey, NameKey), Form>,
    /// (type, attribute) → its type.
    fields: FxHashMap<(NameKey, NameKey), Form>,
    /// Member of any type → what it gives.
    any: FxHashMap<NameKey, Form>,
    /// Type → what its elements are, where they are not its first argument.
    elements: FxHashMap<NameKey, Form>,
    /// Type → what an index gives, where it is not its first argument.
    items: FxHashMap<NameKey, Form>,
    /// Types that stand for what they hold.
    pointers: FxHashSet<NameKey>,
    /// Function → what it gives, of its first argument.
    calls: FxHashMap<NameKey, Form>,
    /// What the library's own stubs say; the tables above come first.
    stubs: Stubs,
    /// Member → what it gives with a type written in the call.
    written: FxHashMap<NameKey, Form>,
}

impl Table {
    /// What the tables of a language say.
    fn of(spec: &LangSpec) -> Self {
        let mut table = Self::default();
        for text in spec.library {
            if text.contains("\n[class.") { table.stubs.add(text) } else { table.add_lines(text) }
        }
        table
    }

    /// Takes in lines such as `Option Result: unwrap expect = $0`.
    fn add_lines(&mut self, text: &str) {
        let table = self;
        for line in text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let Some((left, right)) = line.split_once(" = ") else { continue };
            let Some((types, members)) = left.split_once(':') else { continue };
            let form = parse(right.trim());
            for ty in types.split_whitespace() {
                for member in members.split_whitespace() {
                    let (t, m) = (name_key(ty), name_key(member));
                    match (ty, member) {
                        ("call", _) => _ = table.calls.insert(m, form.clone()),
                        ("::<>", _) => _ = table.written.insert(m, form.clone()),
                        ("*", _) => _ = table.any.insert(m, form.clone()),
                        (_, "each") => _ = table.elements.insert(t, form.clone()),
                        (_, "[]") => _ = table.items.insert(t, form.clone()),
                        (_, field) if field.starts_with('.') => {
                            table.fields.insert((t, name_key(&field[1..])), form.clone());
                        }
                        (_, "deref") => _ = table.pointers.insert(t),
                        _ => _ = table.members.insert((t, m), form.clone()),
                    }
                }
            }
        }
    }
}

/// A name without the module before it.
pub(super) fn bare(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The arguments in a list, at its outermost level.
fn split_arguments(inside: &str) -> Vec<&str> {
    let (mut args, mut depth, mut from) = (vec![], 0, 0);
    for (i, b) in inside.bytes().enumerate() {
        match b {
            b'[' => depth += 1,
            b']' => depth -= 1,
            b',' if depth == 0 => {
                args.push(inside[from..i].trim());
                from = i + 1;
            }
            _ => {}
        }
    }
    args.push(inside[from..].trim());
    args
}

fn parse(text: &str) -> Form {
    match text {
        "self" => Form::Same,
        "each" => Form::Element,
        "of" => Form::Instance,
        "class" => Form::Class,
        "call" => Form::Called,
        "argument" => Form::Given,
        "written" => Form::Written,
        _ => {
            if let Some(inner) = text.strip_suffix(".each") {
                return Form::Each(Box::new(parse(inner)));
            }
            if let Some(inner) = text.strip_suffix(".0") {
                return Form::First(Box::new(parse(inner)));
            }
            if let Some(n) = text.strip_prefix('$') {
                return Form::Argument(n.parse().unwrap_or(0));
            }
            let Some((name, rest)) = text.split_once('[') else {
                return Form::Type(name_key(text), vec![]);
            };
            let inside = rest.strip_suffix(']').unwrap_or(rest);
            Form::Type(name_key(name), split_arguments(inside).into_iter().map(parse).collect())
        }
    }
}

/// One table for each language, each read when it is asked for.
fn table(lang: usize) -> &'static Table {
    static TABLES: LazyLock<Vec<OnceLock<Table>>> =
        LazyLock::new(|| languages().iter().map(|_| OnceLock::new()).collect());
    TABLES[lang].get_or_init(|| Table::of(&languages()[lang]))
}

fn table_of(entry: &FileEntry) -> &'static Table {
    table(entry.facts.lang.0 as usize)
}

impl Resolver<'_> {
    /// What calling the member `name` of a library's type gives; also used for members that every type has.
    pub(super) fn method_outside(
        &mut self,
        entry: &FileEntry,
        name: NameKey,
        receiver: TypeId,
        given: &[TypeId],
        level: u8,
    ) -> Values {
        let table = table_of(entry);
        let argument = given.first().copied().unwrap_or(UNKNOWN);
        let call = Call { receiver, argument, written: UNKNOWN };
        let own = match self.memory.types.get(receiver).head {
            Head::Library(head) => table.members.get(&(head, name)),
            _ => None,
        };
        if let Some(form) = own.or_else(|| table.any.get(&name)) {
            return self.formed(entry, form, call, level);
        }
        let stub = self.stub_member(&table.stubs, receiver, name, true, 0);
        stub.and_then(|(forms, holder)| self.stub_call(entry, forms, holder, given, level))
            .unwrap_or_else(|| SmallVec::from_slice(&[Value::External]))
    }

    /// What the attribute `name` of a library's type is.
    pub(super) fn attribute_outside(&mut self, entry: &FileEntry, name: NameKey, receiver: TypeId) -> Values {
        let table = table_of(entry);
        let Head::Library(head) = self.memory.types.get(receiver).head else { return Values::new() };
        if let Some(form) = table.fields.get(&(head, name)) {
            return self.formed(entry, form, Call::of(receiver), 0);
        }
        match self.stub_member(&table.stubs, receiver, name, false, 0) {
            Some((forms, holder)) => self.stub_type(forms, holder),
            None => Values::new(),
        }
    }

    /// What calling a member of a library's type gives that is told what to give (`collect::<T>()`); `None` for those
    /// that take such types for other reasons.
    pub(super) fn written_outside(
        &mut self,
        entry: &FileEntry,
        name: NameKey,
        receiver: TypeId,
        written: TypeId,
        level: u8,
    ) -> Option<Values> {
        let form = table_of(entry).written.get(&name)?;
        Some(self.formed(entry, form, Call { receiver, argument: UNKNOWN, written }, level))
    }

    /// What calling something of a library gives.
    pub(super) fn function_outside(
        &mut self,
        entry: &FileEntry,
        name: NameKey,
        given: &[TypeId],
        level: u8,
    ) -> Values {
        let table = table_of(entry);
        if let Some(form) = table.calls.get(&table.stubs.bare(name)) {
            let argument = given.first().copied().unwrap_or(UNKNOWN);
            return self.formed(entry, form, Call { receiver: argument, argument, written: UNKNOWN }, level);
        }
        let plain = self.memory.types.add(Head::Library(name), Arguments::new());
        let found = match (table.stubs.function(name), table.stubs.class(name)) {
            (Some(forms), _) => self.stub_call(entry, forms, UNKNOWN, given, level),
            (None, Some((class, forms))) if !forms.is_empty() && !given.is_empty() => {
                let parameters = self.class_parameters(class.parameters);
                let own = self.memory.types.add(Head::Library(name), parameters);
                self.stub_call(entry, forms, own, given, level)
            }
            _ => None,
        };
        found.unwrap_or_else(|| SmallVec::from_slice(&[Value::Instance(plain)]))
    }

    /// The same, in the language of the file that is resolved.
    pub(super) fn held_outside(&mut self, name: NameKey, receiver: TypeId) -> Values {
        match self.own {
            Some(own) => self.attribute_outside(self.world.file(own), name, receiver),
            None => Values::new(),
        }
    }

    /// The type of a variable of a library.
    pub(super) fn variable_outside(&mut self, entry: &FileEntry, name: NameKey) -> Values {
        match table_of(entry).stubs.value(name) {
            Some(forms) => self.stub_type(forms, UNKNOWN),
            None => Values::new(),
        }
    }

    /// A name of a module of Python's library.
    pub(super) fn name_outside(module: NameKey, name: NameKey) -> NameKey {
        static PYTHON: LazyLock<Option<usize>> =
            LazyLock::new(|| languages().iter().position(|l| l.conventions.imports == ImportStyle::Dotted));
        PYTHON.map_or(name, |ix| table(ix).stubs.member_of(module, name))
    }

    /// Whether a function of a library gives something that depends on its first argument.
    pub(super) fn takes_argument(entry: &FileEntry, name: NameKey) -> bool {
        table_of(entry).calls.contains_key(&name)
    }

    /// What iterating over a library's type gives.
    pub(super) fn element_outside(&mut self, entry: &FileEntry, ty: TypeId) -> Values {
        let Head::Library(head) = self.memory.types.get(ty).head else { return Values::new() };
        match table_of(entry).elements.get(&head) {
            Some(form) => self.formed(entry, form, Call::of(ty), 0),
            None => self.argument_of(ty, 0),
        }
    }

    /// What an index into a library's type gives.
    pub(super) fn item_outside(&mut self, entry: &FileEntry, ty: TypeId) -> Values {
        let Head::Library(head) = self.memory.types.get(ty).head else { return Values::new() };
        match table_of(entry).items.get(&head) {
            Some(form) => self.formed(entry, form, Call::of(ty), 0),
            None => self.argument_of(ty, 0),
        }
    }

    /// What a type stands for that points to another (`Box<T>`).
    pub(super) fn pointed(&self, entry: &FileEntry, ty: TypeId) -> Option<Values> {
        match self.memory.types.get(ty).head {
            Head::Library(head) if table_of(entry).pointers.contains(&head) => {
                Some(self.argument_of(ty, 0)).filter(|v| !v.is_empty())
            }
            _ => None,
        }
    }

    fn instance_of(&mut self, class: TypeId) -> Values {
        match self.memory.types.get(class).head {
            Head::Class(f, s) => SmallVec::from_slice(&[self.instance(Head::Symbol(f, s), Arguments::new())]),
            Head::Library(_) => SmallVec::from_slice(&[Value::Instance(class)]),
            _ => Values::new(),
        }
    }

    pub(super) fn argument_of(&self, ty: TypeId, index: usize) -> Values {
        let t = self.memory.types.get(ty);
        let argument = t.args.get(index).copied();
        argument.map_or_else(Values::new, |a| self.values_of(a))
    }

    fn formed(&mut self, entry: &FileEntry, form: &Form, call: Call, level: u8) -> Values {
        let receiver = call.receiver;
        match form {
            Form::Same if receiver == UNKNOWN => Values::new(),
            Form::Same => self.values_of(receiver),
            Form::Argument(index) => self.argument_of(receiver, *index),
            Form::Element if level == 0 => Values::new(),
            Form::Element => self.element_of(entry, receiver, level - 1),
            Form::Instance => self.instance_of(receiver),
            Form::Class => self.class_of(receiver).into_iter().collect(),
            Form::Given => self.values_of(call.argument),
            Form::Written => self.values_of(call.written),
            _ if level == 0 && !matches!(form, Form::Type(..)) => Values::new(),
            Form::Called => {
                let mut out = Values::new();
                for v in self.values_of(call.argument) {
                    self.called(entry, v, level - 1).into_iter().for_each(|v| push_new(&mut out, v));
                }
                out
            }
            Form::Each(inner) => {
                let values = self.formed(entry, inner, call, level);
                self.elements_of(entry, &values, level - 1)
            }
            Form::First(inner) => {
                let values = self.formed(entry, inner, call, level);
                let mut out = Values::new();
                for v in values {
                    if let Value::Instance(ty) = v {
                        self.argument_of(ty, 0).into_iter().for_each(|v| push_new(&mut out, v));
                    }
                }
                out
            }
            Form::Type(name, args) => {
                let args = args
                    .iter()
                    .map(|a| {
                        let values = self.formed(entry, a, call, level);
                        self.type_of(&values)
                    })
                    .collect();
                let ty = self.memory.types.add(Head::Library(*name), args);
                SmallVec::from_slice(&[Value::Instance(ty)])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read() {
        let mut table = Table::default();
        table.add_lines(
            "list List: pop = $0\nHashMap: each = tuple[$0, $1]\nBox: deref = $0\ncall: next = each\n",
        );
        let key = |a: &str, b: &str| (name_key(a), name_key(b));
        assert_eq!(table.members[&key("List", "pop")], Form::Argument(0));
        let pair = Form::Type(name_key("tuple"), vec![Form::Argument(0), Form::Argument(1)]);
        assert_eq!(table.elements[&name_key("HashMap")], pair);
        assert!(table.pointers.contains(&name_key("Box")) && table.calls[&name_key("next")] == Form::Element);
    }

    #[test]
    fn the_stubs_say_something() {
        let python = languages().iter().find(|l| l.name == "python").unwrap();
        let table = Table::of(python);
        assert!(table.stubs.len() > 3_000, "{}", table.stubs.len());
        assert_eq!(table.members[&(name_key("list"), name_key("pop"))], Form::Argument(0));
    }
}
