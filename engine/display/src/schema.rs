//! A schema as an indented tree, as text and HTML; where the fields come from is left to the engine.

use crate::escape::{escape_html, visible_line};

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

/// A field for each line, each with its type, children beneath their parent.
pub fn schema_tree(fields: &[SchemaField]) -> String {
    if fields.is_empty() {
        return "no columns\n".to_owned();
    }
    let mut tree = String::new();
    push_fields(&mut tree, fields, "");
    tree
}

/// The tree as HTML, readable without any style.
pub fn schema_html(fields: &[SchemaField]) -> String {
    format!("<pre class=\"fram-schema\">{}</pre>\n", escape_html(&schema_tree(fields)))
}

fn push_fields(tree: &mut String, fields: &[SchemaField], indent: &str) {
    for (place, field) in fields.iter().enumerate() {
        let last = place + 1 == fields.len();
        tree.push_str(indent);
        tree.push_str(if last { "└─ " } else { "├─ " });
        tree.push_str(&visible_line(&field.name));
        tree.push_str(": ");
        tree.push_str(&visible_line(&field.dtype));
        tree.push('\n');
        let deeper = format!("{indent}{}", if last { "   " } else { "│  " });
        push_fields(tree, &field.children, &deeper);
    }
}
