//! Row numbers of a partition, which is told how many rows there are before it.

use polars::prelude::{
    Column, DataFrame, IDX_DTYPE, IdxCa, IdxSize, IntoColumn, NewChunkedArray, PlSmallStr, PolarsError,
    PolarsResult, Schema, polars_err,
};
use serde::{Deserialize, Serialize};

/// The last step of a segment whose rows are numbered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NumberStep {
    /// The new column, which becomes the first.
    pub(crate) name: PlSmallStr,
    /// The number of the first row of each partition.
    pub(crate) starts: Vec<u64>,
}

impl NumberStep {
    /// Names and types of what the step makes of rows with these.
    pub(super) fn schema(&self, rows: &Schema) -> Schema {
        let fields = rows.iter().map(|(name, dtype)| (name.clone(), dtype.clone()));
        [(self.name.clone(), IDX_DTYPE)].into_iter().chain(fields).collect::<Schema>()
    }

    /// The step on the rows of the partition at this place.
    pub(super) fn done(&self, data: DataFrame, place: u32) -> PolarsResult<DataFrame> {
        let start = self.starts.get(place as usize).copied().unwrap_or_default();
        let height = data.height();
        let fits = start.checked_add(height as u64).is_some_and(|end| IdxSize::try_from(end).is_ok());
        let first = IdxSize::try_from(start).ok().filter(|_| fits).ok_or_else(too_many_rows)?;
        let numbers = IdxCa::from_iter_values(self.name.clone(), (first..).take(height)).into_column();
        let columns: Vec<Column> = [numbers].into_iter().chain(data.into_columns()).collect();
        DataFrame::new(height, columns)
    }
}

pub(super) fn too_many_rows() -> PolarsError {
    polars_err!(ComputeError: "there are more rows than a row index of {IDX_DTYPE} can count")
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    #[test]
    fn numbers_go_on_from_those_of_partitions_before() {
        let step = NumberStep { name: "row".into(), starts: vec![7, 9, u64::from(IdxSize::MAX) - 1] };
        let rows = df!("a" => [1, 2]).unwrap();
        let expected = df!("row" => [9 as IdxSize, 10], "a" => [1, 2]).unwrap();
        let found = step.done(rows.clone(), 1).unwrap();
        assert_eq!((found.schema().as_ref(), &found), (&step.schema(rows.schema()), &expected));
        assert_eq!(step.done(rows.clear(), 1).unwrap(), expected.clear());
        let error = step.done(rows, 2).unwrap_err();
        assert!(error.to_string().contains("more rows than a row index"), "{error}");
    }
}
