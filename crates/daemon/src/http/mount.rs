//! What another crate serves at a path of its own, behind the same guard and from the same repository.

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http;
use axum::routing::{MethodRouter, any};
use lodemap_wire::{Call, StatusRequest, Terms};
use tower_service::Service;

use crate::opening::Opening;
use crate::server::Shared;
use crate::server::client::Ticket;
use crate::server::jobs::{Job, Work};

/// The lane of what the server asks for itself, above those of streams.
const LANE: u64 = u64::MAX;

/// The body of a request, as any server hands it on.
#[derive(Debug)]
pub struct MountBody(Body);

impl HttpBody for MountBody {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.0).poll_frame(context).map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.0.size_hint()
    }
}

/// A service to be mounted.
pub struct MountService(MethodRouter);

impl MountService {
    /// Takes whatever speaks HTTP in the types that all servers share.
    pub fn new<S, B>(service: S) -> Self
    where
        S: Service<http::Request<MountBody>, Response = http::Response<B>, Error = Infallible>,
        S: Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        B: HttpBody<Data = Bytes, Error = Infallible> + Send + 'static,
    {
        Self(any(move |request: Request| {
            let mut service = service.clone();
            async move {
                let Ok(()) = poll_fn(|context| service.poll_ready(context)).await;
                let Ok(response) = service.call(request.map(MountBody)).await;
                response.map(Body::new)
            }
        }))
    }
}

type Make = Arc<dyn Fn(Opening) -> MountService + Send + Sync>;

/// A path, and what makes the service for it once there is a repository on its way.
#[derive(Clone)]
pub struct Mount {
    pub(super) path: &'static str,
    make: Make,
}

impl fmt::Debug for Mount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mount").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Mount {
    /// Something to be served at a path such as `/mcp`.
    pub fn new(path: &'static str, make: impl Fn(Opening) -> MountService + Send + Sync + 'static) -> Self {
        Self { path, make: Arc::new(make) }
    }

    pub(super) fn routes(&self, opening: Opening) -> MethodRouter {
        (self.make)(opening).0
    }
}

/// Has the repository opened as by a question, and hands it on.
pub(super) fn open(shared: &Arc<Shared>, root: &str) -> Opening {
    let opening = Opening::later();
    let (settled, from) = (opening.clone(), Arc::downgrade(shared));
    let reply = Arc::new(move |result: Result<String, lodemap_wire::Problem>| {
        let held = from.upgrade().and_then(|shared| shared.registry.held().into_iter().next());
        match (result, held) {
            (Ok(_), Some(held)) => settled.settle(Ok(held.live.clone())),
            (Err(problem), _) => settled.settle(Err(problem)),
            (Ok(_), None) => {}
        }
    });
    let terms = Terms { root: Some(root.to_owned()), ..Terms::default() };
    let call = Call { request: lodemap_wire::Request::Status(StatusRequest::default()), terms };
    let work = Work::Ask(Box::new(call));
    shared.begin(Job { lane: LANE, ticket: Arc::new(Ticket::default()), reply, work });
    opening
}
