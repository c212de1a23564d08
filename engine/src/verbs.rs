//! What verbs do, one file for each group of them. How calls are bound is left to `call`, how they are found to
//! `registry`.

mod basics;
mod charts;
mod grouping;
mod rows;

use crate::registry::Verb;

/// Every table of verbs.
pub(crate) const TABLES: &[&[Verb]] = &[basics::VERBS, charts::VERBS, rows::VERBS, grouping::VERBS];
