//! What the wire must take and must refuse.

use super::*;

fn sample(wire: &Wire) -> Vec<Bytes> {
    let mut draft = Draft::new("execute_request", &serde_json::json!({ "code": "1" }));
    draft.identities = vec![Bytes::from_static(b"who")];
    draft.buffers = vec![Bytes::from_static(b"\x00\xff")];
    wire.encode(draft)
}

#[test]
fn a_message_comes_back_as_it_went() {
    let wire = Wire::new("key", "me");
    let message = wire.decode(sample(&wire)).unwrap();
    assert_eq!(message.identities, [Bytes::from_static(b"who")]);
    assert_eq!(message.header.msg_type, "execute_request");
    assert_eq!(message.content, r#"{"code":"1"}"#);
    assert_eq!(message.buffers, [Bytes::from_static(b"\x00\xff")]);
}

#[test]
fn the_signature_is_the_one_of_the_specification() {
    // hmac.new(b"a0436f6c-1916-498b-8eb9-e81ab9368e84", b"{}" * 4, "sha256").hexdigest() in Python
    let wire = Wire::new("a0436f6c-1916-498b-8eb9-e81ab9368e84", "me");
    let frame = Bytes::from_static(b"{}");
    assert_eq!(wire.sign([&frame, &frame, &frame, &frame]), SIGNATURE_FROM_PYTHON);
}

const SIGNATURE_FROM_PYTHON: &str = "c5725711611a71f369d996132f096424c55c73e5d7d3a69996ec21f94b2774a1";

#[test]
fn a_wrong_signature_is_refused() {
    let wire = Wire::new("key", "me");
    for bad in ["", "zz", "abc", &"0".repeat(64)] {
        let mut frames = sample(&wire);
        frames[2] = Bytes::from(bad.to_owned());
        assert_eq!(wire.decode(frames).unwrap_err(), WireError::Signature, "{bad:?}");
    }
    let mut frames = sample(&wire);
    frames[6] = Bytes::from_static(br#"{"code":"2"}"#);
    assert_eq!(wire.decode(frames).unwrap_err(), WireError::Signature);
    assert_eq!(Wire::new("other", "me").decode(sample(&wire)).unwrap_err(), WireError::Signature);
}

#[test]
fn an_empty_key_signs_and_checks_nothing() {
    let wire = Wire::new("", "me");
    let mut frames = sample(&wire);
    assert!(frames[2].is_empty());
    frames[2] = Bytes::from_static(b"whatever");
    assert!(wire.decode(frames).is_ok());
}

#[test]
fn what_is_no_message_is_refused_with_its_reason() {
    let wire = Wire::new("", "me");
    let frames =
        |parts: &[&'static str]| parts.iter().map(|part| Bytes::from_static(part.as_bytes())).collect();
    assert_eq!(wire.decode(frames(&[])).unwrap_err(), WireError::NoDelimiter);
    assert_eq!(wire.decode(frames(&["a", "b"])).unwrap_err(), WireError::NoDelimiter);
    assert_eq!(wire.decode(frames(&["<IDS|MSG>", "", "{}"])).unwrap_err(), WireError::TooShort { found: 2 });
    for header in ["", "[]", "{}", "{\"msg_id\": 1}", "nonsense"] {
        let error = wire.decode(frames(&["<IDS|MSG>", "", header, "{}", "{}", "{}"])).unwrap_err();
        assert!(matches!(error, WireError::Header { .. }), "{header}: {error}");
    }
}

#[test]
fn the_parent_goes_back_verbatim() {
    let wire = Wire::new("", "me");
    let header = r#"{"msg_id":"1","msg_type":"t","subshell_id":null,  "unknown":[1]}"#;
    let frames = ["id", "<IDS|MSG>", "", header, "{}", "{}", "{}"].map(Bytes::from).to_vec();
    let request = wire.decode(frames).unwrap();
    let frames = wire.encode(Draft::new("reply", &serde_json::json!({})).reply_to(&request));
    assert_eq!(frames[0], "id");
    assert_eq!(frames[4], header);
}
