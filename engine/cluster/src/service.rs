//! The two calls of a master as a gRPC service: checks the build of whoever calls, and hands the streams on.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::body::Body;
use tonic::codegen::{Context, Poll, Service, http};
use tonic::server::{Grpc, NamedService, StreamingService};
use tonic::{Request, Response, Status, Streaming};

use crate::build::{self, BUILD_HEADER};
use crate::channel::{DRIVE, WORK};
use crate::master::Master;
use crate::wire::{LONGEST, OwnCodec};

/// Letters of a caller's build that are looked at.
const LONGEST_BUILD: usize = 100;

/// The master's calls.
#[derive(Clone)]
pub(crate) struct MasterService {
    pub(crate) master: Arc<Master>,
}

impl NamedService for MasterService {
    const NAME: &'static str = "fram.Master";
}

impl Service<http::Request<Body>> for MasterService {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let master = self.master.clone();
        if let (Some(site), Some(called)) = (&master.site, request.uri().authority()) {
            site.is_called(called.host());
        }
        match request.uri().path() {
            WORK => answer(request, move |heard, said| master.serve_worker(heard, said).boxed()),
            DRIVE => answer(request, move |heard, said| master.serve_driver(heard, said).boxed()),
            _ => async { Ok(Status::unimplemented("the master has no such call").into_http()) }.boxed(),
        }
    }
}

/// Answers a call whose two streams `serve` reads and writes.
fn answer<Out, In>(
    request: http::Request<Body>,
    serve: impl FnOnce(Streaming<In>, mpsc::Sender<Result<Out, Status>>) -> BoxFuture<'static, ()>
    + Send
    + 'static,
) -> BoxFuture<'static, Result<http::Response<Body>, Infallible>>
where
    Out: Serialize + Send + Sync + 'static,
    In: DeserializeOwned + Send + Sync + 'static,
{
    async move {
        let codec = OwnCodec::<Out, In>::default();
        let mut grpc = Grpc::new(codec).max_decoding_message_size(LONGEST).max_encoding_message_size(LONGEST);
        Ok(grpc.streaming(Call { serve: Some(serve), _out: PhantomData }, request).await)
    }
    .boxed()
}

/// One call.
struct Call<F, Out> {
    serve: Option<F>,
    _out: PhantomData<fn(Out)>,
}

impl<Out, In, F> StreamingService<In> for Call<F, Out>
where
    Out: Send + 'static,
    In: Send + 'static,
    F: FnOnce(Streaming<In>, mpsc::Sender<Result<Out, Status>>) -> BoxFuture<'static, ()>,
{
    type Response = Out;
    type ResponseStream = ReceiverStream<Result<Out, Status>>;
    type Future = std::future::Ready<Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: Request<Streaming<In>>) -> Self::Future {
        let checked = check_build(&request).map(|()| {
            let (said_tx, said_rx) = mpsc::channel(64);
            if let Some(serve) = self.serve.take() {
                tokio::spawn(serve(request.into_inner(), said_tx));
            }
            Response::new(ReceiverStream::new(said_rx))
        });
        std::future::ready(checked)
    }
}

/// Refuses whoever is of another build.
fn check_build<M>(request: &Request<M>) -> Result<(), Status> {
    let theirs = request.metadata().get(BUILD_HEADER).and_then(|value| value.to_str().ok());
    let theirs: String = theirs.unwrap_or("unknown").chars().take(LONGEST_BUILD).collect();
    let Some(refusal) = build::refusal(&theirs) else { return Ok(()) };
    log::warn!("a caller is refused, and told: {refusal}");
    Err(Status::failed_precondition(refusal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::Functions;
    use crate::pages::PageSite;
    use crate::records::Records;
    use crate::token::Token;

    #[tokio::test]
    async fn pages_are_found_by_the_name_that_notebooks_use() {
        let folder = tempfile::tempdir().unwrap();
        let site = PageSite::new("0.0.0.0:7080".parse().unwrap(), Token::random(), false);
        let records = Arc::new(Records::open(folder.path()).unwrap());
        let master = Master::start(Functions::default(), records, Some(site.clone())).await.unwrap();
        assert!(!site.has_name("master.example:7080"));
        let request = http::Request::builder().uri(format!("http://master.example:7077{DRIVE}"));
        drop(MasterService { master }.call(request.body(Body::empty()).unwrap()));
        assert!(site.has_name("master.example:7080") && !site.has_name("other.example:7080"));
    }
}
