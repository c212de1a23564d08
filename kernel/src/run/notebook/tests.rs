//! What is read, what is refused, and what is written.

use super::*;

fn refused(text: &str) -> String {
    Notebook::parse(text).err().unwrap_or_default()
}

#[test]
fn what_cannot_be_run_is_refused_with_its_reason() {
    let cases = [
        ("", "it is no JSON"),
        ("[]", "it has no `nbformat`"),
        (r#"{"nbformat": 3, "worksheets": []}"#, "it has nbformat 3"),
        (r#"{"nbformat": 4}"#, "it has no list of `cells`"),
        (r#"{"nbformat": 4, "cells": [1]}"#, "cell 1 is no object"),
        (r#"{"nbformat": 4, "cells": [{"cell_type": "code", "source": 1}]}"#, "cell 1 has no `source`"),
        (r#"{"nbformat": 4, "cells": [], "metadata": {"kernelspec": {"name": "ir"}}}"#, "for the kernel ir"),
        (
            r#"{"nbformat": 4, "cells": [], "metadata": {"kernelspec": {"name": "python3", "language": "python"}}}"#,
            "its cells are written in python",
        ),
    ];
    for (text, reason) in cases {
        assert!(refused(text).contains(reason), "{text}: {}", refused(text));
    }
}

#[test]
fn cells_are_found_with_their_tags() {
    let notebook = Notebook::parse(
        r##"{"nbformat": 4, "nbformat_minor": 2, "cells": [
            {"cell_type": "markdown", "source": ["# A"]},
            {"cell_type": "code", "source": ["a\n", "b"], "metadata": {"tags": ["raises-exception"]}},
            {"cell_type": "code", "source": "  \n"},
            {"cell_type": "code", "source": "no", "metadata": {"tags": ["skip-execution"]}}]}"##,
    )
    .unwrap();
    let cells = notebook.code_cells();
    assert_eq!(cells.len(), 1);
    assert_eq!((cells[0].index, cells[0].source.as_str(), cells[0].may_fail), (1, "a\nb", true));
}

#[test]
fn ids_are_kept_and_added_where_they_are_missing_or_twice() {
    let notebook = Notebook::parse(
        r#"{"nbformat": 4, "nbformat_minor": 5, "cells": [
            {"id": "cell-1", "cell_type": "raw", "source": ""},
            {"id": "cell-1", "cell_type": "raw", "source": ""},
            {"cell_type": "raw", "source": ""}]}"#,
    )
    .unwrap();
    let ids: Vec<&Value> = notebook.root["cells"].as_array().unwrap().iter().map(|cell| &cell["id"]).collect();
    assert_eq!(ids, ["cell-1", "cell-2", "cell-3"]);
}

#[test]
fn text_is_written_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.ipynb");
    Notebook::of_cells(vec!["a\nb".to_owned()]).write(&path).unwrap();
    let written: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(written["cells"][0]["source"], json!(["a\n", "b"]));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn places_that_cannot_be_written_to_are_refused_first() {
    let folder = tempfile::tempdir().unwrap();
    for (place, reason) in [("", "is a folder"), ("no/a.ipynb", "folder is not there"), ("a.txt", ".ipynb")] {
        let complaint = check_place(&folder.path().join(place)).unwrap_err().to_string();
        assert!(complaint.contains(reason), "{complaint}");
    }
    assert!(check_place(&folder.path().join("a.ipynb")).is_ok());
    assert!(check_place(Path::new("a.ipynb")).is_ok());
}
