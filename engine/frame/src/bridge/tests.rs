//! Every type there and back, whole, empty, sliced and in chunks, and every type that cannot cross.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int32Array, MapBuilder, RecordBatch, StringArray, StringBuilder,
};
use arrow::array::{DictionaryArray, FixedSizeBinaryArray, Int32Builder, StructArray, TimestampSecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType as Arrow, Field as ArrowField, Int32Type, Int64Type, Schema as ArrowSchema};
use polars::datatypes::{Categories, FrozenCategories};
use polars::prelude::*;

use super::{arrow_schema, polars_schema, to_arrow, to_polars};
use crate::RunError;

#[expect(clippy::disallowed_methods, reason = "a few rows made for a test")]
fn every_type() -> DataFrame {
    let enumeration = DataType::from_frozen_categories(FrozenCategories::new(["low", "hïgh"]).unwrap());
    let named = Categories::new("sides".into(), "fram".into(), CategoricalPhysical::U16);
    let utc = TimeZone::opt_try_new(Some("Europe/Berlin")).unwrap();
    let numbers = Series::new("n".into(), [Some(1i64), None, Some(3), Some(-4), Some(5)]);
    let words = Series::new("s".into(), [Some("low"), None, Some("hïgh"), Some("low"), Some("low")]);
    let cast = |series: &Series, name: &str, dtype: DataType| {
        Column::from(series.cast(&dtype).unwrap().with_name(name.into()))
    };
    let mut columns = vec![
        Column::from(numbers.clone()),
        Column::from(words.clone()),
        cast(&words, "binary", DataType::Binary),
        cast(&words, "enum", enumeration.clone()),
        cast(&words, "categorical", DataType::from_categories(Categories::global())),
        cast(&words, "named", DataType::from_categories(named)),
        Column::from(Series::new("bool".into(), [Some(true), None, Some(false), Some(true), None])),
        Column::from(Series::new_null("null".into(), 5)),
    ];
    let absolute = Series::new("a".into(), [Some(1i64), None, Some(3), Some(4), Some(5)]);
    let from_numbers = [
        DataType::Int8,
        DataType::Int16,
        DataType::Int32,
        DataType::Float32,
        DataType::Float64,
        DataType::Decimal(38, 4),
        DataType::Decimal(5, 0),
        DataType::Date,
        DataType::Datetime(TimeUnit::Milliseconds, None),
        DataType::Datetime(TimeUnit::Microseconds, utc),
        DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC)),
        DataType::Duration(TimeUnit::Milliseconds),
        DataType::Duration(TimeUnit::Nanoseconds),
    ];
    for dtype in from_numbers {
        columns.push(cast(&numbers, &dtype.to_string(), dtype));
    }
    for dtype in [DataType::UInt8, DataType::UInt16, DataType::UInt32, DataType::UInt64, DataType::Time] {
        columns.push(cast(&absolute, &dtype.to_string(), dtype));
    }
    let flat = DataFrame::new_infer_height(columns).unwrap();
    let nested = flat
        .clone()
        .lazy()
        .select([
            concat_list([col("n"), col("n") * lit(2)]).unwrap().alias("list"),
            concat_list([col("enum")]).unwrap().alias("list of enum"),
            concat_list([col("null")]).unwrap().alias("list of null"),
            as_struct(vec![col("n"), col("s"), col("null"), col("categorical"), col("date")]).alias("struct"),
            concat_list([as_struct(vec![col("s").alias(""), col("null").alias("a.b")])])
                .unwrap()
                .alias("structs"),
            concat_arr(vec![col("n"), col("n")]).unwrap().alias("array"),
        ])
        .collect_with_engine(Engine::Streaming)
        .unwrap()
        .unwrap_single();
    let mut all = flat;
    for column in nested.columns() {
        all.with_column(column.clone()).unwrap();
    }
    all.with_column(Series::new("<script>\"'\n ".into(), [1i32, 2, 3, 4, 5]).into()).unwrap();
    all.with_column(Series::new("nul\0byte".into(), [1i32, 2, 3, 4, 5]).into()).unwrap();
    all
}

fn check_round_trip(data: &DataFrame) {
    let batches = to_arrow(data).unwrap();
    let schema = arrow_schema(data.schema()).unwrap();
    assert_eq!(polars_schema(&schema).unwrap(), **data.schema());
    let back = to_polars(&schema, &batches).unwrap();
    assert_eq!(back.schema(), data.schema());
    assert!(back.equals_missing(data), "{data:?}\nbecame\n{back:?}");
}

#[test]
fn every_type_comes_back_as_it_was() {
    let all = every_type();
    check_round_trip(&all);
    check_round_trip(&all.clear());
    check_round_trip(&all.slice(1, 3));
    check_round_trip(&all.slice(2, 0));
    let mut chunked = all.slice(3, 2);
    chunked.vstack_mut(&all.slice(1, 3)).unwrap();
    chunked.vstack_mut(&all.clear()).unwrap();
    chunked.vstack_mut(&all).unwrap();
    check_round_trip(&chunked);
    check_round_trip(&chunked.slice(1, 7));
}

#[test]
fn columns_with_different_chunks_are_brought_together() {
    let mut long = Series::new("a".into(), [1i64, 2]);
    long.append(&Series::new("a".into(), [3i64])).unwrap();
    let data =
        DataFrame::new_infer_height(vec![long.into(), Series::new("b".into(), ["x", "y", "z"]).into()]);
    check_round_trip(&data.unwrap());
}

#[test]
fn no_columns_keep_their_number_of_rows() {
    let data = DataFrame::empty_with_height(7);
    let batches = to_arrow(&data).unwrap();
    assert_eq!(batches[0].num_rows(), 7);
    assert_eq!(to_polars(&batches[0].schema(), &batches).unwrap().height(), 7);
}

#[test]
fn nothing_is_copied() {
    let long = "a string that is too long to lie inside its view";
    let data = df!("i" => [1i64, 2, 3], "f" => [1.5f64, 2.5, 3.5], "s" => [long, "short", long]).unwrap();
    let batch = to_arrow(&data).unwrap().remove(0);
    let given = data.column("i").unwrap().i64().unwrap().downcast_iter().next().unwrap().values().as_ptr();
    assert_eq!(batch.column(0).as_primitive::<Int64Type>().values().as_ptr(), given);
    let floats = data.column("f").unwrap().f64().unwrap().downcast_iter().next().unwrap().values().as_ptr();
    assert_eq!(batch.column(1).to_data().buffers()[0].as_ptr().cast::<f64>(), floats);
    let strings = data.column("s").unwrap().str().unwrap().downcast_iter().next().unwrap().clone();
    let views = batch.column(2).as_string_view().views().inner().as_ptr();
    assert_eq!(views.cast::<u8>(), strings.views().as_ptr().cast::<u8>());
    assert_eq!(
        batch.column(2).as_string_view().data_buffers()[0].as_ptr(),
        strings.data_buffers()[0].as_ptr()
    );

    let back = to_polars(&batch.schema(), std::slice::from_ref(&batch)).unwrap();
    let returned = back.column("i").unwrap().i64().unwrap().downcast_iter().next().unwrap().values().as_ptr();
    assert_eq!(returned, given);
    let returned = back.column("s").unwrap().str().unwrap().downcast_iter().next().unwrap().clone();
    assert_eq!(returned.views().as_ptr(), strings.views().as_ptr());
    drop(batch);
    drop(data);
    assert_eq!(back.column("s").unwrap().str().unwrap().get(2), Some(long));
}

fn one_column(array: ArrayRef) -> (Arc<ArrowSchema>, Vec<RecordBatch>) {
    let field = ArrowField::new("x", array.data_type().clone(), true);
    let schema = Arc::new(ArrowSchema::new(vec![field]));
    let batch = RecordBatch::try_new(schema.clone(), vec![array]).unwrap();
    (schema, vec![batch])
}

fn imported(array: ArrayRef) -> Series {
    let (schema, batches) = one_column(array);
    let data = to_polars(&schema, &batches).unwrap();
    assert_eq!(*data.schema().as_ref(), polars_schema(&schema).unwrap());
    data.columns()[0].as_materialized_series().clone()
}

#[test]
fn arrow_types_that_polars_lacks_become_their_neighbours() {
    let words: ArrayRef = Arc::new(StringArray::from(vec![Some("1"), None, Some("22")]));
    let expected = Series::new("x".into(), [Some("1"), None, Some("22")]);
    for dtype in [
        Arrow::Utf8,
        Arrow::LargeUtf8,
        Arrow::Dictionary(Box::new(Arrow::Int16), Box::new(Arrow::Utf8)),
        Arrow::RunEndEncoded(
            Arc::new(ArrowField::new("run_ends", Arrow::Int32, false)),
            Arc::new(ArrowField::new("values", Arrow::Utf8, true)),
        ),
    ] {
        assert!(imported(cast(&words, &dtype).unwrap()).equals_missing(&expected), "{dtype}");
    }
    assert_eq!(imported(cast(&words, &Arrow::Float16).unwrap()).dtype(), &DataType::Float32);
    assert_eq!(imported(cast(&words, &Arrow::Decimal32(5, 1)).unwrap()).dtype(), &DataType::Decimal(5, 1));
    let bytes: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_iter([[1u8, 2], [3, 4]].iter()).unwrap());
    assert_eq!(imported(bytes).get(1).unwrap(), AnyValue::Binary(&[3, 4]));
    let keys: DictionaryArray<Int32Type> = vec!["b", "a", "b"].into_iter().collect();
    assert_eq!(imported(Arc::new(keys.slice(1, 2))), Series::new("x".into(), ["a", "b"]));
}

#[test]
fn times_keep_their_instant() {
    let seconds = TimestampSecondArray::from(vec![Some(1_600_000_000), None]);
    for (zone, name) in [
        (None, None),
        (Some("+02:00"), Some("Etc/GMT-2")),
        (Some("+05:30"), Some("UTC")),
        (Some("Mars/Olympus"), Some("UTC")),
        (Some("America/New_York"), Some("America/New_York")),
    ] {
        let zoned: ArrayRef = Arc::new(seconds.clone().with_timezone_opt(zone));
        let series = imported(zoned);
        let zone = TimeZone::opt_try_new(name).unwrap();
        assert_eq!(series.dtype(), &DataType::Datetime(TimeUnit::Milliseconds, zone));
        assert_eq!(series.to_physical_repr().i64().unwrap().get(0), Some(1_600_000_000_000));
    }
    let time: ArrayRef = Arc::new(arrow::array::Time32SecondArray::from(vec![61]));
    assert_eq!(imported(time).get(0).unwrap(), AnyValue::Time(61_000_000_000));
    let days: ArrayRef = Arc::new(arrow::array::Date64Array::from(vec![86_400_000]));
    assert_eq!(imported(days).dtype(), &DataType::Datetime(TimeUnit::Milliseconds, None));
}

#[test]
fn a_map_is_a_list_of_structs_at_any_depth() {
    let mut builder = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    builder.keys().append_value("k");
    builder.values().append_value(7);
    builder.append(true).unwrap();
    builder.append(false).unwrap();
    let map: ArrayRef = Arc::new(builder.finish());
    let field = Arc::new(ArrowField::new("m", map.data_type().clone(), true));
    let nested: ArrayRef = Arc::new(StructArray::from(vec![(field, map.clone())]));
    assert_eq!(imported(map).dtype().to_string(), "list[struct[2]]");
    let series = imported(nested);
    assert_eq!(format!("{}", series.get(0).unwrap()), r#"{[{"k",7}]}"#);
}

#[test]
fn names_that_occur_twice_are_made_distinct() {
    let int = |name: &str| ArrowField::new(name, Arrow::Int32, true);
    let schema = Arc::new(ArrowSchema::new(vec![int("id"), int("id"), int("id_1"), int("id"), int("")]));
    let array: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let batch = RecordBatch::try_new(schema.clone(), vec![array; 5]).unwrap();
    let data = to_polars(&schema, &[batch]).unwrap();
    assert_eq!(data.get_column_names(), ["id", "id_2", "id_1", "id_3", ""]);
}

#[test]
fn what_cannot_cross_names_its_column() {
    let interval = Arrow::Interval(arrow::datatypes::IntervalUnit::MonthDayNano);
    for dtype in [interval, Arrow::Decimal256(76, 2)] {
        let schema = ArrowSchema::new(vec![ArrowField::new("odd", dtype, true)]);
        let error = polars_schema(&schema).unwrap_err();
        assert!(
            matches!(&error, RunError::NotCarried { column, to: "Polars", .. } if column == "odd"),
            "{error}"
        );
    }
    for dtype in [DataType::Int128, DataType::UInt128, DataType::List(Box::new(DataType::Int128))] {
        let data =
            DataFrame::new_infer_height(vec![Series::new_empty("wide".into(), &dtype).into()]).unwrap();
        let error = to_arrow(&data).unwrap_err();
        assert!(
            matches!(&error, RunError::NotCarried { column, to: "SQL", .. } if column == "wide"),
            "{error}"
        );
    }
}

#[test]
fn hostile_metadata_is_ignored() {
    for (key, value) in [
        ("_PL_ENUM_VALUES2", "9;x"),
        ("_PL_ENUM_VALUES2", "1;ä"),
        ("_PL_ENUM_VALUES2", "no number"),
        ("_PL_CATEGORICAL2", "1;a"),
        ("_PL_CATEGORICAL2", "0;0;u99;"),
    ] {
        let dtype = Arrow::Dictionary(Box::new(Arrow::UInt32), Box::new(Arrow::Utf8));
        let field = ArrowField::new("x", dtype, true).with_metadata([(key.into(), value.into())].into());
        let schema = polars_schema(&ArrowSchema::new(vec![field])).unwrap();
        assert_eq!(schema.get("x"), Some(&DataType::String));
    }
}
