//! What is a parameter called, what may it be, and what is it for? For documents that are made, and cannot drift.

use serde_json::Value;

use crate::request::Request;

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A string.
    Text,
    /// A list of strings.
    Texts,
    /// True or false.
    Flag,
    /// A whole number, not below zero.
    Number,
    /// One of these strings.
    Word(&'static [&'static str]),
}

/// A parameter of a method.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it is for, as a sentence.
    pub about: &'static str,
    /// What it may be.
    pub shape: Shape,
    /// What it is where it is not given; nothing in particular if this is `None`.
    pub default: Option<Value>,
    /// Whether the method has no meaning without it.
    pub required: bool,
}

/// What is common to all methods: name, meaning and shape, in the order of [`COMMON`](crate::COMMON).
pub(crate) const TERMS: &[(&str, &str, Shape)] = &[
    ("root", "The root of the repository, absolute.", Shape::Text),
    ("cwd", "A folder to which paths may be relative too, absolute.", Shape::Text),
    ("tokens", "The budget of the text.", Shape::Number),
    ("tokenizer", "How tokens are counted.", Shape::Word(&["o200k", "cl100k"])),
    ("format", "Text, data, or both.", Shape::Word(&["json", "text", "both"])),
    ("deadline_ms", "Give up after so many milliseconds.", Shape::Number),
    (
        "wait_ms",
        "Wait at most so many milliseconds for what was just written; then the answer says that it may lack it.",
        Shape::Number,
    ),
    ("apart", "Give text and data apart from each other, where a socket is asked.", Shape::Flag),
];

impl Parameter {
    /// One of a method's own, with the value that it has by default.
    pub(crate) fn own(
        method: &str,
        (name, about, shape): (&'static str, &'static str, Shape),
        default: Option<Value>,
    ) -> Self {
        let required = Request::required(method) == Some(name);
        let default = default.filter(|value| !value.is_null() && !required);
        Self { name, about: about.trim_start(), shape, default, required }
    }

    /// Those that all methods have.
    pub fn common() -> Vec<Self> {
        let defaults = serde_json::to_value(crate::Terms::default()).unwrap_or_default();
        let parameter = |&(name, about, shape): &(&'static str, &'static str, Shape)| {
            let default = defaults.get(name).cloned();
            let default = if shape == Shape::Flag { Some(Value::Bool(false)) } else { default };
            Self { name, about, shape, default, required: false }
        };
        TERMS.iter().map(parameter).collect()
    }
}

/// The shape of a field's type.
pub(crate) trait Shaped {
    const SHAPE: Shape;
}

macro_rules! shaped {
    ($($type:ty = $shape:ident,)+) => { $(impl Shaped for $type { const SHAPE: Shape = Shape::$shape; })+ };
}

shaped! { String = Text, Vec<String> = Texts, bool = Flag, usize = Number, u32 = Number, u64 = Number, }

impl<T: Shaped> Shaped for Option<T> {
    const SHAPE: Shape = T::SHAPE;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{COMMON, Call};
    use serde_json::{Map, json};

    /// Values of this shape, and one of another.
    fn values(shape: Shape) -> (Vec<Value>, Value) {
        match shape {
            Shape::Text => (vec![json!("x")], json!(3)),
            Shape::Texts => (vec![json!([]), json!(["x"])], json!("x")),
            Shape::Flag => (vec![json!(true), json!(false)], json!("true")),
            Shape::Number => (vec![json!(0), json!(7)], json!(-1)),
            Shape::Word(words) => (words.iter().map(|word| json!(word)).collect(), json!("frob")),
        }
    }

    #[test]
    fn what_is_said_of_parameters_is_what_is_read() {
        let names: Vec<&str> = Parameter::common().iter().map(|p| p.name).collect();
        assert_eq!(names, COMMON);
        for method in Request::METHODS {
            assert!(Request::about(method).unwrap().ends_with('?'), "{method}");
            let own = Request::described(method).unwrap();
            let names: Vec<&str> = own.iter().map(|p| p.name).collect();
            assert_eq!(names, Request::parameters(method).unwrap());
            let least: Map<String, Value> = own
                .iter()
                .filter(|p| p.required)
                .map(|p| (p.name.to_owned(), values(p.shape).0.remove(0)))
                .collect();
            assert_eq!(least.keys().next().map(String::as_str), Request::required(method));
            let plain = Call::parse(method, least.clone()).unwrap();
            for parameter in own.into_iter().chain(Parameter::common()) {
                let name = parameter.name;
                assert!(!parameter.about.is_empty(), "{method} {name}");
                let with = |value: Value| {
                    let mut params = least.clone();
                    params.insert(name.to_owned(), value);
                    Call::parse(method, params)
                };
                let (right, wrong) = values(parameter.shape);
                right.into_iter().for_each(|value| assert!(with(value).is_ok(), "{method} {name}"));
                assert!(with(wrong).is_err(), "{method} {name}");
                if let Some(default) = parameter.default {
                    assert_eq!(with(default).unwrap(), plain, "{method} {name}");
                }
            }
        }
        assert!(Request::described("frob").is_none() && Request::about("frob").is_none());
    }
}
