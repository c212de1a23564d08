//! The table as HTML.
