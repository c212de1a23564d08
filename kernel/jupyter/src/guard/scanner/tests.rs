//! What the scanner lets pass and what it refuses, fed in pieces of every size.

use super::*;

const LIMITS: Limits = Limits { message_bytes: 1000, unfinished_bytes: 2500, frames: 3, messages: Some(3) };

fn greeting() -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[0] = 0xff;
    bytes[9] = 0x7f;
    bytes[10] = 3;
    bytes[12..16].copy_from_slice(b"NULL");
    bytes
}

fn opened() -> Vec<u8> {
    let mut bytes = greeting();
    bytes.extend([COMMAND, 6]);
    bytes.extend(b"\x05READY");
    bytes
}

/// Scans the bytes in pieces of 1, 2, 3, 7 and 1000 bytes; all must agree.
fn scan(bytes: &[u8]) -> Result<bool, Refusal> {
    let answers: Vec<_> = [1, 2, 3, 7, 1000]
        .into_iter()
        .map(|size| {
            let mut scanner = Scanner::new(LIMITS, Arc::default());
            bytes.chunks(size).try_for_each(|piece| scanner.scan(piece)).map(|()| scanner.is_ready())
        })
        .collect();
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    answers[0]
}

fn after_opening(bytes: &[u8]) -> Result<bool, Refusal> {
    scan(&[opened(), bytes.to_vec()].concat())
}

#[test]
fn a_handshake_and_messages_pass() {
    assert_eq!(scan(&greeting()), Ok(false));
    assert_eq!(scan(&opened()), Ok(true));
    assert_eq!(after_opening(b"\x01\x03abc\x00\x00"), Ok(true));
    let long = [&[LONG, 0, 0, 0, 0, 0, 0, 3, 0xe8][..], &[7; 1000]].concat();
    assert_eq!(after_opening(&long.repeat(3)), Ok(true));
}

#[test]
fn what_is_no_zmtp_is_refused_at_its_first_wrong_byte() {
    assert_eq!(scan(b"GET / HTTP/1.1\r\n\r\n"), Err(Refusal::Greeting));
    for (at, byte) in [(0, 0), (9, 0), (10, 2), (12, b'C'), (16, b'X')] {
        let mut bytes = greeting();
        bytes[at] = byte;
        assert_eq!(scan(&bytes), Err(Refusal::Greeting), "{at}");
    }
}

#[test]
fn a_claimed_length_is_refused_before_its_payload() {
    for length in [1001_u64, 256 << 20, 64 << 30, 4 << 40, 4 << 60, u64::MAX] {
        let header = [&[LONG][..], &length.to_be_bytes()].concat();
        assert_eq!(after_opening(&header), Err(Refusal::TooLarge), "{length}");
        // Before READY too, where no signature could have protected.
        assert_eq!(scan(&[greeting(), header].concat()), Err(Refusal::Command), "{length}");
        let ready = [&[LONG | COMMAND][..], &length.to_be_bytes()].concat();
        if length > READY_LENGTH {
            assert_eq!(scan(&[greeting(), ready].concat()), Err(Refusal::Command), "{length}");
        }
    }
}

#[test]
fn frames_count_together() {
    let frame = [&[LONG | MORE, 0, 0, 0, 0, 0, 0, 1, 0x90][..], &[7; 400]].concat();
    assert_eq!(after_opening(&frame.repeat(2)), Ok(true));
    assert_eq!(after_opening(&frame.repeat(3)), Err(Refusal::TooLarge));
    assert_eq!(after_opening(b"\x01\x00\x01\x00\x01\x00\x01\x00"), Err(Refusal::TooMany));
    assert_eq!(after_opening(b"\x00\x00\x00\x00\x00\x00\x00\x00"), Err(Refusal::TooMany));
}

#[test]
fn commands_and_reserved_flags_are_refused() {
    assert_eq!(after_opening(&[COMMAND, 5, 4, b'P', b'I', b'N', b'G']), Err(Refusal::Command));
    assert_eq!(scan(&[greeting(), vec![COMMAND | MORE, 0]].concat()), Err(Refusal::Command));
    assert_eq!(after_opening(&[0x80]), Err(Refusal::Flags));
    assert_eq!(scan(&[greeting(), vec![0, 3]].concat()), Err(Refusal::Command));
}

#[test]
fn unfinished_messages_of_all_clients_count_together() {
    let unfinished = Arc::default();
    let begun = [&opened()[..], &[LONG, 0, 0, 0, 0, 0, 0, 3, 0xe8]].concat();
    let begin = || {
        let mut scanner = Scanner::new(LIMITS, Arc::clone(&unfinished));
        scanner.scan(&begun).map(|()| scanner)
    };
    let (mut first, second) = (begin().ok().unwrap(), begin().ok().unwrap());
    assert_eq!(begin().err(), Some(Refusal::TooLarge));
    first.scan(&[7; 1000]).unwrap();
    let third = begin().ok().unwrap();
    assert_eq!(begin().err(), Some(Refusal::TooLarge));
    drop((second, third));
    assert!(begin().is_ok());
}
