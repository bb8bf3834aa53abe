//! Requests by POST, and what is said of them.

use std::path::Path;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lodemap_wire::{Call, Problem, ProblemKind, Request};
use serde_json::{Map, Value, json};

use super::Served;
use super::turns::{DEADLINE, Lane, begin};
use crate::server::jobs::Work;

/// Answers a request.
pub(super) async fn answer(
    State(served): State<Served>,
    Extension(lane): Extension<Lane>,
    axum::extract::Path(method): axum::extract::Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    served.shared.note_activity();
    let limits = &served.shared.limits;
    let body = match tokio::time::timeout(limits.frame_patience, to_bytes(body, limits.frame)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return too_large(&served),
        Err(_) => {
            return refusal(StatusCode::REQUEST_TIMEOUT, "the body took too long to come; send it at once");
        }
    };
    let result = match call(&served, &method, &body) {
        Ok(call) => {
            let wait = call.terms.deadline_ms.map_or(DEADLINE, Duration::from_millis);
            begin(&served.shared, lane, Work::Ask(Box::new(call)), wait).await
        }
        Err(problem) => Err(problem),
    };
    match result {
        Ok(object) => written(&headers, object),
        Err(problem) => told(&problem),
    }
}

pub(super) fn too_large(served: &Served) -> Response {
    let most = served.shared.limits.frame;
    refusal(StatusCode::PAYLOAD_TOO_LARGE, &format!("the body cannot be taken; send at most {most} bytes"))
}

fn call(served: &Served, method: &str, body: &[u8]) -> Result<Call, Problem> {
    let wrong = |e: serde_json::Error| {
        Problem::new(
            ProblemKind::Parse,
            format!("the body is no JSON object ({e}); send the parameters in one"),
        )
    };
    let params: Map<String, Value> = match body.is_empty() {
        true => Map::new(),
        false => serde_json::from_slice(body).map_err(wrong)?,
    };
    let mut call = Call::parse(method, params)?;
    crate::ask::check(&call.request)?;
    call.terms.apart = false;
    if !matches!(call.request, Request::Languages(_)) {
        call.terms.root = Some(root(served, call.terms.root.as_deref())?);
    }
    Ok(call)
}

/// The repository that is meant, which must be one of those that are served.
pub(super) fn root(served: &Served, named: Option<&str>) -> Result<String, Problem> {
    let found = match named {
        None => served.roots.first().cloned(),
        Some(named) => {
            let real = Path::new(named).canonicalize().ok();
            real.filter(|real| served.roots.contains(real))
        }
    };
    found.as_deref().and_then(Path::to_str).map(str::to_owned).ok_or_else(|| {
        Problem::usage("this repository is not served; leave `root` away, or start `lodemap serve` with it")
    })
}

/// An answer; nothing of it where the client has this generation already.
fn written(headers: &HeaderMap, object: String) -> Response {
    let generation = object
        .strip_prefix("{\"schema\":1,\"generation\":")
        .map(|rest| rest.bytes().take_while(u8::is_ascii_digit).map(char::from).collect::<String>());
    let is_stale = object.contains("\"stale\":true");
    // A number of 0 stands for no state in particular.
    let tag = generation.filter(|n| n != "0" && !n.is_empty() && !is_stale).map(|n| format!("\"{n}\""));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let mut response = match &tag {
        Some(tag) if known == Some(tag) => StatusCode::NOT_MODIFIED.into_response(),
        _ => with_kind("application/json", object),
    };
    if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// A problem, as RFC 9457 has it.
pub(super) fn told(problem: &Problem) -> Response {
    let status =
        StatusCode::from_u16(problem.kind.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = serde_json::to_value(problem.kind).unwrap_or_default();
    let mut response = problem_page(
        status,
        &json!({
            "type": "about:blank",
            "title": kind.as_str().unwrap_or_default().replace('_', " "),
            "status": status.as_u16(),
            "detail": problem.message,
            "kind": kind,
            "exit_code": problem.kind.exit_code(),
        }),
    );
    if problem.kind == ProblemKind::Busy {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// A problem of HTTP alone.
pub(super) fn refusal(status: StatusCode, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("refused");
    let page = json!({"type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail});
    problem_page(status, &page)
}

pub(super) async fn nothing_here() -> Response {
    let methods = Request::METHODS.join(", ");
    refusal(StatusCode::NOT_FOUND, &format!("nothing is here; POST to /v1/ and one of {methods}"))
}

pub(super) async fn not_this_way() -> Response {
    refusal(
        StatusCode::METHOD_NOT_ALLOWED,
        "questions are asked by POST; /v1/events, /metrics, /healthz and /openapi.json are read by GET",
    )
}

fn problem_page(status: StatusCode, page: &Value) -> Response {
    let mut response = with_kind("application/problem+json", page.to_string());
    *response.status_mut() = status;
    response
}

pub(super) fn with_kind(kind: &'static str, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// How the server is, for Prometheus.
pub(super) async fn metrics(State(served): State<Served>) -> Response {
    let status: Value = match served.shared.status().map(|status| serde_json::from_str(&status)) {
        Ok(Ok(status)) => status,
        Ok(Err(_)) => Value::Null,
        Err(problem) => return told(&problem),
    };
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let repositories = status["repositories"].as_array().cloned().unwrap_or_default();
    let sum = |key: &str| repositories.iter().map(|r| number(&r[key])).sum::<u64>();
    let mut out = String::new();
    for (name, kind, help, value) in [
        ("clients", "gauge", "Open connections.", number(&status["clients"])),
        ("requests_waiting", "gauge", "Requests that wait for their turn.", number(&status["waiting"])),
        ("requests_answered_total", "counter", "Requests that were worked at.", number(&status["answered"])),
        (
            "requests_stopped_total",
            "counter",
            "Of these, such as were left off because nobody waited any more.",
            number(&status["stopped"]),
        ),
        ("repositories", "gauge", "Repositories that are open.", repositories.len() as u64),
        ("files", "gauge", "Indexed files.", sum("files")),
        ("pending_changes", "gauge", "Hints at changes that are not dealt with.", sum("pending")),
        ("held_bytes", "gauge", "Bytes that repositories hold, by their own count.", sum("held_bytes")),
        ("resident_bytes", "gauge", "Resident memory of the process.", number(&status["memory"]["resident"])),
        ("uptime_seconds", "counter", "Seconds since the start.", number(&status["uptime_seconds"])),
    ] {
        out.push_str(&format!(
            "# HELP lodemap_{name} {help}\n# TYPE lodemap_{name} {kind}\nlodemap_{name} {value}\n"
        ));
    }
    with_kind("text/plain; version=0.0.4", out)
}
