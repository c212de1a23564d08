//! A driver's side of a job: submits it, follows it, and fetches its rows from the workers. Which plan it is, and what
//! is done with the rows, is left to `runner`.

mod fetch;

use std::sync::Arc;

use async_trait::async_trait;
use ballista_core::client_pool::{BallistaClientPool, PooledClient};
use ballista_core::config::BallistaConfig;
use ballista_core::extension::BallistaConfigGrpcEndpoint;
use ballista_core::serde::protobuf::PartitionLocation;
use ballista_core::utils::GrpcClientConfig;
use futures::FutureExt;
use prost::Message;
use tokio::sync::mpsc;
use tonic::{Status, Streaming};

use crate::address::Address;
use crate::caller::Caller;
use crate::channel::Link;
use crate::connections::Connections;
use crate::engine::{Engine, Job, JobEvent, LeftRows, RowStream};
use crate::failure::Failure;
use crate::message::{ClusterView, FromDriver, Submission, ToDriver};
use crate::piece::StoredFile;
use crate::record::Application;
use crate::refusal::{Refusal, mistrust};
use crate::wire::LONGEST;

/// A job that a master runs.
struct MasterJob {
    /// How the master's machine is reached.
    host: String,
    page: Option<String>,
    said_tx: mpsc::Sender<FromDriver>,
    heard: Streaming<ToDriver>,
}

/// A master that jobs are handed to.
pub(crate) struct MasterLink {
    address: Address,
    caller: Caller,
    link: Link,
    connections: Connections,
}

impl MasterLink {
    /// The way to a master, not yet tried.
    pub(crate) fn new(address: Address, caller: Caller) -> Result<Self, Failure> {
        let link = Link::new(&address, &caller).map_err(|status| Refusal::unanswered(&address, &status))?;
        Ok(Self { address, caller, link, connections: Connections::default() })
    }

    async fn call(
        &self,
        first: FromDriver,
    ) -> Result<(mpsc::Sender<FromDriver>, Streaming<ToDriver>), Failure> {
        let (said_tx, said_rx) = mpsc::channel(4);
        let closed = |_| Refusal::unanswered(&self.address, &Status::unavailable("the channel is closed"));
        said_tx.send(first).await.map_err(closed)?;
        match self.link.drive(said_rx).await {
            Ok(heard) => Ok((said_tx, heard)),
            Err(status) => Err(self.refusal(&status).await),
        }
    }

    async fn refusal(&self, status: &Status) -> Failure {
        Refusal::of(&self.address, &self.caller, status).await.into()
    }

    async fn connect(&self, host: &str, port: u32) -> Result<PooledClient, Failure> {
        let gone = |reason: String| {
            mistrust(&format!("{host}:{port}"), &reason).unwrap_or_else(|| Failure::Unreachable {
                what: format!("worker {host}:{port} is not to be reached: {reason}"),
            })
        };
        let port = u16::try_from(port).map_err(|error| gone(error.to_string()))?;
        let endpoint = Some(Arc::new(BallistaConfigGrpcEndpoint::new(self.caller.for_ballista())));
        let config = GrpcClientConfig {
            max_message_size: LONGEST,
            use_tls: self.caller.is_encrypted(),
            io_retries_times: 2,
            io_retry_wait_time_ms: 100,
            initial_connection_window_size: fetch::WORKER_WINDOW,
            initial_stream_window_size: fetch::PARTITION_WINDOW,
            ..GrpcClientConfig::from(&BallistaConfig::default())
        };
        let client = self.connections.acquire(host, port, &config, endpoint);
        client.await.map_err(|error| gone(error.to_string()))
    }
}

#[async_trait]
impl Engine for MasterLink {
    fn address(&self) -> &Address {
        &self.address
    }

    async fn submit(&self, submission: Submission) -> Result<Box<dyn Job>, Failure> {
        let (said_tx, heard) = self.call(FromDriver::Submit(submission)).await?;
        Ok(Box::new(MasterJob { host: self.address.host.clone(), page: None, said_tx, heard }))
    }

    async fn view(&self) -> Result<ClusterView, Failure> {
        let (_said_tx, mut heard) = self.call(FromDriver::Look).await?;
        match heard.message().await {
            Ok(Some(ToDriver::Cluster(view))) => Ok(view),
            Ok(_) => Err(self.refusal(&Status::internal("it says nothing of its workers")).await),
            Err(status) => Err(self.refusal(&status).await),
        }
    }

    fn rows(&self, locations: Vec<Vec<u8>>) -> RowStream<'_> {
        self.fetch_all(locations)
    }

    async fn attend(&self, notebook: Application) -> Result<(), Failure> {
        let (_said_tx, mut heard) = self.call(FromDriver::Attend(notebook)).await?;
        while heard.message().await.is_ok_and(|said| said.is_some()) {}
        Ok(())
    }
}

#[async_trait]
impl Job for MasterJob {
    fn page(&self) -> Option<&str> {
        self.page.as_deref()
    }

    async fn next(&mut self) -> Result<JobEvent, Failure> {
        loop {
            let gone = |what: String| Failure::Lost { what };
            let message =
                self.heard.message().await.map_err(|status| gone(format!("the master is gone: {status}")))?;
            match message {
                None => return Err(gone("the master has closed the connection".into())),
                Some(ToDriver::Accepted { page }) => self.page = page.map(|page| page.url(&self.host)),
                Some(ToDriver::Cluster(_)) => {}
                Some(ToDriver::Progress(progress)) => return Ok(JobEvent::Progress(progress)),
                Some(ToDriver::Failed(failure)) => return Err(failure),
                Some(ToDriver::Finished { locations, progress }) => {
                    let left = locations.into_iter().map(|bytes| left_rows(bytes.into_vec()));
                    return Ok(JobEvent::Finished(left.collect::<Result<_, _>>()?, progress));
                }
            }
        }
    }

    fn is_kept(&mut self) -> bool {
        // Nothing more is said of a job that has ended, but that its master is gone.
        self.heard.message().now_or_never().is_none()
    }

    async fn release(self: Box<Self>) {
        drop(self.said_tx.send(FromDriver::Release).await);
    }
}

/// A location as Ballista writes it.
fn decoded(location: &[u8]) -> Result<PartitionLocation, Failure> {
    PartitionLocation::decode(location)
        .map_err(|error| Failure::Lost { what: format!("where rows lie is not told: {error}") })
}

/// What lies at a location.
fn left_rows(location: Vec<u8>) -> Result<LeftRows, Failure> {
    let place = decoded(&location)?;
    let id = place.partition_id.ok_or_else(|| Failure::Lost { what: "a partition has no name".into() })?;
    let stats = place.partition_stats.as_ref();
    let count = |number: i64| u64::try_from(number).ok();
    let rows = stats.and_then(|stats| count(stats.num_rows));
    let bytes = stats.and_then(|stats| count(stats.num_bytes));
    Ok(LeftRows { partition: id.partition_id as usize, file: StoredFile { rows, bytes, location } })
}

#[cfg(test)]
mod tests {
    use super::MasterLink;
    use crate::caller::Caller;
    use crate::engine::Engine;
    use crate::local_cluster::{LocalCluster, LocalClusterOptions};
    use crate::refusal::Refusal;

    #[test]
    fn a_master_of_another_build_takes_nothing_and_says_which_side_to_upgrade() {
        let cluster = LocalCluster::start(&LocalClusterOptions::in_threads(0)).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let _runtime = runtime.enter();
        let mut master =
            MasterLink::new(cluster.address().clone(), Caller::new(cluster.token(), None)).unwrap();
        assert_eq!(runtime.block_on(master.view()).unwrap().workers.len(), 0);
        for (build, remedy) in [
            ("0.0.1+00000000 (2020-01-01 00:00)", "upgrade yours"),
            ("999.0.0+00000000 (2020-01-01 00:00)", "upgrade the master"),
        ] {
            master.link.build = build;
            let refused = runtime.block_on(master.view()).unwrap_err().to_string();
            assert!(refused.contains(build) && refused.contains(remedy), "{refused}");
            // A worker is told the same, and does not come back with the same build.
            let (_said_tx, said_rx) = tokio::sync::mpsc::channel(1);
            let status = runtime.block_on(master.link.work(said_rx)).unwrap_err();
            let caller = Caller::new(cluster.token(), None);
            let refusal = runtime.block_on(Refusal::of(cluster.address(), &caller, &status));
            let told = format!("{} {}", refusal.reason, refusal.remedy);
            assert!(refusal.is_final && told.contains(build) && told.contains(remedy), "{told}");
        }
    }
}
