//! What a notebook's cell means: script, SQL and magics over the same names. Where plans run is left to `fram-frame`,
//! how things look to `fram-display`, and who asks to the program.

pub(crate) mod call;
mod charts;
mod column_of;
mod completion;
mod datatype;
mod fault;
mod file_cells;
mod files;
mod groups;
mod help;
mod literal;
mod magics;
mod message;
mod nearest;
mod origin;
mod polars_words;
mod reference;
mod registry;
mod row_function;
mod scalar;
mod screen;
mod script;
mod session;
mod settings;
mod show;
pub mod sql;
mod sql_text;
#[cfg(test)]
mod testing;
mod type_mistake;
mod value;
mod verbs;

pub use completion::{Candidate, Completions};
pub use file_cells::{FileCell, script_cells};
pub use fram_display::{Body, Medium};
pub use fram_frame::{Allocator, home_folder, private_folder};
pub use magics::cluster::place_of_cells;
pub use message::CellError;
pub use reference::{examples, reference, verbs_without_example};
pub use screen::{NoInput, Screen, Shown};
pub use session::{Completeness, Session};
pub use settings::memory_amount;
