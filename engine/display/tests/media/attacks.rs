//! Nothing from data becomes an element, an attribute or a command, in any medium: real parsers read what was made of attack strings.

use fram_display::{
    Chart, ChartKind, Column, Kind, Positions, RowCount, SchemaField, Series, Table, Value, schema_tree,
    visible,
};

use crate::markup::{Piece, pieces, texts};

/// The corpus, decoded, with what is too long to be written down.
fn attacks() -> Vec<String> {
    let corpus = include_str!("../../../../tests/data/attack_strings.txt");
    let mut attacks: Vec<String> =
        corpus.lines().filter(|line| !line.starts_with("##")).map(decoded).collect();
    assert!(attacks.len() > 90, "the corpus was not read");
    attacks.push("<b>long</b>\"'&".repeat(20_000));
    attacks.push(format!("{}<script>", "x".repeat(75)));
    attacks.push(format!("{}&amp;", "x".repeat(1_997)));
    attacks.push(String::new());
    attacks
}

fn decoded(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(place) = rest.find('\\') {
        out.push_str(&rest[..place]);
        let escape = &rest[place + 1..];
        let (character, length) = match escape.as_bytes()[0] {
            b'n' => ('\n', 1),
            b'r' => ('\r', 1),
            b't' => ('\t', 1),
            b'\\' => ('\\', 1),
            b'u' => {
                let end = escape.find('}').expect("an escape ends with a brace");
                let code = u32::from_str_radix(&escape[2..end], 16).expect("an escape is hexadecimal");
                (char::from_u32(code).expect("an escape is a character"), end + 1)
            }
            other => panic!("unknown escape {other} in {line}"),
        };
        out.push(character);
        rest = &escape[length..];
    }
    out + rest
}

fn table(attack: &str) -> Table {
    let text = || attack.to_owned();
    let values = vec![
        Value::Text(text()),
        Value::CutText { text: text(), characters: 1_000_000 },
        Value::Time(text()),
        Value::Decimal(text()),
        Value::List(vec![Value::Text(text()), Value::Time(text())], 9),
        Value::Struct(vec![(text(), Value::Text(text()))], 2),
        Value::Binary(attack.as_bytes().to_vec(), attack.len() + 1),
        Value::Null,
    ];
    let column = |kind| Column { name: text(), dtype: text(), kind, values: values.clone() };
    Table {
        columns: vec![column(Kind::Text), column(Kind::Number)],
        rows: RowCount::Exactly(100),
        gap: Some(4),
        hidden: vec![text()],
        notes: vec![text()],
    }
}

fn chart(kind: ChartKind, attack: &str) -> Chart {
    let categories = Positions::Categories(vec![Some(attack.to_owned()), None, Some(format!("{attack}2"))]);
    let heights = vec![Some(1.0), Some(2.0), Some(3.0)];
    let series = |name| Series { name, x: categories.clone(), y: heights.clone() };
    let mut chart = Chart::new(kind, attack, attack, vec![series(Some(attack.to_owned())), series(None)]);
    chart.title = Some(attack.to_owned());
    chart.color_label = Some(attack.to_owned());
    chart.bin_width = Some(1.0);
    chart.notes = vec![attack.to_owned()];
    chart
}

const KINDS: [ChartKind; 4] = [ChartKind::Bar, ChartKind::Line, ChartKind::Scatter, ChartKind::Histogram];

/// Asserts that a browser would build only these elements with only these attributes.
fn check_html(html: &str, elements: &[&str], attributes: &[&str], attack: &str) {
    for piece in pieces(html) {
        match piece {
            Piece::Start { name, attributes: found } => {
                assert!(elements.contains(&name.as_str()), "<{name}> was made from {attack:?}");
                for (attribute, _) in found {
                    assert!(
                        attributes.iter().any(|known| known.eq_ignore_ascii_case(&attribute)),
                        "attribute {attribute} was made from {attack:?}"
                    );
                }
            }
            Piece::Other => panic!("a comment or the like was made from {attack:?}"),
            Piece::End | Piece::Text(_) => {}
        }
    }
}

/// Asserts that no character but a line feed acts on a terminal or on its neighbours.
fn check_inert(text: &str, attack: &str) {
    for line in text.split('\n') {
        assert_eq!(visible(line), line, "a character of {attack:?} is still at work");
        assert!(!line.contains(['\t', '\r']), "{attack:?} kept a tab or a carriage return");
    }
}

const TABLE_ELEMENTS: [&str; 13] =
    ["div", "style", "table", "thead", "tbody", "tr", "th", "td", "br", "small", "em", "i", "p"];

#[test]
fn no_attack_becomes_markup_in_a_table() {
    for attack in attacks() {
        let html = table(&attack).html();
        check_html(&html, &TABLE_ELEMENTS, &["class", "align", "title"], &attack);
        let is_cell = |piece: &Piece| matches!(piece, Piece::Start { name, .. } if name == "td");
        let cells = pieces(&html).iter().filter(|piece| is_cell(piece)).count();
        assert_eq!(cells, 2 * 9, "{attack:?} moved the cells");
        assert!(html.len() < 300_000, "{} bytes for {} of data", html.len(), attack.len());
    }
}

#[test]
fn a_cell_says_what_the_data_says() {
    for attack in attacks().iter().filter(|attack| (1..70).contains(&attack.chars().count())) {
        let texts = texts(&table(attack).html());
        let line = visible(attack).replace("␍\n", "↵").replace('\n', "↵").replace('\t', "⇥");
        let shown = |text: &String| text.replace('·', " ") == line || *text == format!("\"{line}\"");
        assert!(texts.iter().any(shown), "{attack:?} is not to be found in {texts:?}");
    }
}

#[test]
fn pairs_of_attacks_stay_text_too() {
    let attacks: Vec<String> = attacks().into_iter().filter(|attack| attack.len() < 60).collect();
    for (place, first) in attacks.iter().enumerate() {
        let pair = format!("{first}{}", attacks[(place * 7 + 3) % attacks.len()]);
        check_html(&table(&pair).html(), &TABLE_ELEMENTS, &["class", "align", "title"], &pair);
    }
}

#[test]
fn no_attack_acts_in_plain_text() {
    for attack in attacks() {
        check_inert(&table(&attack).text(100), &attack);
        for kind in KINDS {
            check_inert(&chart(kind, &attack).text(), &attack);
        }
        check_inert(&schema_tree(&schema(&attack)), &attack);
    }
}

fn schema(attack: &str) -> Vec<SchemaField> {
    let field = |children| SchemaField { name: attack.to_owned(), dtype: attack.to_owned(), children };
    vec![field(vec![field(vec![])]), field(vec![])]
}

#[test]
fn no_attack_makes_lines_in_a_schema() {
    for attack in attacks() {
        assert_eq!(schema_tree(&schema(&attack)).lines().count(), 4, "{attack:?} made lines");
    }
}

const SVG_ELEMENTS: [&str; 6] = ["svg", "title", "rect", "polyline", "circle", "text"];
const SVG_ATTRIBUTES: [&str; 26] = [
    "width",
    "height",
    "viewBox",
    "role",
    "style",
    "font-family",
    "stroke-linejoin",
    "stroke-linecap",
    "rx",
    "fill",
    "x",
    "y",
    "dy",
    "cx",
    "cy",
    "r",
    "points",
    "stroke",
    "stroke-width",
    "opacity",
    "text-anchor",
    "font-size",
    "font-weight",
    "transform",
    "d",
    "xmlns",
];

#[test]
fn no_attack_becomes_markup_in_a_chart() {
    for attack in attacks() {
        for kind in KINDS {
            let svg = chart(kind, &attack).svg().expect("the chart is drawn");
            let document =
                roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{error} after {attack:?}"));
            for node in document.descendants() {
                assert!(!node.is_comment() && !node.is_pi(), "{attack:?} made a comment or an instruction");
                if !node.is_element() {
                    continue;
                }
                assert!(SVG_ELEMENTS.contains(&node.tag_name().name()), "{attack:?} made {node:?}");
                for attribute in node.attributes() {
                    assert!(SVG_ATTRIBUTES.contains(&attribute.name()), "{attack:?} made {attribute:?}");
                    let plain = |character: char| {
                        character.is_ascii_alphanumeric() || " #.,:;%-()".contains(character)
                    };
                    assert!(attribute.value().chars().all(plain), "{attack:?} reached {attribute:?}");
                }
            }
            let elements = ["svg", "title", "rect", "polyline", "circle", "text"];
            check_html(&svg, &elements, &SVG_ATTRIBUTES, &attack);
            check_inert(&svg, &attack);
        }
    }
}

#[test]
fn attacks_can_be_drawn_as_pixels() {
    for attack in attacks().iter().step_by(20) {
        let small = Chart { width: 200, height: 130, ..chart(ChartKind::Bar, attack) };
        assert!(small.png().expect("the chart is drawn").starts_with(b"\x89PNG"));
    }
}
