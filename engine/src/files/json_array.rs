//! A file that is one JSON array becomes lines, one a value, so that it is read as JSON lines are.

use std::io::{BufWriter, Write};
use std::path::Path;

use super::fault;
use super::json_columns::{BYTE_ORDER_MARK, rewound, temporary};
use super::text::Text;
use crate::fault::Fault;

/// The elements of the array in this file, one a line. A file that holds one object is an array of one. Values are
/// not checked; whoever reads the lines does.
pub(crate) fn lines(path: &Path) -> Result<Text<'_>, Fault> {
    let mut text = Text::open(path)?;
    let failed = |error| fault::of_io(&std::env::temp_dir(), &error);
    let mut out = BufWriter::new(temporary()?);
    let mut cutter = Cutter::default();
    while let Some(block) = text.next_block()? {
        let block = block.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&block);
        out.write_all(&cutter.cut(block)).map_err(failed)?;
    }
    Text::over(rewound(out).map_err(failed)?, path)
}

/// Where in a JSON text the cutting stands.
#[derive(Default)]
struct Cutter {
    depth: usize,
    is_array: bool,
    in_string: bool,
    escaped: bool,
}

impl Cutter {
    /// The block with its elements' commas as line ends, and its own line ends as blanks.
    fn cut(&mut self, block: &[u8]) -> Vec<u8> {
        block.iter().map(|byte| self.next(*byte)).collect()
    }

    fn next(&mut self, byte: u8) -> u8 {
        if self.in_string {
            self.in_string = self.escaped || byte != b'"';
            self.escaped = !self.escaped && byte == b'\\';
            return byte;
        }
        match byte {
            b'"' => self.in_string = true,
            b'[' | b'{' => {
                self.depth += 1;
                if self.depth == 1 && byte == b'[' {
                    self.is_array = true;
                    return b' ';
                }
            }
            b']' | b'}' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 && byte == b']' && self.is_array {
                    return b' ';
                }
            }
            b',' if self.depth == 1 && self.is_array => return b'\n',
            b'\n' | b'\r' => return b' ',
            _ => {}
        }
        byte
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_commas_between_elements_cut() {
        let text = "[\n {\"a\": [1, 2], \"b\": \"x,]\\\"\"},\n {\"a\":\n []} ]";
        let lines = String::from_utf8(Cutter::default().cut(text.as_bytes())).unwrap();
        let rows: Vec<&str> = lines.lines().map(str::trim).collect();
        assert_eq!(rows, ["{\"a\": [1, 2], \"b\": \"x,]\\\"\"}", "{\"a\":  []}"]);
        assert_eq!(Cutter::default().cut(b"{\"a\":\n1}"), b"{\"a\": 1}");
    }
}
