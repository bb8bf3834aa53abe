//! The same requests over HTTP, for programs that would rather not speak through a socket file.
//!
//! Off unless it is asked for. Whoever can reach the port is held off until it shows the token; web pages are held off
//! by the names under which the server lets itself be called.

mod answers;
mod dashboard;
mod guard;
mod mount;
mod openapi;
mod stream;
mod turns;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};

use crate::server::{HOUSEKEEPING, ServeError, ServeOptions, Shared, keep_house, run_edge};
use guard::Names;
pub use mount::{Mount, MountBody, MountService};
pub use turns::{Lane, Turns};

/// What is served, to whom, and where.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// How repositories are opened and clients are bounded.
    pub serve: ServeOptions,
    /// Where to listen.
    pub address: SocketAddr,
    /// The repositories that may be asked, as the file system has them; the first where none is named.
    pub roots: Vec<PathBuf>,
    /// What a client must show.
    pub token: String,
    /// What other crates serve beside the answers, for the first of the repositories.
    pub mounts: Vec<Mount>,
}

/// The head of a request must be there within this time.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
/// The largest head, in bytes.
const LARGEST_HEAD: usize = 64 << 10;

/// What all requests share.
#[derive(Clone)]
struct Served {
    shared: Arc<Shared>,
    names: Arc<Names>,
    roots: Arc<[PathBuf]>,
    /// The hash of the token: hashes are compared in constant time.
    token: blake3::Hash,
}

/// Serves until the process is told to end. `ready` hears at which address.
pub fn serve_http(options: &HttpOptions, ready: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    let shared = Arc::new(Shared::new(None, &options.serve));
    run_edge(&shared, listen(&shared, options, ready))
}

async fn listen(
    shared: &Arc<Shared>,
    options: &HttpOptions,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let failed = |error| ServeError::Listen { address: options.address, error };
    let listener = TcpListener::bind(options.address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Start)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Start)?;
    let served = Served {
        shared: shared.clone(),
        names: Arc::new(Names::of(address)),
        roots: options.roots.clone().into(),
        token: blake3::hash(options.token.as_bytes()),
    };
    let turns = match (options.mounts.is_empty(), options.roots.first().and_then(|root| root.to_str())) {
        (false, Some(root)) => Some(Turns::new(shared, root)),
        _ => None,
    };
    // Whoever calls what is mounted is not to wait for what nobody has begun.
    turns.iter().for_each(Turns::open);
    let router = router(served, &options.mounts, turns.as_ref());
    let mut leaving = shared.leaving.subscribe();
    let mut tick = tokio::time::interval(HOUSEKEEPING);
    ready(address);
    let mut number = 0;
    loop {
        tokio::select! {
            _ = leaving.wait_for(|leaving| *leaving) => break,
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = tick.tick() => keep_house(shared),
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    number += 1;
                    admit(shared, &router, stream, Lane(number));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
        }
    }
    shared.leave();
    drop(listener);
    drop(router);
    let deadline = Instant::now() + shared.limits.drain;
    while shared.is_busy() && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

fn router(served: Served, mounts: &[Mount], turns: Option<&Turns>) -> Router {
    let mut router = Router::new();
    for (mount, turns) in mounts.iter().zip(turns.into_iter().cycle()) {
        router = router.route(mount.path, mount.routes(turns.clone()).with_state(()));
    }
    router
        .route("/", get(dashboard::page))
        .route("/dashboard/{file}", get(dashboard::file))
        .route("/v1/events", get(stream::events))
        .route("/v1/{method}", post(answers::answer))
        .route("/metrics", get(answers::metrics))
        .route("/openapi.json", get(openapi::openapi))
        .route("/healthz", get(|| async { "ok\n" }))
        .fallback(answers::nothing_here)
        .method_not_allowed_fallback(answers::not_this_way)
        .layer(from_fn_with_state(served.clone(), guard::check))
        .with_state(served)
}

/// Lets a connection in, if there is room.
fn admit(shared: &Arc<Shared>, router: &Router, stream: TcpStream, lane: Lane) {
    if shared.clients.fetch_add(1, Ordering::AcqRel) >= shared.limits.clients {
        shared.clients.fetch_sub(1, Ordering::AcqRel);
        return;
    }
    _ = stream.set_nodelay(true);
    // Whoever takes nothing of what it is sent is left; the system looks after that, and lets those go on that read
    // slowly.
    let patience = u32::try_from(shared.limits.write_patience.as_millis()).unwrap_or(u32::MAX);
    _ = rustix::net::sockopt::set_tcp_user_timeout(&stream, patience);
    let (shared, router) = (shared.clone(), router.clone().layer(axum::Extension(lane)));
    tokio::spawn(async move {
        let mut leaving = shared.leaving.subscribe();
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(HEAD_PATIENCE).max_buf_size(LARGEST_HEAD);
        let service = TowerToHyperService::new(router);
        let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
        let is_over = tokio::select! {
            // What went wrong with one connection is no concern of others.
            _ = connection.as_mut() => true,
            _ = leaving.wait_for(|leaving| *leaving) => false,
        };
        if !is_over {
            connection.as_mut().graceful_shutdown();
            _ = tokio::time::timeout(shared.limits.drain, connection).await;
        }
        shared.forget(lane.0);
        shared.clients.fetch_sub(1, Ordering::AcqRel);
    });
}
