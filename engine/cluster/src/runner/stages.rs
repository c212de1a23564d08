//! The parts of a plan that run while the rest is being cut: each is a job of its own, whose partitions stay on the
//! workers until the plan has ended, well or not.

use std::time::Instant;

use fram_frame::{Plan, RunError, Watch};
use polars::prelude::{DataFrame, SchemaRef};

use super::ClusterRunner;
use super::jobs::unless_stopped;
use super::trouble::Trouble;
use crate::cut::{Kept, Stages, cut_to_keep};
use crate::engine::{Job, LeftRows};
use crate::error::CutError;
use crate::failure::Failure;
use crate::message::Submission;
use crate::piece::{Piece, Stored, StoredPart};
use crate::record::JobCard;
use crate::rows::stacked;
use crate::stage::{physical_plan, spread_plan};

/// The jobs of a plan. Those that have ended are held so that their rows stay; when this is dropped, they go.
pub(super) struct ClusterStages<'a> {
    pub(super) runner: &'a ClusterRunner,
    pub(super) card: JobCard,
    pub(super) begun: Instant,
    pub(super) watch: &'a Watch,
    held: Vec<Option<Box<dyn Job>>>,
    trouble: Option<Trouble>,
}

impl<'a> ClusterStages<'a> {
    /// The jobs of a plan, of which the master is told this.
    pub(super) fn new(runner: &'a ClusterRunner, card: JobCard, begun: Instant, watch: &'a Watch) -> Self {
        Self { runner, card, begun, watch, held: Vec::new(), trouble: None }
    }

    /// Why the plan could not be cut, where a part of it that ran meanwhile is the reason.
    pub(super) fn trouble(&mut self, error: RunError) -> Trouble {
        self.trouble.take().unwrap_or(Trouble::Here(error))
    }

    /// Whether a part that ran meanwhile came to nothing.
    pub(super) fn is_in_trouble(&self) -> bool {
        self.trouble.is_some()
    }

    /// The rows of the piece's partitions, one below the other.
    pub(super) fn rows(&mut self, piece: Piece) -> Result<DataFrame, Trouble> {
        let schema = piece.schema().cloned().unwrap_or_default();
        let parts = match piece {
            Piece::Stored(stored) => {
                let locations = stored.files().map(|file| file.location.clone()).collect();
                self.runner.fetched(locations, self.watch)?
            }
            piece => {
                let job = self.runner.submission(physical_plan(piece)?, Vec::new(), self.card.clone())?;
                self.runner.rows_of(job, self.begun, self.watch)?
            }
        };
        Ok(stacked(parts, &schema)?)
    }

    /// The workers need not keep the rows of earlier jobs any longer.
    pub(super) fn release(self) {
        let released = self.runner.block_on(async {
            for job in self.held.into_iter().flatten() {
                job.release().await;
            }
            Ok::<_, Failure>(())
        });
        if let Err(failure) = released {
            log::warn!("the rows of a job stay until the notebook ends: {failure}");
        }
    }

    /// The job that keeps these rows, so that they stay longer than the plan runs.
    pub(super) fn take(&mut self, stored: &Stored) -> Option<Box<dyn Job>> {
        self.held.get_mut(stored.id?)?.take()
    }

    /// What the piece has left on the workers.
    pub(super) fn stored(&mut self, piece: Piece) -> Result<Stored, Trouble> {
        let (job, schema, partitions) = self.job(piece)?;
        self.left_by(job, schema, partitions)
    }

    /// The job that runs the piece, and what its partitions are.
    pub(super) fn job(&self, piece: Piece) -> Result<(Submission, SchemaRef, usize), Trouble> {
        let schema = piece.schema().cloned().unwrap_or_default();
        let partitions = piece.partitions();
        let job = self.runner.submission(physical_plan(piece)?, Vec::new(), self.card.clone())?;
        Ok((job, schema, partitions))
    }

    /// What the job has left on the workers.
    pub(super) fn left_by(
        &mut self,
        job: Submission,
        schema: SchemaRef,
        partitions: usize,
    ) -> Result<Stored, Trouble> {
        let work = self.runner.finished(job, self.begun, self.watch);
        let ended = self.runner.block_on(unless_stopped(self.watch, work))?;
        self.hold(ended, schema, partitions)
    }

    /// Holds a job that has ended, so that what it has left stays.
    pub(super) fn hold(
        &mut self,
        (job, left): (Box<dyn Job>, Vec<LeftRows>),
        schema: SchemaRef,
        partitions: usize,
    ) -> Result<Stored, Trouble> {
        let mut parts = vec![StoredPart::default(); partitions];
        for LeftRows { partition, file } in left {
            let part = parts.get_mut(partition);
            let Some(part) = part else { return Err(damaged("a partition has no place").into()) };
            part.files.push(file);
        }
        self.held.push(Some(job));
        Ok(Stored { id: Some(self.held.len() - 1), parts, schema })
    }
}

impl Stages for ClusterStages<'_> {
    fn store(&mut self, piece: Piece) -> Result<Stored, CutError> {
        self.stored(piece).map_err(|trouble| self.stopped(trouble))
    }

    fn store_all(&mut self, pieces: Vec<Piece>) -> Result<Vec<Stored>, CutError> {
        self.stored_at_once(pieces).map_err(|trouble| self.stopped(trouble))
    }

    fn spread(&mut self, piece: Piece, partitions: usize) -> Result<Stored, CutError> {
        let schema = piece.schema().cloned().unwrap_or_default();
        let plan = spread_plan(piece, partitions).map_err(Trouble::from);
        let job = plan.and_then(|plan| Ok(self.runner.submission(plan, Vec::new(), self.card.clone())?));
        job.and_then(|job| self.left_by(job, schema, partitions)).map_err(|trouble| self.stopped(trouble))
    }

    fn fetch(&mut self, piece: Piece) -> Result<DataFrame, CutError> {
        self.rows(piece).map_err(|trouble| self.stopped(trouble))
    }

    /// The rows of a table; computed again where they were lost.
    fn table(&mut self, name: &str) -> Result<Option<Kept>, CutError> {
        let Some(table) = self.runner.tables.get(name) else { return Ok(None) };
        if let Some(kept) = table.kept() {
            return Ok(Some(kept));
        }
        let plan = table.plan_again().map_err(|failure| self.stopped(failure.into()))?;
        log::warn!("the rows of an earlier cell were lost with their workers, and are computed again");
        self.card.restored += 1;
        let whole = match plan {
            Plan::Polars(lazy) => {
                let options = self.runner.options_now(self.watch);
                let options = options.map_err(|error| self.stopped(error.into()))?;
                match cut_to_keep(lazy, &options, self) {
                    Err(CutError::NotShippable { what }) => return Err(self.not_again(&what)),
                    whole => whole?,
                }
            }
            Plan::Sql(plan) => match self.sql(&plan).map_err(|trouble| self.stopped(trouble))? {
                Some(whole) => whole,
                None => return Err(self.not_again("its query")),
            },
        };
        let job = self.take(&whole.kept.stored);
        let kept = table.renew(whole, job).map_err(|failure| self.stopped(failure.into()))?;
        Ok(Some(kept))
    }
}

impl ClusterStages<'_> {
    /// What ran on the cluster before does not now.
    fn not_again(&mut self, what: &str) -> CutError {
        let reason = format!("the rows of an earlier cell were lost, and {what} stays in this process");
        let remedy = "run that cell again".into();
        self.stopped(Failure::Cluster { reason, remedy }.into())
    }

    pub(super) fn stopped(&mut self, trouble: Trouble) -> CutError {
        self.trouble = Some(trouble);
        CutError::Stage
    }
}

fn damaged(reason: impl ToString) -> Failure {
    Failure::System { what: "finding the rows of a job".into(), reason: reason.to_string() }
}
