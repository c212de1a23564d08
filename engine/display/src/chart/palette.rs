//! The colours of charts, chosen so that they differ for colour-blind eyes too.

use plotters::style::RGBColor;

/// Series that are told apart by colour.
pub(super) const COLORS: usize = SERIES.len();

/// After Okabe and Ito's palette, its yellow darkened and its black left out, with indigo and wine from Paul Tol's "muted".
const SERIES: [RGBColor; 10] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0x88, 0x22, 0x55),
    RGBColor(0xb5, 0xa6, 0x1c),
    RGBColor(0x33, 0x22, 0x88),
    RGBColor(0x80, 0x80, 0x80),
];

/// Titles.
pub(super) const INK: RGBColor = RGBColor(0x1f, 0x23, 0x28);
/// Labels of axes and ticks.
pub(super) const SOFT_INK: RGBColor = RGBColor(0x57, 0x5e, 0x66);
/// The lines of the grid.
pub(super) const GRID: RGBColor = RGBColor(0xe8, 0xea, 0xed);
/// The line on which bars stand, and the axis.
pub(super) const AXIS: RGBColor = RGBColor(0x9a, 0xa1, 0xa9);

/// The colour of the series at a place, from 0.
pub(super) fn series_color(place: usize) -> RGBColor {
    SERIES[place % COLORS]
}
