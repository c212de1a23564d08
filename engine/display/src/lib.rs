//! Tables, charts and schemas as text, HTML, SVG and PNG: plain data in, text or bytes out.
//!
//! Nothing here computes: data arrives limited and collected, and leaves as a medium. What is shown
//! when, and how it is published, is the engine's and the kernel's business. Everything that comes
//! from data is made visible ([`visible`]) and escaped ([`escape_html`]) in every medium.

mod chart;
mod error;
mod escape;
mod medium;
mod plan;
mod schema;
mod table;

pub use chart::{Chart, ChartKind, Positions, Series};
pub use error::ChartError;
pub use escape::{escape_html, visible};
pub use medium::{Body, Medium};
pub use plan::PlanStep;
pub use schema::{SchemaField, schema_tree};
pub use table::{Column, Kind, RowCount, Table, Value, grouped};
