//! What another crate serves at a path of its own, behind the same guard and in the same queue.

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
use tower_service::Service;

use super::turns::Turns;

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

type Make = Arc<dyn Fn(Turns) -> MountService + Send + Sync>;

/// A path, and what makes the service for it once there is somebody to ask.
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
    pub fn new(path: &'static str, make: impl Fn(Turns) -> MountService + Send + Sync + 'static) -> Self {
        Self { path, make: Arc::new(make) }
    }

    pub(super) fn routes(&self, turns: Turns) -> MethodRouter {
        (self.make)(turns).0
    }
}
