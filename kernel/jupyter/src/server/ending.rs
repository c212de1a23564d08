//! How a kernel ends: by a shutdown request, by a signal, or because its parent died; and what is done then.

use std::sync::Arc;
use std::time::Duration;

use nix::errno::Errno;
use nix::unistd::{Pid, getppid};
use serde::Deserialize;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::Shared;
use super::request::{Answer, Request};
use super::sockets::SocketTasks;
use crate::wire::Draft;

/// How often the parent is looked for.
const PARENT: Duration = Duration::from_millis(500);
/// How often an interrupt is repeated while its cell goes on.
const REPEAT: Duration = Duration::from_millis(100);
/// How long the last messages may take to reach the clients.
const FAREWELL: Duration = Duration::from_secs(1);

#[derive(Default, Deserialize)]
#[serde(default)]
struct ShutdownRequest {
    restart: bool,
}

/// `shutdown_request`: the running cell is stopped, the interpreter told, every frontend informed.
pub(super) fn shutdown(shared: &Arc<Shared>, request: &Request) -> Answer {
    let asked: ShutdownRequest = request.content().unwrap_or_default();
    shared.interrupt();
    shared.interpreter.shutdown(asked.restart);
    let farewell = json!({ "status": "ok", "restart": asked.restart });
    shared.iopub.tell(Draft::new("shutdown_reply", &farewell).child_of(request.parent()));
    Ok(farewell)
}

/// Watches signals and the parent for as long as the server runs.
pub(super) fn watch(shared: &Arc<Shared>) -> std::io::Result<()> {
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    let mut hangups = signal(SignalKind::hangup())?;
    let interrupted = Arc::clone(shared);
    tokio::spawn(async move {
        while interrupts.recv().await.is_some() {
            interrupted.interrupt();
        }
    });
    tokio::spawn(repeat_interrupts(Arc::clone(shared)));
    let shared = Arc::clone(shared);
    let parent = Parent::of_this_kernel();
    tokio::spawn(async move {
        tokio::select! {
            _terminated = terminations.recv() => {}
            _hung_up = hangups.recv() => {}
            () = orphaned(parent) => {}
        }
        shared.stop.notify_one();
    });
    Ok(())
}

/// An interrupt that came when the interpreter was just about to begin, and cleared its flag, would be lost: it is
/// repeated for as long as that cell runs.
async fn repeat_interrupts(shared: Arc<Shared>) {
    loop {
        shared.interrupted.notified().await;
        tokio::time::sleep(REPEAT).await;
        while shared.is_stopping() {
            shared.interpreter.interrupt();
            shared.input.interrupt();
            tokio::time::sleep(REPEAT).await;
        }
    }
}

/// Sends what waits, then closes everything.
pub(super) async fn close(shared: &Arc<Shared>, tasks: SocketTasks) {
    shared.interrupt();
    shared.input.close();
    shared.iopub.close();
    tasks.close(FAREWELL).await;
}

/// Who started this kernel and is to outlive it. It is looked for now and then: Linux' parent-death signal would do
/// without, but it comes when the *thread* that started us ends, and servers start kernels from short-lived threads.
#[derive(Clone, Copy)]
struct Parent {
    /// The parent when the kernel started; it changes when that one dies.
    direct: Pid,
    /// Who Jupyter says it is; another process when a wrapper started the kernel.
    named: Option<Pid>,
}

impl Parent {
    /// `None` when nobody asked for it: a kernel that is started by hand may outlive its shell.
    fn of_this_kernel() -> Option<Self> {
        let named: i32 = std::env::var("JPY_PARENT_PID").ok()?.parse().ok()?;
        let direct = getppid();
        let named = Some(Pid::from_raw(named)).filter(|pid| pid.as_raw() > 0);
        // In another namespace of processes the number means nothing; then only the direct parent counts.
        Some(Self { direct, named: named.filter(|pid| is_alive(*pid) || direct.as_raw() == 1) })
    }

    fn is_gone(self) -> bool {
        getppid() != self.direct || self.named.is_some_and(|pid| !is_alive(pid))
    }
}

async fn orphaned(parent: Option<Parent>) {
    let Some(parent) = parent else { return std::future::pending().await };
    while !parent.is_gone() {
        tokio::time::sleep(PARENT).await;
    }
}

fn is_alive(pid: Pid) -> bool {
    nix::sys::signal::kill(pid, None) != Err(Errno::ESRCH)
}
