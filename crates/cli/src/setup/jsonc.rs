//! An entry in a JSON text that may have comments and trailing commas, all of which stay where they are.

use super::Edited;
use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstRootNode};
use serde_json::{Map, Value};

/// The order in which keys are written; serde_json may sort them.
const ORDER: &[&str] = &["type", "command", "args", "env", "enabled", "timeout"];

/// The text with `entry` as `lodemap` in the object at `section`. Keys that the entry has already are the user's.
pub(super) fn edit(
    text: &str,
    section: &str,
    entry: &Map<String, Value>,
    schema: Option<&str>,
) -> Result<Edited, String> {
    let (mark, body) = match text.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", text),
    };
    let is_new = body.trim().is_empty();
    let start = match (is_new, schema) {
        (false, _) => body.to_owned(),
        (true, None) => "{\n}\n".to_owned(),
        (true, Some(schema)) => format!("{{\n  \"$schema\": \"{schema}\"\n}}\n"),
    };
    let root =
        CstRootNode::parse(&start, &ParseOptions::default()).map_err(|e| format!("it is no JSON: {e}"))?;
    let object = root.object_value().ok_or("it holds no JSON object")?;
    let section_object =
        object.object_value_or_create(section).ok_or(format!("`{section}` in it is no object"))?;
    let ours = section_object
        .object_value_or_create("lodemap")
        .ok_or(format!("`{section}.lodemap` in it is no object"))?;
    let mut keys: Vec<&String> = entry.keys().collect();
    keys.sort_by_key(|key| ORDER.iter().position(|known| known == key));
    let mut is_changed = is_new;
    for key in keys {
        if ours.get(key).is_none() {
            ours.append(key, input(&entry[key]));
            is_changed = true;
        }
    }
    // Objects that were only made to look into them are no change.
    let text_after = if is_changed { format!("{mark}{root}") } else { text.to_owned() };
    Ok(Edited::new(text, text_after))
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(value) => CstInputValue::Bool(*value),
        Value::Number(value) => CstInputValue::Number(value.to_string()),
        Value::String(value) => CstInputValue::String(value.clone()),
        Value::Array(values) => CstInputValue::Array(values.iter().map(input).collect()),
        Value::Object(map) => {
            CstInputValue::Object(map.iter().map(|(key, value)| (key.clone(), input(value))).collect())
        }
    }
}
