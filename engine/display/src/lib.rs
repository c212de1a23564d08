//! Tables and charts as text, HTML, SVG and PNG. Pure: takes data that is already limited and collected, and returns
//! text or bytes; it cannot compute, so it cannot be slow. Working out what is shown is left to `fram-engine`.

mod cell;
mod chart;
mod escape;
mod medium;
mod schema;
mod table;
mod value;

pub use chart::{Chart, ChartError, ChartKind, Positions, Series};
pub use escape::{escape_html, visible};
pub use medium::{Body, Medium};
pub use schema::{SchemaField, schema_tree};
pub use table::{Column, Kind, RowCount, Table};
pub use value::Value;
