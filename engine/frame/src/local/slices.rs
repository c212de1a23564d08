//! Slices of nodes that keep an order. Polars moves a slice into the node below it, and then, where a sort follows, takes
//! the order of that node for something that nobody sees: any rows come. So there slices stay where they stand.

use polars::error::PolarsResult;
use polars::prelude::LazyFrame;
use polars_plan::plans::{IR, IRPlan};
use polars_utils::arena::Node;

/// The plan as Polars optimises it; slices are left in their places where one would move into such a node.
pub(super) fn optimized(lazy: LazyFrame) -> PolarsResult<IRPlan> {
    let plan = lazy.clone().to_alp_optimized()?;
    if has_moved(&plan) { lazy.with_slice_pushdown(false).to_alp_optimized() } else { Ok(plan) }
}

fn has_moved(plan: &IRPlan) -> bool {
    let is_sliced = |node: &IR| match node {
        IR::Join { options, .. } => options.args.slice.is_some(),
        IR::GroupBy { options, .. } => options.slice.is_some(),
        IR::Distinct { options, .. } => options.slice.is_some(),
        _ => false,
    };
    (0..plan.lp_arena.len()).any(|index| is_sliced(plan.lp_arena.get(Node(index))))
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use crate::{Limit, LocalRunner, Plan, Runner, Watch};

    fn ids(plan: LazyFrame) -> Vec<i64> {
        let data = LocalRunner.run(&Plan::Polars(plan), Limit::All, &Watch::new()).unwrap();
        data.column("id").unwrap().i64().unwrap().into_no_null_iter().collect()
    }

    fn many() -> LazyFrame {
        df!("id" => (0..200_000_i64).collect::<Vec<_>>()).unwrap().lazy()
    }

    fn descending(rows: LazyFrame) -> LazyFrame {
        rows.sort(["id"], SortMultipleOptions::default().with_order_descending(true))
    }

    #[test]
    fn a_slice_of_rows_in_order_has_the_rows_of_its_place() {
        let others = df!("id" => (0..200_000_i64).rev().collect::<Vec<_>>()).unwrap().lazy();
        let mut how = JoinArgs::new(JoinType::Inner);
        how.maintain_order = MaintainOrderJoin::Left;
        let joined = many().join(others, [col("id")], [col("id")], how);
        let grouped = many().group_by_stable([col("id")]).agg([len()]);
        let distinct = many().unique_stable(None, UniqueKeepStrategy::First);
        for (name, rows) in [("join", joined), ("group by", grouped), ("distinct", distinct)] {
            assert_eq!(ids(rows.clone().slice(150_000, 3)), [150_000, 150_001, 150_002], "{name}");
            assert_eq!(ids(rows.clone().limit(3)), [0, 1, 2], "{name}");
            assert_eq!(ids(rows.clone().tail(2)), [199_998, 199_999], "{name}");
            assert_eq!(ids(descending(rows.clone().slice(70, 3))), [72, 71, 70], "{name}, then sorted");
            assert_eq!(ids(descending(rows.limit(3))), [2, 1, 0], "{name}, then sorted");
        }
    }
}
