//! What is common to all requests: where, how much, by when, and in which form.

use lodemap_answers::Tokenizer;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::fields::fields_of;
use crate::problem::{Problem, ProblemKind};
use crate::request::{Request, shown};
use crate::response::Format;

/// A request and what is common to all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The question.
    pub request: Request,
    /// Where and how.
    pub terms: Terms,
}

/// Where a request is asked, and what its answer is to be like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Terms {
    /// The root of the repository, absolute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// A folder to which paths may be relative too, absolute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// The budget of the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<usize>,
    /// How tokens are counted.
    #[serde(with = "tokenizer")]
    pub tokenizer: Tokenizer,
    /// Text, data, or both.
    pub format: Format,
    /// Give up after so many milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u64>,
    /// Wait at most so many milliseconds for what was just written; then the answer says that it may lack it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u64>,
    /// Give text and data apart from each other, for a surface that prints them by itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub apart: bool,
}

/// The parameters that all methods have.
pub const COMMON: &[&str] =
    &["root", "cwd", "tokens", "tokenizer", "format", "deadline_ms", "wait_ms", "apart"];

impl Call {
    /// Reads a method and its parameters.
    pub fn parse(method: &str, params: Map<String, Value>) -> Result<Self, Problem> {
        let (common, own) = params.into_iter().partition(|(key, _)| COMMON.contains(&key.as_str()));
        // The method is looked at first: who misspells it has other worries.
        let request = Request::parse(method, own)?;
        Ok(Self { request, terms: Terms::parse(common)? })
    }

    /// The parameters as they are sent.
    pub fn params(&self) -> Map<String, Value> {
        let mut params = self.request.params();
        if let Ok(Value::Object(common)) = serde_json::to_value(&self.terms) {
            params.extend(common);
        }
        params
    }
}

impl Terms {
    /// Reads what is common to all.
    pub fn parse(common: Map<String, Value>) -> Result<Self, Problem> {
        let wrong = |e: serde_json::Error| {
            let known = fields_of::<Self>().join(", ");
            Problem::new(ProblemKind::Usage, format!("{}; all methods take {known}", shown(&e.to_string())))
        };
        serde_json::from_value(Value::Object(common)).map_err(wrong)
    }
}

mod tokenizer {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Tokenizer};

    pub(super) fn serialize<S: Serializer>(tokenizer: &Tokenizer, to: S) -> Result<S::Ok, S::Error> {
        tokenizer.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Tokenizer, D::Error> {
        let name = String::deserialize(from)?;
        Tokenizer::parse(&name).ok_or_else(|| {
            let name = super::shown(&name);
            serde::de::Error::custom(format!("no tokenizer is called `{name}`; give `o200k` or `cl100k`"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_call_is_read_as_it_is_written() {
        let terms = Terms {
            root: Some("/r".into()),
            tokens: Some(90),
            tokenizer: Tokenizer::Cl100k,
            format: Format::Both,
            deadline_ms: Some(5),
            ..Terms::default()
        };
        for method in Request::METHODS {
            let mut own = Map::new();
            if let Some(name) = Request::required(method) {
                own.insert(name.into(), if name == "paths" { json!(["x"]) } else { json!("x") });
            }
            let call = Call { request: Request::parse(method, own).unwrap(), terms: terms.clone() };
            assert_eq!(Call::parse(method, call.params()).unwrap(), call);
        }
        assert_eq!(fields_of::<Terms>(), COMMON);
    }

    #[test]
    fn what_is_common_is_checked_too() {
        for (params, hint) in [
            (json!({"tokens": -1}), "all methods take root"),
            (json!({"tokenizer": "p50k"}), "give `o200k` or `cl100k`"),
            (json!({"format": "yaml"}), "yaml"),
            (json!({"root": 3}), "root"),
        ] {
            let error = Call::parse("map", params.as_object().unwrap().clone()).unwrap_err();
            assert!(error.kind == ProblemKind::Usage && error.message.contains(hint), "{error}");
        }
    }
}
