//! The rows of partitions on their way here: several workers send at once, and what has come is taken in the partitions'
//! order, batch by batch.

use std::collections::HashMap;
use std::fmt::Display;
use std::future::ready;
use std::sync::Arc;

use arrow::array::RecordBatch;
use ballista_core::client::BallistaClient;
use ballista_core::client_pool::PooledClient;
use ballista_core::serde::protobuf::PartitionLocation;
use datafusion::common::runtime::SpawnedTask;
use futures::stream::{self, StreamExt};
use futures::{FutureExt, TryFutureExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::{MasterLink, decoded};
use crate::engine::RowStream;
use crate::failure::Failure;

/// Partitions that are on their way at once.
const FETCHES: usize = 8;
/// Bytes of a partition that wait here until they are taken, and a batch.
const AHEAD: usize = 4 << 20;
/// Bytes that a worker sends of a partition before any of them is taken, and of all partitions. These are more than those
/// of all that are on their way: partitions that wait for their turn must leave room for the one whose turn it is.
pub(super) const PARTITION_WINDOW: u32 = 1 << 20;
pub(super) const WORKER_WINDOW: u32 = 2 * FETCHES as u32 * PARTITION_WINDOW;

/// The connections that rows come by, one a worker.
#[derive(Default)]
struct Clients(HashMap<(String, u32), PooledClient>);

impl Clients {
    /// No other call uses them.
    fn discard(&mut self) {
        self.0.drain().for_each(|(_, client)| client.discard());
    }
}

/// A partition, and the connection that it comes by.
struct Wanted {
    client: BallistaClient,
    worker: String,
    place: PartitionLocation,
}

impl MasterLink {
    /// The rows that lie there, in the order of the locations.
    pub(super) fn fetch_all(&self, locations: Vec<Vec<u8>>) -> RowStream<'_> {
        let begin = async move {
            let mut clients = Clients::default();
            let wanted = self.wanted(locations, &mut clients).await?;
            // Each is begun as it is asked for, eight ahead of the one whose rows are taken.
            let partitions = stream::iter(wanted).map(|wanted| ready(fetch(wanted)));
            let rows = partitions.buffered(FETCHES).flatten().boxed();
            Ok::<_, Failure>(stream::unfold((clients, rows), |(mut clients, mut rows)| async {
                let batch = rows.next().await?;
                if batch.is_err() {
                    clients.discard();
                    rows = stream::empty().boxed();
                }
                Some((batch, (clients, rows)))
            }))
        };
        begin.try_flatten_stream().boxed()
    }

    async fn wanted(&self, locations: Vec<Vec<u8>>, clients: &mut Clients) -> Result<Vec<Wanted>, Failure> {
        let mut wanted = Vec::with_capacity(locations.len());
        for location in locations {
            let place = decoded(&location)?;
            let Some(worker) = place.executor_meta.clone() else { continue };
            let key = (worker.host.clone(), worker.port);
            let client = match clients.0.get(&key) {
                Some(client) => BallistaClient::clone(client),
                None => {
                    let client = self.connect(&worker.host, worker.port).await?;
                    BallistaClient::clone(clients.0.entry(key).or_insert(client))
                }
            };
            wanted.push(Wanted { client, worker: worker.id, place });
        }
        Ok(wanted)
    }
}

/// The rows of a partition, which come from now on; what has begun ends when this is dropped.
fn fetch(wanted: Wanted) -> RowStream<'static> {
    let (batch_tx, batch_rx) = mpsc::unbounded_channel();
    let task = SpawnedTask::spawn(send(wanted, batch_tx));
    // A task that broke off must not look like one that came to its end.
    let end = task.join().map(|ended| ended.unwrap_or_else(|panic| Err(gone(panic))));
    let failure = end.into_stream().filter_map(|ended| ready(ended.err().map(Err)));
    UnboundedReceiverStream::new(batch_rx).map(|(batch, _room)| Ok(batch)).chain(failure).boxed()
}

/// Sends what comes, each batch with the room that it takes until it is taken.
async fn send(
    wanted: Wanted,
    batch_tx: mpsc::UnboundedSender<(RecordBatch, OwnedSemaphorePermit)>,
) -> Result<(), Failure> {
    let Wanted { mut client, worker, place } = wanted;
    let layout = place.layout();
    let id = place.partition_id.ok_or_else(|| gone("they have no name"))?;
    // Blocks as they were written: Arrow's Flight would change types on the way.
    let rows = client.fetch_partition(&worker, &id.into(), place.file_id, layout, false).await;
    let mut rows = rows.map_err(gone)?;
    let room = Arc::new(Semaphore::new(AHEAD));
    while let Some(batch) = rows.next().await {
        let batch = batch.map_err(gone)?;
        let bytes = batch.get_array_memory_size().min(AHEAD) as u32;
        let taken = room.clone().acquire_many_owned(bytes).await.map_err(gone)?;
        if batch_tx.send((batch, taken)).is_err() {
            break;
        }
    }
    Ok(())
}

fn gone(reason: impl Display) -> Failure {
    Failure::Unreachable { what: format!("the rows on a worker are gone: {reason}") }
}
