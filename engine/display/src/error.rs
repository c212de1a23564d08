//! What can go wrong while a chart is drawn; tables, schemas and plain text cannot fail.

use thiserror::Error;

/// Why a chart could not be drawn.
#[derive(Debug, Error)]
pub enum ChartError {
    /// A series holds unequally many positions and heights.
    #[error("series {series} has {x} x values and {y} y values")]
    UnequalLengths {
        /// The place of the series, from 1.
        series: usize,
        /// How many positions it has.
        x: usize,
        /// How many heights it has.
        y: usize,
    },
    /// Series of one chart stand on different kinds of x.
    #[error("the x values of a chart must be all numbers, all times or all categories")]
    MixedPositions,
    /// The wanted size cannot hold a chart.
    #[error(
        "a chart of {width} × {height} pixels cannot be drawn; width and height must be from {least} to {most}"
    )]
    Size {
        /// The wanted width in CSS pixels.
        width: u32,
        /// The wanted height in CSS pixels.
        height: u32,
        /// The least width and height.
        least: u32,
        /// The greatest width and height.
        most: u32,
    },
    /// The drawing library failed.
    #[error("the chart could not be drawn: {reason}")]
    Drawing {
        /// What the library said.
        reason: String,
    },
}
