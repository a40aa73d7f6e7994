//! Names in lower case, by which lists are put in order: each is put into lower case once, however often it is compared.

use std::ops::Range;

/// All of them in one text, so that a hundred thousand take no room of their own each.
#[derive(Default)]
pub(super) struct Names(String);

/// Where one of them stands.
pub(super) type Name = Range<usize>;

impl Names {
    /// Takes a name in.
    pub(super) fn take(&mut self, name: &str) -> Name {
        let begin = self.0.len();
        // Most names need no table of letters.
        if name.is_ascii() {
            self.0.push_str(name);
            self.0[begin..].make_ascii_lowercase();
        } else {
            self.0.extend(name.chars().flat_map(char::to_lowercase));
        }
        begin..self.0.len()
    }

    /// Returns it in lower case.
    pub(super) fn get(&self, name: &Name) -> &str {
        &self.0[name.clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_as_it_was_but_for_its_case() {
        let mut names = Names::default();
        let (first, empty, second) = (names.take("Invoice-Bot 7"), names.take(""), names.take("ÄRGER İ"));
        assert_eq!([&first, &empty, &second].map(|name| names.get(name)), ["invoice-bot 7", "", "ärger i\u{307}"]);
    }
}
