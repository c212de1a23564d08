//! Every example of the reference runs, on one machine and on a cluster, and shows the same there. Of those that are
//! expressions, which Python Polars was asked for too, the rows are held in both places by the tests of expressions.

use std::collections::BTreeSet;
use std::sync::Arc;

use fram_engine::Session;
use serde_json::Value as Json;

use super::Recorder;
use super::both::Notebook;

/// Examples that show where they run.
const OF_A_PLACE: [&str; 2] = ["%cluster", "%explain"];

/// What Python Polars was asked for.
fn expressions() -> BTreeSet<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/oracles/expressions.json");
    let answers: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let asked = answers["cells"].as_array().unwrap().iter();
    asked.map(|asked| asked["cell"].as_str().unwrap().to_owned()).collect()
}

/// What the example shows, or why it fails.
fn shown(session: &Session, example: &str) -> Result<String, String> {
    let screen = Arc::new(Recorder::default());
    let value = session.run(example, screen.clone());
    let value = value.map_err(|error| format!("{}: {}", error.name, error.text()))?;
    let mut said = screen.0.lock().unwrap().clone();
    said.push_str(value.as_ref().and_then(|value| value.text("text/plain")).unwrap_or_default());
    Ok(said)
}

#[test]
fn every_example_runs_and_shows_the_same_on_a_cluster() {
    let only = std::env::var("FRAM_ONLY").unwrap_or_default();
    let (mut wrong, expressions) = (Vec::new(), expressions());
    // Held, so that the cluster is the same for all.
    let notebook = Notebook::there();
    let examples = fram_engine::examples().filter(|(_, example)| !expressions.contains(*example));
    for (name, example) in examples.filter(|(_, example)| example.contains(&only)) {
        let here = || shown(&Session::new(), example);
        let (one, other) = (here(), shown(&Notebook::there().session, example));
        let is_of_a_place = OF_A_PLACE.iter().any(|begin| example.contains(begin));
        match (one, other) {
            (Err(error), _) => wrong.push(format!("{name}: {example}\n{error}")),
            (_, Err(error)) => wrong.push(format!("{name} {}: {example}\n{error}", notebook.place)),
            // What shows chance or the time is not the same twice.
            (Ok(one), Ok(other)) if one != other && !is_of_a_place && here().as_ref() == Ok(&one) => {
                wrong.push(format!("{name}: {example}\n{one}\n{}:\n{other}", notebook.place));
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
