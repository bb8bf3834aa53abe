//! The stubs of a language's own library: what its functions, methods, attributes and variables give.
//!
//! Read line by line, as `cargo xtask typeshed` writes them, and only as far as needed: at first the names of
//! functions, variables and classes, the members of a class when one is asked for. Forms stay texts; a form becomes
//! a type each time it is asked for, and the answer is remembered.
//!
//! Classes are told by their bare names, like all types of libraries; functions and variables by the module that they
//! are taken from, for `run`, `open` or `copy` mean other things in other modules.

use std::sync::OnceLock;

use lodemap_base::{NameKey, member_key, name_key, scope_key};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::library::bare;

/// What a table of stubs says.
#[derive(Default)]
pub(super) struct Stubs {
    /// Functions, by module and name.
    functions: FxHashMap<NameKey, Entry>,
    /// Variables of modules.
    values: FxHashMap<NameKey, Entry>,
    /// Classes that are called so; of several, each may be meant.
    classes: FxHashMap<NameKey, SmallVec<[Class; 1]>>,
}

#[derive(Clone, Copy)]
struct Entry {
    bare: NameKey,
    forms: &'static str,
}

/// A class; each part as it is written, or empty.
#[derive(Default)]
pub(super) struct Class {
    pub(super) parameters: usize,
    bases: &'static str,
    new: &'static str,
    methods: &'static str,
    fields: &'static str,
    members: OnceLock<FxHashMap<(NameKey, bool), &'static str>>,
}

/// The name of something in a module of the library.
pub(super) fn qualified(module: NameKey, name: NameKey) -> NameKey {
    NameKey(member_key(scope_key("library", ""), NameKey(module.0.rotate_left(1) ^ name.0)))
}

impl Stubs {
    /// Takes in a table.
    pub(super) fn add(&mut self, text: &'static str) {
        let (mut section, mut class) = ("", Class::default());
        let mut class_name = "";
        for line in text.lines() {
            if let Some(header) = line.strip_prefix('[') {
                self.add_class(class_name, std::mem::take(&mut class));
                class_name =
                    header.strip_prefix("class.\"").and_then(|h| h.strip_suffix("\"]")).unwrap_or("");
                section = header.trim_end_matches(']');
            } else if let Some((left, right)) = line.split_once(" = ") {
                match (section, left) {
                    ("function" | "value", _) => {
                        let Some((module, name)) = left.trim_matches('"').rsplit_once('.') else { continue };
                        let name = name_key(name);
                        let entry = Entry { bare: name, forms: right };
                        let table = if section == "value" { &mut self.values } else { &mut self.functions };
                        let key = if module == "builtins" { name } else { qualified(name_key(module), name) };
                        table.insert(key, entry);
                    }
                    (_, "params") => class.parameters = right.parse().unwrap_or(0),
                    (_, "bases") => class.bases = right,
                    (_, "new") => class.new = right,
                    (_, "methods") => class.methods = right,
                    (_, "fields") => class.fields = right,
                    _ => {}
                }
            }
        }
        self.add_class(class_name, class);
    }

    fn add_class(&mut self, name: &'static str, class: Class) {
        if !name.is_empty() {
            self.classes.entry(name_key(bare(name))).or_default().push(class);
        }
    }

    /// How something is called that is taken from a module: with its module if the table knows it so.
    pub(super) fn member_of(&self, module: NameKey, name: NameKey) -> NameKey {
        let key = qualified(module, name);
        if self.functions.contains_key(&key) || self.values.contains_key(&key) { key } else { name }
    }

    /// The name without its module.
    pub(super) fn bare(&self, name: NameKey) -> NameKey {
        self.functions.get(&name).or_else(|| self.values.get(&name)).map_or(name, |e| e.bare)
    }

    /// What calling a function gives.
    pub(super) fn function(&self, name: NameKey) -> Option<&'static str> {
        self.functions.get(&name).map(|e| e.forms)
    }

    /// The type of a variable.
    pub(super) fn value(&self, name: NameKey) -> Option<&'static str> {
        self.values.get(&name).map(|e| e.forms)
    }

    /// The class that is called so, and what calling it gives: nothing, if that is the class alone.
    pub(super) fn class(&self, name: NameKey) -> Option<(&Class, &'static str)> {
        let classes = self.classes.get(&name)?;
        classes.iter().max_by_key(|c| !c.new.is_empty()).map(|c| (c, c.new))
    }

    /// A method (or an attribute) of the classes called so.
    pub(super) fn member(&self, class: NameKey, name: NameKey, is_method: bool) -> Option<&'static str> {
        let classes = self.classes.get(&class)?;
        classes.iter().find_map(|c| c.members().get(&(name, is_method)).copied())
    }

    /// The bases of the classes called so.
    pub(super) fn bases(&self, class: NameKey) -> impl Iterator<Item = &'static str> {
        self.classes.get(&class).into_iter().flatten().flat_map(|c| forms(c.bases))
    }

    /// How many functions, variables and classes it knows.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.functions.len() + self.values.len() + self.classes.len()
    }
}

impl Class {
    fn members(&self) -> &FxHashMap<(NameKey, bool), &'static str> {
        self.members.get_or_init(|| {
            let of =
                |line, is_method| pairs(line).map(move |(name, form)| ((name_key(name), is_method), form));
            of(self.methods, true).chain(of(self.fields, false)).collect()
        })
    }
}

/// The entries of `{ name = "form", other = ["form", "form"] }`.
fn pairs(line: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut rest = line.trim_start_matches(['{', ' ']);
    std::iter::from_fn(move || {
        let (name, value) = rest.split_once(" = ")?;
        let end = match value.strip_prefix('[') {
            Some(_) => value.find("\"]").map(|i| i + 2),
            None => value.get(1..).and_then(|v| v.find('"')).map(|i| i + 2),
        }?;
        rest = value[end..].trim_start_matches([',', ' ']);
        Some((name.trim_matches('"'), &value[..end]))
    })
}

/// The forms in a text or a list of texts.
pub(super) fn forms(value: &'static str) -> impl Iterator<Item = &'static str> {
    value.split('"').skip(1).step_by(2)
}

/// `(parameters) -> result`.
pub(super) fn as_call(form: &'static str) -> Option<(SmallVec<[&'static str; 4]>, &'static str)> {
    let (parameters, result) = form.strip_prefix('(')?.split_once(") -> ")?;
    Some((split(parameters, ','), result))
}

/// The parts between separators outside of all brackets.
pub(super) fn split(text: &'static str, by: char) -> SmallVec<[&'static str; 4]> {
    let (mut out, mut depth, mut from) = (SmallVec::new(), 0, 0);
    for (i, c) in text.char_indices() {
        match c {
            '[' | '(' => depth += 1,
            ']' | ')' => depth -= 1,
            c if c == by && depth == 0 => {
                out.push(text[from..i].trim());
                from = i + 1;
            }
            _ => {}
        }
    }
    if !text.trim().is_empty() {
        out.push(text[from..].trim());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read() {
        let mut stubs = Stubs::default();
        stubs.add(
            "[value]\n\"os.environ\" = \"os._Environ[str]\"\n[function]\n\"copy.copy\" = \"(%0) -> %0\"\n\
             \"builtins.next\" = [\"(typing.Iterator[%0]) -> %0\", \"(typing.Iterator[%0], %1) -> %0 | %1\"]\n\n\
             [class.\"a.Box\"]\nparams = 1\nbases = [\"typing.Sequence[$0]\"]\nnew = \"($0) -> self\"\n\
             methods = { get = [\"($0) -> $0\", \"(?, int) -> list[$0]\"], put = \"int\" }\nfields = { size = \"int\" }\n",
        );
        let (os, environ) = (name_key("os"), name_key("environ"));
        assert_eq!(stubs.value(stubs.member_of(os, environ)), Some("\"os._Environ[str]\""));
        assert_eq!(stubs.bare(stubs.member_of(os, environ)), environ);
        assert_eq!(stubs.member_of(os, name_key("other")), name_key("other"));
        assert_eq!(forms(stubs.function(name_key("next")).unwrap()).count(), 2);
        let of = name_key("Box");
        assert_eq!(
            forms(stubs.member(of, name_key("get"), true).unwrap()).nth(1),
            Some("(?, int) -> list[$0]")
        );
        assert_eq!(stubs.member(of, name_key("put"), true), Some("\"int\""));
        assert_eq!(stubs.member(of, name_key("size"), true), None);
        assert_eq!(stubs.member(of, name_key("size"), false), Some("\"int\""));
        assert_eq!(stubs.bases(of).collect::<Vec<_>>(), ["typing.Sequence[$0]"]);
        let (parameters, result) = as_call("(?, list[int, %0]) -> %0").unwrap();
        assert_eq!((&parameters[..], result), (&["?", "list[int, %0]"][..], "%0"));
        assert_eq!(as_call("() -> int").unwrap().0.len(), 0);
    }
}
