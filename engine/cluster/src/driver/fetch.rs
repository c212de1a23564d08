//! The rows of partitions on their way here: several workers send at once, and what has come is taken in the partitions'
//! order, batch by batch.

use std::collections::HashMap;
use std::fmt::Display;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use ballista_core::client::BallistaClient;
use ballista_core::client_pool::PooledClient;
use ballista_core::serde::protobuf::PartitionLocation;
use datafusion::common::runtime::SpawnedTask;
use futures::stream::{self, StreamExt};
use futures::{FutureExt, TryFutureExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;
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

/// How long rows for which there is room may not come: the disk of a worker may hang, while it says itself that it is well.
const SILENCE: Duration = Duration::from_secs(60);
/// How much longer for each MiB of a partition: it may come as one batch, which is not seen before all of it is here, over
/// a connection that others use, too.
const SILENCE_OF_MIB: Duration = Duration::from_secs(4);

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
    silence: Duration,
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
            let silence = silence_of(&place);
            wanted.push(Wanted { client, worker: worker.id, place, silence });
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
    let Wanted { mut client, worker, place, silence } = wanted;
    let layout = place.layout();
    let id = place.partition_id.ok_or_else(|| gone("they have no name"))?;
    // Blocks as they were written: Arrow's Flight would change types on the way.
    let id = id.into();
    let rows = client.fetch_partition(&worker, &id, place.file_id, layout, false);
    let mut rows = within(silence, rows).await?.map_err(gone)?;
    let room = Arc::new(Semaphore::new(AHEAD));
    while let Some(batch) = within(silence, rows.next()).await? {
        let batch = batch.map_err(gone)?;
        let bytes = batch.get_array_memory_size().min(AHEAD) as u32;
        let taken = room.clone().acquire_many_owned(bytes).await.map_err(gone)?;
        if batch_tx.send((batch, taken)).is_err() {
            break;
        }
    }
    Ok(())
}

/// How long nothing may come of the partition.
fn silence_of(place: &PartitionLocation) -> Duration {
    let bytes = place.partition_stats.as_ref().map_or(0, |stats| stats.num_bytes.max(0));
    SILENCE + SILENCE_OF_MIB * u32::try_from(bytes >> 20).unwrap_or(u32::MAX)
}

/// What comes of the work, which a worker does.
async fn within<T>(silence: Duration, work: impl Future<Output = T>) -> Result<T, Failure> {
    let answer = timeout(silence, work).await;
    answer.map_err(|_| gone(format!("it has sent nothing for {} seconds", silence.as_secs())))
}

fn gone(reason: impl Display) -> Failure {
    Failure::Unreachable { what: format!("the rows on a worker are gone: {reason}") }
}

#[cfg(test)]
mod tests {
    use ballista_core::serde::protobuf;
    use tokio::net::TcpListener;

    use super::*;
    use crate::caller::Caller;
    use crate::token::Token;

    #[tokio::test]
    async fn a_worker_that_sends_nothing_is_not_waited_for_without_end() {
        // It takes what comes, and never answers.
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = silent.local_addr().unwrap().port();
        let heard = tokio::spawn(async move {
            let (mut connection, _) = silent.accept().await.unwrap();
            tokio::io::copy(&mut connection, &mut tokio::io::sink()).await
        });
        let address = format!("fram://127.0.0.1:{port}").parse().unwrap();
        let link = MasterLink::new(address, Caller::new(&Token::random(), None)).unwrap();
        let client = link.connect("127.0.0.1", u32::from(port)).await.unwrap();
        let place = protobuf::PartitionLocation {
            partition_id: Some(protobuf::PartitionId { job_id: "job".into(), ..Default::default() }),
            executor_meta: Some(protobuf::ExecutorMetadata {
                specification: Some(Default::default()),
                os_info: Some(Default::default()),
                ..Default::default()
            }),
            partition_stats: Some(Default::default()),
            ..Default::default()
        };
        let wanted = Wanted {
            client: BallistaClient::clone(&client),
            worker: "a".into(),
            place,
            silence: Duration::from_millis(50),
        };
        let rows: Vec<_> = fetch(wanted).collect().await;
        let [Err(Failure::Unreachable { what })] = rows.as_slice() else { panic!("{rows:?}") };
        assert!(what.ends_with("it has sent nothing for 0 seconds"), "{what}");
        heard.abort();
    }
}
