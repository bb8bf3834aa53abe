//! The tools over HTTP: what a web server puts at one path.
//!
//! Every request stands for itself, in both eras of the protocol: there are no sessions that could be guessed or left
//! behind, and every answer is one JSON document. Who may ask is checked twice, by the server for a token, and here for
//! names: a page in a browser is kept out by its `Origin`, and one that points a name of its own at this machine by its
//! `Host`.

use std::convert::Infallible;
use std::fmt::Display;
use std::sync::Arc;

use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tower_service::Service;

use crate::server::Server;
use crate::tools::Tools;

/// A request has at most so many bytes, as a line has.
const MOST_OF_A_BODY: usize = 4 << 20;

/// A service for the tools of one repository, to be mounted at a path such as `/mcp`; it must run on a tokio runtime.
///
/// `hosts` are the names, with or without ports, by which the server may be called; without any, those of the loopback
/// interface.
pub fn http_service<B>(
    tools: Tools,
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
    let server = Server::new(tools);
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(MOST_OF_A_BODY)
        // No page of a browser has any business here.
        .enforce_origin_validation();
    let config = if hosts.is_empty() { config } else { config.with_allowed_hosts(hosts) };
    StreamableHttpService::new(move || Ok(server.clone()), Arc::new(NeverSessionManager::default()), config)
}
