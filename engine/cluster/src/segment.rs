//! A segment as it travels, and how it runs on one partition. How partitions come and go is left to the cluster.

mod csv;
mod lines;
mod number;
mod ranges;
mod sketch;
mod write;

use std::path::Path;
use std::sync::Arc;

use fram_frame::{RunError, Watch, run_optimized};
use polars::prelude::{
    Column, DataFrame, IdxSize, IntoColumn, NewChunkedArray, PolarsResult, Schema, UInt64Chunked,
    polars_bail, polars_err,
};
use polars_plan::dsl::{FileScanIR, ScanSources, SinkTypeIR};
use polars_plan::plans::prune::prune_plan;
use polars_plan::plans::{FunctionIR, IR, IRPlan};
use polars_utils::arena::Node;
use polars_utils::pl_serialize;
use polars_utils::slice_enum::Slice;
use serde::{Deserialize, Serialize};

use crate::cut::row_number_index;
use crate::piece::{KEY, ORDER, Part, Section, Ticket, Unit};
use crate::read_files;
use crate::roots::Roots;
use crate::rows::conform;
use crate::stage::TaskLimits;

#[cfg(test)]
pub(crate) use csv::ends_in;
pub(crate) use csv::{LineEnd, LineStep, line_ends};
pub(crate) use number::NumberStep;
pub(crate) use ranges::{RangeStep, SortKeys, bounds_of, sort_key_name};
pub(crate) use sketch::{estimate, has_sketch};
pub use write::WriteStep;
pub(crate) use write::{ATTEMPT, BYTES, FILES, ROWS};

/// Bits of a row's place in the whole order that count rows within its partition.
const ROW_BITS: u32 = 40;

/// What a partition does with the rows of its plan before they leave it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum LastStep {
    /// Look at the ranges of their keys.
    Ranges(RangeStep),
    /// Number them.
    Number(NumberStep),
    /// Sketch how many different values each column has.
    Sketches,
    /// Say where the lines of its csv file end, which is not read.
    Lines(LineStep),
}

impl LastStep {
    /// Names and types of what the step makes of rows with these.
    pub(crate) fn schema(&self, rows: &Schema) -> Schema {
        match self {
            Self::Ranges(step) => step.schema(rows),
            Self::Number(step) => step.schema(rows),
            Self::Sketches => sketch::schema(rows),
            Self::Lines(_) => LineStep::schema(),
        }
    }
}

/// What a worker is told to run.
#[derive(Serialize, Deserialize)]
pub struct Message {
    plan: IRPlan,
    inputs: Vec<usize>,
    scans: Vec<usize>,
    numbers_rows: bool,
    last: Option<LastStep>,
    write: Option<WriteStep>,
}

impl Message {
    /// The part of the plan below its top, with the nodes that inputs and files are put in place of. With
    /// `numbers_rows`, what comes out has a last column that says where each row stands in the whole order.
    pub(crate) fn new(plan: IRPlan, inputs: Vec<Node>, scans: Vec<Node>, numbers_rows: bool) -> Self {
        let numbers = |nodes: Vec<Node>| nodes.into_iter().map(|node| node.0).collect();
        Self { plan, inputs: numbers(inputs), scans: numbers(scans), numbers_rows, last: None, write: None }
    }

    /// With a last step.
    pub(crate) fn with_last(self, last: Option<LastStep>) -> Self {
        Self { last, ..self }
    }

    /// With a last step that writes the rows to files, and says which.
    pub(crate) fn with_write(self, step: WriteStep) -> Self {
        Self { write: Some(step), ..self }
    }

    /// What partitions with these tickets would tell, where it does not depend on any rows.
    pub(crate) fn foreseen(&self, tickets: &[Ticket]) -> Option<PolarsResult<DataFrame>> {
        matches!(self.last, Some(LastStep::Lines(_))).then(|| LineStep::foreseen(tickets))
    }

    /// Its plan, with this node in the place of its one input.
    pub(crate) fn over(self, source: IR) -> PolarsResult<IRPlan> {
        let mut plan = self.plan;
        let [place] = self.inputs.as_slice() else {
            polars_bail!(ComputeError: "a segment was handed too few or too many inputs");
        };
        *plan.lp_arena.get_mut(Node(*place)) = source;
        Ok(plan)
    }

    /// The message as bytes, for a worker of exactly the same build.
    pub fn encode(&self) -> PolarsResult<Vec<u8>> {
        pl_serialize::serialize_to_bytes::<_, false>(self)
    }

    /// The message that [`Self::encode`] made.
    pub fn decode(bytes: &[u8]) -> PolarsResult<Self> {
        pl_serialize::deserialize_from_reader::<_, _, false>(bytes)
    }

    /// Runs it on one partition.
    pub fn run(self, ticket: Ticket, inputs: Vec<DataFrame>, watch: &Watch) -> Result<DataFrame, RunError> {
        self.run_within(&TaskLimits::default(), ticket, inputs, watch)
    }

    /// Runs it on one partition; only files in the folders that the task may use are read and written.
    pub(crate) fn run_within(
        self,
        limits: &TaskLimits,
        ticket: Ticket,
        inputs: Vec<DataFrame>,
        watch: &Watch,
    ) -> Result<DataFrame, RunError> {
        // Where a file changed meanwhile, neither rows nor errors mean anything.
        let unchanged = || ticket.parts.iter().try_for_each(|part| check_part(part, limits));
        unchanged()?;
        let done = self.run_on(&ticket, inputs, limits, watch);
        unchanged()?;
        done
    }

    fn run_on(
        self,
        ticket: &Ticket,
        inputs: Vec<DataFrame>,
        limits: &TaskLimits,
        watch: &Watch,
    ) -> Result<DataFrame, RunError> {
        if let Some(LastStep::Lines(step)) = self.last {
            return step.done(ticket, watch);
        }
        let place = ticket.place;
        let (numbers_rows, last, write) = (self.numbers_rows, self.last.clone(), self.write.clone());
        let filled = self.filled(ticket, inputs)?;
        check_files(&filled, &limits.roots)?;
        let make = move || {
            let mut plan = prune_plan(filled.as_ref());
            plan.ensure_root_node_is_sink();
            Ok(plan)
        };
        if let Some(step) = write {
            return step.run(make, limits, watch);
        }
        let mut data = run_optimized(make, watch)?;
        if numbers_rows {
            let index = row_number_index(data.schema());
            data.insert_column(index, row_numbers(place, data.height()))?;
        }
        match last {
            Some(LastStep::Ranges(step)) => Ok(step.done(data)?),
            Some(LastStep::Number(step)) => Ok(step.done(data, place)?),
            Some(LastStep::Sketches) => Ok(sketch::sketches(&data)?),
            Some(LastStep::Lines(_)) | None => Ok(data),
        }
    }

    /// The plan with rows and files in their places.
    fn filled(self, ticket: &Ticket, inputs: Vec<DataFrame>) -> PolarsResult<IRPlan> {
        let mut plan = self.plan;
        if inputs.len() != self.inputs.len() || ticket.parts.len() != self.scans.len() {
            polars_bail!(ComputeError: "a segment was handed too few or too many inputs");
        }
        for (node, data) in self.inputs.into_iter().zip(inputs) {
            let place = plan.lp_arena.get_mut(Node(node));
            let IR::DataFrameScan { df, schema, .. } = place else {
                polars_bail!(ComputeError: "a segment has no place for its input");
            };
            *df = Arc::new(conform(without_key(data), schema)?);
        }
        for (node, part) in self.scans.into_iter().zip(&ticket.parts) {
            fill_files(plan.lp_arena.get_mut(Node(node)), part)?;
        }
        Ok(plan)
    }
}

/// A hash exchange's key has done its duty once the rows have arrived.
fn without_key(data: DataFrame) -> DataFrame {
    if data.schema().contains(KEY) { data.drop(KEY).unwrap_or(data) } else { data }
}

/// Where each row of the partition stands in the whole order.
fn row_numbers(place: u32, height: usize) -> Column {
    let first = u64::from(place) << ROW_BITS;
    let numbers = UInt64Chunked::from_iter_values(ORDER.into(), (first..).take(height));
    numbers.into_column()
}

/// The files that the node reads by itself.
pub(crate) fn sources_of(node: &IR) -> Option<&ScanSources> {
    match node {
        IR::Scan { sources, .. }
        | IR::MapFunction { function: FunctionIR::FastCount { sources, .. }, .. } => Some(sources),
        _ => None,
    }
}

/// Refuses a plan that reads files elsewhere, or writes any: a task has another step for that.
fn check_files(plan: &IRPlan, roots: &Roots) -> Result<(), RunError> {
    for index in 0..plan.lp_arena.len() {
        let node = plan.lp_arena.get(Node(index));
        if matches!(node, IR::SinkMultiple { .. })
            || matches!(node, IR::Sink { payload, .. } if !matches!(payload, SinkTypeIR::Memory))
        {
            return Err(polars_err!(ComputeError: "a task was told to write by its plan").into());
        }
        if let IR::Scan { unified_scan_args, .. } = node
            && unified_scan_args.deletion_files.is_some()
        {
            return Err(
                polars_err!(ComputeError: "a task was told to read files that its plan does not name").into(),
            );
        }
        let Some(ScanSources::Paths(paths)) = sources_of(node) else { continue };
        paths.iter().try_for_each(|path| roots.check(Path::new(path.as_str())))?;
    }
    Ok(())
}

fn fill_files(node: &mut IR, part: &Part) -> PolarsResult<()> {
    let paths = ScanSources::Paths(part.paths.iter().map(|path| path.as_str().into()).collect());
    let IR::Scan { sources, hive_parts, unified_scan_args, scan_type, .. } = node else {
        let IR::MapFunction { function: FunctionIR::FastCount { sources, .. }, .. } = node else {
            polars_bail!(ComputeError: "a segment has no place for its files");
        };
        *sources = paths;
        return Ok(());
    };
    *sources = paths;
    if !part.hive.is_empty() {
        *hive_parts = Some(pl_serialize::deserialize_from_reader::<_, _, false>(part.hive.as_slice())?);
    }
    match (part.section, part.paths.as_slice()) {
        (None, _) => (),
        (Some(Section { unit: Unit::Rows, begin, len, .. }), _) => {
            let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
            unified_scan_args.pre_slice = Some(Slice::Positive { offset: place(begin), len: place(len) });
        }
        (Some(Section { unit: Unit::Bytes, begin, len, head }), [path]) => {
            let bytes = begin..begin.saturating_add(len);
            let has_head = head == 0 || begin == 0;
            *sources =
                if has_head { lines::in_bytes(path, bytes) } else { csv::below_head(path, head, bytes) }?;
        }
        (Some(_), _) => polars_bail!(ComputeError: "a part of several files was asked for"),
    }
    if let Some(index) = &mut unified_scan_args.row_index {
        let first = IdxSize::try_from(part.rows_before).ok().and_then(|rows| index.offset.checked_add(rows));
        index.offset = first.ok_or_else(number::too_many_rows)?;
    }
    if let FileScanIR::Parquet { first_metadata, metadata_per_source, .. } = &mut **scan_type {
        *first_metadata = None;
        *metadata_per_source = None;
    }
    Ok(())
}

/// Refuses files that a task may not read, or that are not as the driver saw them.
fn check_part(part: &Part, limits: &TaskLimits) -> Result<(), RunError> {
    if part.paths.len() != part.stamps.len() {
        return Err(polars_err!(ComputeError: "a task was told to read files that nobody has seen").into());
    }
    let mut files = part.paths.iter().zip(&part.stamps);
    Ok(files.try_for_each(|(path, stamp)| read_files::check(Path::new(path), *stamp, limits))?)
}

#[cfg(test)]
mod tests {
    use polars::prelude::{FileWriteFormat, IntoLazy, SinkDestination, SinkTarget, df};

    use super::*;

    #[test]
    fn a_plan_that_writes_by_itself_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("out.parquet");
        let to = SinkDestination::File { target: SinkTarget::Path(file.to_string_lossy().as_ref().into()) };
        let rows = df!("a" => [1]).unwrap().lazy();
        let plan = rows.sink(to, FileWriteFormat::Parquet(Arc::default()), Default::default()).unwrap();
        let message = Message::new(plan.to_alp_optimized().unwrap(), Vec::new(), Vec::new(), false);
        let ticket = Ticket { place: 0, parts: Vec::new() };
        let error = message.run(ticket, Vec::new(), &Watch::new()).unwrap_err();
        assert!(error.to_string().contains("told to write by its plan"), "{error}");
        assert!(!file.exists());
    }

    #[test]
    fn a_file_that_nobody_has_seen_is_not_read() {
        let allowed = tempfile::tempdir().unwrap();
        let limits =
            TaskLimits { roots: Roots::of(&[allowed.path().to_owned()]).unwrap(), ..TaskLimits::default() };
        let section = Section { unit: Unit::Bytes, begin: 0, len: 4, head: 0 };
        for section in [None, Some(section)] {
            let part = Part { paths: vec!["/etc/hostname".into()], section, ..Part::default() };
            let ticket = Ticket { place: 0, parts: vec![part] };
            let plan = df!("a" => [1]).unwrap().lazy().to_alp_optimized().unwrap();
            let mut message = Message::new(plan, Vec::new(), Vec::new(), false);
            message.last = Some(LastStep::Lines(LineStep { quote: None }));
            let error = message.run_within(&limits, ticket, Vec::new(), &Watch::new()).unwrap_err();
            assert!(error.to_string().contains("files that nobody has seen"), "{error}");
        }
    }
}
