//! Steps that bring all rows to one place, whatever they are.

use std::sync::Arc;

use polars::prelude::*;

use super::Growing;

impl Growing {
    /// The values of one column become columns.
    pub(super) fn pivot(&mut self, choice: u64) {
        let Some(key) = self.key(choice).filter(|key| !["flag", "n"].contains(key)) else { return };
        if !self.has("flag") || !self.has("n") {
            return;
        }
        let flags = df!("flag" => [Some(true), Some(false), None]).unwrap();
        let wide = self.lazy.clone().pivot(
            by_name(["flag"], true, false),
            Arc::new(flags),
            by_name([key], true, false),
            by_name(["n"], true, false),
            if (choice / 8).is_multiple_of(2) { Expr::Element.sum() } else { Expr::Element.len() },
            false,
            "_".into(),
            polars::frame::PivotColumnNaming::Auto,
        );
        self.then(format!("pivot {key}"), wide);
        (self.unique, self.in_order) = (Some(vec![key.to_owned()]), false);
    }

    /// The ranges that a number is in.
    pub(super) fn join_by_inequalities(&mut self, choice: u64) {
        if !self.has("n") {
            return;
        }
        let (low, high) = (self.name(), self.name());
        let ranges = df!(low.as_str() => [0_i64, 5, 30], high.as_str() => [4_i64, 33, 50]).unwrap();
        let is_in = [col("n").gt(col(low.as_str())), col("n").lt_eq(col(high.as_str()))];
        let wanted = 1 + (choice % 2) as usize;
        let joined =
            self.lazy.clone().join_builder().with(ranges.lazy()).join_where(is_in[..wanted].to_vec());
        self.then(format!("inequalities {wanted}"), joined);
        self.unique.iter_mut().for_each(|names| names.push(low.clone()));
        self.in_order = false;
    }

    /// Two sorted frames become one.
    pub(super) fn merge(&mut self, choice: u64) {
        if self.unique.as_ref().is_none_or(|names| *names != ["id"]) || !self.has("id") {
            return;
        }
        let sorted = self.lazy.clone().sort(["id"], SortMultipleOptions::default());
        let some = sorted.clone().filter((col("id") % lit(5)).lt(lit((choice % 4) as i64)));
        self.then("merge-sorted", sorted.merge_sorted(some, ["id"], true).unwrap());
        (self.unique, self.in_order) = (None, true);
    }

    /// Two frames of as many rows stand beside each other.
    pub(super) fn beside(&mut self, choice: u64) {
        let Some(key) = self.key(choice).filter(|_| self.in_order) else { return };
        let name = self.name();
        let other = self.lazy.clone().select([col(key).alias(name.as_str())]);
        let both = concat_lf_horizontal([self.lazy.clone(), other], HConcatOptions::default()).unwrap();
        self.then("side-by-side", both);
    }
}
