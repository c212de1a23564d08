//! The jobs of a master: those that run, with what is known of why one will fail before Ballista says that it has, and
//! those that have ended, which a restart does not forget. What a record holds is in `record`.

mod store;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::clock::now;
use crate::failure::Failure;
use crate::record::{
    JobCard, JobProgress, JobRecord, JobState, JobSummary, STOPPED, StageRecord, TaskRecord,
};
use store::{MOST_JOBS, Store};

/// How many are forgotten at once, when there are too many.
const FORGOTTEN: usize = 100;

/// The jobs of a master.
pub(crate) struct Records {
    running: Mutex<HashMap<String, Running>>,
    /// Summaries of those that have ended, the newest last.
    ended: Mutex<Vec<JobSummary>>,
    store: Store,
}

/// What is known of a job that runs.
struct Running {
    record: JobRecord,
    failure: Option<Failure>,
    /// Whether its stages are known.
    planned: bool,
    /// Tasks that run now.
    active: usize,
    /// When the last task began or ended.
    moved: Instant,
}

impl Records {
    /// The records that are kept below the folder.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        let (store, ended) = Store::open(folder)?;
        let ended = ended.into_iter().map(JobSummary::in_short).collect();
        Ok(Self { running: Mutex::default(), ended: Mutex::new(ended), store })
    }

    /// A job has begun.
    pub(crate) fn begin(&self, id: &str, card: JobCard, settings: Vec<(String, String)>) {
        let record = JobRecord::new(id, card, settings, now());
        self.store.write(record.clone());
        self.running.lock().insert(
            id.to_owned(),
            Running { record, failure: None, planned: false, active: 0, moved: Instant::now() },
        );
    }

    /// Notes why the job fails; the first reason stays.
    pub(crate) fn note(&self, job: &str, failure: Failure) {
        if let Some(known) = self.running.lock().get_mut(job) {
            known.failure.get_or_insert(failure);
        }
    }

    /// Whether it is known that the job fails.
    pub(crate) fn noted(&self, job: &str) -> Option<Failure> {
        self.running.lock().get(job)?.failure.clone()
    }

    /// The job's tasks have all ended, well or for this reason. It is written down now: its rows may be kept for as long
    /// as a notebook is open, and the master may not be there when they are released.
    pub(crate) fn finish(&self, job: &str, failure: Option<&Failure>) {
        if let Some(known) = self.running.lock().get_mut(job) {
            let state = failure.map_or(JobState::Succeeded, JobState::of);
            let summary = &mut known.record.summary;
            (summary.state, summary.ended) = (state, Some(now()));
            known.record.summary = known.record.summed();
            self.store.write(known.record.clone());
        }
    }

    /// The job's rows are not needed any more: it is remembered, and no longer among those that run.
    pub(crate) fn end(&self, job: &str) {
        let Some(known) = self.running.lock().remove(job) else { return };
        let Running { mut record, failure, .. } = known;
        if record.summary.state == JobState::Running {
            record.summary.ended = Some(now());
            record.summary.state = failure.as_ref().map_or(JobState::Cancelled, JobState::of);
        }
        for task in record.stages.values_mut().flat_map(|stage| &mut stage.tasks) {
            if task.ended.is_none() {
                (task.ended, task.failure) = (record.summary.ended, Some(STOPPED.into()));
            }
        }
        record.summary = record.summed();
        let mut ended = self.ended.lock();
        ended.push(record.summary.clone().in_short());
        if ended.len() > MOST_JOBS + FORGOTTEN {
            ended.drain(..FORGOTTEN).for_each(|summary| self.store.remove(summary));
        }
        self.store.write(record);
    }

    /// The job's stages, as its plan has them; tasks that are known stay.
    pub(crate) fn planned(&self, job: &str, stages: BTreeMap<usize, StageRecord>) {
        if let Some(known) = self.running.lock().get_mut(job) {
            (known.planned, known.moved) = (true, Instant::now());
            for (number, stage) in stages {
                let kept = known.record.stages.entry(number).or_default();
                let tasks = std::mem::take(&mut kept.tasks);
                *kept = StageRecord { tasks, ..stage };
            }
        }
    }

    /// Whether the job's stages are known.
    pub(crate) fn is_planned(&self, job: &str) -> bool {
        self.running.lock().get(job).is_some_and(|known| known.planned)
    }

    /// Jobs in the order in which a free slot is offered to them: those of the notebook with the fewest tasks first.
    pub(crate) fn in_turn(&self) -> Vec<String> {
        let running = self.running.lock();
        let mut shares: HashMap<&str, usize> = HashMap::new();
        for known in running.values() {
            *shares.entry(&known.record.summary.card.application.id).or_default() += known.active;
        }
        let turn = |(_, known): &(&String, &Running)| {
            let summary = &known.record.summary;
            (shares[summary.card.application.id.as_str()], known.active, summary.begun)
        };
        let mut jobs: Vec<_> = running.iter().collect();
        jobs.sort_by_cached_key(turn);
        jobs.into_iter().map(|(id, _)| id.clone()).collect()
    }

    /// How long no task of the job has run, though it is not done.
    pub(crate) fn waiting(&self, job: &str) -> Duration {
        let running = self.running.lock();
        let known = running.get(job).filter(|known| known.active == 0);
        known.map_or(Duration::ZERO, |known| known.moved.elapsed())
    }

    /// A task was given to a worker.
    pub(crate) fn task_begun(&self, job: &str, stage: usize, number: usize, worker: &str) {
        if let Some(known) = self.running.lock().get_mut(job) {
            known.active += 1;
            known.moved = Instant::now();
            let worker = worker_address(worker).to_owned();
            let task = TaskRecord { number, worker, begun: now(), ..TaskRecord::default() };
            known.record.stages.entry(stage).or_default().tasks.push(task);
        }
    }

    /// A task has ended, with so many rows and bytes written, or for this reason.
    pub(crate) fn task_ended(
        &self,
        job: &str,
        stage: usize,
        number: usize,
        (rows, bytes): (u64, u64),
        failure: Option<String>,
    ) {
        let mut running = self.running.lock();
        let Some(known) = running.get_mut(job) else { return };
        known.active = known.active.saturating_sub(1);
        known.moved = Instant::now();
        let stage = known.record.stages.get_mut(&stage);
        let task = stage.and_then(|stage| stage.tasks.iter_mut().rev().find(|task| task.number == number));
        if let Some(task) = task {
            *task = TaskRecord { ended: Some(now()), rows, bytes, failure, ..task.clone() };
        }
    }

    /// How many have tasks to do: the rows of others are kept for what comes after them.
    pub(crate) fn working(&self) -> usize {
        let running = self.running.lock();
        running.values().filter(|known| known.record.summary.state == JobState::Running).count()
    }

    /// The names of all that run, and of those whose rows are kept.
    pub(crate) fn names(&self) -> Vec<String> {
        self.running.lock().keys().cloned().collect()
    }

    /// How far the job has come, if it runs.
    pub(crate) fn progress(&self, job: &str) -> Option<JobProgress> {
        self.running.lock().get(job).map(|known| known.record.progress())
    }

    /// Those that run, the oldest first.
    pub(crate) fn running(&self) -> Vec<JobSummary> {
        self.chosen(|record| (record.summary.state == JobState::Running).then(|| record.summed()))
    }

    /// Those that have ended and whose rows are kept for later, the oldest first; with the rows and bytes of these.
    pub(crate) fn kept(&self) -> Vec<JobSummary> {
        self.chosen(|record| (record.summary.state == JobState::Succeeded).then(|| record.with_last_rows()))
    }

    /// The workers on which the rows of a job lie that are kept.
    pub(crate) fn keepers(&self, job: &str) -> BTreeSet<String> {
        self.running.lock().get(job).map(|known| known.record.keepers()).unwrap_or_default()
    }

    fn chosen(&self, look: impl Fn(&JobRecord) -> Option<JobSummary>) -> Vec<JobSummary> {
        let mut jobs: Vec<_> = self.running.lock().values().filter_map(|known| look(&known.record)).collect();
        jobs.sort_by(|one, other| (one.begun, &one.id).cmp(&(other.begun, &other.id)));
        jobs
    }

    /// What `look` makes of those that have ended, the newest last.
    pub(crate) fn with_ended<T>(&self, look: impl FnOnce(&[JobSummary]) -> T) -> T {
        look(&self.ended.lock())
    }

    /// All that is known of a job.
    pub(crate) fn job(&self, id: &str) -> Option<JobRecord> {
        if let Some(known) = self.running.lock().get(id) {
            return Some(JobRecord { summary: known.record.summed(), ..known.record.clone() });
        }
        let summary = self.ended.lock().iter().rev().find(|summary| summary.id == id).cloned()?;
        match self.store.read(&summary) {
            // What is in the file may be older: it is written beside, or could not be written. It has the whole cell.
            Ok(record) => {
                let summary = JobSummary { card: record.summary.card, ..summary };
                Some(JobRecord { summary, ..record })
            }
            Err(error) => {
                log::warn!("the record of job {id} cannot be read: {error}");
                Some(JobRecord { summary, ..JobRecord::default() })
            }
        }
    }
}

/// A worker's name for the scheduler: where it is, and what no other worker there ever had.
pub(crate) fn worker_name(host: &str, port: u16) -> String {
    format!("{host}:{port}#{}", &uuid::Uuid::new_v4().simple().to_string()[..8])
}

/// Where the worker of this name is.
pub(crate) fn worker_address(name: &str) -> &str {
    name.split('#').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Application;

    fn card(notebook: &str) -> JobCard {
        let application = Application { id: notebook.to_owned(), ..Application::default() };
        JobCard { application, ..JobCard::default() }
    }

    #[test]
    fn slots_are_offered_to_the_notebook_with_the_fewest_tasks() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::open(folder.path()).unwrap();
        for (job, notebook) in [("a1", "a"), ("a2", "a"), ("b1", "b")] {
            records.begin(job, card(notebook), Vec::new());
        }
        records.task_begun("a1", 1, 0, "w");
        assert_eq!(records.in_turn(), ["b1", "a2", "a1"]);
        records.task_begun("b1", 1, 0, "w");
        records.task_begun("b1", 1, 1, "w");
        assert_eq!(records.in_turn(), ["a2", "a1", "b1"]);
        records.task_ended("b1", 1, 0, (1, 1), None);
        records.task_ended("b1", 1, 1, (1, 1), None);
        assert_eq!(records.in_turn()[0], "b1");
    }

    #[test]
    fn a_job_of_which_nothing_runs_waits() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::open(folder.path()).unwrap();
        records.begin("j", card("a"), Vec::new());
        let pause = Duration::from_millis(5);
        let wait = || std::thread::sleep(pause);
        wait();
        assert!(records.waiting("j") >= pause && !records.is_planned("j"));
        records
            .planned("j", BTreeMap::from([(1, StageRecord { tasks_planned: 2, ..StageRecord::default() })]));
        assert!(records.is_planned("j"));
        wait();
        assert!(records.waiting("j") >= pause);
        records.task_begun("j", 1, 0, "w");
        wait();
        assert_eq!(records.waiting("j"), Duration::ZERO, "a task runs");
        records.task_ended("j", 1, 0, (0, 0), None);
        wait();
        assert!(records.waiting("j") >= pause);
        records.end("j");
        assert_eq!(records.waiting("j"), Duration::ZERO);
    }

    #[test]
    fn how_a_job_ended_is_known_where_it_could_not_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::open(folder.path()).unwrap();
        let cell = "x".repeat(20_000);
        records.begin("j", JobCard { cell: cell.clone(), ..card("a") }, Vec::new());
        // What was written when it began stays: there is no room for more.
        let file = loop {
            let mut files = std::fs::read_dir(folder.path().join("jobs")).unwrap().flatten();
            match files.find(|file| file.path().extension().is_some_and(|ending| ending == "json")) {
                Some(file) => break file.path(),
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        std::fs::create_dir(file.with_extension("draft")).unwrap();
        records.finish("j", None);
        records.end("j");
        let known = records.job("j").unwrap().summary;
        assert_eq!((known.state, known.card.cell), (JobState::Succeeded, cell));
        assert!(records.with_ended(|ended| ended[0].card.cell.len()) < 2_000, "lists show its begin alone");
    }
}
