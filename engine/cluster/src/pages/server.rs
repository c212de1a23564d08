//! Takes connections and has their requests answered. One that says nothing, or says it slowly, is closed; more than a
//! browser needs at once are not taken.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// Connections at once.
const MOST: usize = 256;
/// How long the head of a request may take; also how long a connection may be idle.
const HEAD: Duration = Duration::from_secs(10);
/// How long a connection may live.
const LIFE: Duration = Duration::from_secs(10 * 60);
/// How long is waited when no more connections can be opened.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves the pages until the future is dropped.
pub(super) async fn serve(listener: TcpListener, pages: Router, tls: Option<TlsAcceptor>) -> io::Result<()> {
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
        let (service, tls) = (TowerToHyperService::new(pages.clone()), tls.clone());
        tokio::spawn(async move {
            let Some(tls) = tls else { return answer(stream, service, place).await };
            match timeout(HEAD, tls.accept(stream)).await {
                Ok(Ok(stream)) => answer(stream, service, place).await,
                Ok(Err(error)) => log::debug!("a connection to the pages was not encrypted: {error}"),
                Err(_) => log::debug!("a connection to the pages said nothing"),
            }
        });
    }
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    service: TowerToHyperService<Router>,
    _place: OwnedSemaphorePermit,
) {
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let served = builder.serve_connection(TokioIo::new(stream), service);
    if let Ok(Err(error)) = timeout(LIFE, served).await {
        log::debug!("a connection to the pages has ended: {error}");
    }
}
