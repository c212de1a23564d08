//! Takes connections and has their requests answered. One that says nothing, or says it slowly, is closed; more than a
//! browser needs at once are not taken.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Connections at once.
const MOST: usize = 256;
/// How long the head of a request may take; also how long a connection may be idle.
const HEAD: Duration = Duration::from_secs(10);
/// How long a connection may live.
const LIFE: Duration = Duration::from_secs(10 * 60);
/// How long is waited when no more connections can be opened.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves the pages until the future is dropped.
pub(super) async fn serve(listener: TcpListener, pages: Router) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(MOST));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return Ok(()) };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                log::warn!("a page was asked for in vain: {error}");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let service = TowerToHyperService::new(pages.clone());
        tokio::spawn(async move {
            let mut builder = Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(HEAD);
            let served = builder.serve_connection(TokioIo::new(stream), service);
            if let Ok(Err(error)) = tokio::time::timeout(LIFE, served).await {
                log::debug!("a connection to the pages has ended: {error}");
            }
            drop(place);
        });
    }
}
