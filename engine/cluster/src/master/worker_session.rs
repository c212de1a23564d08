//! A worker as the master sees it: takes its reports, gives it tasks when it has free slots, and notices when it is
//! gone.

use std::sync::Arc;
use std::time::Duration;

use ballista_core::BALLISTA_PROTOCOL_VERSION;
use ballista_core::serde::protobuf::executor_resource::Resource;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpc;
use ballista_core::serde::protobuf::task_status::Status as TaskState;
use ballista_core::serde::protobuf::{
    ExecutorOperatingSystemSpecification, ExecutorRegistration, ExecutorResource, ExecutorSpecification,
    ExecutorStoppedParams, PollWorkParams, ShuffleWritePartition, TaskStatus,
};
use prost::Message;
use serde_bytes::ByteBuf;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tonic::{Request, Status, Streaming};

use crate::address::is_host;
use crate::clock::now;
use crate::failure::Failure;
use crate::master::{Master, WorkerEntry};
use crate::message::{FromWorker, Health, TaskReport, ToWorker, WorkerCard};
use crate::pages::PageSite;
use crate::record::reason_of;
use crate::records::{worker_address, worker_name};
use crate::words::counted;

/// How long a worker may be silent before it is taken for lost.
const SILENCE: Duration = Duration::from_secs(4);
const ONCE_MORE: Duration = Duration::from_secs(2);

/// What is heard next of a worker. A master that was busy itself has to listen once more before it calls that silence.
async fn heard_of(
    heard: &mut Streaming<FromWorker>,
) -> Result<Result<Option<FromWorker>, Status>, tokio::time::error::Elapsed> {
    match timeout(SILENCE, heard.message()).await {
        Err(_) => timeout(ONCE_MORE, heard.message()).await,
        message => message,
    }
}

/// What the master knows of one worker.
struct Session {
    id: String,
    card: WorkerCard,
    free: usize,
    /// Ends of tasks that the scheduler has not been told of.
    ended: Vec<TaskStatus>,
    said_tx: mpsc::Sender<Result<ToWorker, Status>>,
}

impl Master {
    /// Serves a worker until it goes away.
    pub(crate) async fn serve_worker(
        self: Arc<Self>,
        mut heard: Streaming<FromWorker>,
        said_tx: mpsc::Sender<Result<ToWorker, Status>>,
    ) {
        let Ok(Ok(Some(FromWorker::Hello { card, is_draining }))) = timeout(SILENCE, heard.message()).await
        else {
            return;
        };
        if !is_host(&card.host) {
            let refusal = Status::invalid_argument(format!("{:?} is no name of a machine", card.host));
            log::warn!("a worker is refused, and told: {}", refusal.message());
            drop(said_tx.send(Err(refusal)).await);
            return;
        }
        let id = worker_name(&card.host, card.port);
        log::info!("worker {id} has come: {} at once", counted(card.cores, "task"));
        let entry = WorkerEntry {
            card: card.clone(),
            tasks: 0,
            health: Health::default(),
            since: now(),
            is_draining,
            said_tx: said_tx.clone(),
        };
        self.add_worker(id.clone(), entry);
        let free = card.cores;
        let mut session = Session { id, card, free, ended: Vec::new(), said_tx };
        let reason = match session.run(&self, &mut heard).await {
            Ok(how) => {
                log::info!("worker {} has ended", session.id);
                how.to_owned()
            }
            Err(reason) if self.is_ending() => reason,
            Err(reason) => {
                log::warn!("worker {} is lost: {reason}", session.id);
                reason
            }
        };
        self.lose(&session.id, &reason).await;
    }

    /// A worker is gone: every job that runs may have had a part of its rows there.
    async fn lose(&self, id: &str, reason: &str) {
        self.workers.lock().remove(id);
        if self.is_ending() {
            // The jobs end with the master: nobody runs them again.
            return;
        }
        let what = format!("worker {} was lost ({reason})", worker_address(id));
        for job in self.records.names() {
            self.fail(&job, Failure::Lost { what: what.clone() }).await;
        }
        let stopped = ExecutorStoppedParams { executor_id: id.to_owned(), reason: reason.to_owned() };
        if let Err(error) = self.scheduler.executor_stopped(Request::new(stopped)).await {
            log::warn!("the scheduler keeps a worker that is lost: {error}");
        }
    }
}

impl Session {
    /// Until the worker ends, and how it does, or is lost, and why.
    async fn run(
        &mut self,
        master: &Master,
        heard: &mut Streaming<FromWorker>,
    ) -> Result<&'static str, String> {
        let pages = master.site.as_ref().map(PageSite::told);
        self.say(ToWorker::Welcome { id: self.id.clone(), time: now(), pages }).await?;
        let mut work = master.work.subscribe();
        self.offer(master).await?;
        loop {
            tokio::select! {
                message = heard_of(heard) => match message {
                    Err(_) => return Err(format!("nothing was heard of it for {} seconds", (SILENCE + ONCE_MORE).as_secs())),
                    Ok(Err(status)) => return Err(status.message().to_owned()),
                    Ok(Ok(None)) => return Ok("it has closed its connection"),
                    Ok(Ok(Some(FromWorker::Leave))) => return Ok("it was asked to end"),
                    // The scheduler wants to hear of each worker now and then.
                    Ok(Ok(Some(FromWorker::Hello { .. }))) => {}
                    Ok(Ok(Some(FromWorker::Beat(health)))) => self.note(master, |entry| entry.health = health),
                    Ok(Ok(Some(FromWorker::Done(report)))) => self.ended(master, report).await,
                },
                changed = work.changed() => changed.map_err(|error| error.to_string())?,
            }
            self.offer(master).await?;
        }
    }

    /// A task has ended, and its slot is free.
    async fn ended(&mut self, master: &Master, report: TaskReport) {
        self.free = self.card.cores.min(self.free + 1);
        let status = match TaskStatus::decode(report.status.as_slice()) {
            Ok(status) => status,
            Err(error) => {
                log::warn!("worker {} sends reports that mean nothing: {error}", self.id);
                return;
            }
        };
        let mut output = (0, 0);
        if let Some(TaskState::Successful(done)) = &status.status {
            let sum = |part: fn(&ShuffleWritePartition) -> u64| done.partitions.iter().map(part).sum();
            output = (sum(|part| part.num_rows), sum(|part| part.num_bytes));
        }
        let words = report.failure.as_ref().map(reason_of);
        let (stage, number) = (status.stage_id as usize, status.task_id as usize);
        master.records.task_ended(&status.job_id, stage, number, output, words);
        match report.failure {
            Some(failure) if failure != Failure::Cancelled => master.fail(&report.job, failure).await,
            _ => self.ended.push(status),
        }
    }

    fn note(&self, master: &Master, change: impl FnOnce(&mut WorkerEntry)) {
        if let Some(entry) = master.workers.lock().get_mut(&self.id) {
            change(entry);
        }
    }

    /// Gives the worker as many tasks as it has free slots.
    async fn offer(&mut self, master: &Master) -> Result<(), String> {
        let is_draining = master.workers.lock().get(&self.id).is_some_and(|entry| entry.is_draining);
        let free = if is_draining { 0 } else { self.free };
        let poll = PollWorkParams {
            metadata: Some(self.registration()),
            num_free_vcores: u32::try_from(free).unwrap_or(u32::MAX),
            task_status: std::mem::take(&mut self.ended),
        };
        let answer = master.scheduler.poll_work(Request::new(poll)).await;
        let answer = answer.map_err(|status| status.message().to_owned())?.into_inner();
        self.free = self.free.saturating_sub(answer.tasks.len());
        self.note(master, |entry| entry.tasks = self.card.cores - self.free);
        if answer.tasks.is_empty() {
            return Ok(());
        }
        for task in answer.tasks {
            // Each holds its whole plan: together they could be more than one message may be.
            self.say(ToWorker::Run(ByteBuf::from(task.encode_to_vec()))).await?;
        }
        Ok(())
    }

    async fn say(&self, message: ToWorker) -> Result<(), String> {
        self.said_tx.send(Ok(message)).await.map_err(|_| "it does not listen any more".to_owned())
    }

    /// The worker as Ballista knows it.
    fn registration(&self) -> ExecutorRegistration {
        let vcores = u32::try_from(self.card.cores).unwrap_or(u32::MAX);
        let resources = vec![ExecutorResource { resource: Some(Resource::Vcores(vcores)) }];
        ExecutorRegistration {
            id: self.id.clone(),
            host: Some(self.card.host.clone()),
            port: u32::from(self.card.port),
            specification: Some(ExecutorSpecification { resources }),
            os_info: Some(ExecutorOperatingSystemSpecification::default()),
            ballista_protocol_version: BALLISTA_PROTOCOL_VERSION,
            ..ExecutorRegistration::default()
        }
    }
}
