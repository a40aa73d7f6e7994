//! Placeholders: what forms, examples and scripts put where a key belongs.

use crate::vault::Secret;

/// Says whether a key is none.
pub fn is_placeholder(key: &Secret) -> bool {
    let key = key.expose().trim().to_ascii_uppercase().replace('-', "_");
    key.starts_with("YOUR_")
        || key.starts_with("PLACEHOLDER")
        || key.starts_with('<') && key.ends_with('>')
        || ["CHANGEME", "CHANGE_ME", "XXX", "TODO", "SK_...", "...", "SK_XXX"].contains(&&*key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_keys() {
        let is = |text: &str| is_placeholder(&Secret::new(text.to_owned()));
        for text in
            ["YOUR_GOOGLE_API_KEY_HERE", "your-api-key", "PLACEHOLDER-SYSTEM-KEY-GPT4", "<key>", "changeme", "sk-..."]
        {
            assert!(is(text), "{text}");
        }
        assert!(!is("sk-FAKE-0123456789") && !is("yours-truly-0123456789"));
    }
}
