//! Numbers in SQL expressions mean what they say: literals that no float holds are refused, and sums of literals are
//! reckoned in decimals, so that `x <= 0.06 + 0.01` finds 0.07.

use polars::prelude::{AnyValue, Expr, Operator, lit};

use crate::fault::Fault;

/// The text with every number in a form that Polars reads; a number that it could only round is refused.
pub(super) fn checked(text: &str) -> Result<String, Fault> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let taken = match letter {
            '\'' | '"' | '`' => quoted(rest, letter),
            letter if letter.is_ascii_digit() => {
                let length = number_length(rest);
                out.push_str(&written(&rest[..length])?);
                rest = &rest[length..];
                continue;
            }
            letter if letter.is_alphanumeric() || letter == '_' || letter == '@' => rest
                .find(|next: char| !next.is_alphanumeric() && next != '_' && next != '@')
                .unwrap_or(rest.len()),
            letter => letter.len_utf8(),
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    Ok(out)
}

fn quoted(rest: &str, quote: char) -> usize {
    rest[1..].find(quote).map_or(rest.len(), |end| end + 2)
}

/// Length of a number: digits, a point and digits, an exponent.
fn number_length(rest: &str) -> usize {
    let digits = |from: usize| {
        rest[from..].find(|letter: char| !letter.is_ascii_digit()).map_or(rest.len(), |end| from + end)
    };
    let mut end = digits(0);
    if rest[end..].starts_with('.') {
        end = digits(end + 1);
    }
    let after = &rest[end..];
    if after.starts_with(['e', 'E']) {
        let sign = usize::from(after[1..].starts_with(['+', '-']));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    end
}

/// A number as Polars' SQL reads it.
fn written(number: &str) -> Result<String, Fault> {
    let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, ""));
    if exponent.is_empty() && !digits.contains('.') {
        let fits = digits.parse::<i64>().is_ok();
        return if fits { Ok(number.to_owned()) } else { Err(refused(number, "a 64-bit integer")) };
    }
    let value: f64 = number.parse().map_err(|_| refused(number, "a float"))?;
    if !value.is_finite() || significant(digits) != significant(&shortest(value)) {
        return Err(refused(number, "a float"));
    }
    // Polars takes a number without a point for an integer.
    let point = if digits.contains('.') { "" } else { ".0" };
    Ok(if exponent.is_empty() { number.to_owned() } else { format!("{digits}{point}e{exponent}") })
}

/// The digits of a number, without its point and the noughts around.
fn significant(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').to_owned()
}

/// The shortest digits that mean this float.
fn shortest(value: f64) -> String {
    let text = format!("{value:e}");
    text.split('e').next().unwrap_or_default().to_owned()
}

fn refused(number: &str, holder: &str) -> Fault {
    Fault::new("SqlError", format!("{number} has more digits than {holder} holds"))
        .hint(format!("compare with `lit(\"{number}\").cast(\"decimal[38,10]\")`, or leave digits out"))
        .at(number)
}

/// The expression with literals added, subtracted and multiplied as decimals.
pub(super) fn folded(expression: Expr) -> Expr {
    let Expr::BinaryExpr { left, op, right } = &expression else { return expression };
    let (Some(first), Some(second)) = (decimal(left), decimal(right)) else { return expression };
    let result = match op {
        Operator::Plus => first.aligned(second).and_then(|(a, b, scale)| Some((a.checked_add(b)?, scale))),
        Operator::Minus => first.aligned(second).and_then(|(a, b, scale)| Some((a.checked_sub(b)?, scale))),
        Operator::Multiply => {
            first.digits.checked_mul(second.digits).map(|digits| (digits, first.scale + second.scale))
        }
        _ => None,
    };
    // Integers stay what they are.
    let value = result
        .filter(|(_, scale)| *scale > 0)
        .and_then(|(digits, scale)| format!("{digits}e-{scale}").parse::<f64>().ok());
    value.map_or(expression, lit)
}

/// A literal as digits and the number of those behind the point.
#[derive(Clone, Copy)]
struct Decimal {
    digits: i128,
    scale: u32,
}

impl Decimal {
    /// The digits of both, with as many behind the point.
    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        let scaled = |number: Self| number.digits.checked_mul(10i128.checked_pow(scale - number.scale)?);
        Some((scaled(self)?, scaled(other)?, scale))
    }
}

fn decimal(expression: &Expr) -> Option<Decimal> {
    let Expr::Literal(literal) = expression else { return None };
    match literal.to_any_value()? {
        AnyValue::Float64(number) => {
            let text = format!("{number}");
            let (whole, behind) = text.split_once('.').unwrap_or((&text, ""));
            let digits = format!("{whole}{behind}").parse().ok()?;
            Some(Decimal { digits, scale: u32::try_from(behind.len()).ok()?.max(1) })
                .map(|decimal| decimal.at_least_one(behind))
        }
        AnyValue::Int64(number) => Some(Decimal { digits: number.into(), scale: 0 }),
        AnyValue::Int32(number) => Some(Decimal { digits: number.into(), scale: 0 }),
        _ => None,
    }
}

impl Decimal {
    /// A whole float counts one digit behind the point, so that sums with it stay floats.
    fn at_least_one(self, behind: &str) -> Self {
        if behind.is_empty() { Self { digits: self.digits.saturating_mul(10), scale: 1 } } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_or_refused() {
        assert_eq!(checked("x > 1e-2 AND `1e5` = '1e5'").unwrap(), "x > 1.0e-2 AND `1e5` = '1e5'");
        assert_eq!(checked("a1e5 + 0.10 * 100.0").unwrap(), "a1e5 + 0.10 * 100.0");
        assert!(checked("x = 9223372036854775808").is_err());
        assert!(checked("x = 0.12345678901234567890123").is_err());
        assert!(checked("x = 1e999").is_err());
        assert!(checked("x = 123456789.123456").is_ok());
    }

    #[test]
    fn literals_are_added_as_decimals() {
        let sum = |text: &str| format!("{}", polars::sql::sql_expr(text).unwrap().map_expr(folded));
        assert_eq!(sum("0.06 + 0.01"), format!("{}", lit(0.07)));
        assert_eq!(sum("1.1 * 1.1"), format!("{}", lit(1.21)));
        assert_eq!(sum("0.1 + 0.2 + 1"), format!("{}", lit(1.3)));
        assert_eq!(sum("2.0 - 1.0"), format!("{}", lit(1.0)));
        assert_eq!(sum("1 + 2"), format!("{}", polars::sql::sql_expr("1 + 2").unwrap()));
    }
}
