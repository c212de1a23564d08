//! What a worker hands over of its shuffle files. Ballista's service takes the name of a job as a part of a path, as the
//! caller writes it; here names that lead out of the worker's folder are refused, and what no caller of ours asks for.

use arrow_flight::flight_service_server::FlightService;
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightInfo, HandshakeRequest,
    HandshakeResponse, PollInfo, PutResult, SchemaResult, Ticket,
};
use ballista_core::serde::decode_protobuf;
use ballista_core::serde::scheduler::Action as Wanted;
use ballista_executor::flight_service::BallistaFlightService;
use futures::stream::BoxStream;
use tonic::{Request, Response, Status, Streaming, async_trait};

use crate::slot::check_job;

/// The files in a worker's folder.
pub(super) struct ShuffleFiles(BallistaFlightService);

impl ShuffleFiles {
    /// Those below the folder.
    pub(super) fn below(work_dir: String) -> Self {
        Self(BallistaFlightService::new(work_dir))
    }
}

/// Refuses to hand over what is no file of a job.
fn check(wanted: &[u8]) -> Result<(), Status> {
    let wanted = decode_protobuf(wanted).map_err(|error| Status::invalid_argument(error.to_string()))?;
    let Wanted::FetchPartition { job_id, .. } = wanted;
    check_job(job_id.as_str()).map_err(|_| {
        log::warn!("rows of a job with a strange name were asked for, and refused");
        Status::invalid_argument("no job has such a name")
    })
}

fn unknown<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("a worker hands over rows of jobs, and nothing else"))
}

type Answers<T> = BoxStream<'static, Result<T, Status>>;

#[async_trait]
impl FlightService for ShuffleFiles {
    type DoActionStream = Answers<arrow_flight::Result>;
    type DoExchangeStream = Answers<FlightData>;
    type DoGetStream = Answers<FlightData>;
    type DoPutStream = Answers<PutResult>;
    type HandshakeStream = Answers<HandshakeResponse>;
    type ListActionsStream = Answers<ActionType>;
    type ListFlightsStream = Answers<FlightInfo>;

    async fn do_get(&self, request: Request<Ticket>) -> Result<Response<Self::DoGetStream>, Status> {
        check(&request.get_ref().ticket)?;
        self.0.do_get(request).await
    }

    async fn do_action(&self, request: Request<Action>) -> Result<Response<Self::DoActionStream>, Status> {
        check(&request.get_ref().body)?;
        self.0.do_action(request).await
    }

    async fn handshake(
        &self,
        _: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Self::HandshakeStream>, Status> {
        unknown()
    }

    async fn list_flights(&self, _: Request<Criteria>) -> Result<Response<Self::ListFlightsStream>, Status> {
        unknown()
    }

    async fn get_flight_info(&self, _: Request<FlightDescriptor>) -> Result<Response<FlightInfo>, Status> {
        unknown()
    }

    async fn poll_flight_info(&self, _: Request<FlightDescriptor>) -> Result<Response<PollInfo>, Status> {
        unknown()
    }

    async fn get_schema(&self, _: Request<FlightDescriptor>) -> Result<Response<SchemaResult>, Status> {
        unknown()
    }

    async fn do_put(&self, _: Request<Streaming<FlightData>>) -> Result<Response<Self::DoPutStream>, Status> {
        unknown()
    }

    async fn do_exchange(
        &self,
        _: Request<Streaming<FlightData>>,
    ) -> Result<Response<Self::DoExchangeStream>, Status> {
        unknown()
    }

    async fn list_actions(&self, _: Request<Empty>) -> Result<Response<Self::ListActionsStream>, Status> {
        unknown()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use ballista_core::JobId;
    use ballista_core::serde::protobuf;
    use ballista_core::serde::scheduler::{ShuffleFileKind, ShuffleLayout};
    use futures::TryStreamExt;
    use prost::Message;

    use super::*;

    /// The bytes of a partition, as a worker asks another one for them.
    async fn fetched(files: &ShuffleFiles, job: &str) -> Result<Vec<u8>, Status> {
        let wanted = Wanted::FetchPartition {
            job_id: JobId::from(job.to_owned()),
            stage_id: 1,
            partition_id: 2,
            host: String::new(),
            port: 0,
            file_id: None,
            layout: ShuffleLayout::Passthrough,
            file_kind: ShuffleFileKind::Data,
            byte_ranges: Vec::new(),
        };
        let body: protobuf::Action = wanted.try_into().unwrap();
        let body = body.encode_to_vec().into();
        let action = Action { r#type: "IO_BLOCK_TRANSPORT".into(), body };
        let answer = files.do_action(Request::new(action)).await?.into_inner();
        let parts: Vec<_> = answer.try_collect().await?;
        Ok(parts.into_iter().flat_map(|part| part.body.to_vec()).collect())
    }

    #[tokio::test]
    async fn no_name_of_a_job_leads_out_of_the_folder() {
        let place = tempfile::tempdir().unwrap();
        let (folder, outside) = (place.path().join("worker"), place.path().join("outside"));
        let put = |below: &Path| {
            fs::create_dir_all(below.join("1/2")).unwrap();
            fs::write(below.join("1/2/data.arrow"), "its bytes").unwrap();
        };
        put(&folder.join("job-1"));
        put(&outside);
        let files = ShuffleFiles::below(folder.to_str().unwrap().to_owned());
        assert_eq!(fetched(&files, "job-1").await.unwrap(), b"its bytes");
        for strange in [outside.to_str().unwrap(), "../outside", "job-1/../../outside", "..", ""] {
            let refused = fetched(&files, strange).await.unwrap_err();
            assert_eq!(refused.message(), "no job has such a name", "{strange}");
        }
    }
}
