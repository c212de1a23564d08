//! Numbers beside an axis and in notes: one unit for all ticks, thousands grouped; where the ticks stand is left to the scale.

use crate::table::grouped_digits;

/// Powers of a thousand and their SI signs.
const UNITS: [(f64, &str); 6] = [(1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
/// Below this all digits are written.
const PLAIN: f64 = 1e5;
/// Digits after the point that a label may have before another way of writing is taken.
const MOST_DECIMALS: usize = 6;

/// The labels of ticks that lie `step` apart.
pub(super) fn labels(values: &[f64], step: f64) -> Vec<String> {
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest >= PLAIN {
        for (unit, sign) in UNITS {
            if largest >= unit && largest < unit * 1e3 && decimals(step / unit) <= 2 {
                let decimals = decimals(step / unit);
                return values.iter().map(|value| with_unit(*value, unit, sign, decimals)).collect();
            }
        }
    }
    if largest < 1e15 && decimals(step) <= MOST_DECIMALS {
        // Four digits stay together: they may be years.
        let write = if largest < 1e4 { plain } else { grouped };
        return values.iter().map(|value| write(*value, decimals(step))).collect();
    }
    let digits = ((largest / step).log10().ceil().max(0.0) as usize).min(15);
    values.iter().map(|value| exponent(*value, digits)).collect()
}

/// A number with all digits that matter to a reader, for notes and text.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if (1e-4..1e15).contains(&size) {
        let decimals = (5.0 - size.log10().floor()).clamp(0.0, 9.0) as usize;
        let written = grouped(value, if value.fract() == 0.0 { 0 } else { decimals });
        if written.contains('.') {
            written.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            written
        }
    } else {
        exponent(value, 5)
    }
}

fn with_unit(value: f64, unit: f64, sign: &str, decimals: usize) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else {
        format!("{}{sign}", signed(format!("{:.decimals$}", value / unit)))
    }
}

fn plain(value: f64, decimals: usize) -> String {
    signed(format!("{value:.decimals$}"))
}

fn grouped(value: f64, decimals: usize) -> String {
    let written = format!("{:.decimals$}", value.abs());
    let (whole, rest) = written.split_at(written.find('.').unwrap_or(written.len()));
    let sign = if value < 0.0 { "−" } else { "" };
    format!("{sign}{}{rest}", grouped_digits(whole))
}

fn exponent(value: f64, digits: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let written = format!("{value:.digits$e}");
    let Some((mantissa, power)) = written.split_once('e') else { return written };
    let mantissa =
        if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    signed(format!("{mantissa}e{power}"))
}

/// With a true minus sign, as wide as a plus.
fn signed(written: String) -> String {
    written.replace('-', "−")
}

/// Digits after the point that a multiple of the step has.
fn decimals(step: f64) -> usize {
    (0..=15)
        .find(|&decimals| {
            let shifted = step * 10_f64.powi(decimals);
            (shifted - shifted.round()).abs() < 1e-6 * shifted.max(1e-9) && shifted.round() >= 1.0
        })
        .unwrap_or(16) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(first: f64, step: f64, expected: &Expect) {
        let values: Vec<f64> = (0..4).map(|place| first + f64::from(place) * step).collect();
        expected.assert_eq(&labels(&values, step).join(" "));
    }

    #[test]
    fn ticks_share_a_unit_and_differ_from_each_other() {
        check(0.0, 0.1, &expect!["0.0 0.1 0.2 0.3"]);
        check(-2.0, 1.0, &expect!["−2 −1 0 1"]);
        check(2010.0, 5.0, &expect!["2010 2015 2020 2025"]);
        check(0.0, 5_000.0, &expect!["0 5,000 10,000 15,000"]);
        check(0.0, 50_000.0, &expect!["0 50k 100k 150k"]);
        check(0.0, 250_000.0, &expect!["0 250k 500k 750k"]);
        check(-1e9, 5e8, &expect!["−1.0G −0.5G 0 0.5G"]);
        check(1_000_001.0, 1.0, &expect!["1,000,001 1,000,002 1,000,003 1,000,004"]);
        check(0.0, 2e-9, &expect!["0 2e−9 4e−9 6e−9"]);
        check(1e22, 1e21, &expect!["1e22 1.1e22 1.2e22 1.3e22"]);
        check(0.25, 0.05, &expect!["0.25 0.30 0.35 0.40"]);
        check(1e15, 2e14, &expect!["1.0P 1.2P 1.4P 1.6P"]);
    }

    #[test]
    fn a_number_in_a_sentence_keeps_what_matters() {
        let numbers = [0.0, 1.0, 1_234.0, -1_234.5, 0.1 + 0.2, 1e-9, 1.5e20, 123_456.789];
        expect!["0 1 1,234 −1,234.5 0.3 1e−9 1.5e20 123,457"].assert_eq(&numbers.map(number).join(" "));
    }
}
