//! What JSON values look like: grows with every value seen, and ends as the column type that holds them all. Where
//! the values come from is left to `json_columns`.

use std::cell::Cell;
use std::fmt;

use indexmap::IndexMap;
use polars::prelude::{DataType, Field};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::column_of::LARGEST_EXACT;

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
/// Digits of the greatest `u64`.
const LONGEST_INTEGER: usize = 20;
const NUMBER: u8 = INTEGER | NEGATIVE | LARGE | FLOAT;

/// Kinds as they are named in a sentence.
const KINDS: &[(u8, &str)] =
    &[(BOOLEAN, "Booleans"), (NUMBER, "numbers"), (TEXT, "strings"), (LIST, "arrays"), (OBJECT, "objects")];

/// What all values at one place of many rows look like.
#[derive(Debug, Default, Clone)]
pub(crate) struct Shape {
    kinds: u8,
    mixed_at: Option<Place>,
    /// The first whole number that a float cannot hold.
    wide_at: Option<Place>,
    /// The first object that has this field twice.
    repeated_at: Option<Place>,
    /// The number of the object that had this field last, from 1.
    object: u64,
    element: Option<Box<Shape>>,
    fields: IndexMap<String, Shape>,
}

/// A column that is not read as it is written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Oddity {
    /// The column, and the fields within it, joined by dots.
    pub(crate) name: String,
    /// What it holds, as `numbers and strings`.
    pub(crate) holds: String,
    /// What becomes of it.
    pub(crate) outcome: &'static str,
    /// Where that came first.
    pub(crate) place: Place,
}

impl Shape {
    /// Takes in one value: a whole JSON text.
    pub(crate) fn see(&mut self, json: &[u8], place: Place) -> Result<(), serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_slice(json);
        let row = Row { json, place, objects: Cell::new(self.object) };
        Seen { shape: self, row: &row }.deserialize(&mut reader)?;
        self.object = row.objects.get();
        reader.end()
    }

    /// Names and types of the columns that rows of this shape have. `later` is what a place holds at which only
    /// nulls were seen.
    pub(crate) fn columns(&self, later: &DataType) -> Vec<Field> {
        self.fields.iter().map(|(name, shape)| Field::new(name.into(), shape.data_type(later))).collect()
    }

    /// The columns that are not read as they are written: values of several types, which only strings can hold, whole
    /// numbers among floats, fields that an object has twice.
    pub(crate) fn oddities(&self) -> Vec<Oddity> {
        let mut found = Vec::new();
        for (name, shape) in &self.fields {
            shape.find_oddities(name, &mut found);
        }
        found
    }

    fn find_oddities(&self, name: &str, found: &mut Vec<Oddity>) {
        let mut add = |holds: String, outcome, place| {
            found.push(Oddity { name: name.to_owned(), holds, outcome, place });
        };
        if let Some(place) = self.repeated_at {
            add("two values in one object".to_owned(), "the last one is read", place);
        }
        if let Some(place) = self.mixed_at {
            let kinds = KINDS.iter().filter(|(kind, _)| self.kinds & kind != 0).map(|(_, name)| *name);
            add(kinds.collect::<Vec<_>>().join(" and "), "read as strings", place);
            return;
        }
        if let Some(place) = self.wide_at.filter(|_| self.kinds & FLOAT != 0) {
            let outcome = "read as floats, which lose their last digits; `#{ schema_overrides: … }` with String keeps them";
            add("floats and long whole numbers".to_owned(), outcome, place);
        }
        if let Some(element) = &self.element {
            element.find_oddities(name, found);
        }
        for (field, shape) in &self.fields {
            shape.find_oddities(&format!("{name}.{field}"), found);
        }
    }

    fn add_whole(&mut self, kinds: u8, size: u64, place: Place) {
        if size > LARGEST_EXACT {
            self.wide_at.get_or_insert(place);
        }
        self.add(kinds, place);
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

/// The row that is being read.
struct Row<'a> {
    json: &'a [u8],
    place: Place,
    /// Objects so far, in this row and all before.
    objects: Cell<u64>,
}

/// Reads one value into a shape, without keeping it.
struct Seen<'a> {
    shape: &'a mut Shape,
    row: &'a Row<'a>,
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
        self.shape.add(BOOLEAN, self.row.place);
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        let kinds = if value < 0 { INTEGER | NEGATIVE } else { INTEGER };
        self.shape.add_whole(kinds, value.unsigned_abs(), self.row.place);
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        let kinds = if i64::try_from(value).is_err() { INTEGER | LARGE } else { INTEGER };
        self.shape.add_whole(kinds, value, self.row.place);
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        // A whole number that no integer holds comes as a float too.
        if value.abs() > u64::MAX as f64 / 2.0 && has_long_number(self.row.json) {
            self.shape.wide_at.get_or_insert(self.row.place);
        }
        self.shape.add(FLOAT, self.row.place);
        Ok(())
    }

    fn visit_str<E: Error>(self, _value: &str) -> Result<(), E> {
        self.shape.add(TEXT, self.row.place);
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        self.shape.add(LIST, self.row.place);
        let element = self.shape.element.get_or_insert_default();
        while values.next_element_seed(Seen { shape: element, row: self.row })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        self.shape.add(OBJECT, self.row.place);
        let object = self.row.objects.get() + 1;
        self.row.objects.set(object);
        let fields = &mut self.shape.fields;
        while let Some(at) = entries.next_key_seed(Key(fields))? {
            let Some((_, shape)) = fields.get_index_mut(at) else { continue };
            if std::mem::replace(&mut shape.object, object) == object {
                shape.repeated_at.get_or_insert(self.row.place);
            }
            entries.next_value_seed(Seen { shape, row: self.row })?;
        }
        Ok(())
    }
}

/// Whether the text holds a whole number of more digits than integers have.
fn has_long_number(json: &[u8]) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    json.split(|byte| !byte.is_ascii_digit() && !matches!(byte, b'.' | b'e' | b'E'))
        .any(|number| number.len() >= LONGEST_INTEGER && number.iter().all(is_digit))
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
        let mixed = shape(&[r#"{"a": 1, "b": {"c": [1, 2]}}"#, r#"{"a": "x"}"#, r#"{"b": {"c": [true]}}"#])
            .oddities();
        let said: Vec<String> =
            mixed.iter().map(|mixed| format!("{} {} {}", mixed.name, mixed.holds, mixed.place.1)).collect();
        assert_eq!(said, ["a numbers and strings 2", "b.c Booleans and numbers 3"]);
    }

    #[test]
    fn what_floats_cannot_hold_and_repeated_keys_are_named() {
        let odd = |rows: &[&str]| {
            let found = shape(rows).oddities();
            found.iter().map(|odd| format!("{} {}", odd.name, odd.place.1)).collect::<Vec<_>>()
        };
        assert_eq!(odd(&[r#"{"a": 9007199254740993}"#, r#"{"a": 0.5}"#]), ["a 1"]);
        assert_eq!(odd(&[r#"{"a": 1}"#, r#"{"a": 99999999999999999999}"#]), ["a 2"]);
        assert_eq!(odd(&[r#"{"a": 1e30}"#, r#"{"a": 9007199254740992}"#]), Vec::<String>::new());
        assert_eq!(odd(&[r#"{"a": 9007199254740993}"#]), Vec::<String>::new());
        assert_eq!(odd(&[r#"{"a": {"b": 1}}"#, r#"{"a": {"b": 1, "b": 2}}"#]), ["a.b 2"]);
        assert_eq!(odd(&[r#"{"a": [{"b": 1}, {"b": 2}]}"#]), Vec::<String>::new());
    }
}
