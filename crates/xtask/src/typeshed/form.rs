//! What does a call of this function give?

use super::expr::Expr;
use super::resolve::{Library, Scope, Type, last};
use super::stub::{Function, ParameterKind};
use super::table::Table;
use std::collections::BTreeSet;

/// More alternatives by the number of arguments are not written.
const MOST_FORMS: usize = 3;
/// A union of more says too little.
const WIDEST_UNION: usize = 4;

impl Table {
    /// What calls of a function give: one form, or several by the number of arguments. Empty if its branches differ.
    pub(super) fn forms(
        &mut self,
        library: &mut Library,
        scope: &Scope,
        all: &[Function],
        is_method: bool,
    ) -> Vec<String> {
        self.agreed(all, |table, of_branch| {
            // What comes after a form that gives anything is for special arguments.
            if of_branch.first().is_some_and(|f| is_anything(&f.returns)) {
                return Vec::new();
            }
            let mut found: Vec<Form> =
                of_branch.iter().filter_map(|f| table.form(library, scope, f, is_method, false)).collect();
            if found.iter().any(|f| !f.narrow) {
                found.retain(|f| !f.narrow);
            }
            by_arity(found)
        })
    }

    /// The forms of a constructor that tell the type arguments of what it makes.
    pub(super) fn makers(&mut self, library: &mut Library, scope: &Scope, all: &[Function]) -> Vec<String> {
        self.agreed(all, |table, of_branch| {
            let found = of_branch.iter().filter_map(|f| table.form(library, scope, f, true, true));
            by_arity(found.filter(|f| f.binds).collect())
        })
    }

    /// What all branches say, if they agree.
    fn agreed(
        &mut self,
        all: &[Function],
        mut of: impl FnMut(&mut Self, &[&Function]) -> Vec<String>,
    ) -> Vec<String> {
        let branches: BTreeSet<u32> = all.iter().map(|f| f.branch).collect();
        let mut said: Option<Vec<String>> = None;
        for branch in branches {
            let of_branch: Vec<&Function> = all.iter().filter(|f| f.branch == branch).collect();
            let forms = of(self, &of_branch);
            if said.as_ref().is_some_and(|s| *s != forms) {
                return Vec::new();
            }
            said = Some(forms);
        }
        said.unwrap_or_default()
    }

    fn form(
        &mut self,
        library: &mut Library,
        scope: &Scope,
        function: &Function,
        is_method: bool,
        is_maker: bool,
    ) -> Option<Form> {
        let mut scope = scope.clone();
        scope.collects = true;
        let is_static = function.decorators.iter().any(|d| d == "staticmethod");
        let mut parameters = &function.parameters[..];
        let mut narrow = false;
        if let Some((first, rest)) = parameters.split_first().filter(|_| is_method && !is_static) {
            parameters = rest;
            match &first.ty {
                Some(Expr::Name(name)) => scope.receiver = Some(name.clone()),
                Some(Expr::Index(head, arguments)) => match (&**head, &arguments[..]) {
                    (Expr::Name(head), [Expr::Name(name)]) if matches!(last(head), "type" | "Type") => {
                        scope.receiver = Some(name.clone());
                    }
                    _ => narrow = true,
                },
                _ => {}
            }
        }
        let mut types = Vec::new();
        for parameter in parameters.iter().filter(|p| p.kind != ParameterKind::Keyword) {
            let ty = parameter.ty.as_ref().map_or(Type::Unknown, |e| library.ty(&mut scope, e, 0));
            types.push((parameter.kind, ty));
        }
        scope.collects = false;
        let mut returns = library.ty(&mut scope, &function.returns, 0);
        if is_maker && matches!(returns, Type::None | Type::Unknown) {
            returns = Type::Receiver;
        }
        if function.is_async && !matches!(returns, Type::None | Type::Unknown) {
            returns = Type::Class("typing.Coroutine".into(), vec![Type::Unknown, Type::Unknown, returns]);
        }
        let mut used = Vec::new();
        variables(&returns, &mut used);
        if is_maker && returns == Type::Receiver {
            used.extend((0..scope.params.len()).map(Type::Param));
        } else if !is_maker {
            used.retain(|v| matches!(v, Type::Own(_)));
        }
        // Each is bound by the first parameter that names it.
        let mut length = types.iter().take_while(|(kind, _)| *kind == ParameterKind::Required).count();
        let mut bound = Vec::new();
        for variable in &used {
            let names = |ty: &Type| {
                let mut all = Vec::new();
                variables(ty, &mut all);
                all.contains(variable)
            };
            if let Some(at) = types.iter().position(|(_, ty)| names(ty)) {
                length = length.max(at + 1);
                bound.push(variable.clone());
            }
        }
        let text = self.text(&known(&returns, &bound, is_maker))?;
        if bound.is_empty() {
            return Some(Form { text, arity: 0, binds: false, narrow });
        }
        let written: Vec<String> = types[..length]
            .iter()
            .map(|(kind, ty)| {
                let star = if *kind == ParameterKind::Rest { "*" } else { "" };
                let ty = self.text(&known(ty, &bound, false)).filter(|t| t.contains(['%', '$']));
                format!("{star}{}", ty.as_deref().unwrap_or("?"))
            })
            .collect();
        Some(Form { text: format!("({}) -> {text}", written.join(", ")), arity: length, binds: true, narrow })
    }

    /// The text of a type; `None` if there is nothing to tell.
    pub(super) fn text(&mut self, ty: &Type) -> Option<String> {
        match ty {
            Type::Unknown | Type::None | Type::Dots => None,
            Type::Param(n) => Some(format!("${n}")),
            Type::Own(n) => Some(format!("%{n}")),
            Type::Receiver => Some("self".into()),
            Type::Union(parts) => {
                let mut texts: Vec<String> = parts.iter().filter_map(|p| self.text(p)).collect();
                texts.dedup();
                (texts.len() <= WIDEST_UNION).then(|| texts.join(" | "))
            }
            Type::Class(name, arguments) => {
                self.named.insert(name.clone());
                let known =
                    arguments.iter().rposition(|a| !matches!(a, Type::Unknown | Type::None | Type::Dots));
                let Some(_) = known else { return Some(name.clone()) };
                let mut texts = Vec::new();
                for argument in arguments {
                    texts.push(match argument {
                        Type::Dots => "...".into(),
                        other => self.text(other).unwrap_or_else(|| "?".into()),
                    });
                }
                Some(format!("{name}[{}]", texts.join(", ")))
            }
        }
    }
}

/// One way to call a function.
struct Form {
    text: String,
    arity: usize,
    /// Its arguments tell something.
    binds: bool,
    /// Only for some receivers.
    narrow: bool,
}

/// The first form, and if that goes by its arguments, those of another length.
fn by_arity(found: Vec<Form>) -> Vec<String> {
    let mut out: Vec<Form> = Vec::new();
    for form in found {
        let is_new = out.iter().all(|f| f.binds && f.arity != form.arity);
        if is_new && (form.binds || out.is_empty()) && out.len() < MOST_FORMS {
            out.push(form);
        }
    }
    out.into_iter().map(|f| f.text).collect()
}

fn is_anything(returns: &Expr) -> bool {
    matches!(returns, Expr::Name(name) if last(name) == "Any")
}

fn variables(ty: &Type, out: &mut Vec<Type>) {
    match ty {
        Type::Param(_) | Type::Own(_) if !out.contains(ty) => {
            out.push(ty.clone());
        }
        Type::Class(_, inner) | Type::Union(inner) => inner.iter().for_each(|t| variables(t, out)),
        _ => {}
    }
}

/// The type without the variables that nothing binds, those of the function in the order in which they are bound.
fn known(ty: &Type, bound: &[Type], is_maker: bool) -> Type {
    let of = |inner: &[Type]| inner.iter().map(|t| known(t, bound, is_maker)).collect::<Vec<_>>();
    match ty {
        Type::Own(_) => {
            let mut own = bound.iter().filter(|v| matches!(v, Type::Own(_)));
            own.position(|v| v == ty).map_or(Type::Unknown, Type::Own)
        }
        Type::Param(_) if is_maker && !bound.contains(ty) => Type::Unknown,
        Type::Class(name, inner) => Type::Class(name.clone(), of(inner)),
        Type::Union(inner) => {
            let mut left = of(inner);
            left.retain(|t| *t != Type::Unknown);
            match left.len() {
                0 => Type::Unknown,
                1 => left.remove(0),
                _ => Type::Union(left),
            }
        }
        other => other.clone(),
    }
}
