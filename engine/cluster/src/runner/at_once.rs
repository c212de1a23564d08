//! Jobs of a plan that do not depend on each other: a few run at once, and their progress is shown as that of one.

use std::sync::{Arc, Mutex, PoisonError};

use fram_frame::{Progress, Watch};
use futures::stream::{self, StreamExt, TryStreamExt};

use super::jobs::unless_stopped;
use super::stages::ClusterStages;
use super::trouble::Trouble;
use crate::piece::{Piece, Stored};

/// Jobs that run at once. The plans of all of them are in the memory of the notebook's process and of the master.
const AT_ONCE: usize = 4;

impl ClusterStages<'_> {
    /// What the pieces, of rows in memory, have left on the workers.
    pub(super) fn stored_at_once(&mut self, pieces: Vec<Piece>) -> Result<Vec<Stored>, Trouble> {
        let ended = {
            let this = &*self;
            let told = Told::of(pieces.len(), this.watch);
            let jobs = pieces.into_iter().enumerate().map(|(place, piece)| {
                let watch = Told::part(&told, place);
                async move {
                    let (job, schema, partitions) = this.job(piece)?;
                    Ok::<_, Trouble>((
                        this.runner.finished(job, this.begun, &watch).await?,
                        schema,
                        partitions,
                    ))
                }
            });
            let work = stream::iter(jobs).buffered(AT_ONCE).try_collect::<Vec<_>>();
            this.runner.block_on(unless_stopped(this.watch, work))?
        };
        ended.into_iter().map(|(ended, schema, partitions)| self.hold(ended, schema, partitions)).collect()
    }
}

/// How far the jobs have come, told to the watch as if they were one.
struct Told {
    parts: Mutex<Parts>,
    watch: Watch,
}

/// What each job has reported last; those that have not begun have one task. The page is that of the first that had one:
/// it stays the same, as that of one job does.
struct Parts {
    last: Vec<Progress>,
    page: String,
}

impl Told {
    fn of(jobs: usize, watch: &Watch) -> Arc<Self> {
        let waiting = Progress { steps: 1, ..Progress::default() };
        let parts = Parts { last: vec![waiting; jobs], page: String::new() };
        Arc::new(Self { parts: Mutex::new(parts), watch: watch.clone() })
    }

    /// What the job at the place reports to.
    fn part(this: &Arc<Self>, place: usize) -> Watch {
        let this = this.clone();
        this.watch.clone().with_progress(Arc::new(move |progress: &Progress| {
            let mut parts = this.parts.lock().unwrap_or_else(PoisonError::into_inner);
            let together = parts.with(place, progress);
            this.watch.report(&together);
        }))
    }
}

impl Parts {
    /// All of them, when the job at the place has come so far.
    fn with(&mut self, place: usize, now: &Progress) -> Progress {
        if self.page.is_empty() {
            self.page.clone_from(&now.page);
        }
        if let Some(last) = self.last.get_mut(place) {
            last.clone_from(now);
        }
        let last = self.last.iter();
        Progress {
            stage: "rows handed to the workers".to_owned(),
            steps_done: last.clone().map(|part| part.steps_done).sum(),
            steps: last.clone().map(|part| part.steps.max(1)).sum(),
            rows: last.clone().map(|part| part.rows).sum(),
            bytes: last.map(|part| part.bytes).sum(),
            page: self.page.clone(),
            ..now.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_that_run_at_once_are_told_of_as_one() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let sink = heard.clone();
        let watch = Watch::new().with_progress(Arc::new(move |progress: &Progress| {
            let Progress { steps_done, steps, rows, page, .. } = progress.clone();
            sink.lock().unwrap().push((steps_done, steps, rows, page));
        }));
        let told = Told::of(3, &watch);
        let report = |place, steps_done, steps, rows, page: &str| {
            let now = Progress { steps_done, steps, rows, page: page.into(), ..Progress::default() };
            Told::part(&told, place).report(&now);
        };
        report(1, 0, 0, 0, "b");
        report(0, 1, 2, 5, "a");
        report(1, 1, 1, 7, "b");
        let told = |steps_done, steps, rows| (steps_done, steps, rows, "b".to_owned());
        assert_eq!(*heard.lock().unwrap(), [told(0, 3, 0), told(1, 4, 5), told(2, 4, 12)]);
    }
}
