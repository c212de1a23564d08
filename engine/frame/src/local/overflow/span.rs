//! The least and the greatest integer that there can be: of a column, of a type, of what is made of others.

use polars::prelude::{Column, DataType};

/// The least and the greatest value of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span(i128, i128);

impl Span {
    /// That of an integer column, unless it has no values or values of 128 bits.
    pub(super) fn of(column: &Column) -> Option<Self> {
        if bits(column.dtype())? > 64 {
            return None;
        }
        let least = column.min_reduce().ok()?.value().extract::<i128>()?;
        let greatest = column.max_reduce().ok()?.value().extract::<i128>()?;
        Some(Self(least, greatest))
    }

    /// What the type can hold.
    pub(super) fn of_type(dtype: &DataType) -> Option<Self> {
        let bits = bits(dtype).filter(|bits| *bits <= 64)?;
        Some(if dtype.is_unsigned_integer() {
            Self(0, (1 << bits) - 1)
        } else {
            Self(-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
        })
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        Some(Self(self.0.checked_add(other.0)?, self.1.checked_add(other.1)?))
    }

    pub(super) fn minus(self, other: Self) -> Option<Self> {
        Some(Self(self.0.checked_sub(other.1)?, self.1.checked_sub(other.0)?))
    }

    pub(super) fn times(self, other: Self) -> Option<Self> {
        let corners = [(self.0, other.0), (self.0, other.1), (self.1, other.0), (self.1, other.1)];
        let mut products = [0; 4];
        for (product, (one, another)) in products.iter_mut().zip(corners) {
            *product = one.checked_mul(another)?;
        }
        Some(Self(products.into_iter().min()?, products.into_iter().max()?))
    }

    pub(super) fn is_within(self, other: Self) -> bool {
        other.0 <= self.0 && self.1 <= other.1
    }
}

/// How wide an integer is; none for other types.
pub(super) fn bits(dtype: &DataType) -> Option<i32> {
    Some(match dtype {
        DataType::Int8 | DataType::UInt8 => 8,
        DataType::Int16 | DataType::UInt16 => 16,
        DataType::Int32 | DataType::UInt32 => 32,
        DataType::Int64 | DataType::UInt64 => 64,
        DataType::Int128 | DataType::UInt128 => 128,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_hold_every_value_that_can_come_out() {
        let (small, mixed) = (Span(2, 5), Span(-3, 4));
        assert_eq!(small.plus(mixed), Some(Span(-1, 9)));
        assert_eq!(small.minus(mixed), Some(Span(-2, 8)));
        assert_eq!(small.times(mixed), Some(Span(-15, 20)));
        assert_eq!(Span(i128::MAX, i128::MAX).plus(small), None);
    }
}
