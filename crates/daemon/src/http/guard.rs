//! Who may ask at all?

use std::net::{IpAddr, SocketAddr};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use super::answers::{refusal, too_large};
use super::{Served, dashboard};

/// Under which names the server lets itself be called: those that nobody's name server can hand out.
pub(super) struct Names {
    port: u16,
}

impl Names {
    pub(super) fn of(address: SocketAddr) -> Self {
        Self { port: address.port() }
    }

    /// Whether a host, with its port, is one of them.
    fn has(&self, authority: &str) -> bool {
        let (host, port) = match authority.rsplit_once(':') {
            // The colons of an address of version 6 stand in brackets.
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let is_ours = port.map_or(self.port == 80, |port| port == self.port.to_string());
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_address = match bare {
            Some(host) => host.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv6()),
            None => host.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv4()),
        };
        is_ours && (is_address || host.eq_ignore_ascii_case("localhost"))
    }
}

/// Holds off what is not meant for us, and whoever has no token.
pub(super) async fn check(State(served): State<Served>, request: Request, next: Next) -> Response {
    let (headers, uri) = (request.headers(), request.uri());
    if !is_called_right(&served.names, headers, uri) {
        return refusal(
            StatusCode::FORBIDDEN,
            "call this server by its address or as localhost, with its port",
        );
    }
    if !is_of_no_other_page(&served.names, headers) {
        return refusal(StatusCode::FORBIDDEN, "web pages of other places may not ask");
    }
    // They tell nothing of what is served.
    if matches!(uri.path(), "/healthz" | "/openapi.json") || dashboard::is_open(request.method(), uri.path())
    {
        return next.run(request).await;
    }
    if !has_token(&served, headers) {
        let mut response = refusal(
            StatusCode::UNAUTHORIZED,
            "send `Authorization: Bearer TOKEN`; the token is in a file that `lodemap serve` names",
        );
        let how = axum::http::HeaderValue::from_static("Bearer");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, how);
        return response;
    }
    if request.method() == Method::POST && !is_plain_json(headers) {
        return refusal(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send `Content-Type: application/json`, not compressed",
        );
    }
    // Before any of it comes.
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > served.shared.limits.frame as u64) {
        return too_large(&served);
    }
    next.run(request).await
}

/// Exactly one name, and one of ours, wherever it stands.
fn is_called_right(names: &Names, headers: &HeaderMap, uri: &Uri) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let by_uri = uri.authority().is_none_or(|authority| names.has(authority.as_str()));
    by_uri && host.to_str().is_ok_and(|host| names.has(host))
}

/// Browsers say which page asks.
fn is_of_no_other_page(names: &Names, headers: &HeaderMap) -> bool {
    headers.get_all(header::ORIGIN).iter().all(|origin| {
        let host = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://"));
        host.is_some_and(|host| names.has(host))
    })
}

fn has_token(served: &Served, headers: &HeaderMap) -> bool {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(given), None) = (given.next(), given.next()) else { return false };
    let Some((scheme, token)) = given.to_str().ok().and_then(|given| given.split_once(' ')) else {
        return false;
    };
    scheme.eq_ignore_ascii_case("bearer") && blake3::hash(token.trim().as_bytes()) == served.token
}

fn is_plain_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json") && !headers.contains_key(header::CONTENT_ENCODING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_nobody_can_hand_out() {
        let names = Names::of("127.0.0.1:4711".parse().unwrap());
        for host in ["127.0.0.1:4711", "localhost:4711", "LocalHost:4711", "[::1]:4711", "192.168.1.7:4711"] {
            assert!(names.has(host), "{host}");
        }
        for host in [
            "",
            ":4711",
            "evil.com",
            "evil.com:4711",
            "localhost",
            "localhost:80",
            "localhost.evil.com:4711",
            "::1:4711",
            "127.0.0.1",
            "127.0.0.1:04711",
            "127.0.0.1:4711:4711",
            "localhost:4711/",
            "a@localhost:4711",
            "[localhost]:4711",
            "[127.0.0.1]:4711",
        ] {
            assert!(!names.has(host), "{host}");
        }
        assert!(Names::of("127.0.0.1:80".parse().unwrap()).has("localhost"));
    }
}
