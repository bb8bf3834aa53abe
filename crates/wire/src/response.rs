//! What does an answer look like?

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The version of the JSON answers.
pub const SCHEMA: u32 = 1;

/// For whom an answer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Data, for programs.
    #[default]
    Json,
    /// Text, for people and models.
    Text,
    /// Both.
    Both,
}

impl Format {
    /// Whether text is wanted.
    pub fn has_text(self) -> bool {
        self != Self::Json
    }

    /// Whether data are wanted.
    pub fn has_json(self) -> bool {
        self != Self::Text
    }
}

/// An answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Response {
    /// What the command line prints; within the budget. None where only data were wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The object that the command line prints with `--json`. None where only text was wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<Box<RawValue>>,
    /// The state that was asked.
    pub generation: u64,
    /// Whether it may lack something that was written before the question.
    #[serde(default)]
    pub stale: bool,
    /// How much is known to be missing; at least 1 where it is stale.
    #[serde(default)]
    pub pending: usize,
    /// Whether there is anything in it.
    pub found: bool,
    /// Why there is not, and what to try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Response {
    /// The answer as one object: the data, then the text and the note if there are any.
    pub fn to_object(&self) -> String {
        let mut out = match &self.json {
            Some(json) => json.get().to_owned(),
            None => {
                let mut head = format!("{{\"schema\":{SCHEMA},\"generation\":{}}}", self.generation);
                if self.stale {
                    add(&mut head, "stale", &true);
                    add(&mut head, "pending", &self.pending);
                }
                head
            }
        };
        if let Some(text) = &self.text {
            add(&mut out, "text", text);
        }
        if let Some(note) = &self.note {
            add(&mut out, "note", note);
        }
        out
    }
}

/// Adds a key to an object that is written already, and is not empty.
fn add<T: Serialize>(object: &mut String, key: &str, value: &T) {
    let Ok(value) = serde_json::to_string(value) else { return };
    if object.pop() == Some('}') {
        object.push_str(&format!(",\"{key}\":{value}}}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_object_has_all_that_was_asked_for() {
        let json = r#"{"schema":1,"generation":7,"symbols":[],"score":1.50}"#;
        let mut response = Response {
            text: None,
            json: Some(RawValue::from_string(json.to_owned()).unwrap()),
            generation: 7,
            stale: false,
            pending: 0,
            found: true,
            note: None,
        };
        assert_eq!(response.to_object(), json, "data are not written anew");
        (response.text, response.note) = (Some("a\n".into()), Some("nothing".into()));
        let wanted = r#"{"schema":1,"generation":7,"symbols":[],"score":1.50,"text":"a\n","note":"nothing"}"#;
        assert_eq!(response.to_object(), wanted);
        (response.json, response.stale, response.pending) = (None, true, 3);
        let wanted = r#"{"schema":1,"generation":7,"stale":true,"pending":3,"text":"a\n","note":"nothing"}"#;
        assert_eq!(response.to_object(), wanted);
        let again: Response = serde_json::from_str(&serde_json::to_string(&response).unwrap()).unwrap();
        assert_eq!(again.to_object(), wanted);
    }
}
