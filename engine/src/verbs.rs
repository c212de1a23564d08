//! What verbs do, one file for each group of them. How calls are bound is left to `call`, how they are found to
//! `registry`.

mod basics;
mod grouping;
mod read;
mod rows;
mod write;

use crate::registry::Verb;

/// Every table of verbs.
pub(crate) const TABLES: &[&[Verb]] =
    &[basics::VERBS, rows::VERBS, grouping::VERBS, read::VERBS, write::VERBS];
