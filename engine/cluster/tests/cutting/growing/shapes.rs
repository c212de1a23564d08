//! Steps that change the shape of rows, look for the nearest, or go by spans of time.

use polars::prelude::*;

use super::{Growing, KEYS};
use crate::samples::Samples;

/// Columns that rows are brought together by before the nearest is looked for, or spans are formed.
const BY: [&str; 4] = ["host", "kind", "n", "flag"];

impl Growing {
    /// Two columns become rows.
    pub(super) fn unpivot(&mut self) {
        const ON: [&str; 2] = ["n", "small"];
        let is_on = |name: &String| ON.contains(&name.as_str());
        if !ON.iter().all(|name| self.has(name)) || self.unique.iter().flatten().any(is_on) {
            return self.nest();
        }
        let mut index: Vec<String> = self.unique.clone().unwrap_or_default();
        for name in KEYS.into_iter().filter(|name| !ON.contains(name) && self.has(name)) {
            if !index.iter().any(|known| known == name) {
                index.push(name.to_owned());
            }
        }
        let (variable, value) = (self.name(), self.name());
        let long = self.lazy.clone().unpivot(UnpivotArgsDSL {
            on: Some(by_name(ON, true, false)),
            index: by_name(index, true, false),
            variable_name: Some(variable.as_str().into()),
            value_name: Some(value.into()),
        });
        self.then("unpivot", long);
        self.unique.iter_mut().for_each(|names| names.push(variable.clone()));
        self.in_order = false;
    }

    /// The rows that a few keys want, with the keys that no row has.
    pub(super) fn join_few(&mut self, samples: &Samples, choice: u64) {
        let fits = |key: &&str| !self.has("wanted") && self.is_as_in(samples, key);
        let Some(key) = self.key(choice).filter(fits) else { return };
        let counted = samples.large().group_by([col(key)]).agg([len().alias("wanted")]);
        let few = counted.filter(col("wanted").gt(lit(choice / 8 % 3)));
        self.then(
            format!("join-few {key}"),
            few.join(self.lazy.clone(), [col(key)], [col(key)], JoinType::Left.into()),
        );
        let names = self.unique.iter_mut().filter(|names| !names.iter().any(|name| name == key));
        names.for_each(|names| names.push(key.to_owned()));
        self.in_order = false;
    }

    /// How many values differ in groups: of these rows, or of those of files, beside these.
    pub(super) fn counted(&mut self, samples: &Samples, choice: u64) {
        let (Some(key), Some(value)) = (self.key(choice), self.key(choice / 8)) else { return };
        let bit = |place: u32| choice >> (8 + place) & 1 == 1;
        let differ = col(value).n_unique().alias("differ");
        self.in_order = false;
        if !bit(0) && !self.has("differ") && self.is_as_in(samples, key) {
            let groups = samples.events().group_by([col(key)]).agg([differ]);
            let beside = self.lazy.clone().join(groups, [col(key)], [col(key)], JoinType::Left.into());
            return self.then(format!("counted {key} {value}, of files"), beside);
        }
        let others = [
            (bit(1) && self.has("line")).then(|| col("line").n_unique().alias("lines")),
            (bit(2) && self.has("id")).then(|| col("id").max().alias("last")),
            bit(3).then(|| len().alias("rows")),
        ];
        let aggs: Vec<Expr> = std::iter::once(differ).chain(others.into_iter().flatten()).collect();
        self.then(format!("counted {key} {value}"), self.lazy.clone().group_by([col(key)]).agg(aggs));
        self.unique = Some(vec![key.to_owned()]);
    }

    /// A struct becomes columns.
    pub(super) fn unnest(&mut self) {
        if self.has("pair") {
            self.then("unnest", self.lazy.clone().unnest(by_name(["pair"], true, false), None));
        } else {
            self.nest();
        }
    }

    /// Columns become a struct, and columns again.
    fn nest(&mut self) {
        let Some(key) = self.key(self.made as u64) else { return };
        let (whole, part, other) = (self.name(), self.name(), self.name());
        let parts = as_struct(vec![col(key).alias(part.as_str()), lit(3).alias(other.as_str())]);
        let nested = self.lazy.clone().with_columns([parts.alias(whole.as_str())]);
        self.then("unnest", nested.unnest(by_name([whole], true, false), None));
    }

    /// Groups by a struct, or lists that differ.
    pub(super) fn nested(&mut self) {
        let lazy = self.lazy.clone();
        let (lazy, name) = if self.has("pair") {
            (lazy.group_by([col("pair")]).agg([len().alias("rows")]), "pair")
        } else if self.has("words") {
            (lazy.select([col("words")]).unique(None, UniqueKeepStrategy::Any), "words")
        } else {
            return;
        };
        self.then("nested", lazy);
        (self.unique, self.in_order) = (Some(vec![name.to_owned()]), false);
    }

    /// Whether there are times, of rows that can be put in their order.
    pub(super) fn has_times(&self) -> bool {
        self.has("time") && self.has("zoned")
    }

    fn by(&self, choice: u64) -> Option<&'static str> {
        let there: Vec<&str> = BY.into_iter().filter(|name| self.has(name)).collect();
        there.get(choice as usize % there.len().max(1)).copied()
    }

    fn by_time(&self, name: &str) -> LazyFrame {
        let sorted = self.lazy.clone().filter(col(name).is_not_null());
        sorted.sort([name], SortMultipleOptions::default())
    }

    /// The nearest row of a file, now and then of those that have the same in a column.
    pub(super) fn nearest(&mut self, samples: &Samples, choice: u64) {
        let near = self.name();
        let by = self.by(choice / 8).filter(|by| choice.is_multiple_of(2) && self.is_as_in(samples, by));
        let strategies = [AsofStrategy::Backward, AsofStrategy::Forward, AsofStrategy::Nearest];
        let names = by.map(|by| vec![PlSmallStr::from_static(by)]);
        let options = AsOfOptions {
            strategy: strategies[(choice % 3) as usize],
            tolerance: None,
            tolerance_str: (choice / 3 % 2 == 1).then(|| "30m".into()),
            left_by: names.clone(),
            right_by: names,
            allow_eq: choice / 64 % 2 == 1,
            check_sortedness: true,
        };
        let mut columns = vec![col("time"), col("id").alias(near.as_str())];
        columns.extend(by.map(col));
        let others = samples.large().filter((col("id") % lit(7)).lt(lit(3))).select(columns);
        let step = format!("{} {by:?} {options:?}", if by.is_some() { "nearest-by" } else { "nearest" });
        let how = JoinArgs::new(JoinType::AsOf(Box::new(options)));
        self.then(step, self.by_time("time").join(others, [col("time")], [col("time")], how));
        self.in_order = false;
    }

    /// Groups of spans of time, now and then by a column.
    pub(super) fn spans(&mut self, choice: u64) {
        let index = if choice.is_multiple_of(2) { "time" } else { "zoned" };
        let by = self.by(choice / 16).filter(|_| choice % 5 < 3);
        let keys: Vec<Expr> = by.into_iter().map(col).collect();
        let mut aggs = vec![len().alias("rows")];
        let there = |name: &'static str| (self.has(name) && by != Some(name)).then(|| col(name));
        aggs.extend(there("n").map(|n| n.sum()));
        aggs.extend(there("id").map(|id| id.max()));
        let lazy = self.by_time(index);
        let is_rolling = choice / 2 % 2 == 1;
        let groups = if is_rolling {
            let options = RollingGroupOptions {
                index_column: index.into(),
                period: Duration::parse("25m"),
                offset: Duration::parse("-25m"),
                closed_window: ClosedWindow::Right,
            };
            lazy.rolling(col(index), keys, options)
        } else {
            let (every, period) = (Duration::parse("1h"), Duration::parse("90m"));
            let options =
                DynamicGroupOptions { every, period, offset: Duration::parse("0h"), ..Default::default() };
            lazy.group_by_dynamic(col(index), keys, options)
        };
        let kind = if is_rolling { "rolling" } else { "dynamic" };
        let step = format!("{kind}{} {index} {by:?}", if by.is_some() { "-by" } else { "" });
        self.then(step, groups.agg(aggs));
        // Rows of one time have groups of their own when they roll.
        let names = by.into_iter().chain([index]).map(str::to_owned).collect();
        self.unique = (!is_rolling).then_some(names);
        self.in_order = false;
    }

    /// Each row beside each of two others.
    pub(super) fn cross(&mut self, samples: &Samples) {
        let name = self.name();
        let others = samples
            .hosts()
            .filter(col("host").is_in(lit(Series::new("".into(), ["a", "b"])).implode(true), false));
        let others = others.select([col("site").alias(name.as_str())]);
        self.then("join-cross", self.lazy.clone().cross_join(others, None));
        self.unique.iter_mut().for_each(|names| names.push(name.clone()));
        self.in_order = false;
    }

    /// The first rows of a sort.
    pub(super) fn top(&mut self, choice: u64) {
        let unique = self.unique.clone().filter(|names| names.iter().all(|name| self.has(name)));
        let (Some(unique), Some(key)) = (unique, self.key(choice)) else { return };
        let by: Vec<String> =
            [key.to_owned()].into_iter().chain(unique.into_iter().filter(|name| name != key)).collect();
        let bits = |from: u64| (0..by.len()).map(move |place| choice >> (from + place as u64) & 1 == 1);
        let options = SortMultipleOptions::default()
            .with_order_descending_multi(bits(8))
            .with_nulls_last_multi(bits(16));
        let rows = (choice / 150 % 300) as u32 + 20;
        self.then(format!("top {rows} {by:?} {options:?}"), self.lazy.clone().sort(by, options).limit(rows));
        self.in_order = true;
    }

    /// With values of all rows in expressions of single rows.
    pub(super) fn share(&mut self, choice: u64) {
        let Some(key) = self.key(choice / 4).filter(|_| self.has("n")) else { return };
        let name = self.name();
        let (n, all) = (col("n"), self.lazy.clone());
        let lazy = match choice % 4 {
            0 => all.with_columns([(n.clone().cast(DataType::Float64) / n.sum()).alias(name)]),
            1 => all.filter((n.clone() * len()).gt(n.sum())),
            2 => all.with_columns([(col(key).n_unique().cast(DataType::Int64) - n).alias(name)]),
            _ if choice % 8 == 3 => all.with_columns([(n.clone() - n.median()).alias(name)]),
            _ => all.with_columns([(n.clone() - n.min()).alias(name)]),
        };
        self.then(format!("share {}, {key}", choice % 4), lazy);
    }

    /// Aggregates of all rows.
    pub(super) fn whole(&mut self, choice: u64) {
        let mut aggs = vec![len().alias("rows")];
        if let Some(key) = self.key(choice / 2).filter(|_| choice % 2 == 1) {
            aggs.push(col(key).n_unique().alias("differ"));
        }
        aggs.extend(
            ["n", "price", "flag"].into_iter().filter(|name| self.has(name)).map(|name| col(name).sum()),
        );
        // Under other names: the last digit of a mean is chance, and makes no key.
        let means = [("x", "average"), ("single", "single_average")].into_iter();
        aggs.extend(
            means.filter(|(name, _)| self.has(name)).map(|(name, mean)| col(name).mean().alias(mean)),
        );
        aggs.extend(
            ["id", "line", "zoned"].into_iter().filter(|name| self.has(name)).map(|name| col(name).max()),
        );
        let methods = [QuantileMethod::Nearest, QuantileMethod::Linear, QuantileMethod::Higher];
        let ranked = ["n", "x", "single", "time"].into_iter().enumerate();
        let ranked = ranked.filter(|(place, name)| choice >> (8 + place) & 1 == 1 && self.has(name));
        aggs.extend(ranked.map(|(place, name)| {
            let share = lit((choice / 64 % 21) as f64 / 20.0);
            col(name).quantile(share, methods[place % 3]).alias(format!("{name}_ranked"))
        }));
        let about = ["id", "line", "x", "host"].into_iter().enumerate();
        let about = about.filter(|(place, name)| choice >> (12 + place) & 1 == 1 && self.has(name));
        aggs.extend(about.map(|(_, name)| col(name).approx_n_unique().alias(format!("{name}_about"))));
        self.then("whole", self.lazy.clone().select(aggs));
        (self.unique, self.in_order) = (Some(vec!["rows".to_owned()]), true);
    }
}
