//! The way to a master: the connection, and the two calls that it answers. What is said over them is in
//! `message`, the other end in `service`.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status, Streaming};

use crate::address::Address;
use crate::build::{BUILD, BUILD_HEADER};
use crate::caller::Caller;
use crate::message::{FromDriver, FromWorker, ToDriver, ToWorker};
use crate::wire::{LONGEST, OwnCodec};

/// The call that workers make.
pub(crate) const WORK: &str = "/fram.Master/Work";
/// The call that drivers make.
pub(crate) const DRIVE: &str = "/fram.Master/Drive";

/// A connection to a master. Clones are the same; it is made anew when it breaks.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    channel: Channel,
    pub(crate) build: &'static str,
}

impl Link {
    /// A connection to the master, not yet tried.
    pub(crate) fn new(master: &Address, caller: &Caller) -> Result<Self, Status> {
        let failed = |error: tonic::transport::Error| Status::unavailable(deepest(&error));
        let endpoint = Endpoint::from_shared(caller.url(&master.host, master.port)).map_err(failed)?;
        let endpoint = caller.endpoint(endpoint).map_err(failed)?;
        Ok(Self { channel: endpoint.connect_lazy(), build: BUILD })
    }

    /// Calls the master as a worker.
    pub(crate) async fn work(&self, said: mpsc::Receiver<FromWorker>) -> Result<Streaming<ToWorker>, Status> {
        self.call(WORK, said).await
    }

    /// Calls the master as a driver.
    pub(crate) async fn drive(
        &self,
        said: mpsc::Receiver<FromDriver>,
    ) -> Result<Streaming<ToDriver>, Status> {
        self.call(DRIVE, said).await
    }

    async fn call<Out, In>(
        &self,
        path: &'static str,
        said: mpsc::Receiver<Out>,
    ) -> Result<Streaming<In>, Status>
    where
        Out: Serialize + Send + Sync + 'static,
        In: DeserializeOwned + Send + Sync + 'static,
    {
        let client = Grpc::new(self.channel.clone());
        let mut client = client.max_decoding_message_size(LONGEST).max_encoding_message_size(LONGEST);
        client.ready().await.map_err(|error| Status::unavailable(deepest(&error)))?;
        let mut request = Request::new(ReceiverStream::new(said));
        request.metadata_mut().insert(BUILD_HEADER, MetadataValue::from_static(self.build));
        let answer = client.streaming(request, PathAndQuery::from_static(path), OwnCodec::default()).await;
        Ok(answer.map_err(explained)?.into_inner())
    }
}

/// The status with what it is in the end, where it names a cause: `transport error` says nothing.
fn explained(status: Status) -> Status {
    match std::error::Error::source(&status) {
        Some(cause) if status.message() == "transport error" => Status::new(status.code(), deepest(cause)),
        _ => status,
    }
}

/// What an error is in the end.
fn deepest(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
