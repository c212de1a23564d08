//! Brings an array into the one Arrow type of its Polars type, so that a crossing never meets another. Types that
//! already agree are left as they are.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, LargeListArray, ListArray, StructArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, FieldRef};
use arrow::error::ArrowError;

use crate::RunError;
use crate::bridge::arrow_error;

/// The array with the wanted type; a value that does not fit is an error, never a null.
pub(super) fn cast(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef, RunError> {
    same_rows(array, wanted).map_err(|error| arrow_error(&error))
}

fn same_rows(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef, ArrowError> {
    match (array.data_type(), wanted) {
        (given, wanted) if given == wanted => Ok(array.clone()),
        // Maps cannot be cast, and structs are matched by name there: both are walked here by place.
        (DataType::Map(..), DataType::LargeList(item)) => {
            let list: ListArray = array.as_map().clone().into();
            large_list(&(Arc::new(list) as ArrayRef), item)
        }
        (DataType::List(_), DataType::LargeList(item)) => large_list(array, item),
        (DataType::LargeList(_), DataType::LargeList(item)) => {
            let list = array.as_list::<i64>();
            let values = same_rows(list.values(), item.data_type())?;
            let (offsets, nulls) = (list.offsets().clone(), list.nulls().cloned());
            Ok(Arc::new(LargeListArray::try_new(item.clone(), offsets, values, nulls)?))
        }
        (DataType::FixedSizeList(..), DataType::FixedSizeList(item, width)) => {
            let list = array.as_fixed_size_list();
            let values = same_rows(list.values(), item.data_type())?;
            let nulls = list.nulls().cloned();
            let list =
                FixedSizeListArray::try_new_with_length(item.clone(), *width, values, nulls, list.len())?;
            Ok(Arc::new(list))
        }
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let given = array.as_struct();
            let columns = given.columns().iter().zip(fields);
            let columns = columns.map(|(column, field)| same_rows(column, field.data_type()));
            let columns = columns.collect::<Result<Vec<_>, _>>()?;
            let nulls = given.nulls().cloned();
            Ok(Arc::new(StructArray::try_new_with_length(fields.clone(), columns, nulls, given.len())?))
        }
        _ => cast_with_options(array, wanted, &CastOptions { safe: false, ..CastOptions::default() }),
    }
}

fn large_list(array: &ArrayRef, item: &FieldRef) -> Result<ArrayRef, ArrowError> {
    let DataType::List(given) = array.data_type() else { return Ok(array.clone()) };
    let wide = cast_with_options(array, &DataType::LargeList(given.clone()), &CastOptions::default())?;
    same_rows(&wide, &DataType::LargeList(item.clone()))
}
