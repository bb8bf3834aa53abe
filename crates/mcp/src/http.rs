//! The tools over HTTP: what a web server puts at one path.
//!
//! Every request stands for itself, in both eras of the protocol: there are no sessions that could be guessed or left
//! behind, and every answer is one JSON document. Who may ask is checked twice, by the server for a token, and here for
//! names: a page in a browser is kept out by its `Origin`, unless it is one of this very server, and one that points a
//! name of its own at this machine by its `Host`.

use std::convert::Infallible;
use std::fmt::Display;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::{HOST, ORIGIN};
use lodemap_daemon::Turns;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tower_service::Service;

use crate::server::Server;
use crate::tools::Tools;

/// A request has at most so many bytes, as a line has.
const MOST_OF_A_BODY: usize = 4 << 20;

/// What answers calls that come over HTTP: [`Tools`] with a few threads of their own, or [`Turns`], where calls take turns
/// with all else that a server is asked, each connection as one client.
pub struct HttpTools(Server);

impl From<Tools> for HttpTools {
    fn from(tools: Tools) -> Self {
        Self(Server::of(tools))
    }
}

impl From<Turns> for HttpTools {
    fn from(turns: Turns) -> Self {
        Self(Server::in_turn(turns))
    }
}

/// A service for the tools of one repository, to be mounted at a path such as `/mcp`; it must run on a tokio runtime.
///
/// `hosts` are the names, with or without ports, by which the server may be called; without any, those of the loopback
/// interface.
pub fn http_service<B>(
    tools: impl Into<HttpTools>,
    hosts: &[String],
) -> impl Service<
    http::Request<B>,
    Response = http::Response<impl http_body::Body<Data = bytes::Bytes, Error = Infallible> + Send + 'static>,
    Error = Infallible,
    Future: Send + 'static,
> + Clone
+ Send
+ Sync
+ 'static
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Display,
{
    let HttpTools(server) = tools.into();
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(MOST_OF_A_BODY)
        // What is left of origins is none of ours.
        .enforce_origin_validation();
    let config = if hosts.is_empty() { config } else { config.with_allowed_hosts(hosts) };
    let sessions = Arc::new(NeverSessionManager::default());
    OwnOrigin(StreamableHttpService::new(move || Ok(server.clone()), sessions, config))
}

/// Takes away an `Origin` that is the server's own, port included: the library knows names, and no port before it is
/// known. A request under a name that is not ours is still refused by its `Host`.
#[derive(Clone)]
struct OwnOrigin<S>(S);

impl<S, B> Service<http::Request<B>> for OwnOrigin<S>
where
    S: Service<http::Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, mut request: http::Request<B>) -> S::Future {
        if is_own(request.headers()) {
            request.headers_mut().remove(ORIGIN);
        }
        self.0.call(request)
    }
}

fn is_own(headers: &http::HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let mut origins = headers.get_all(ORIGIN).iter().peekable();
    origins.peek().is_some()
        && origins.all(|o| o.as_bytes().strip_prefix(b"http://") == Some(host.as_bytes()))
}
