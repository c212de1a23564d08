//! Each rule of merging, with the messages that call for it.

use super::*;

fn text(text: &str) -> Event {
    Event::Stream { stream: Stream::Stdout, text: text.to_owned() }
}

fn media(text: &str) -> Map<String, Value> {
    Map::from_iter([("text/plain".to_owned(), json!(text))])
}

fn display(text: &str, id: &str) -> Event {
    Event::Display { data: media(text), metadata: Map::new(), id: Some(id.to_owned()) }
}

/// What each cell shows, in short.
fn shown(cells: Vec<Vec<Event>>) -> Vec<Vec<String>> {
    let mut outputs = Outputs::default();
    for (index, events) in cells.into_iter().enumerate() {
        outputs.begin(index);
        events.into_iter().for_each(|event| outputs.take(event));
    }
    let brief = |output: Value| match output["output_type"].as_str().unwrap() {
        "stream" => format!("{}:{}", output["name"].as_str().unwrap(), output["text"].as_str().unwrap()),
        "error" => format!("error:{}", output["ename"].as_str().unwrap()),
        _ => output["data"]["text/plain"].as_str().unwrap().to_owned(),
    };
    outputs.into_cells().into_values().map(|made| made.outputs.into_iter().map(brief).collect()).collect()
}

#[test]
fn neighbouring_text_of_one_stream_is_joined() {
    let warning = Event::Stream { stream: Stream::Stderr, text: "w".to_owned() };
    let cell = vec![text("a\n"), text("b\n"), warning, text("c")];
    assert_eq!(shown(vec![cell]), [["stdout:a\nb\n", "stderr:w", "stdout:c"]]);
}

#[test]
fn displays_are_renewed_wherever_they_stand() {
    let update = Event::Update { data: media("3"), metadata: Map::new(), id: "a".to_owned() };
    let cells = vec![vec![display("1", "a"), display("x", "b")], vec![display("2", "a"), update]];
    assert_eq!(shown(cells), [vec!["3", "x"], vec!["3"]]);
}

#[test]
fn output_is_cleared_at_once_or_when_more_comes() {
    let now = vec![text("a"), Event::Clear { wait: false }];
    let later = vec![text("a"), Event::Clear { wait: true }];
    let renewed = vec![display("a", "i"), Event::Clear { wait: true }, text("b"), display("c", "i")];
    assert_eq!(shown(vec![now, later, renewed]), [vec![], vec!["stdout:a"], vec!["stdout:b", "c"]]);
}

#[test]
fn results_and_errors_count() {
    let mut outputs = Outputs::default();
    outputs.begin(4);
    outputs.take(Event::Input { code: String::new(), count: 7 });
    outputs.take(Event::Result { count: 7, data: media("1"), metadata: Map::new() });
    outputs.fail("first");
    outputs.fail("second");
    assert_eq!(outputs.failure(), Some("first"));
    let made = outputs.into_cells().remove(&4).unwrap();
    assert_eq!(made.count, Some(7));
    assert_eq!(made.outputs[0]["execution_count"], 7);
}
