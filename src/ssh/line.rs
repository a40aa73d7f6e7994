//! Lines: what is typed at the terminal of a channel, edited and echoed as a local terminal would do it by itself.

use zeroize::Zeroizing;

/// The longest line; what is typed beyond it is not taken.
const LONGEST: usize = 16 << 10;

/// What a byte did to the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// It goes on.
    More,
    /// It is whole.
    Line,
    /// Input ends: ctrl-d on an empty line.
    End,
    /// ctrl-c: whoever asked is to stop.
    Interrupt,
}

/// A line that is being typed.
#[derive(Debug, Default)]
pub struct Line {
    text: Zeroizing<Vec<u8>>,
    after_return: bool,
}

impl Line {
    /// Takes a byte, and appends what is to be echoed of it.
    pub fn push(&mut self, byte: u8, echo: &mut Vec<u8>) -> Typed {
        let after_return = std::mem::replace(&mut self.after_return, byte == b'\r');
        match byte {
            b'\n' if after_return => {}
            b'\r' | b'\n' => {
                echo.extend_from_slice(b"\r\n");
                return Typed::Line;
            }
            0x03 => {
                echo.extend_from_slice(b"^C\r\n");
                return Typed::Interrupt;
            }
            0x04 if self.text.is_empty() => return Typed::End,
            0x08 | 0x7f => self.erase(echo),
            0x15 => {
                while !self.text.is_empty() {
                    self.erase(echo);
                }
            }
            // Other keys of control, and the beginnings of sequences, mean nothing in a line.
            0..0x20 => {}
            byte if self.text.len() < LONGEST => {
                self.text.push(byte);
                echo.push(byte);
            }
            _ => {}
        }
        Typed::More
    }

    /// Takes the last character away, whatever its length in bytes.
    fn erase(&mut self, echo: &mut Vec<u8>) {
        let is_inside = |byte: &u8| byte & 0xc0 == 0x80;
        while self.text.pop().is_some_and(|byte| is_inside(&byte)) {}
        echo.extend_from_slice(b"\x08 \x08");
    }

    /// Takes the text, without a line end.
    pub fn take(&mut self) -> Zeroizing<Vec<u8>> {
        std::mem::take(&mut self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &mut Line, bytes: &[u8]) -> (Typed, String) {
        let mut echo = Vec::new();
        let last = bytes.iter().map(|byte| line.push(*byte, &mut echo)).last().unwrap();
        (last, String::from_utf8_lossy(&echo).into_owned())
    }

    #[test]
    fn a_line_is_edited_and_echoed() {
        let mut line = Line::default();
        assert_eq!(typed(&mut line, "yeé\x7fs\r".as_bytes()), (Typed::Line, "yeé\x08 \x08s\r\n".to_owned()));
        assert_eq!(&*line.take(), b"yes");
        // The other half of a line end that came as two is none of the next line.
        assert_eq!(typed(&mut line, b"\nab\x15n"), (Typed::More, "ab\x08 \x08\x08 \x08n".to_owned()));
        assert_eq!(&*line.take(), b"n");
    }

    #[test]
    fn keys_of_control_stop_or_mean_nothing() {
        let mut line = Line::default();
        assert_eq!(typed(&mut line, b"\x04").0, Typed::End);
        assert_eq!(typed(&mut line, b"a\x1b\x07\x04"), (Typed::More, "a".to_owned()));
        assert_eq!(typed(&mut line, b"\x03").0, Typed::Interrupt);
        typed(&mut line, &vec![b'x'; LONGEST + 9]);
        assert_eq!(line.take().len(), LONGEST);
    }
}
