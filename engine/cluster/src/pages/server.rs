//! Takes connections and has their requests answered. One that says nothing, or says it slowly, is closed after a while, and at
//! once where others come: of more connections than browsers need, those that have waited longest for a request go.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1::Builder;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// Connections at once.
const MOST: usize = 256;
/// How long the head of a request may take; also how long a connection may be idle.
const HEAD: Duration = Duration::from_secs(10);
/// How long a connection may live.
const LIFE: Duration = Duration::from_secs(10 * 60);
/// How long is waited when no more connections can be opened.
const PAUSE: Duration = Duration::from_millis(100);

/// A connection.
struct Caller {
    task: AbortHandle,
    /// Whether a request of it is being answered.
    is_answered: Arc<AtomicBool>,
}

/// Serves the pages until the future is dropped.
pub(super) async fn serve(listener: TcpListener, pages: Router, tls: Option<TlsAcceptor>) -> io::Result<()> {
    // In the order in which they came.
    let mut callers: Vec<Caller> = Vec::new();
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                log::warn!("a page was asked for in vain: {error}");
                sleep(PAUSE).await;
                continue;
            }
        };
        make_place(&mut callers).await;
        let (service, tls) = (TowerToHyperService::new(pages.clone()), tls.clone());
        let is_answered = Arc::new(AtomicBool::new(false));
        let answered = is_answered.clone();
        let task = tokio::spawn(async move {
            let Some(tls) = tls else { return answer(stream, service, answered).await };
            match timeout(HEAD, tls.accept(stream)).await {
                Ok(Ok(stream)) => answer(stream, service, answered).await,
                Ok(Err(error)) => log::debug!("a connection to the pages was not encrypted: {error}"),
                Err(_) => log::debug!("a connection to the pages said nothing"),
            }
        });
        callers.push(Caller { task: task.abort_handle(), is_answered });
    }
}

/// Waits until there may be one connection more.
async fn make_place(callers: &mut Vec<Caller>) {
    loop {
        callers.retain(|caller| !caller.task.is_finished());
        if callers.len() < MOST {
            return;
        }
        match callers.iter().position(|caller| !caller.is_answered.load(Ordering::Relaxed)) {
            Some(oldest) => {
                callers.remove(oldest).task.abort();
                log::debug!("a connection to the pages had to go, since others came");
            }
            None => sleep(PAUSE).await,
        }
    }
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    service: TowerToHyperService<Router>,
    is_answered: Arc<AtomicBool>,
) {
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let service = service_fn(move |request| {
        let is_answered = is_answered.clone();
        is_answered.store(true, Ordering::Relaxed);
        let answer = service.call(request);
        async move {
            let answer = answer.await;
            is_answered.store(false, Ordering::Relaxed);
            answer
        }
    });
    let served = builder.serve_connection(TokioIo::new(stream), service);
    if let Ok(Err(error)) = timeout(LIFE, served).await {
        log::debug!("a connection to the pages has ended: {error}");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n";

    /// What the connection is told next; nothing where it is closed.
    async fn told(connection: &mut TcpStream) -> String {
        let mut bytes = [0; 1024];
        // Sooner than silence alone would end it.
        let length = timeout(HEAD / 2, connection.read(&mut bytes)).await.expect("nothing is said");
        String::from_utf8_lossy(&bytes[..length.unwrap_or(0)]).into_owned()
    }

    async fn asked(connection: &mut TcpStream) -> String {
        connection.write_all(REQUEST).await.unwrap();
        told(connection).await
    }

    #[tokio::test]
    async fn connections_that_say_nothing_make_way_for_those_that_ask() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let begun = Arc::new(AtomicBool::new(false));
        let has_begun = begun.clone();
        let slow = || async move {
            has_begun.store(true, Ordering::Relaxed);
            sleep(HEAD / 4).await;
            "late"
        };
        let pages = Router::new().route("/", get(|| async { "here" })).route("/slow", get(slow));
        let server = tokio::spawn(serve(listener, pages, None));
        let connect = || async { TcpStream::connect(address).await.unwrap() };
        let (mut first, mut patient) = (connect().await, connect().await);
        assert!(asked(&mut first).await.ends_with("here"));
        patient.write_all(&REQUEST[..4]).await.unwrap();
        patient.write_all(b"/slow HTTP/1.1\r\nhost: here\r\n\r\n").await.unwrap();
        while !begun.load(Ordering::Relaxed) {
            sleep(PAUSE / 10).await;
        }
        let mut silent = Vec::new();
        for _ in 0..2 * MOST {
            silent.push(connect().await);
        }
        assert!(asked(&mut connect().await).await.ends_with("here"));
        assert_eq!(told(&mut first).await, "", "it waited longest");
        assert!(told(&mut patient).await.ends_with("late"), "what is being answered stays");
        assert!(asked(silent.last_mut().unwrap()).await.ends_with("here"), "so do the newest");
        server.abort();
    }
}
