//! Steps that give each row something of the rows that are like it.

use polars::prelude::*;

use super::Growing;

impl Growing {
    /// A window, now and then beside another one, or a value of all rows.
    pub(super) fn window(&mut self, choice: u64) {
        let Some(key) = self.key(choice / 8) else { return };
        let first = self.value_of_window(choice);
        let over = match (self.key(choice / 64), choice / 512 % 3) {
            (Some(other), 0) if other != key => first.clone().over([col(key), col(other)]),
            (_, 1) => first.clone().over([col(key).is_null()]),
            _ => first.clone().over([col(key)]),
        };
        let mut exprs = vec![over.unwrap()];
        let mut kind = "window";
        match (self.key(choice / 65_536), choice / 4096 % 4) {
            (Some(other), 0 | 1) if other != key => {
                exprs.push(self.value_of_window(choice / 3).over([col(other)]).unwrap());
                kind = "windows";
            }
            (_, 2) if self.has("id") => {
                exprs.push(col("id").max() - col("id").min().over([col(key)]).unwrap());
                kind = "window-and-value";
            }
            _ => {}
        }
        let named: Vec<Expr> = exprs.iter().map(|expr| expr.clone().alias(self.name().as_str())).collect();
        self.then(format!("{kind} {exprs:?}"), self.lazy.clone().with_columns(named));
    }

    fn value_of_window(&self, choice: u64) -> Expr {
        let value = match self.key(choice / 8) {
            Some(key) if !self.has("id") => col(key),
            _ => col("id"),
        };
        match choice % 8 {
            0 if self.in_order => value.shift(lit(1)),
            1 if self.in_order && self.has("n") => col("n").cum_sum(false),
            2 if self.in_order => value.first(),
            3 => value.max(),
            4 => value.n_unique(),
            5 if self.has("id") => col("id").rank(RankOptions::default(), None),
            _ => len(),
        }
    }
}
