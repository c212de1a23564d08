//! A schema as an indented tree of names and types; where the fields come from is left to the engine.

use crate::escape::clipped_line;
use crate::table::grouped;

/// Characters of a name or type that are shown.
const LONGEST_NAME: usize = 1_000;

/// A column or a field inside one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SchemaField {
    /// Its name.
    pub name: String,
    /// Its type in Polars' short form.
    pub dtype: String,
    /// The fields of a struct, or of the structs in a list.
    pub children: Vec<SchemaField>,
}

/// How many columns there are, then a line for each field: its name and type, its fields beneath it.
pub fn schema_tree(fields: &[SchemaField]) -> String {
    let columns = if fields.len() == 1 { "column" } else { "columns" };
    let mut tree = format!("{} {columns}", grouped(fields.len() as u64));
    push_fields(&mut tree, fields, "");
    tree
}

fn push_fields(tree: &mut String, fields: &[SchemaField], indent: &str) {
    for (place, field) in fields.iter().enumerate() {
        let last = place + 1 == fields.len();
        tree.push('\n');
        tree.push_str(indent);
        tree.push_str(if last { "└─ " } else { "├─ " });
        tree.push_str(&clipped_line(&field.name, LONGEST_NAME));
        tree.push_str(": ");
        tree.push_str(&clipped_line(&field.dtype, LONGEST_NAME));
        let deeper = format!("{indent}{}", if last { "   " } else { "│  " });
        push_fields(tree, &field.children, &deeper);
    }
}
