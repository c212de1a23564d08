//! Who shows no token: a connection is not held for it, and no call is answered.

use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::{Action, Criteria, Empty, HandshakeRequest, Ticket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::MetadataValue;
use tonic::transport::Endpoint;
use tonic::{Code, Request, Status};

use super::*;
use crate::build::{BUILD, BUILD_HEADER};
use crate::caller::Caller;
use crate::channel::{DRIVE, WORK};
use crate::driver::MasterLink;
use crate::engine::Engine;
use crate::local_cluster::{LocalCluster, LocalClusterOptions};
use crate::message::{FromDriver, ToDriver};
use crate::token::Token;
use crate::wire::OwnCodec;

const SOON: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(10);

/// Both ends of a connection through the door.
async fn connected(door: &mut Door, in_time: Duration) -> (Guest, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let caller = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (door.guest(accepted(&listener).await, in_time), caller)
}

/// What the connection says next, or how it ends.
async fn said(guest: &mut Guest) -> io::Result<usize> {
    timeout(PATIENCE, guest.read(&mut [0; 8])).await.unwrap()
}

#[tokio::test]
async fn who_shows_no_token_is_closed() {
    let (mut guest, mut caller) = connected(&mut Door::new(1), SOON).await;
    caller.write_all(b"PRI").await.unwrap();
    assert_eq!(said(&mut guest).await.unwrap(), 3, "what has come is read");
    for _ in 0..2 {
        assert_eq!(said(&mut guest).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
    drop(guest);
    assert_eq!(timeout(PATIENCE, caller.read(&mut [0; 8])).await.unwrap().unwrap(), 0);
}

#[tokio::test]
async fn who_has_shown_it_stays() {
    let (mut guest, mut caller) = connected(&mut Door::new(1), SOON).await;
    guest.connect_info().set();
    assert!(timeout(SOON * 4, guest.read(&mut [0; 8])).await.is_err(), "it may be silent");
    caller.write_all(b"more").await.unwrap();
    assert_eq!(said(&mut guest).await.unwrap(), 4);
}

#[tokio::test]
async fn of_too_many_who_have_not_shown_it_the_oldest_goes() {
    let mut door = Door::new(2);
    let mut come = async || connected(&mut door, PATIENCE * 9).await;
    let (mut shown, _shown_caller) = come().await;
    shown.connect_info().set();
    let (gone, gone_caller) = come().await;
    drop((gone, gone_caller));
    let (mut oldest, _oldest_caller) = come().await;
    let (mut second, _second_caller) = come().await;
    assert!(timeout(SOON, oldest.read(&mut [0; 8])).await.is_err(), "there is a place for each");
    let (mut newest, _newest_caller) = come().await;
    assert_eq!(said(&mut oldest).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    for stays in [&mut shown, &mut second, &mut newest] {
        assert!(timeout(SOON, stays.read(&mut [0; 8])).await.is_err());
    }
}

/// The codes with which the ports of a master and a worker answer well-formed calls of a program that shows this.
async fn answers(cluster: &LocalCluster, worker: &str, shown: Option<String>) -> Vec<(String, Code)> {
    let connect = async |address: String| {
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        let endpoint = match &shown {
            Some(shown) => endpoint.user_agent(shown.clone()).unwrap(),
            None => endpoint,
        };
        endpoint.connect().await.unwrap()
    };
    let master = cluster.address();
    let master = connect(format!("{}:{}", master.host, master.port)).await;
    let mut found = Vec::new();
    for path in [WORK, DRIVE] {
        let mut client = Grpc::new(master.clone());
        client.ready().await.unwrap();
        let mut request = Request::new(tokio_stream::empty::<FromDriver>());
        request.metadata_mut().insert(BUILD_HEADER, MetadataValue::from_static(BUILD));
        let path = PathAndQuery::from_static(path);
        let codec = OwnCodec::<FromDriver, ToDriver>::default();
        let answer = client.streaming(request, path.clone(), codec).await;
        found.push((path.to_string(), answer.map_or_else(|status| status.code(), |_| Code::Ok)));
    }
    let mut files = FlightServiceClient::new(connect(worker.to_owned()).await);
    let mut add = |call: &str, code: Code| found.push((call.to_owned(), code));
    let code = |status: Status| status.code();
    let ticket = Ticket { ticket: vec![1, 2, 3].into() };
    add("do_get", files.do_get(ticket).await.map_or_else(code, |_| Code::Ok));
    for kind in ["IO_BLOCK_TRANSPORT", "REMOVE_JOB_DATA", "anything"] {
        let action = Action { r#type: kind.to_owned(), body: vec![1, 2, 3].into() };
        add(kind, files.do_action(action).await.map_or_else(code, |_| Code::Ok));
    }
    add("list_actions", files.list_actions(Empty {}).await.map_or_else(code, |_| Code::Ok));
    add("list_flights", files.list_flights(Criteria::default()).await.map_or_else(code, |_| Code::Ok));
    let handshake = tokio_stream::empty::<HandshakeRequest>();
    add("handshake", files.handshake(handshake).await.map_or_else(code, |_| Code::Ok));
    found
}

#[test]
fn no_call_is_answered_without_the_token() {
    let cluster = LocalCluster::start(&LocalClusterOptions::in_threads(1)).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _runtime = runtime.enter();
    let master = MasterLink::new(cluster.address().clone(), Caller::new(cluster.token(), None)).unwrap();
    let worker = runtime.block_on(master.view()).unwrap().workers[0].address.clone();
    let token = |token: &Token| Some(token.user_agent());
    let wrong = Token::new("0123456789abcdef0123").unwrap();
    for stranger in [None, token(&wrong), Some("fram/".to_owned())] {
        for (call, code) in runtime.block_on(answers(&cluster, &worker, stranger)) {
            assert_eq!(code, Code::Unauthenticated, "{call}");
        }
    }
    // The same calls go through with it, so that it is the token that is missed.
    for (call, code) in runtime.block_on(answers(&cluster, &worker, token(cluster.token()))) {
        assert_ne!(code, Code::Unauthenticated, "{call}");
    }
}
