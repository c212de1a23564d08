//! A plan that grows by a random step at a time, with what must be known of it for the next step to mean one thing: its
//! columns, what tells its rows apart, and whether they have an order.

mod others;
mod shapes;
mod windows;

use polars::prelude::*;

use crate::samples::Samples;

/// A plan that grows.
pub(crate) struct Growing {
    lazy: LazyFrame,
    steps: Vec<String>,
    /// Columns that tell rows apart; none where nothing does.
    unique: Option<Vec<String>>,
    in_order: bool,
    made: usize,
}

const KEYS: [&str; 8] = ["host", "n", "kind", "flag", "small", "x", "price", "zoned"];

/// How many kinds of steps there are to choose from.
pub(crate) const KINDS: u64 = 68;

impl Growing {
    /// A source that the word chooses.
    pub(crate) fn new(samples: &Samples, word: u64) -> Self {
        let (lazy, name) = match word % 3 {
            0 => (samples.events(), "files"),
            1 => (samples.large(), "file"),
            _ => (samples.events().filter(col("id").lt(lit(700))), "files-begin"),
        };
        let unique = Some(vec!["id".to_owned()]);
        Self { lazy, steps: vec![name.to_owned()], unique, in_order: true, made: 0 }
    }

    /// The plan, its steps, and whether its rows have an order.
    pub(crate) fn finished(self) -> (LazyFrame, Vec<String>, bool) {
        (self.lazy, self.steps, self.in_order)
    }

    /// One more step, chosen by the word.
    pub(crate) fn grow(&mut self, samples: &Samples, word: u64) {
        let (step, choice) = (word % KINDS, word / KINDS);
        match step {
            0 => self.filter(choice),
            1 => self.columns(choice),
            2 | 46 | 47 | 55 | 60 => self.window(choice),
            3..=5 => self.group(choice),
            6 => self.sort(choice),
            7..=10 | 38 if self.in_order => self.slice(choice),
            11..=14 | 36 | 67 => self.unique(choice),
            15..=19 | 49 | 52 => self.join_hosts(samples, choice),
            20 => self.join_files(samples, choice),
            21 => self.union(choice),
            22 | 57 if self.has("words") => self.explode(),
            23 | 48 | 66 if self.in_order => self.number(),
            24 | 38 | 58 => self.unpivot(),
            25 if choice % 4 == 0 => self.share(choice / 4),
            25 => self.unnest(),
            40 => self.share(choice),
            23 | 26 | 62 | 66 => self.nested(),
            27 | 28 | 59 if self.has_times() => self.nearest(samples, choice),
            29..=33 | 53 | 54 if self.has_times() => self.spans(choice),
            34 => self.cross(samples),
            35 => self.top(choice),
            37 | 56 => self.whole(choice),
            39 | 61 => self.join_few(samples, choice),
            27..=33 | 59 => self.join_hosts(samples, choice),
            7 | 8 => self.sort(choice),
            9 if self.has_times() => self.nearest(samples, choice),
            10 => self.union(choice),
            53 | 54 if self.has("words") => self.explode(),
            44 | 45 if self.in_order => self.beside(choice),
            41 | 44 | 51 => self.pivot(choice),
            42 | 63 => self.join_by_inequalities(choice),
            43 | 50 => self.merge(choice),
            64 | 65 => self.counted(samples, choice),
            45 => self.join_hosts(samples, choice),
            _ => self.select(choice),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.schema().contains(name)
    }

    fn schema(&self) -> SchemaRef {
        self.lazy.clone().collect_schema().unwrap()
    }

    /// Whether the column has the type that it has in the files.
    fn is_as_in(&self, samples: &Samples, name: &str) -> bool {
        self.schema().get(name) == samples.large().collect_schema().unwrap().get(name)
    }

    /// One of the key columns that are there.
    fn key(&self, choice: u64) -> Option<&'static str> {
        let there: Vec<&str> = KEYS.into_iter().filter(|name| self.has(name)).collect();
        there.get(choice as usize % there.len().max(1)).copied()
    }

    fn then(&mut self, step: impl Into<String>, lazy: LazyFrame) {
        self.lazy = lazy;
        self.steps.push(step.into());
    }

    fn name(&mut self) -> String {
        self.made += 1;
        format!("made_{}", self.made)
    }

    fn filter(&mut self, choice: u64) {
        let Some(key) = self.key(choice / 4) else { return };
        let predicate = match choice % 4 {
            0 if self.has("id") => (col("id") % lit(3)).neq(lit(1)),
            1 => col(key).is_not_null(),
            2 if self.has("n") => col("n").gt(lit((choice / 64 % 40) as i64)),
            _ => col(key).is_null().not().or(lit(choice % 8 > 3)),
        };
        self.then(format!("filter {predicate}"), self.lazy.clone().filter(predicate));
    }

    fn columns(&mut self, choice: u64) {
        let name = self.name();
        let expr = match choice % 4 {
            0 if self.has("n") => col("n") * lit(2) + lit(1),
            1 if self.has("line") => col("line").str().to_uppercase(),
            2 if self.has("x") => col("x").fill_nan(lit(0.5)),
            _ => lit(7_i64),
        };
        self.then(format!("columns {expr}"), self.lazy.clone().with_columns([expr.alias(name.as_str())]));
    }

    fn group(&mut self, choice: u64) {
        let Some(key) = self.key(choice) else { return };
        let mut keys = vec![key];
        if let Some(other) = self.key(choice / 8).filter(|other| *other != key && choice.is_multiple_of(2)) {
            keys.push(other);
        }
        let mut aggs = vec![len().alias("rows")];
        let column = |name: &str| (!keys.contains(&name) && self.has(name)).then(|| col(name));
        let mut add = |wanted: bool, expr: Option<Expr>| aggs.extend(expr.filter(|_| wanted));
        let bit = |place: u32| choice >> (8 + place) & 1 == 1;
        add(true, column("id").map(|id| id.max()));
        add(bit(0), column("n").map(|n| n.sum()));
        // By another name: the last digit of a mean is chance, and makes no key.
        add(bit(1), column("x").map(|x| x.mean().alias("average")));
        add(bit(2), column("small").map(|small| small.var(1).alias("variance")));
        let counted = ["line", "x", "kind", "small", "n"][(choice >> 20) as usize % 5];
        add(bit(3), column(counted).map(|counted| counted.n_unique().alias("differ")));
        add(bit(9) && bit(10), column("line").map(|line| line.n_unique().alias("lines")));
        add(bit(4), column("price").map(|price| price.sum()));
        add(bit(5), column("single").map(|single| single.median()));
        add(bit(6) && self.in_order, column("time").map(|time| time.first()));
        add(bit(7) && self.in_order, column("host").map(|host| host.last()));
        add(bit(8) && self.in_order, column("words").map(|words| words.head(Some(2))));
        let by: Vec<Expr> = keys.iter().map(|key| col(*key)).collect();
        let stable = self.in_order && !choice.is_multiple_of(3);
        let groups =
            if stable { self.lazy.clone().group_by_stable(by) } else { self.lazy.clone().group_by(by) };
        let step = format!("{} {keys:?} {aggs:?}", if stable { "group-in-order" } else { "group" });
        self.then(step, groups.agg(aggs));
        self.unique = Some(keys.into_iter().map(str::to_owned).collect());
        self.in_order = stable;
    }

    fn sort(&mut self, choice: u64) {
        let mut by: Vec<String> =
            [self.key(choice), self.key(choice / 7)].into_iter().flatten().map(str::to_owned).collect();
        by.dedup();
        by.truncate(1 + (choice / 50 % 2) as usize);
        // Equal rows stay in their order, or nothing is equal.
        let is_stable = self.in_order && choice / 5 % 2 == 1;
        if !is_stable {
            let Some(unique) = self.unique.clone().filter(|names| names.iter().all(|name| self.has(name)))
            else {
                return;
            };
            let more = unique.into_iter().filter(|name| !by.contains(name)).collect::<Vec<_>>();
            by.extend(more);
        }
        if by.is_empty() {
            return;
        }
        let bits = |from: u64| (0..by.len()).map(move |place| choice >> (from + place as u64) & 1 == 1);
        let options = SortMultipleOptions::default()
            .with_order_descending_multi(bits(8))
            .with_nulls_last_multi(bits(16))
            .with_maintain_order(is_stable);
        self.then(format!("sort {by:?} {options:?}"), self.lazy.clone().sort(by, options));
        self.in_order = true;
    }

    fn slice(&mut self, choice: u64) {
        let (offset, rows) = ((choice / 3 % 50) as i64, (choice / 150 % 900) as u32 + 1);
        let lazy = self.lazy.clone();
        match choice % 3 {
            0 => self.then(format!("slice {offset} {rows}"), lazy.slice(offset, rows)),
            1 => self.then(format!("head {rows}"), lazy.limit(rows)),
            _ => self.then(format!("tail {rows}"), lazy.tail(rows)),
        }
    }

    fn unique(&mut self, choice: u64) {
        let Some(key) = self.key(choice / 6) else { return };
        let subset = Some(by_name([key], true, false));
        let lazy = self.lazy.clone();
        match choice % 6 {
            0 | 1 if self.in_order => {
                self.then(format!("unique-first {key}"), lazy.unique(subset, UniqueKeepStrategy::First));
                self.in_order = false;
            }
            2 | 3 if self.in_order => {
                self.then(
                    format!("unique-in-order {key}"),
                    lazy.unique_stable(subset, UniqueKeepStrategy::Last),
                );
            }
            0 | 4 => {
                self.then(format!("unique-none {key}"), lazy.unique(subset, UniqueKeepStrategy::None));
                self.in_order = false;
            }
            _ => {
                let keys = lazy.select([col(key)]).unique(None, UniqueKeepStrategy::Any);
                self.then(format!("unique-keys {key}"), keys);
                self.in_order = false;
            }
        }
        self.unique = Some(vec![key.to_owned()]);
    }

    fn join_hosts(&mut self, samples: &Samples, choice: u64) {
        if !self.is_as_in(samples, "host") {
            return;
        }
        let site = self.name();
        let hosts = samples.hosts().select([col("host"), col("site").alias(site)]);
        let kinds = [
            JoinType::Left,
            JoinType::Inner,
            JoinType::Semi,
            JoinType::Anti,
            JoinType::Full,
            JoinType::Right,
        ];
        let mut how = JoinArgs::new(kinds[(choice % 6) as usize].clone());
        how.coalesce = JoinCoalesce::CoalesceColumns;
        how.nulls_equal = choice / 6 % 2 == 1;
        let is_of_left = !matches!(how.how, JoinType::Full | JoinType::Right);
        let keeps = choice / 12 % 2 == 1 && is_of_left;
        if keeps {
            how.maintain_order = MaintainOrderJoin::Left;
        }
        let kind = format!("{:?}", how.how).to_lowercase();
        let step = format!("join-{kind} keeps={keeps} nulls={}", how.nulls_equal);
        self.then(step, self.lazy.clone().join(hosts, [col("host")], [col("host")], how));
        self.in_order &= keeps;
        if !is_of_left {
            self.unique = None;
        }
    }

    fn join_files(&mut self, samples: &Samples, choice: u64) {
        let fits = |key: &&str| !self.has("total") && self.is_as_in(samples, key);
        let Some(key) = self.key(choice).filter(fits) else { return };
        let totals = samples.large().group_by([col(key)]).agg([col("id").sum().alias("total")]);
        let kinds = [JoinType::Left, JoinType::Inner, JoinType::Semi];
        let how = JoinArgs::new(kinds[(choice / 8 % 3) as usize].clone());
        let step = format!("join-files {key} {:?}", how.how);
        self.then(step, self.lazy.clone().join(totals, [col(key)], [col(key)], how));
        self.in_order = false;
    }

    fn union(&mut self, choice: u64) {
        let Some(key) = self.key(choice) else { return };
        let other = self.lazy.clone().filter(col(key).is_not_null());
        let whole = concat([self.lazy.clone(), other], UnionArgs::default()).unwrap();
        self.then(format!("union {key}"), whole);
        self.unique = None;
    }

    fn explode(&mut self) {
        let options = ExplodeOptions { empty_as_null: true, keep_nulls: true };
        self.then("explode words", self.lazy.clone().explode(by_name(["words"], true, false), options));
        self.unique = None;
    }

    fn number(&mut self) {
        let name = self.name();
        self.then("row-index", self.lazy.clone().with_row_index(name.as_str(), None));
        self.unique = Some(vec![name]);
    }

    fn select(&mut self, choice: u64) {
        let schema = self.schema();
        let kept = self.unique.clone().unwrap_or_default();
        let chosen = schema.iter_names().enumerate().filter(|(place, name)| {
            choice >> (place % 60) & 1 == 1 || kept.iter().any(|kept| kept == name.as_str())
        });
        let chosen: Vec<Expr> = chosen.map(|(_, name)| col(name.clone())).collect();
        if !chosen.is_empty() {
            self.then(format!("select {}", chosen.len()), self.lazy.clone().select(chosen));
        }
    }
}
