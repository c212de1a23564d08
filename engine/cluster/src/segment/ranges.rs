//! The ranges of a sort's keys: what a partition says of its keys, and to which partition each of its rows goes. Keys
//! are compared as Polars writes rows down to sort them. What is done with it is left to `cut::sort`.

use polars::chunked_array::ops::row_encode::_get_rows_encoded_ca;
use polars::prelude::{
    BinaryChunked, BinaryOffsetChunked, Column, DataFrame, DataType, IntoColumn, NewChunkedArray, PlSmallStr,
    PolarsResult, Schema, UInt64Chunked,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::piece::KEY;

/// The column of keys that a partition hands in.
const SAMPLE: &str = "__fram_sample";
const SORT_KEY: &str = "__fram_sort_";

/// The hidden column of a sort's key.
pub(crate) fn sort_key_name(place: usize) -> PlSmallStr {
    PlSmallStr::from_string(format!("{SORT_KEY}{place}"))
}

/// What rows are sorted by: columns of a segment's result, those of [`sort_key_name`] among them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SortKeys {
    pub(crate) columns: Vec<PlSmallStr>,
    /// For each column, whether its largest values come first.
    pub(crate) descending: Vec<bool>,
    /// For each column, whether nulls come last.
    pub(crate) nulls_last: Vec<bool>,
}

/// The last step of a segment whose rows are to be sorted by ranges.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum RangeStep {
    /// Hand in the key of one row in so many.
    Sample { keys: SortKeys, every: usize },
    /// Give each row the number that leads to the partition of its range. A range goes from one bound to the next. Rows
    /// with equal keys may be spread over several ranges where they need not stay in their order.
    Spread { keys: SortKeys, bounds: Vec<ByteBuf>, targets: Vec<u64>, in_turns: bool },
}

impl RangeStep {
    /// Names and types of what the step makes of rows with these.
    pub(super) fn schema(&self, rows: &Schema) -> Schema {
        match self {
            Self::Sample { .. } => Schema::from_iter([(PlSmallStr::from_static(SAMPLE), DataType::Binary)]),
            Self::Spread { .. } => {
                let kept = rows.iter().filter(|(name, _)| !name.starts_with(SORT_KEY));
                let mut kept: Schema = kept.map(|(name, dtype)| (name.clone(), dtype.clone())).collect();
                kept.with_column(KEY.into(), DataType::UInt64);
                kept
            }
        }
    }

    /// The step on the rows of a partition.
    pub(super) fn done(&self, data: DataFrame) -> PolarsResult<DataFrame> {
        match self {
            Self::Sample { keys, every } => {
                let written = keys.written(&data)?;
                let chosen = written.downcast_iter().flat_map(|chunk| chunk.values_iter()).enumerate();
                let chosen = chosen.filter(|(row, _)| is_chosen(*row, (*every).max(1))).map(|(_, key)| key);
                let sample = BinaryChunked::from_iter_values(SAMPLE.into(), chosen).into_column();
                DataFrame::new(sample.len(), vec![sample])
            }
            Self::Spread { keys, bounds, targets, in_turns } => {
                let written = keys.written(&data)?;
                let rows = written.downcast_iter().flat_map(|chunk| chunk.values_iter()).enumerate();
                let target = |(row, key): (usize, &[u8])| {
                    let range = range_of(key, bounds, if *in_turns { row } else { 0 });
                    targets.get(range).copied().unwrap_or_default()
                };
                let numbers = UInt64Chunked::from_iter_values(KEY.into(), rows.map(target)).into_column();
                let height = data.height();
                let mut columns: Vec<Column> = data.into_columns();
                columns.retain(|column| !column.name().starts_with(SORT_KEY));
                columns.push(numbers);
                DataFrame::new(height, columns)
            }
        }
    }
}

impl SortKeys {
    /// For each row its key as bytes, whose order is that of the rows.
    fn written(&self, data: &DataFrame) -> PolarsResult<BinaryOffsetChunked> {
        let columns = self.columns.iter().map(|name| data.column(name).cloned());
        let columns = columns.collect::<PolarsResult<Vec<_>>>()?;
        _get_rows_encoded_ca(PlSmallStr::EMPTY, &columns, &self.descending, &self.nulls_last, false)
    }
}

/// The range of the key. Where several ranges hold this key, the rows with it take turns.
fn range_of(key: &[u8], bounds: &[ByteBuf], turn: usize) -> usize {
    let first = bounds.partition_point(|bound| bound.as_slice() < key);
    let alike = bounds[first..].partition_point(|bound| bound.as_slice() <= key);
    first + turn % (alike + 1)
}

/// Whether the row is the one of its neighbours that is looked at. Which one it is looks like chance, so that rows that
/// come in a rhythm are not missed.
fn is_chosen(row: usize, every: usize) -> bool {
    let neighbours = row / every;
    let mixed = (neighbours as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    row % every == ((mixed >> 32) as usize) % every
}

/// The bounds of so many ranges with as many rows each, as far as the keys that were handed in tell.
pub(crate) fn bounds_of(samples: &DataFrame, ranges: usize) -> PolarsResult<Vec<ByteBuf>> {
    let keys = samples.column(SAMPLE)?.binary()?;
    let mut keys: Vec<&[u8]> = keys.iter().flatten().collect();
    keys.sort_unstable();
    let bound = |place: usize| keys.get(place * keys.len() / ranges).map(|key| ByteBuf::from(*key));
    Ok((1..ranges).filter_map(bound).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(keys: &[&str]) -> Vec<ByteBuf> {
        keys.iter().map(|key| ByteBuf::from(key.as_bytes())).collect()
    }

    #[test]
    fn a_key_goes_between_its_bounds() {
        let bounds = bounds(&["b", "d"]);
        let ranges: Vec<usize> = ["a", "c", "e"].map(|key| range_of(key.as_bytes(), &bounds, 0)).to_vec();
        assert_eq!(ranges, [0, 1, 2]);
        assert_eq!(range_of(b"a", &[], 7), 0);
    }

    #[test]
    fn rows_with_a_frequent_key_take_turns() {
        let bounds = bounds(&["b", "b", "b", "d"]);
        let ranges: Vec<usize> = (0..5).map(|row| range_of(b"b", &bounds, row)).collect();
        assert_eq!(ranges, [0, 1, 2, 3, 0]);
        assert_eq!(range_of(b"c", &bounds, 1), 3);
    }

    #[test]
    fn one_of_some_neighbours_is_looked_at() {
        for every in [1, 2, 7] {
            let chosen: Vec<usize> = (0..70).filter(|row| is_chosen(*row, every)).collect();
            assert_eq!(chosen.len(), 70 / every);
        }
    }
}
