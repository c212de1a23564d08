//! Numbers beside an axis and in notes: one unit for all ticks, thousands grouped; where the ticks stand is left to the scale.

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
    let mut out = if value < 0.0 { "−".to_owned() } else { String::new() };
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
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
