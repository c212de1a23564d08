//! Skeleton of the display types.
#![expect(missing_docs, reason = "skeleton")]
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Boolean(bool),
    Integer(i128),
    Float(f64),
    Decimal(String),
    Text(String),
    CutText { text: String, characters: usize },
    Time(String),
    Binary(Vec<u8>, usize),
    List(Vec<Value>, usize),
    Struct(Vec<(String, Value)>),
}
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Number,
    Boolean,
    Text,
    Time,
    Nested,
    Binary,
    Other,
}
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: String,
    pub dtype: String,
    pub kind: Kind,
    pub values: Vec<Value>,
}
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowCount {
    Exactly(u64),
    MoreThan(u64),
}
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: RowCount,
    pub gap: Option<usize>,
    pub hidden: Vec<(String, String)>,
    pub notes: Vec<String>,
}
#[derive(Debug, Clone, PartialEq)]
pub enum Positions {
    Numbers(Vec<Option<f64>>),
    Times(Vec<Option<i64>>),
    Categories(Vec<Option<String>>),
}
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub name: Option<String>,
    pub x: Positions,
    pub y: Vec<Option<f64>>,
}
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartKind {
    Bar,
    Line,
    Scatter,
    Histogram,
}
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    pub kind: ChartKind,
    pub title: Option<String>,
    pub x_label: String,
    pub y_label: String,
    pub color_label: Option<String>,
    pub width: u32,
    pub height: u32,
    pub series: Vec<Series>,
    pub bin_width: Option<f64>,
    pub notes: Vec<String>,
}
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaField {
    pub name: String,
    pub dtype: String,
    pub children: Vec<SchemaField>,
}
#[derive(Debug, Clone, PartialEq)]
pub struct Medium {
    pub mime: &'static str,
    pub body: Body,
    pub size: Option<(u32, u32)>,
}
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    Text(String),
    Bytes(Vec<u8>),
}
impl Medium {
    pub fn text(mime: &'static str, text: impl Into<String>) -> Self {
        Self { mime, body: Body::Text(text.into()), size: None }
    }
}
impl Table {
    pub fn html(&self) -> String {
        format!("{self:?}")
    }
    pub fn text(&self, _width: usize) -> String {
        format!("{self:?}")
    }
}
impl Chart {
    pub fn media(&self) -> Vec<Medium> {
        vec![Medium::text("text/plain", format!("{self:?}"))]
    }
}
pub fn schema_tree(fields: &[SchemaField]) -> String {
    format!("{fields:?}")
}
pub fn visible(text: &str) -> std::borrow::Cow<'_, str> {
    text.into()
}
pub fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
