//! Order and joining.

use super::*;

fn shown(queue: &mut Queue) -> Vec<String> {
    std::iter::from_fn(|| queue.pop())
        .map(|item| match item {
            Item::Message(draft) => draft.msg_type.into_owned(),
            Item::Text { stream, text, .. } => format!("{stream:?} {text}"),
        })
        .collect()
}

fn message(name: &'static str) -> Draft {
    Draft::new(name, &serde_json::json!({}))
}

const CELL: Bytes = Bytes::from_static(b"cell");

#[test]
fn text_joins_and_nothing_overtakes() {
    let mut queue = Queue::default();
    queue.push(message("busy"));
    queue.push_text(&CELL, Stream::Stdout, "a");
    queue.push_text(&CELL, Stream::Stdout, "b");
    queue.push_text(&CELL, Stream::Stderr, "c");
    queue.push_text(&CELL, Stream::Stdout, "d");
    queue.push(message("display_data"));
    queue.push_text(&CELL, Stream::Stdout, "e");
    queue.push_text(&Bytes::from_static(b"other"), Stream::Stdout, "f");
    queue.push(message("idle"));
    assert_eq!(
        shown(&mut queue),
        ["busy", "Stdout ab", "Stderr c", "Stdout d", "display_data", "Stdout e", "Stdout f", "idle"]
    );
    assert_eq!(queue.bytes, 0);
}

#[test]
fn messages_are_cut_at_their_limit_on_a_character_border() {
    let mut queue = Queue::default();
    let text = "é".repeat(JOINED);
    queue.push_text(&CELL, Stream::Stdout, "x");
    queue.push_text(&CELL, Stream::Stdout, &text);
    assert_eq!(queue.bytes, 2 * JOINED + 1);
    let pieces: Vec<_> = std::iter::from_fn(|| queue.pop())
        .map(|item| match item {
            Item::Text { text, .. } => text,
            Item::Message(_) => panic!("only text was queued"),
        })
        .collect();
    assert!(pieces.iter().all(|piece| piece.len() <= JOINED));
    assert!(pieces.len() <= 3, "{}", pieces.len());
    assert_eq!(pieces.concat(), format!("x{text}"));
}

#[test]
fn two_streams_in_turns_do_not_make_a_message_each() {
    let mut queue = Queue::default();
    for _ in 0..10_000 {
        queue.push_text(&CELL, Stream::Stdout, "out\n");
        queue.push_text(&CELL, Stream::Stderr, "err\n");
    }
    let items = shown(&mut queue);
    assert!(items.len() < 40, "{}", items.len());
    let text = |prefix: &str| items.iter().filter_map(|item| item.strip_prefix(prefix)).collect::<String>();
    assert_eq!(text("Stdout "), "out\n".repeat(10_000));
    assert_eq!(text("Stderr "), "err\n".repeat(10_000));
}
