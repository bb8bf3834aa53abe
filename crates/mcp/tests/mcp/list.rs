//! The list of tools: what clients cannot read makes all tools vanish, and what it costs is paid in every session.

use crate::bed::tokens;
use lodemap_mcp::{INSTRUCTIONS, tool_list};
use serde_json::Value;

fn tools() -> Vec<Value> {
    tool_list().as_array().unwrap().clone()
}

#[test]
fn names_are_those_of_the_contract_in_this_order() {
    let names: Vec<String> = tools().iter().map(|t| t["name"].as_str().unwrap().to_owned()).collect();
    let wanted = [
        "repo_map",
        "select_context",
        "search_code",
        "get_symbol",
        "find_references",
        "impact",
        "index_status",
    ];
    assert_eq!(names, wanted);
}

#[test]
fn schemas_are_flat() {
    for tool in tools() {
        let schema = &tool["inputSchema"];
        assert_eq!(schema["type"], "object", "{tool}");
        let keys: Vec<&String> = schema.as_object().unwrap().keys().collect();
        assert!(keys.iter().all(|k| ["type", "properties", "required"].contains(&k.as_str())), "{keys:?}");
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert!(property.is_object(), "no booleans for schemas: {name}");
            let kind = property["type"].as_str().unwrap_or_else(|| panic!("one type: {name}: {property}"));
            assert!(["string", "integer", "boolean", "array"].contains(&kind), "{name}: {property}");
            for key in property.as_object().unwrap().keys() {
                assert!(["type", "description", "enum", "items"].contains(&key.as_str()), "{name}: {key}");
            }
            if kind == "array" {
                assert_eq!(property["items"], serde_json::json!({"type": "string"}), "{name}");
            }
            assert!(name.bytes().all(|b| b.is_ascii_lowercase()), "{name}");
        }
        for required in schema["required"].as_array().into_iter().flatten() {
            assert!(!schema["properties"][required.as_str().unwrap()].is_null(), "{tool}");
        }
    }
}

#[test]
fn every_tool_is_announced_as_harmless() {
    for tool in tools() {
        let annotations = &tool["annotations"];
        assert_eq!(annotations["readOnlyHint"], true, "{tool}");
        assert_eq!(annotations["idempotentHint"], true, "{tool}");
        assert_eq!(annotations["openWorldHint"], false, "{tool}");
        assert!(annotations["title"].is_string() && tool["description"].is_string(), "{tool}");
    }
}

#[test]
fn the_list_and_the_instructions_are_short() {
    let list = serde_json::json!({"tools": tool_list()}).to_string();
    let count = tokens(&list);
    assert!(count <= 1500, "{count} tokens");
    assert!(INSTRUCTIONS.chars().count() <= 2000, "{} characters", INSTRUCTIONS.chars().count());
    println!("tools/list: {count} tokens; instructions: {} tokens", tokens(INSTRUCTIONS));
}
