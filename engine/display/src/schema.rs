//! A schema as a tree of names and types.

use crate::escape::on_one_line;

/// One column, or one field of it.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaField {
    /// Its name.
    pub name: String,
    /// Its type, as `i64`.
    pub dtype: String,
    /// The fields inside it.
    pub children: Vec<SchemaField>,
}

/// The tree as text, a line for each field.
pub fn schema_tree(fields: &[SchemaField]) -> String {
    let noun = if fields.len() == 1 { "column" } else { "columns" };
    let mut out = format!("{} {noun}\n", fields.len());
    branches(fields, "", &mut out);
    out.trim_end().to_owned()
}

fn branches(fields: &[SchemaField], indent: &str, out: &mut String) {
    for (place, field) in fields.iter().enumerate() {
        let is_last = place + 1 == fields.len();
        let (branch, below) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        out.push_str(&format!(
            "{indent}{branch}{}: {}\n",
            on_one_line(&field.name),
            on_one_line(&field.dtype)
        ));
        branches(&field.children, &format!("{indent}{below}"), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_hang_below_their_column() {
        let leaf = |name: &str, dtype: &str| SchemaField {
            name: name.into(),
            dtype: dtype.into(),
            children: Vec::new(),
        };
        let fields = [
            SchemaField { children: vec![leaf("x", "i64"), leaf("y", "str")], ..leaf("point", "struct") },
            leaf("tags", "list[str]"),
        ];
        let tree = schema_tree(&fields);
        assert_eq!(tree, "2 columns\n├─ point: struct\n│  ├─ x: i64\n│  └─ y: str\n└─ tags: list[str]");
    }
}
