//! Column types with parameters, as Polars' classes are called: `List(Int64)`, `Datetime("us", "UTC")`.

use polars::prelude::{DataType as T, FrozenCategories};

use crate::datatype;
use crate::fault::Fault;
use crate::registry::Kind::{DataType, Integer, Map, Text, Texts};
use crate::registry::Type::{Cell, DataType as D};
use crate::registry::{Verb, absent, optional, required, verb};
use crate::value::Value;

pub(super) const VERBS: &[Verb] = &[
    verb(Cell, "List", D, "The type of lists.", |c| Ok(of(T::List(Box::new(c.data_type("inner")?)))))
        .takes(&[required("inner", DataType, "The type of the elements.")])
        .examples(&["List(Int64)"]),
    verb(Cell, "Array", D, "The type of arrays: lists of one width.", |c| {
        Ok(of(T::Array(Box::new(c.data_type("inner")?), c.count("shape")?)))
    })
    .takes(&[
        required("inner", DataType, "The type of the elements."),
        required("shape", Integer, "How many elements."),
    ])
    .examples(&["Array(Int64, 2)"]),
    verb(Cell, "Struct", D, "The type of structs.", |c| {
        Ok(of(T::Struct(datatype::fields(c.object("fields")?)?)))
    })
    .takes(&[required("fields", Map, "Names and types of the fields.")])
    .examples(&["Struct(#{ pid: Int64, image: String })"]),
    verb(Cell, "Datetime", D, "The type of moments.", |c| {
        Ok(of(T::Datetime(c.time_unit()?, c.maybe_time_zone()?)))
    })
    .takes(&[
        optional("time_unit", Text, "us", "ns, us or ms."),
        absent("time_zone", Text, "The zone, as \"UTC\"."),
    ])
    .examples(&["Datetime(\"ms\", \"UTC\")"]),
    verb(Cell, "Duration", D, "The type of lengths of time.", |c| Ok(of(T::Duration(c.time_unit()?))))
        .takes(&[optional("time_unit", Text, "us", "ns, us or ms.")])
        .examples(&["Duration(\"ms\")"]),
    verb(Cell, "Decimal", D, "The type of exact decimal numbers.", |c| {
        let (precision, scale) = (c.count("precision")?, c.count("scale")?);
        if !(1..=38).contains(&precision) || scale > precision {
            return Err(Fault::argument("`precision` is from 1 to 38, and `scale` at most as great"));
        }
        Ok(of(T::Decimal(precision, scale)))
    })
    .takes(&[
        optional("precision", Integer, "38", "Digits at most."),
        optional("scale", Integer, "0", "Digits behind the point."),
    ])
    .examples(&["Decimal(10, 2)"]),
    verb(Cell, "Enum", D, "The type of strings that are one of a list, stored as numbers.", |c| {
        let names = c.texts("categories")?;
        Ok(of(T::from_frozen_categories(FrozenCategories::new(names.iter().map(String::as_str))?)))
    })
    .takes(&[required("categories", Texts, "The strings, in their order.")])
    .examples(&[
        "frame(#{ a: [\"high\", \"low\"] }).select(col(\"a\").cast(Enum([\"low\", \"high\"])).sort())",
    ]),
];

fn of(kind: T) -> Value {
    Value::DataType(Box::new(kind))
}
