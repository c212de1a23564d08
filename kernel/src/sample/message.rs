//! The `Message` of Security and System events: titled sections of tab-separated lines, ended by `\r\n`.

/// A message in the making.
pub(crate) struct Message {
    text: String,
}

impl Message {
    /// A message that begins with a sentence.
    pub(crate) fn new(sentence: &str) -> Self {
        Self { text: sentence.to_owned() }
    }

    /// With a section: its title, then its lines of name and value.
    pub(crate) fn section(mut self, title: &str, lines: &[(&str, &str)]) -> Self {
        self.text.push_str("\r\n\r\n");
        self.text.push_str(title);
        self.text.push(':');
        for (name, value) in lines {
            for part in ["\r\n\t", name, ":\t\t", value] {
                self.text.push_str(part);
            }
        }
        self
    }

    /// The whole text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_laid_out_as_windows_does() {
        let message = Message::new("A thing happened.")
            .section("Subject", &[("Account Name", "x"), ("Logon ID", "0x1")]);
        assert_eq!(
            message.text(),
            "A thing happened.\r\n\r\nSubject:\r\n\tAccount Name:\t\tx\r\n\tLogon ID:\t\t0x1"
        );
    }
}
