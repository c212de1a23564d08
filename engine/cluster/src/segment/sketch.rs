//! About how many different values there are: sketches of what each partition has seen, as Polars makes them
//! while it streams. Those of all partitions together are the sketch of all rows, so the number is the same.

use polars::prelude::{
    BinaryChunked, ChunkedArray, Column, DataFrame, DataType, IdxSize, IntoColumn, NewChunkedArray,
    PolarsDataType, PolarsResult, Schema, Series, polars_bail, polars_ensure,
};
use polars_utils::aliases::PlFixedStateQuality;
use polars_utils::cardinality_sketch::CardinalitySketch;
use polars_utils::total_ord::{BuildHasherTotalExt, TotalHash};

/// Names and types of the sketches of columns with these.
pub(super) fn schema(rows: &Schema) -> Schema {
    rows.iter_names_cloned().map(|name| (name, DataType::Binary)).collect()
}

/// One row: the sketch of each column.
pub(super) fn sketches(data: &DataFrame) -> PolarsResult<DataFrame> {
    let sketched = |column: &Column| {
        let state = sketch(column.as_materialized_series())?.into_state();
        Ok(BinaryChunked::from_slice(column.name().clone(), &[state]).into_column())
    };
    DataFrame::new(1, data.columns().iter().map(sketched).collect::<PolarsResult<Vec<Column>>>()?)
}

/// About how many different values a column has in all partitions, whose sketches these are.
pub(crate) fn estimate(sketches: &Column) -> PolarsResult<IdxSize> {
    let mut all = CardinalitySketch::new();
    for state in sketches.binary()?.iter() {
        let state = state.and_then(|state| state.try_into().ok());
        polars_ensure!(state.is_some(), ComputeError: "a worker has sent no sketch of its values");
        state.into_iter().for_each(|state| all.combine(&CardinalitySketch::from_state(state)));
    }
    Ok(IdxSize::try_from(all.estimate()).unwrap_or(IdxSize::MAX))
}

/// Whether a value of the type has the same hash wherever it is. The codes of categories differ from process to process.
pub(crate) fn has_sketch(dtype: &DataType) -> bool {
    let is_plain =
        dtype.is_primitive_numeric() || dtype.is_temporal() || dtype.is_decimal() || dtype.is_enum();
    is_plain || matches!(dtype, DataType::Boolean | DataType::String | DataType::Binary)
}

/// The function that sketches values of each of these types.
macro_rules! sketch {
    ($($dtype:ident: $values:ident),* $(,)?) => {
        fn sketch(values: &Series) -> PolarsResult<CardinalitySketch> {
            let values = values.to_physical_repr();
            match values.dtype() {
                $(DataType::$dtype => Ok(of_values(values.$values()?)),)*
                other => polars_bail!(InvalidOperation: "values of {other} have no sketch"),
            }
        }
    };
}

sketch!(
    Boolean: bool,
    Int8: i8,
    Int16: i16,
    Int32: i32,
    Int64: i64,
    Int128: i128,
    UInt128: u128,
    UInt8: u8,
    UInt16: u16,
    UInt32: u32,
    UInt64: u64,
    Float32: f32,
    Float64: f64,
    String: str,
    Binary: binary,
);

fn of_values<T>(values: &ChunkedArray<T>) -> CardinalitySketch
where
    T: PolarsDataType,
    for<'a> T::Physical<'a>: TotalHash,
{
    let (hasher, mut sketch) = (PlFixedStateQuality::default(), CardinalitySketch::new());
    values.iter().for_each(|value| sketch.insert(hasher.tot_hash_one(value)));
    sketch
}
