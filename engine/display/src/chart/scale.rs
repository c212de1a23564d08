//! From values to places on an axis, and round ticks between them; times have ticks of their own in `calendar`.

use super::number_label::labels;

/// A labelled place on an axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub(super) value: f64,
    pub(super) label: String,
    /// A second line beneath, as the day beneath an hour.
    pub(super) under: Option<String>,
}

/// The values at the two ends of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
}

/// Spans smaller than this share of the values are taken for one value: doubles cannot mark ticks in them.
const LEAST_SHARE: f64 = 1e-12;

impl Scale {
    /// The ends of the values, held apart if there is but one; zero to one if there is none.
    pub(super) fn around(values: impl Iterator<Item = f64>) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            return Self { low: 0.0, high: 1.0 };
        }
        Self { low, high }.held_apart()
    }

    /// With zero, on which bars stand.
    pub(super) fn with_zero(self) -> Self {
        Self { low: self.low.min(0.0), high: self.high.max(0.0) }
    }

    /// With zero, if the values come near it and lie on one side of it.
    pub(super) fn with_near_zero(self) -> Self {
        let near = |inner: f64, outer: f64| inner * outer > 0.0 && inner.abs() <= outer.abs() * 0.4;
        if near(self.low, self.high) || near(self.high, self.low) { self.with_zero() } else { self }
    }

    /// Widened to whole steps.
    pub(super) fn rounded(self, step: f64) -> Self {
        let low = (self.low / step).floor() * step;
        let high = (self.high / step).ceil() * step;
        Self { low: low.max(f64::MIN), high: high.min(f64::MAX) }
    }

    /// Widened by a share of its span at each end.
    pub(super) fn padded(self, share: f64) -> Self {
        let half = self.high / 2.0 - self.low / 2.0;
        let pad = half * 2.0 * share;
        Self { low: (self.low - pad).max(f64::MIN), high: (self.high + pad).min(f64::MAX) }
    }

    /// Where a value lies: 0 at the low end, 1 at the high end.
    pub(super) fn share(self, value: f64) -> f64 {
        // Halves, so that the span of all doubles does not overflow.
        (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0)
    }

    /// A tick at each whole step.
    pub(super) fn ticks(self, step: f64) -> Vec<Tick> {
        let first = (self.low / step - 1e-9).ceil();
        let count = ((self.high / step + 1e-9).floor() - first).clamp(0.0, 200.0) as usize;
        // `+ 0.0` takes the sign from a negative zero.
        let values: Vec<f64> = (0..=count).map(|place| (first + place as f64) * step + 0.0).collect();
        let labels = labels(&values, step);
        values.into_iter().zip(labels).map(|(value, label)| Tick { value, label, under: None }).collect()
    }

    /// The round distance (1, 2 or 5 at some power of ten) that gives about this number of ticks;
    /// a whole one if the values are counts.
    pub(super) fn step(self, about: usize, whole: bool) -> f64 {
        let rough = (self.high / 2.0 - self.low / 2.0) / about.max(1) as f64 * 2.0;
        let power = 10_f64.powi(rough.log10().floor() as i32);
        let step =
            [1.0, 2.0, 5.0].into_iter().find(|step| rough <= step * power * 1.2).unwrap_or(10.0) * power;
        let step = if step.is_normal() { step } else { rough.max(f64::MIN_POSITIVE) };
        if whole { step.max(1.0) } else { step }
    }

    fn held_apart(self) -> Self {
        let size = self.low.abs().max(self.high.abs());
        let span = self.high / 2.0 - self.low / 2.0;
        if span > size * LEAST_SHARE && span > 1e-290 {
            return self;
        }
        if size < 1e-280 {
            return Self { low: 0.0, high: 1.0 };
        }
        let pad = size * 0.1;
        Self { low: (self.low - pad).max(f64::MIN), high: (self.high + pad).min(f64::MAX) }
    }
}
