//! What may a call say? Parameters, their flat schemas, and arguments as models really write them.

use serde_json::{Map, Value, json};

/// A parameter of a tool.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    /// For a model; none where the name says it all.
    pub(crate) doc: &'static str,
}

/// What a parameter holds.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Text,
    Number,
    Flag,
    /// Some texts.
    Texts,
    /// One of these.
    Word(&'static [&'static str]),
}

/// A parameter.
pub(crate) const fn parameter(name: &'static str, shape: Shape, doc: &'static str) -> Parameter {
    Parameter { name, shape, doc }
}

impl Parameter {
    fn schema(&self) -> Value {
        let mut schema = match self.shape {
            Shape::Text => json!({"type": "string"}),
            Shape::Number => json!({"type": "integer"}),
            Shape::Flag => json!({"type": "boolean"}),
            Shape::Texts => json!({"type": "array", "items": {"type": "string"}}),
            Shape::Word(words) => json!({"type": "string", "enum": words}),
        };
        if !self.doc.is_empty() {
            schema["description"] = self.doc.into();
        }
        schema
    }

    /// The argument in the shape that it should have, where it can be meant so; as it came elsewhere.
    fn shaped(&self, value: Value) -> Value {
        match (self.shape, value) {
            (Shape::Number, Value::String(text)) => {
                text.trim().parse::<u64>().map_or(text.into(), Value::from)
            }
            (Shape::Number, Value::Number(n)) if n.is_f64() => match n.as_f64() {
                Some(f) if f.fract() == 0.0 && (0.0..1e15).contains(&f) => Value::from(f as u64),
                _ => Value::Number(n),
            },
            (Shape::Flag, Value::String(text)) if text == "true" || text == "false" => {
                (text == "true").into()
            }
            (Shape::Texts, Value::String(text)) if text.starts_with('[') => {
                serde_json::from_str(&text).unwrap_or_else(|_| json!([text]))
            }
            (Shape::Texts, Value::String(text)) => json!([text]),
            (_, value) => value,
        }
    }
}

/// The schema of an object with these parameters: no references, no conditions, no booleans for schemas.
pub(crate) fn schema(parameters: &[Parameter], required: &[&str]) -> Map<String, Value> {
    let properties: Map<String, Value> = parameters.iter().map(|p| (p.name.into(), p.schema())).collect();
    let mut schema = Map::from_iter([
        ("type".to_owned(), "object".into()),
        ("properties".to_owned(), Value::Object(properties)),
    ]);
    if !required.is_empty() {
        schema.insert("required".into(), json!(required));
    }
    schema
}

/// The arguments of a call in their shapes, without those that say nothing; an error names those that exist.
pub(crate) fn arguments(
    tool: &str,
    parameters: &[Parameter],
    required: &[&str],
    given: Map<String, Value>,
) -> Result<Map<String, Value>, String> {
    let mut out = Map::new();
    for (name, value) in given {
        let Some(parameter) = parameters.iter().find(|p| p.name == name) else {
            let known: Vec<&str> = parameters.iter().map(|p| p.name).collect();
            return Err(format!("{tool} has no parameter `{name}`; it takes {}", known.join(", ")));
        };
        if value.is_null() {
            continue;
        }
        let value = parameter.shaped(value);
        if let (Shape::Word(words), value) = (parameter.shape, &value)
            && !value.as_str().is_some_and(|word| words.contains(&word))
        {
            return Err(format!("`{name}` is {value}; give one of {}", words.join(", ")));
        }
        out.insert(name, value);
    }
    let is_empty = |name: &&&str| match out.get(**name) {
        None => true,
        Some(value) => value.as_str().is_some_and(|text| text.trim().is_empty()),
    };
    match required.iter().find(is_empty) {
        Some(name) => {
            Err(format!("{tool} needs `{name}`, and it is missing or empty; call it again with it"))
        }
        None => Ok(out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMETERS: &[Parameter] = &[
        parameter("limit", Shape::Number, ""),
        parameter("focus", Shape::Texts, ""),
        parameter("tests", Shape::Flag, ""),
        parameter("in", Shape::Word(&["text", "names"]), ""),
        parameter("query", Shape::Text, "What to find."),
    ];

    fn read(given: Value) -> Result<Value, String> {
        let given = given.as_object().unwrap().clone();
        arguments("search_code", PARAMETERS, &["query"], given).map(Value::Object)
    }

    #[test]
    fn what_is_meant_is_understood() {
        let given = json!({"query": "x", "limit": "20", "focus": "a.py", "tests": "true", "in": null});
        let meant = json!({"query": "x", "limit": 20, "focus": ["a.py"], "tests": true});
        assert_eq!(read(given).unwrap(), meant);
        let given = json!({"query": "x", "limit": 3.0, "focus": "[\"a\",\"b\"]"});
        assert_eq!(read(given).unwrap(), json!({"query": "x", "limit": 3, "focus": ["a", "b"]}));
    }

    #[test]
    fn what_is_wrong_is_told_with_what_is_right() {
        for (given, hint) in [
            (json!({"quary": "x"}), "no parameter `quary`; it takes limit, focus, tests, in, query"),
            (json!({"query": " "}), "needs `query`"),
            (json!({}), "needs `query`"),
            (json!({"query": "x", "in": "both"}), "give one of text, names"),
        ] {
            let error = read(given).unwrap_err();
            assert!(error.contains(hint), "{error}");
        }
    }
}
