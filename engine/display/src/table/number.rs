//! Floating point numbers as one reads them: six significant digits in a cell, all of them on hover.

/// Below this a number is written with an exponent.
const LEAST_PLAIN: f64 = 1e-5;
/// From this on a number is written with an exponent; whole numbers below it are exact.
const MOST_PLAIN: f64 = 1e15;
/// Digits that count.
const SIGNIFICANT: i32 = 6;

/// The number for a cell: about six significant digits, but never fewer than stand before the point.
pub(super) fn short_float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let size = number.abs();
    if number == 0.0 || (number.fract() == 0.0 && size < MOST_PLAIN) {
        return format!("{number:.1}");
    }
    if !(LEAST_PLAIN..MOST_PLAIN).contains(&size) {
        return exponent(&format!("{number:.*e}", (SIGNIFICANT - 1) as usize));
    }
    let before_point = size.log10().floor() as i32 + 1;
    let decimals = (SIGNIFICANT - before_point).max(1) as usize;
    trimmed(&format!("{number:.decimals$}"))
}

/// The number with all digits that tell it from its neighbours.
///
/// `single` says that it was a 32-bit float, whose own neighbours are meant.
pub(super) fn full_float(number: f64, single: bool) -> String {
    if single { format!("{:?}", number as f32) } else { format!("{number:?}") }
}

/// Without closing zeros, but with one digit after the point.
fn trimmed(written: &str) -> String {
    let bare = written.trim_end_matches('0');
    if bare.ends_with('.') { format!("{bare}0") } else { bare.to_owned() }
}

fn exponent(written: &str) -> String {
    let Some((digits, power)) = written.split_once('e') else { return written.to_owned() };
    format!("{}e{power}", trimmed(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_keep_six_digits_and_their_sign() {
        let written: Vec<String> = [
            0.0,
            -0.0,
            1.0,
            -101.0,
            0.1 + 0.2,
            2.14159265,
            1234567.891,
            999999.5,
            0.000123456789,
            1.23456789e-7,
            6.02214076e23,
            1e15,
            123456789012345.0,
            12.0000000001,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::MIN_POSITIVE,
            f64::MAX,
            1e300,
            100000.25,
        ]
        .into_iter()
        .map(short_float)
        .collect();
        expect_test::expect![[r#"0.0 -0.0 1.0 -101.0 0.3 2.14159 1234567.9 999999.5 0.000123457 1.23457e-7 6.02214e23 1.0e15 123456789012345.0 12.0 NaN inf -inf 2.22507e-308 1.79769e308 1.0e300 100000.2"#]]
        .assert_eq(&written.join(" "));
    }

    #[test]
    fn a_single_float_is_not_given_digits_it_never_had() {
        assert_eq!(full_float(f64::from(0.1_f32), true), "0.1");
        assert_eq!(full_float(0.1 + 0.2, false), "0.30000000000000004");
    }
}
