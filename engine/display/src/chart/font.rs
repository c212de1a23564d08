//! The one font of charts: registered once, and measured so that nothing is cut off; writing with it is left to the canvas.

use std::sync::OnceLock;

use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

use crate::ChartError;

/// The name under which the font is registered, and the families that a viewer of an SVG may take instead.
///
/// DejaVu is the widest of them, so what fits when measured also fits when shown.
pub(super) const FAMILY: &str = "system-ui,-apple-system,Segoe UI,Helvetica,Arial,DejaVu Sans,sans-serif";
/// DejaVu's height from ascent to descent, in ems: the rasteriser takes it as the size of a font.
pub(super) const HEIGHT_IN_EMS: f64 = 1.164;
/// The size at which text is measured, large enough that whole pixels do not matter.
const MEASURED_EM: f64 = 1_000.0;

/// Registers the font at the first call.
pub(super) fn register() -> Result<(), ChartError> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let registered = *REGISTERED.get_or_init(|| {
        register_font(FAMILY, FontStyle::Normal, dejavu::sans::regular()).is_ok()
            && register_font(FAMILY, FontStyle::Bold, dejavu::sans::bold()).is_ok()
    });
    if registered {
        Ok(())
    } else {
        Err(ChartError::Drawing { reason: "its font cannot be read".to_owned() })
    }
}

/// A way of writing: size in CSS pixels and weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Font {
    pub(super) em: f64,
    pub(super) bold: bool,
}

impl Font {
    pub(super) const TITLE: Self = Self { em: 15.0, bold: true };
    pub(super) const LABEL: Self = Self { em: 12.0, bold: false };
    pub(super) const LEGEND_HEAD: Self = Self { em: 12.0, bold: true };
    pub(super) const TICK: Self = Self { em: 11.0, bold: false };
    pub(super) const NOTE: Self = Self { em: 11.0, bold: false };

    /// The registered style.
    pub(super) fn style(self) -> FontStyle {
        if self.bold { FontStyle::Bold } else { FontStyle::Normal }
    }

    /// The height of a line, in CSS pixels.
    pub(super) fn line(self) -> f64 {
        (self.em * 1.35).ceil()
    }

    /// The width of a line of text, in CSS pixels; pairs of letters that are set closer are not taken off.
    pub(super) fn width(self, text: &str) -> f64 {
        let advances = advances(self.style());
        let ems: f64 = text
            .chars()
            .map(|character| match character.width() {
                // The font has no East Asian signs; a viewer's takes an em for each.
                Some(2) => 1.0,
                Some(0) | None => 0.0,
                Some(_) => {
                    let known = advances.get(character as usize).copied();
                    known.unwrap_or_else(|| advance(character, self.style()))
                }
            })
            .sum();
        ems * self.em
    }

    /// The text, shortened with an ellipsis where it is wider than `room`.
    pub(super) fn shortened(self, text: &str, room: f64) -> String {
        // No glyph is narrower than a tenth of its em: most of a long text need not be measured.
        let most = (room / self.em * 10.0).max(1.0) as usize;
        let start: String = text.chars().take(most).collect();
        if start.len() == text.len() && self.width(text) <= room {
            return start;
        }
        let ends: Vec<usize> = start.grapheme_indices(true).map(|(place, _)| place).collect();
        let kept = ends.partition_point(|&end| self.width(&format!("{}…", start[..end].trim_end())) <= room);
        let end = ends.get(kept.saturating_sub(1)).copied().unwrap_or(0);
        format!("{}…", start[..end].trim_end())
    }

    /// The text, shortened in its middle: paths and ids often differ at their ends alone.
    pub(super) fn shortened_inside(self, text: &str, room: f64) -> String {
        let most = (room / self.em * 10.0).max(1.0) as usize;
        if text.chars().nth(most).is_none() && self.width(text) <= room {
            return text.to_owned();
        }
        let halves = |kept: usize| {
            let start: String = text.graphemes(true).take(kept.div_ceil(2)).collect();
            let end: Vec<&str> = text.graphemes(true).rev().take(kept / 2).collect();
            format!("{start}…{}", end.into_iter().rev().collect::<String>())
        };
        let counts: Vec<usize> = (0..=most).collect();
        let fitting = counts.partition_point(|&kept| self.width(&halves(kept)) <= room);
        halves(fitting.saturating_sub(1))
    }

    /// The text on at most `most` lines of at most `room` CSS pixels, the last one shortened.
    pub(super) fn wrapped(self, text: &str, room: f64, most: usize) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in text.split_word_bounds().take(1_000) {
            let last = lines.len() - 1;
            let longer = format!("{}{word}", lines[last]);
            if lines[last].is_empty() || lines.len() == most || self.width(&longer) <= room {
                lines[last] = longer;
            } else {
                lines.push(word.trim_start().to_owned());
            }
        }
        lines.iter().map(|line| self.shortened(line.trim_end(), room)).collect()
    }
}

/// The widths of ASCII's characters in ems, measured once for each weight.
fn advances(style: FontStyle) -> &'static [f64; 128] {
    static NORMAL: OnceLock<[f64; 128]> = OnceLock::new();
    static BOLD: OnceLock<[f64; 128]> = OnceLock::new();
    let weight = if matches!(style, FontStyle::Bold) { &BOLD } else { &NORMAL };
    weight.get_or_init(|| std::array::from_fn(|code| advance(char::from(code as u8), style)))
}

/// The width of a character in ems.
fn advance(character: char, style: FontStyle) -> f64 {
    let font = FontDesc::new(FontFamily::Name(FAMILY), MEASURED_EM * HEIGHT_IN_EMS, style);
    // Without the font nothing is drawn at all; the guess only keeps this total.
    let measured =
        font.layout_box(character.encode_utf8(&mut [0; 4])).map_or(60.0, |(_, (width, _))| f64::from(width));
    measured / MEASURED_EM
}
