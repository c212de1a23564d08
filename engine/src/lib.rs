//! What a notebook's cell means: script, SQL and magics over the same names. Where plans run is left to `fram-frame`,
//! how things look to `fram-display`, and who asks to the program.

pub(crate) mod call;
mod column_of;
mod datatype;
mod fault;
mod files;
mod groups;
mod literal;
mod message;
mod nearest;
mod polars_words;
mod registry;
mod scalar;
mod screen;
mod script;
mod session;
mod settings;
mod show;
mod sql_text;
mod value;
mod verbs;

pub use message::CellError;
pub use screen::{NoInput, Screen, Shown};
pub use session::Session;
