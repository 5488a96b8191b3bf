//! The nearest of the names that could have been meant.

/// The candidate nearest to `word`, if it is near enough to be a slip: one change, or a third of the word.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).clamp(1, 3);
    let near = candidates.into_iter().filter(|candidate| candidate.len().abs_diff(word.len()) <= limit);
    let scored = near.map(|candidate| (strsim::osa_distance(word, candidate), candidate));
    scored.filter(|(distance, _)| *distance <= limit).min().map(|(_, candidate)| candidate)
}

/// ``did you mean `x`?``
pub(crate) fn help<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|name| format!("did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        assert_eq!(nearest("fronted", ["frontend", "backend"]), Some("frontend"));
        assert_eq!(nearest("wbe", ["web", "db"]), Some("web"));
        assert_eq!(nearest("cache", ["web", "db"]), None);
        assert_eq!(nearest("a", ["bc", "xyz"]), None);
    }
}
