//! A plan of Polars' inside one of SQL's, as DataFusion's rules see it: a leaf. They would take away what brings its rows
//! together by their keys, which no node of theirs asks for, and put in what they think is better.

use std::fmt;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::execution_plan::SchedulingType;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};

/// A plan that no rule looks into. It is opened before it runs.
#[derive(Debug)]
pub(crate) struct SealedExec {
    plan: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl SealedExec {
    pub(crate) fn new(plan: Arc<dyn ExecutionPlan>) -> Self {
        // What runs in it lets others run: nothing is to be put around it for that.
        let properties = PlanProperties::clone(plan.properties());
        let properties = Arc::new(properties.with_scheduling_type(SchedulingType::Cooperative));
        Self { plan, properties }
    }

    /// What is in it.
    pub(crate) fn plan(&self) -> &Arc<dyn ExecutionPlan> {
        &self.plan
    }
}

/// The plan with what is sealed in it opened.
pub(crate) fn opened(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let opened = plan.transform_down(|node| {
        Ok(match node.downcast_ref::<SealedExec>() {
            Some(sealed) => Transformed::new(sealed.plan.clone(), true, TreeNodeRecursion::Jump),
            None => Transformed::no(node),
        })
    });
    Ok(opened?.data)
}

impl DisplayAs for SealedExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedExec")
    }
}

impl ExecutionPlan for SealedExec {
    fn name(&self) -> &str {
        "SealedExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match children.len() {
            0 => Ok(self),
            count => internal_err!("a sealed plan has no inputs, and not {count}"),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.plan.execute(partition, context)
    }
}
