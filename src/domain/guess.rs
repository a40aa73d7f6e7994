//! "Did you mean …?": the nearest known word to one that is unknown.

/// Returns the candidate nearest to `word`, if one is near enough to be worth a hint.
///
/// Near means a third of the letters at most differ, ignoring case; the first of equally near ones wins.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    let limit = (wanted.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_the_word_and_nonsense_finds_none() {
        let words = ["openai-prod", "openai-stage", "anthropic"];
        assert_eq!(nearest("openai-prdo", words), Some("openai-prod"));
        assert_eq!(nearest("OpenAI-Prod", words), Some("openai-prod"));
        assert_eq!(nearest("zzz", words), None);
    }
}
