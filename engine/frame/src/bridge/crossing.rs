//! One array from one Arrow library to the other, without a copy, through the C Data Interface
//! (<https://arrow.apache.org/docs/format/CDataInterface.html>). Types are handed over beside the array, never
//! through the interface's text format, so that no name or metadata can break the crossing.

#![expect(
    unsafe_code,
    reason = "the C Data Interface is made of raw pointers; both ends agree on its layout"
)]

use std::ffi::c_void;
use std::mem;

use arrow::array::{Array, ArrayRef, make_array};
use arrow::datatypes::DataType;
use arrow::ffi::{FFI_ArrowArray, from_ffi_and_data_type};
use polars_arrow::array::Array as PolarsArray;
use polars_arrow::datatypes::ArrowDataType;
use polars_arrow::ffi::{ArrowArray, export_array_to_c, import_array_from_c};

use crate::RunError;
use crate::bridge::arrow_error;

/// `struct ArrowArray` of the interface, as both libraries lay it out.
#[repr(C)]
struct Layout {
    length: i64,
    null_count: i64,
    offset: i64,
    buffer_count: i64,
    child_count: i64,
    buffers: *mut *const c_void,
    children: *mut *mut Layout,
    dictionary: *mut Layout,
    release: Option<unsafe extern "C" fn(*mut Layout)>,
    private: *mut c_void,
}

const _: () = assert!(mem::size_of::<Layout>() == mem::size_of::<ArrowArray>());
const _: () = assert!(mem::size_of::<Layout>() == mem::size_of::<FFI_ArrowArray>());

/// A Polars array as an arrow array; `dtype` is the array's own type.
pub(super) fn export(array: Box<dyn PolarsArray>, dtype: &DataType) -> Result<ArrayRef, RunError> {
    // SAFETY: the structs have one layout, given by the interface, and the source is moved, so it is released once.
    let mut layout: Layout = unsafe { mem::transmute(export_array_to_c(array)) };
    // SAFETY: the array was just exported with this type, so its children are there and valid.
    unsafe { forget_null_masks(&mut layout, dtype) };
    // SAFETY: as above, one layout, moved.
    let crossed: FFI_ArrowArray = unsafe { mem::transmute(layout) };
    // SAFETY: Polars exported the buffers that this type has, and they live until the array is released.
    let data = unsafe { from_ffi_and_data_type(crossed, dtype.clone()) };
    Ok(make_array(data.map_err(|error| arrow_error(&error))?))
}

/// An arrow array as a Polars array; `dtype` is what Polars calls the array's own type.
pub(super) fn import(array: &ArrayRef, dtype: ArrowDataType) -> Result<Box<dyn PolarsArray>, RunError> {
    let exported = FFI_ArrowArray::new(&array.to_data());
    // SAFETY: the structs have one layout, given by the interface, and the source is moved, so it is released once.
    let crossed: ArrowArray = unsafe { mem::transmute(exported) };
    // SAFETY: arrow exported the buffers of this type, and they live until the array is released.
    Ok(unsafe { import_array_from_c(crossed, dtype) }?)
}

/// Takes the null mask off arrays of the null type, at any depth: Polars exports one, arrow refuses it.
///
/// # Safety
/// `layout` must be a valid array of the type.
unsafe fn forget_null_masks(layout: &mut Layout, dtype: &DataType) {
    let child_types: Vec<&DataType> = match dtype {
        DataType::Null => {
            layout.buffer_count = 0;
            return;
        }
        DataType::LargeList(item) | DataType::FixedSizeList(item, _) => vec![item.data_type()],
        DataType::Struct(fields) => fields.iter().map(|field| field.data_type()).collect(),
        _ => return,
    };
    let child_count = usize::try_from(layout.child_count).unwrap_or(0).min(child_types.len());
    for (index, child_type) in child_types.into_iter().enumerate().take(child_count) {
        // SAFETY: an array of this type has this child, and nobody else holds it.
        unsafe { forget_null_masks(&mut **layout.children.add(index), child_type) };
    }
}
