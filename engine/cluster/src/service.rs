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

use crate::channel::{BUILD, BUILD_HEADER, DRIVE, WORK};
use crate::master::Master;
use crate::wire::{LONGEST, OwnCodec};

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

/// Refuses whoever is of another build: plans mean something to the same build alone.
fn check_build<M>(request: &Request<M>) -> Result<(), Status> {
    let theirs =
        request.metadata().get(BUILD_HEADER).and_then(|value| value.to_str().ok()).unwrap_or("unknown");
    if theirs == BUILD {
        return Ok(());
    }
    let older = if is_older(theirs, BUILD) { "your side" } else { "the master" };
    let text = format!(
        "your Fram is build {theirs}, the master's is build {BUILD}: they must be the same; upgrade {older}"
    );
    Err(Status::failed_precondition(text))
}

/// Whether the first version is the older one, as far as their numbers say.
fn is_older(one: &str, other: &str) -> bool {
    let numbers = |text: &str| -> Vec<u64> {
        text.split(['.', '+']).take(3).map(|part| part.parse().unwrap_or(0)).collect()
    };
    numbers(one) < numbers(other)
}
