//! Reads HTML as a browser does, so that tests see which elements were made and what they say.

use std::cell::RefCell;

use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

/// A piece of HTML.
#[derive(Debug, PartialEq)]
pub(crate) enum Piece {
    /// An element begins.
    Start { name: String, attributes: Vec<(String, String)> },
    /// An element ends.
    End,
    /// Text, its references read.
    Text(String),
    /// A comment, a doctype: nothing that Fram writes.
    Other,
}

#[derive(Default)]
struct Pieces(RefCell<Vec<Piece>>);

impl TokenSink for Pieces {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut pieces = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                let attributes = tag.attrs.iter();
                let attributes = attributes.map(|one| (one.name.local.to_string(), one.value.to_string()));
                let name = tag.name.to_string();
                let is_raw = ["style", "script", "xmp", "iframe"].contains(&name.as_str());
                pieces.push(Piece::Start { name, attributes: attributes.collect() });
                if is_raw {
                    return TokenSinkResult::RawData(RawKind::Rawtext);
                }
            }
            Token::TagToken(_) => pieces.push(Piece::End),
            Token::CharacterTokens(text) => match pieces.last_mut() {
                Some(Piece::Text(before)) => before.push_str(&text),
                _ => pieces.push(Piece::Text(text.to_string())),
            },
            // What is misspelt in HTML is mended by a browser in ways of its own.
            Token::ParseError(error) => panic!("a browser would stumble: {error}"),
            Token::EOFToken => {}
            Token::DoctypeToken(_) | Token::CommentToken(_) | Token::NullCharacterToken => {
                pieces.push(Piece::Other);
            }
        }
        TokenSinkResult::Continue
    }
}

/// The pieces of a fragment; fails where a browser would find an error.
pub(crate) fn pieces(html: &str) -> Vec<Piece> {
    let tokenizer =
        Tokenizer::new(Pieces::default(), TokenizerOpts { exact_errors: true, ..Default::default() });
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.take()
}

/// The texts of a fragment, and what hovering shows.
pub(crate) fn texts(html: &str) -> Vec<String> {
    let text = |piece: Piece| match piece {
        Piece::Text(text) => Some(text),
        _ => None,
    };
    pieces(html).into_iter().filter_map(text).collect()
}
