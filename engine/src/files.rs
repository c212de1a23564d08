//! Files as frames read and write them: which files a path means, what columns their text has, and how a frame
//! becomes a file. The verbs and their options are left to `verbs`.

pub(crate) mod csv_check;
pub(crate) mod fault;
pub(crate) mod json_array;
pub(crate) mod json_columns;
pub(crate) mod json_shape;
pub(crate) mod paths;
mod private;
pub(crate) mod scan;
pub(crate) mod sink;
pub(crate) mod text;
