//! What can be asked over HTTP, as a document for programs that make clients: OpenAPI 3.1.
//!
//! It is made from the tables by which requests are read, so it says what is so.

use std::sync::LazyLock;

use axum::response::Response;
use lodemap_wire::{Parameter, Request, SCHEMA, Shape};
use serde_json::{Map, Value, json};

use super::answers::with_kind;

static DOCUMENT: LazyLock<String> = LazyLock::new(|| document().to_string());

/// The document; it tells nothing of any repository.
pub(super) async fn openapi() -> Response {
    with_kind("application/json", DOCUMENT.clone())
}

fn document() -> Value {
    let mut paths = Map::new();
    for method in Request::METHODS {
        paths.insert(format!("/v1/{method}"), json!({"post": operation(method)}));
    }
    let events = json!({
        "operationId": "events",
        "summary": "New states, as they come.",
        "responses": answers("text/event-stream", json!({"type": "string"})),
    });
    let metrics = json!({
        "operationId": "metrics",
        "summary": "Numbers for Prometheus.",
        "responses": answers("text/plain", json!({"type": "string"})),
    });
    let health = json!({
        "operationId": "healthz",
        "summary": "Whether the server is there.",
        "security": [],
        "responses": answers("text/plain", json!({"type": "string"})),
    });
    let this = json!({
        "operationId": "openapi",
        "summary": "This document.",
        "security": [],
        "responses": answers("application/json", json!({"type": "object"})),
    });
    for (path, operation) in
        [("/v1/events", events), ("/metrics", metrics), ("/healthz", health), ("/openapi.json", this)]
    {
        paths.insert(path.to_owned(), json!({"get": operation}));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Lodemap",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Questions about a repository",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Answer": answer(), "Problem": problem()},
        },
    })
}

fn operation(method: &str) -> Value {
    let parameters: Vec<Parameter> =
        Request::described(method).into_iter().flatten().chain(Parameter::common()).collect();
    let properties: Map<String, Value> =
        parameters.iter().map(|p| (p.name.to_owned(), property(p))).collect();
    let required: Vec<&str> = parameters.iter().filter(|p| p.required).map(|p| p.name).collect();
    let mut body = json!({"type": "object", "properties": properties, "additionalProperties": false});
    if !required.is_empty() {
        body["required"] = json!(required);
    }
    let known = json!({
        "name": "If-None-Match",
        "in": "header",
        "description": "The ETag of an earlier answer; one of the same state is a bare 304.",
        "schema": {"type": "string"},
    });
    let mut responses = answers("application/json", json!({"$ref": "#/components/schemas/Answer"}));
    responses["200"]["headers"] =
        json!({"ETag": {"description": "The generation.", "schema": {"type": "string"}}});
    if parameters.iter().any(|parameter| parameter.name == "cursor") {
        responses["410"] = json!({
            "description": "The state that the cursor is of is gone; begin again.",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        });
    }
    responses["304"] = json!({"description": "The state is that of the earlier answer."});
    json!({
        "operationId": method,
        "summary": Request::about(method).unwrap_or_default(),
        "parameters": [known],
        "requestBody": {
            "required": !required.is_empty(),
            "content": {"application/json": {"schema": body}},
        },
        "responses": responses,
    })
}

fn property(parameter: &Parameter) -> Value {
    let mut schema = match parameter.shape {
        Shape::Text => json!({"type": "string"}),
        Shape::Texts => json!({"type": "array", "items": {"type": "string"}}),
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Number => json!({"type": "integer", "minimum": 0}),
        Shape::Word(words) => json!({"type": "string", "enum": words}),
    };
    schema["description"] = parameter.about.into();
    if let Some(default) = &parameter.default {
        schema["default"] = default.clone();
    }
    schema
}

fn answers(kind: &str, schema: Value) -> Value {
    json!({
        "200": {"description": "The answer.", "content": {kind: {"schema": schema}}},
        "default": {
            "description": "Why there is none, and what to do next.",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        },
    })
}

/// What all answers have; the rest is what the command prints with `--json`.
fn answer() -> Value {
    json!({
        "type": "object",
        "properties": {
            "schema": {"const": SCHEMA},
            "generation": {"type": "integer", "minimum": 0, "description": "The state that was asked."},
            "stale": {"type": "boolean", "description": "Whether something that was just written may be missing."},
            "pending": {"type": "integer", "minimum": 0, "description": "How much may be missing."},
            "text": {"type": "string", "description": "The answer as text, where `format` asks for it."},
            "next": {"type": "string", "description": "How to go on, where pages are asked for and more is left."},
            "note": {"type": "string", "description": "What to try where nothing was found."},
        },
    })
}

/// What all errors have (RFC 9457).
fn problem() -> Value {
    json!({
        "type": "object",
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "What to do next."},
            "kind": {"type": "string", "description": "A word for programs."},
            "exit_code": {"type": "integer", "description": "What the command line would exit with."},
        },
        "required": ["type", "title", "status", "detail"],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn it_names_every_method_and_parameter_and_nothing_else() {
        let document = document();
        let paths = document["paths"].as_object().unwrap();
        let named: BTreeSet<&str> =
            paths.iter().filter_map(|(path, item)| item.get("post").and(path.strip_prefix("/v1/"))).collect();
        assert_eq!(named, Request::METHODS.iter().copied().collect());
        for method in Request::METHODS {
            let schema = &paths[&format!("/v1/{method}")]["post"]["requestBody"]["content"]["application/json"]
                ["schema"];
            let named: BTreeSet<&str> =
                schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
            let known = Request::parameters(method).unwrap().iter().chain(lodemap_wire::COMMON);
            assert_eq!(named, known.copied().collect(), "{method}");
            let required = schema["required"].as_array().and_then(|r| r.first()).and_then(Value::as_str);
            assert_eq!(required, Request::required(method), "{method}");
        }
        let limit = &paths["/v1/symbols"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
            ["limit"];
        assert_eq!(limit["default"], lodemap_wire::DEFAULT_SYMBOLS);
    }

    /// The rules of OpenAPI 3.1 as far as this document comes near them.
    #[test]
    fn it_has_the_shape_of_its_kind() {
        let document = document();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
        assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
        let mut ids = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            assert!(path.starts_with('/'), "{path}");
            for (verb, operation) in item.as_object().unwrap() {
                assert!(["get", "post"].contains(&verb.as_str()), "{path} {verb}");
                assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{path}");
                assert!(!operation["summary"].as_str().unwrap().is_empty(), "{path}");
                for (status, answer) in operation["responses"].as_object().unwrap() {
                    assert!(status == "default" || status.parse::<u16>().is_ok(), "{path} {status}");
                    assert!(answer["description"].is_string(), "{path} {status}");
                }
            }
        }
        let text = document.to_string();
        for (at, _) in text.match_indices("\"$ref\":\"#") {
            let pointer = text[at + 9..].split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
        let schemes = document["components"]["securitySchemes"].as_object().unwrap();
        for requirement in document["security"].as_array().unwrap() {
            assert!(requirement.as_object().unwrap().keys().all(|name| schemes.contains_key(name)));
        }
    }
}
