//! The server: tools behind the protocol's library, on a thread of its own, with calls on others.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lodemap_daemon::{Lane, Patience, Session, Turns};
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{ErrorData, ServerHandler, serve_server};
use tokio::sync::Semaphore;

use crate::instructions::INSTRUCTIONS;
use crate::stdio::{Held, Stdio};
use crate::tools::{Reply, Tools, call_in_turn, list};

/// So many calls are worked on at once; others wait for their turn.
const AT_ONCE: usize = 8;
/// The list of tools does not change while a program runs.
const LIST_IS_FRESH_MS: u64 = 3_600_000;
/// Whoever still asks when the client is gone is waited for so long.
const PATIENCE: Duration = Duration::from_secs(2);

/// Answers calls until standard input ends, then keeps what was learnt. Fails only where nothing can be served at all.
pub fn serve_stdio(session: Session) -> io::Result<()> {
    let tools = Tools::new(session);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().max_blocking_threads(AT_ONCE).build()?;
    runtime.block_on(async {
        let (stdio, written) = Stdio::start()?;
        let server = Server::of(tools.clone());
        // A client that leaves before it said anything, or says nothing sensible, is no failure of ours.
        if let Ok(running) = serve_server(server, stdio).await {
            _ = running.waiting().await;
        }
        written.finish(PATIENCE).await;
        Ok::<_, io::Error>(())
    })?;
    // Calls that nobody waits for any more do not keep the process.
    runtime.shutdown_timeout(Duration::from_millis(100));
    tools.close(PATIENCE);
    Ok(())
}

/// The tools as the protocol's library calls them. Copies share what limits them.
#[derive(Clone)]
pub(crate) struct Server(Calls);

/// Who sees to it that calls do not take all there is.
#[derive(Clone)]
enum Calls {
    /// A few threads of our own.
    Here(Tools, Arc<Semaphore>),
    /// The queue of a server, in which they take turns with all else that it is asked.
    InTurn(Turns),
}

impl Server {
    pub(crate) fn of(tools: Tools) -> Self {
        Self(Calls::Here(tools, Arc::new(Semaphore::new(AT_ONCE))))
    }

    pub(crate) fn in_turn(turns: Turns) -> Self {
        Self(Calls::InTurn(turns))
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let implementation = Implementation::new("lodemap", env!("CARGO_PKG_VERSION")).with_title("Lodemap");
        let mut info = ServerConfig::new(ServerCapabilities::builder().enable_tools().build());
        info.server_info = implementation;
        info.with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let list = ListToolsResult::with_all_items(list());
        Ok(list.with_ttl_ms(LIST_IS_FRESH_MS).with_cache_scope(CacheScope::Public))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let (tool, given) = (request.name, request.arguments.unwrap_or_default());
        let patience = Patience::new();
        let for_call = patience.clone();
        let work = async {
            match &self.0 {
                Calls::Here(tools, at_once) => {
                    let (tools, came) = (tools.clone(), Instant::now());
                    let held = context.extensions.get::<Held>().cloned();
                    let turn = at_once.clone().acquire_owned().await.ok();
                    let call = move || {
                        // What limits calls is held until the work is done, also where nobody waits for it any more.
                        let _held = (held, turn);
                        tools.call_since(came, &tool, given, &for_call)
                    };
                    tokio::task::spawn_blocking(call)
                        .await
                        .unwrap_or_else(|_| Reply::failed("the server is about to end; start it again"))
                }
                Calls::InTurn(turns) => match lane(&context) {
                    Some(lane) => call_in_turn(turns, lane, &tool, given).await,
                    None => Reply::failed("this call failed by a fault of the server; ask in another way"),
                },
            }
        };
        let reply = tokio::select! {
            reply = work => reply,
            // No answer is sent after this, so that nothing is worked on any more.
            () = context.ct.cancelled() => {
                patience.end();
                Reply { text: "cancelled".to_owned(), is_error: true }
            }
        };
        let content = vec![ContentBlock::text(reply.text)];
        let result =
            if reply.is_error { CallToolResult::error(content) } else { CallToolResult::success(content) };
        Ok(result.into())
    }
}

/// Which connection a call came by.
fn lane(context: &RequestContext<RoleServer>) -> Option<Lane> {
    context.extensions.get::<http::request::Parts>()?.extensions.get::<Lane>().copied()
}
