//! Whether two frames say the same: types exactly, floats but for their last digits.

use polars::prelude::*;

/// Panics where the frames differ. Without `in_order`, rows may stand in any order.
pub(crate) fn assert_same(name: &str, expected: &DataFrame, found: &DataFrame, in_order: bool) {
    assert_eq!(expected.schema(), found.schema(), "{name}: names and types");
    assert_eq!(expected.height(), found.height(), "{name}: rows\n{expected}\n{found}");
    let (expected, found) = (rows(expected, in_order), rows(found, in_order));
    for (place, (left, right)) in expected.iter().zip(&found).enumerate() {
        let same = left.iter().zip(right).all(|(left, right)| is_same(left, right));
        assert!(same, "{name}: row {place}: expected {left:?}, found {right:?}");
    }
}

/// The rows as values; sorted by what is written for them where their order does not count.
fn rows(data: &DataFrame, in_order: bool) -> Vec<Vec<AnyValue<'static>>> {
    let row = |place| -> Vec<AnyValue<'static>> {
        data.columns().iter().map(|column| column.get(place).unwrap().into_static()).collect()
    };
    let mut rows: Vec<_> = (0..data.height()).map(row).collect();
    if !in_order {
        rows.sort_by_cached_key(|row| format!("{:?}", row.iter().map(rounded).collect::<Vec<_>>()));
    }
    rows
}

/// A float by its first digits, so that its last do not decide where its row is sorted to.
fn rounded(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Float64(number) if *number == 0.0 => "0".into(),
        AnyValue::Float64(number) => format!("{number:.6e}"),
        AnyValue::Float32(number) if *number == 0.0 => "0".into(),
        AnyValue::Float32(number) => format!("{number:.3e}"),
        other => format!("{other:?}"),
    }
}

fn is_same(left: &AnyValue<'_>, right: &AnyValue<'_>) -> bool {
    match (left, right) {
        (AnyValue::Float64(left), AnyValue::Float64(right)) => is_near(*left, *right, 1e-9),
        (AnyValue::Float32(left), AnyValue::Float32(right)) => {
            is_near(f64::from(*left), f64::from(*right), 1e-4)
        }
        (AnyValue::List(left), AnyValue::List(right)) => {
            left.len() == right.len()
                && left.iter().zip(right.iter()).all(|(left, right)| is_same(&left, &right))
        }
        _ => left == right || (left.is_null() && right.is_null()),
    }
}

fn is_near(left: f64, right: f64, tolerance: f64) -> bool {
    left == right
        || (left.is_nan() && right.is_nan())
        || (left - right).abs() <= tolerance * left.abs().max(right.abs()).max(1e-12)
}
