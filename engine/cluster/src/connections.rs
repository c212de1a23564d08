//! Connections to workers that are used again: a task or a query of a few milliseconds would else spend one of them on each
//! worker that it fetches rows from. Ballista's own pool is no part of its interface.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use ballista_core::client::BallistaClient;
use ballista_core::client_pool::{BallistaClientPool, PooledClient};
use ballista_core::error::Result;
use ballista_core::extension::BallistaConfigGrpcEndpoint;
use ballista_core::utils::GrpcClientConfig;
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::time;

/// How long a connection may be of no use until it is closed.
const LONGEST_IDLE: Duration = Duration::from_secs(10);
/// Connections that are kept while they are of no use: a task may fetch from a thousand workers.
const MOST_IDLE: usize = 64;

/// Connections that nobody uses at the moment. All live on the runtime that made them.
#[derive(Debug, Default)]
pub(crate) struct Connections(Arc<Mutex<Idle>>);

#[derive(Default)]
struct Idle {
    clients: HashMap<(String, u16), Vec<(BallistaClient, Instant)>>,
    /// Whether somebody waits to close them.
    are_watched: bool,
}

impl Idle {
    fn take(&mut self, worker: &(String, u16)) -> Option<BallistaClient> {
        Some(self.clients.get_mut(worker)?.pop()?.0)
    }

    fn give(&mut self, worker: (String, u16), client: BallistaClient) {
        if self.len() < MOST_IDLE {
            self.clients.entry(worker).or_default().push((client, Instant::now()));
        }
    }

    fn close_unused(&mut self) {
        self.clients.retain(|_, clients| {
            clients.retain(|(_, since)| since.elapsed() < LONGEST_IDLE);
            !clients.is_empty()
        });
    }

    fn len(&self) -> usize {
        self.clients.values().map(Vec::len).sum()
    }
}

/// A client comes back. What nobody wants for long is closed, where there still is a runtime to wait on.
fn give_back(all: &Arc<Mutex<Idle>>, worker: (String, u16), client: BallistaClient) {
    let mut idle = all.lock();
    idle.give(worker, client);
    if idle.are_watched {
        return;
    }
    let Ok(runtime) = Handle::try_current() else { return };
    idle.are_watched = true;
    let all = Arc::downgrade(all);
    runtime.spawn(async move {
        loop {
            time::sleep(LONGEST_IDLE).await;
            let Some(all) = all.upgrade() else { return };
            let mut idle = all.lock();
            idle.close_unused();
            if idle.len() == 0 {
                idle.are_watched = false;
                return;
            }
        }
    });
}

impl std::fmt::Debug for Idle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} connections", self.len())
    }
}

#[async_trait]
impl BallistaClientPool for Connections {
    async fn acquire(
        &self,
        host: &str,
        port: u16,
        config: &GrpcClientConfig,
        customize_endpoint: Option<Arc<BallistaConfigGrpcEndpoint>>,
    ) -> Result<PooledClient> {
        let worker = (host.to_owned(), port);
        let idle = self.0.lock().take(&worker);
        let client = match idle {
            Some(client) => client,
            None => {
                BallistaClient::try_new(
                    host,
                    port,
                    config.max_message_size,
                    config.use_tls,
                    customize_endpoint,
                    config.io_retries_times,
                    config.io_retry_wait_time_ms,
                    config.initial_connection_window_size,
                    config.initial_stream_window_size,
                )
                .await?
            }
        };
        let all = self.0.clone();
        Ok(PooledClient::new(client, Box::new(move |client| give_back(&all, worker, client))))
    }

    async fn evict_idle(&self) {
        self.0.lock().close_unused();
    }
}
