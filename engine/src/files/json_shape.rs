//! What JSON values look like: grows with every value seen, and ends as the column type that holds them all. Where
//! the values come from is left to `json_columns`.

use std::fmt;

use indexmap::IndexMap;
use polars::prelude::{DataType, Field};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Where a value stands: the file's number, and the line from 1.
pub(crate) type Place = (usize, u64);

/// Kinds of values, one bit each.
const BOOLEAN: u8 = 1;
const INTEGER: u8 = 2;
const NEGATIVE: u8 = 4;
/// Above the largest `i64`.
const LARGE: u8 = 8;
const FLOAT: u8 = 16;
const TEXT: u8 = 32;
const LIST: u8 = 64;
const OBJECT: u8 = 128;
const NUMBER: u8 = INTEGER | NEGATIVE | LARGE | FLOAT;

/// Kinds as they are named in a sentence.
const KINDS: &[(u8, &str)] =
    &[(BOOLEAN, "Booleans"), (NUMBER, "numbers"), (TEXT, "strings"), (LIST, "arrays"), (OBJECT, "objects")];

/// What all values at one place of many rows look like.
#[derive(Debug, Default, Clone)]
pub(crate) struct Shape {
    kinds: u8,
    mixed_at: Option<Place>,
    element: Option<Box<Shape>>,
    fields: IndexMap<String, Shape>,
}

/// A place whose values are of several types.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mixed {
    /// The column, and the fields within it, joined by dots.
    pub(crate) name: String,
    /// What it holds, as `numbers and strings`.
    pub(crate) kinds: String,
    /// Where the second type came first.
    pub(crate) place: Place,
}

impl Shape {
    /// Takes in one value: a whole JSON text.
    pub(crate) fn see(&mut self, json: &[u8], place: Place) -> Result<(), serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_slice(json);
        Seen { shape: self, place }.deserialize(&mut reader)?;
        reader.end()
    }

    /// Names and types of the columns that rows of this shape have. `later` is what a place holds at which only
    /// nulls were seen.
    pub(crate) fn columns(&self, later: &DataType) -> Vec<Field> {
        self.fields.iter().map(|(name, shape)| Field::new(name.into(), shape.data_type(later))).collect()
    }

    /// The places whose values are of several types, which only strings can hold.
    pub(crate) fn mixed(&self) -> Vec<Mixed> {
        let mut found = Vec::new();
        for (name, shape) in &self.fields {
            shape.find_mixed(name, &mut found);
        }
        found
    }

    fn find_mixed(&self, name: &str, found: &mut Vec<Mixed>) {
        if let Some(place) = self.mixed_at {
            let kinds = KINDS.iter().filter(|(kind, _)| self.kinds & kind != 0).map(|(_, name)| *name);
            found.push(Mixed {
                name: name.to_owned(),
                kinds: kinds.collect::<Vec<_>>().join(" and "),
                place,
            });
            return;
        }
        if let Some(element) = &self.element {
            element.find_mixed(name, found);
        }
        for (field, shape) in &self.fields {
            shape.find_mixed(&format!("{name}.{field}"), found);
        }
    }

    fn data_type(&self, later: &DataType) -> DataType {
        if self.mixed_at.is_some() {
            return DataType::String;
        }
        match self.kinds {
            0 => later.clone(),
            BOOLEAN => DataType::Boolean,
            TEXT => DataType::String,
            LIST => {
                let element =
                    self.element.as_ref().map_or_else(|| later.clone(), |element| element.data_type(later));
                DataType::List(Box::new(element))
            }
            OBJECT => DataType::Struct(self.columns(later)),
            kinds if kinds & FLOAT != 0 => DataType::Float64,
            kinds if kinds & LARGE == 0 => DataType::Int64,
            kinds if kinds & NEGATIVE == 0 => DataType::UInt64,
            _ => DataType::Int128,
        }
    }

    fn add(&mut self, kind: u8, place: Place) {
        if self.kinds & kind == kind {
            return;
        }
        let both = self.kinds | kind;
        self.kinds = both;
        let is_one = both & !NUMBER == 0 || both.is_power_of_two();
        if !is_one && self.mixed_at.is_none() {
            self.mixed_at = Some(place);
        }
    }
}

/// Reads one value into a shape, without keeping it.
struct Seen<'a> {
    shape: &'a mut Shape,
    place: Place,
}

impl<'de> DeserializeSeed<'de> for Seen<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seen<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, _value: bool) -> Result<(), E> {
        self.shape.add(BOOLEAN, self.place);
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.shape.add(if value < 0 { INTEGER | NEGATIVE } else { INTEGER }, self.place);
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.shape.add(if i64::try_from(value).is_err() { INTEGER | LARGE } else { INTEGER }, self.place);
        Ok(())
    }

    fn visit_f64<E: Error>(self, _value: f64) -> Result<(), E> {
        self.shape.add(FLOAT, self.place);
        Ok(())
    }

    fn visit_str<E: Error>(self, _value: &str) -> Result<(), E> {
        self.shape.add(TEXT, self.place);
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        self.shape.add(LIST, self.place);
        let element = self.shape.element.get_or_insert_default();
        while values.next_element_seed(Seen { shape: element, place: self.place })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        self.shape.add(OBJECT, self.place);
        let fields = &mut self.shape.fields;
        while let Some(at) = entries.next_key_seed(Key(fields))? {
            let Some((_, shape)) = fields.get_index_mut(at) else { continue };
            entries.next_value_seed(Seen { shape, place: self.place })?;
        }
        Ok(())
    }
}

/// Reads a key as the number of its field; a new key becomes a new field.
struct Key<'a>(&'a mut IndexMap<String, Shape>);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = usize;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<usize, E> {
        Ok(match self.0.get_index_of(key) {
            Some(at) => at,
            None => self.0.insert_full(key.to_owned(), Shape::default()).0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(rows: &[&str]) -> Shape {
        let mut shape = Shape::default();
        for (line, row) in rows.iter().enumerate() {
            shape.see(row.as_bytes(), (0, line as u64 + 1)).unwrap();
        }
        shape
    }

    fn types(rows: &[&str]) -> Vec<String> {
        let columns = shape(rows).columns(&DataType::Null);
        columns.iter().map(|field| format!("{}: {}", field.name(), field.dtype())).collect()
    }

    #[test]
    fn keys_and_types_are_those_of_all_rows() {
        assert_eq!(
            types(&[r#"{"a": 1}"#, r#"{"b": true, "a": 1.5}"#, r#"{"A": null}"#]),
            ["a: f64", "b: bool", "A: null"]
        );
        assert_eq!(types(&[r#"{"a": [1]}"#, r#"{"a": ["x"]}"#]), ["a: list[str]"]);
        assert_eq!(types(&[r#"{"a": {"x": 1}}"#, r#"{"a": {"y": []}}"#]), ["a: struct[2]"]);
        assert_eq!(types(&[r#"{"a": -1}"#, r#"{"a": 5}"#]), ["a: i64"]);
        assert_eq!(types(&[r#"{"a": 18446744073709551615}"#]), ["a: u64"]);
        assert_eq!(types(&[r#"{"a": 18446744073709551615}"#, r#"{"a": -1}"#]), ["a: i128"]);
    }

    #[test]
    fn mixed_places_are_named_with_the_first_line() {
        let mixed =
            shape(&[r#"{"a": 1, "b": {"c": [1, 2]}}"#, r#"{"a": "x"}"#, r#"{"b": {"c": [true]}}"#]).mixed();
        let said: Vec<String> =
            mixed.iter().map(|mixed| format!("{} {} {}", mixed.name, mixed.kinds, mixed.place.1)).collect();
        assert_eq!(said, ["a numbers and strings 2", "b.c Booleans and numbers 3"]);
    }
}
