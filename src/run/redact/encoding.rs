//! The ways in which programs write a secret: each compares bytes with it without a copy of its own.

/// What stands at the beginning of some bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// The length of the longest whole secret.
    pub(super) whole: Option<usize>,
    /// How many characters of a secret stand there until the bytes end; the most, where there are several.
    pub(super) cut: Option<usize>,
}

impl Found {
    /// Says whether anything was found.
    pub(super) const fn is_anything(self) -> bool {
        self.whole.is_some() || self.cut.is_some()
    }

    /// Takes the more of two.
    pub(super) fn or(self, other: Self) -> Self {
        Self { whole: self.whole.max(other.whole), cut: self.cut.max(other.cut) }
    }
}

/// What comes of comparing bytes with one way of writing a character.
enum Step {
    /// They are it; this long.
    Whole(usize),
    /// They end in the middle of it.
    Cut,
    No,
}

/// Looks for a secret in any form at the beginning of some bytes.
pub(super) fn look(secret: &str, bytes: &[u8]) -> Found {
    let base64 = (0..3).map(|before| base64(secret.as_bytes(), before, bytes));
    base64.fold(escaped(secret, bytes).or(hexadecimal(secret.as_bytes(), bytes)), Found::or)
}

/// Looks for a text in which each character stands as it is, percent-encoded, or escaped as in JSON.
///
/// Where a character can be read in two ways, as `\` and `\\`, both are followed.
fn escaped(secret: &str, bytes: &[u8]) -> Found {
    let (mut ends, mut found) = (vec![0], Found::default());
    for (units, c) in secret.chars().enumerate() {
        let mut next = Vec::new();
        for &at in &ends {
            if at == bytes.len() {
                found.cut = found.cut.max(Some(units));
                continue;
            }
            written(c, &bytes[at..], |step| match step {
                Step::Whole(length) if !next.contains(&(at + length)) => next.push(at + length),
                Step::Cut => found.cut = found.cut.max(Some(units)),
                Step::Whole(_) | Step::No => {}
            });
        }
        if next.is_empty() {
            return found;
        }
        ends = next;
    }
    found.whole = ends.into_iter().max();
    found
}

/// Tells each way in which a character stands at the beginning of some bytes.
fn written(c: char, bytes: &[u8], mut tell: impl FnMut(Step)) {
    let (mut plain, mut units) = ([0; 4], [0; 2]);
    let plain = c.encode_utf8(&mut plain).as_bytes();
    tell(compare(bytes, plain.iter().copied()));
    let percent = plain.iter().flat_map(|byte| [b'%', digit(byte >> 4), digit(byte & 15)]);
    tell(compare(bytes, percent));
    let units = c.encode_utf16(&mut units);
    let quad = |unit: &u16| [12, 8, 4, 0].map(|shift| digit(u8::try_from(unit >> shift & 15).unwrap_or_default()));
    tell(compare(bytes, units.iter().flat_map(|unit| b"\\u".iter().copied().chain(quad(unit)))));
    let short = match c {
        '"' => b'"',
        '\'' => b'\'',
        '\\' => b'\\',
        '/' => b'/',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        ' ' => {
            tell(compare(bytes, std::iter::once(b'+')));
            return;
        }
        _ => return,
    };
    tell(compare(bytes, [b'\\', short].into_iter()));
}

/// Compares bytes with what is wanted. Case counts only for letters that are none of an escape's own.
fn compare(bytes: &[u8], wanted: impl Iterator<Item = u8>) -> Step {
    let mut length = 0;
    let mut escape = None;
    for byte in wanted {
        let Some(&found) = bytes.get(length) else { return Step::Cut };
        let folds = escape.is_some_and(|begun| begun == b'%' || length > 1);
        if !(found == byte || folds && found.eq_ignore_ascii_case(&byte)) {
            return Step::No;
        }
        if length == 0 && matches!(byte, b'%' | b'\\') {
            escape = Some(byte);
        }
        length += 1;
    }
    Step::Whole(length)
}

/// Returns a hexadecimal digit.
fn digit(value: u8) -> u8 {
    b"0123456789abcdef"[usize::from(value & 15)]
}

/// Looks for bytes in hexadecimal digits, in either case.
fn hexadecimal(secret: &[u8], bytes: &[u8]) -> Found {
    let digits = secret.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    for (at, wanted) in digits.enumerate() {
        match bytes.get(at) {
            None => return Found { cut: Some(at / 2), whole: None },
            Some(found) if found.eq_ignore_ascii_case(&wanted) => {}
            Some(_) => return Found::default(),
        }
    }
    Found { whole: Some(2 * secret.len()), cut: None }
}

/// Looks for base64 of something in which the secret stands `before` bytes behind a group's beginning, in either
/// alphabet, over line ends.
///
/// The outermost digits hold bits of neighbours, which may be anything.
fn base64(secret: &[u8], before: usize, bytes: &[u8]) -> Found {
    let bit = |number: usize| {
        let at = (number / 8).checked_sub(before)?;
        secret.get(at).map(|byte| byte >> (7 - number % 8) & 1)
    };
    let (first, last) = (8 * before / 6, (8 * (before + secret.len())).div_ceil(6));
    let mut at = 0;
    for (units, digit) in (first..last).enumerate() {
        if units > 0 {
            match line_end(&bytes[at..]) {
                Step::Whole(length) => at += length,
                Step::Cut => return Found { cut: Some(units), whole: None },
                Step::No => {}
            }
        }
        let Some(&found) = bytes.get(at) else { return Found { cut: Some(units), whole: None } };
        let fits = |value: u8| (0..6).all(|it| bit(6 * digit + it).is_none_or(|bit| bit == value >> (5 - it) & 1));
        if !value(found).is_some_and(fits) {
            return Found::default();
        }
        at += 1;
    }
    Found { whole: Some(at), cut: None }
}

/// Says whether a line ends at the beginning of some bytes.
fn line_end(bytes: &[u8]) -> Step {
    match bytes {
        [b'\n', ..] => Step::Whole(1),
        [b'\r', b'\n', ..] => Step::Whole(2),
        [b'\r'] => Step::Cut,
        _ => Step::No,
    }
}

/// Returns the value of a base64 digit of either alphabet.
const fn value(digit: u8) -> Option<u8> {
    Some(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}
