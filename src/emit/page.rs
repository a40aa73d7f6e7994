//! A page that may hold secrets: text that is wiped wherever it stood, and how values are quoted in it.

use std::fmt::Write;

use zeroize::Zeroizing;

use crate::domain::name::is_unprintable;

/// Text on its way out. When it grows, what it leaves behind is wiped.
#[derive(Default)]
pub struct Page(Zeroizing<String>);

impl Page {
    /// Writes text as it is.
    pub fn push(&mut self, text: &str) {
        if self.0.capacity() - self.0.len() < text.len() {
            let mut larger = Zeroizing::new(String::with_capacity(2 * (self.0.len() + text.len())));
            larger.push_str(&self.0);
            self.0 = larger;
        }
        self.0.push_str(text);
    }

    /// Writes a line.
    pub fn line(&mut self, text: &str) {
        self.push(text);
        self.push("\n");
    }

    /// Writes a remark of a file in which they begin with `#`. Nothing in it ends the line, or is obeyed by a terminal.
    pub fn remark(&mut self, text: &str) {
        self.push("# ");
        self.line(&crate::domain::name::printable(text));
    }

    /// Writes a text as JSON does; what a terminal would obey is escaped as well. YAML takes it, too.
    pub fn quote(&mut self, text: &str) {
        self.push("\"");
        for c in text.chars() {
            let mut bytes = [0; 4];
            match c {
                '"' => self.push("\\\""),
                '\\' => self.push("\\\\"),
                '\n' => self.push("\\n"),
                // All of them are in the first plane, so that one escape is enough.
                c if is_unprintable(c) => {
                    let mut escape = Zeroizing::new(String::with_capacity(6));
                    let _ = write!(escape, "\\u{:04x}", u32::from(c));
                    self.push(&escape);
                }
                c => {
                    self.push(c.encode_utf8(&mut bytes));
                    zeroize::Zeroize::zeroize(&mut bytes);
                }
            }
        }
        self.push("\"");
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_text_is_read_back_and_commands_no_terminal() {
        let hostile = "a\"b\\c\nd\t\r\u{1b}[2J\u{202e}\u{0}é😀";
        let mut page = Page::default();
        page.quote(hostile);
        assert_eq!(serde_json::from_str::<String>(page.as_str()).unwrap(), hostile);
        assert!(!page.as_str().chars().any(is_unprintable));
    }

    #[test]
    fn a_remark_is_one_line() {
        let mut page = Page::default();
        page.remark("a\nOPENAI_API_KEY=x\r\u{2028}y");
        assert_eq!(page.as_str().lines().count(), 1);
    }
}
