//! Jobs whose rows stay where they were spread by their keys: their last stage reads nothing, and what the driver is told
//! is what that stage would read.

use std::collections::HashMap;

use ballista_core::error::BallistaError;
use ballista_core::serde::protobuf::PartitionLocation;
use ballista_scheduler::state::execution_stage::RunningStage;
use datafusion::physical_plan::ExecutionPlan;
use parking_lot::Mutex;

use crate::stage::PolarsExec;

/// Where the rows of such jobs lie.
#[derive(Default)]
pub(super) struct Spread(Mutex<HashMap<String, Places>>);

/// Where the rows of one job lie, or why that cannot be told.
type Places = Result<Vec<PartitionLocation>, String>;

impl Spread {
    /// A task of this stage is about to begin.
    pub(super) fn note(&self, job: &str, stage: &RunningStage) {
        if is_unread(&*stage.plan) {
            let outputs = stage.inputs.values().flat_map(|output| output.partition_locations.values());
            let places = outputs.flatten().cloned().map(TryInto::try_into);
            let places: Result<_, BallistaError> = places.collect();
            self.0.lock().insert(job.to_owned(), places.map_err(|error| error.to_string()));
        }
    }

    /// Where the rows of the job lie, if it is one of these.
    pub(super) fn of(&self, job: &str) -> Option<Places> {
        self.0.lock().get(job).cloned()
    }

    /// The job's rows are wanted no longer.
    pub(super) fn end(&self, job: &str) {
        self.0.lock().remove(job);
    }
}

/// Whether the stage reads nothing of what its input has left.
fn is_unread(stage: &dyn ExecutionPlan) -> bool {
    matches!(stage.children()[..], [top] if top.downcast_ref::<PolarsExec>().is_some_and(PolarsExec::is_unread))
}
