//! Roots, powers, logarithms, angles, and the bits of whole numbers.

use polars::prelude::{Expr, lit};

use crate::registry::Kind::Column;
use crate::registry::Type::Expression as E;
use crate::registry::{Verb, optional, verb};

/// A verb without parameters.
macro_rules! plain {
    ($name:ident, $values:literal, $summary:literal) => {
        simple!(Expression, "", $name, Expr::$name, $values, $summary)
    };
}

pub(super) const VERBS: &[Verb] = &[
    plain!(sqrt, "[4.0, 2.0]", "The square root."),
    plain!(cbrt, "[8.0, 27.0]", "The cube root."),
    plain!(exp, "[0.0, 1.0]", "e to this power."),
    verb(E, "log", E, "The logarithm.", |c| {
        let base = c.operand("base")?;
        c.map(|e| e.log(base))
    })
    .takes(&[optional("base", Column, "2.718281828459045", "The base.")])
    .examples(&[on!("a: [1.0, 8.0]", "log()"), on!("a: [1.0, 8.0]", "log(2)")]),
    simple!(Expression, "", log10, |e: Expr| e.log(lit(10.0)), "[1.0, 1000.0]", "The logarithm to base 10."),
    plain!(log1p, "[0.0, 1.0]", "The natural logarithm of this and 1."),
    plain!(sin, "[0.0, 1.0]", "The sine of an angle in radians."),
    plain!(cos, "[0.0, 1.0]", "The cosine of an angle in radians."),
    plain!(tan, "[0.0, 1.0]", "The tangent of an angle in radians."),
    plain!(cot, "[1.0, 2.0]", "The cotangent of an angle in radians."),
    plain!(arcsin, "[0.0, 1.0]", "The angle of this sine, in radians."),
    plain!(arccos, "[0.0, 1.0]", "The angle of this cosine, in radians."),
    plain!(arctan, "[0.0, 1.0]", "The angle of this tangent, in radians."),
    plain!(sinh, "[0.0, 1.0]", "The hyperbolic sine."),
    plain!(cosh, "[0.0, 1.0]", "The hyperbolic cosine."),
    plain!(tanh, "[0.0, 1.0]", "The hyperbolic tangent."),
    plain!(arcsinh, "[0.0, 1.0]", "The inverse of the hyperbolic sine."),
    plain!(arccosh, "[1.0, 2.0]", "The inverse of the hyperbolic cosine."),
    plain!(arctanh, "[0.0, 0.5]", "The inverse of the hyperbolic tangent."),
    plain!(degrees, "[0.0, 3.0]", "An angle in degrees, from one in radians."),
    plain!(radians, "[0.0, 180.0]", "An angle in radians, from one in degrees."),
    plain!(bitwise_count_ones, "[0, 5, -1]", "How many bits are 1."),
    plain!(bitwise_count_zeros, "[0, 5, -1]", "How many bits are 0."),
    plain!(bitwise_leading_ones, "[0, 5, -1]", "How many bits are 1 from the highest on."),
    plain!(bitwise_leading_zeros, "[0, 5, -1]", "How many bits are 0 from the highest on."),
    plain!(bitwise_trailing_ones, "[0, 5, -1]", "How many bits are 1 from the lowest on."),
    plain!(bitwise_trailing_zeros, "[0, 4, -1]", "How many bits are 0 from the lowest on."),
    plain!(bitwise_and, "[12, 10]", "The bits that are 1 in all values."),
    plain!(bitwise_or, "[12, 10]", "The bits that are 1 in any value."),
    plain!(bitwise_xor, "[12, 10]", "The bits that are 1 in an odd number of values."),
];
