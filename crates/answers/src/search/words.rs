//! In which forms does the index have a word?

use lodemap_search::{for_each_word, stem};

/// The forms in which the index has a whole identifier: as it is, if it has parts, else its stem. `None` where it has
/// only its parts, or nothing.
///
/// That `getUsers` has parts does not show when it is asked for as `getusers`, so both forms are looked for.
pub(super) fn whole(identifier: &str) -> Option<Vec<String>> {
    let mut lower: String = identifier.trim_matches('_').chars().flat_map(char::to_lowercase).collect();
    let mut first = None;
    for_each_word(identifier, |word| {
        first.get_or_insert_with(|| word.to_owned());
    });
    let first = first?;
    let whole = lower.clone();
    stem(&mut lower);
    (first == whole || first == lower).then(|| if whole == lower { vec![whole] } else { vec![whole, lower] })
}

/// The words of an identifier's parts; none if it has no parts.
pub(super) fn parts(identifier: &str) -> Vec<String> {
    let mut words = vec![];
    for_each_word(identifier, |word| words.push(word.to_owned()));
    let skip = usize::from(whole(identifier).is_some());
    words.drain(..skip.min(words.len()));
    words.dedup();
    words
}

/// Stems of words that begin with `prefix` and are shorter than it, or end otherwise: `validati` is a beginning of
/// `validating`, which the index has as `validat`.
pub(super) fn stems_before(prefix: &str) -> Vec<String> {
    let mut out = vec![];
    for rest in ["", "e", "s", "es", "ies", "ed", "d", "ing", "ng", "g", "ings", "ngs", "gs", "eds", "ds"] {
        let mut word = format!("{prefix}{rest}");
        stem(&mut word);
        if !word.starts_with(prefix) && !out.contains(&word) {
            out.push(word);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert_eq!(whole("getUsers"), Some(vec!["getusers".into(), "getuser".into()]));
        assert_eq!(whole("__init__"), Some(vec!["init".into()]));
        assert_eq!(whole("a"), None);
        assert_eq!(whole(&format!("{}_tail", "a".repeat(65))), None);
        assert_eq!(parts("getUsers"), ["get", "user"]);
        assert_eq!(parts("users"), [""; 0]);
        assert_eq!(parts(&format!("{}_tail", "a".repeat(65))), ["tail"]);
        assert_eq!(stems_before("validati"), ["validaty", "validat"]);
        assert_eq!(stems_before("querie"), ["queri", "query"]);
    }

    #[test]
    fn no_form_of_a_word_is_lost_by_a_prefix_of_it() {
        for word in
            ["validating", "validates", "queries", "closed", "closings", "uses", "needed", "string", "series"]
        {
            let mut indexed = word.to_owned();
            stem(&mut indexed);
            for length in 2..=word.len() {
                let prefix = &word[..length];
                let is_found = indexed.starts_with(prefix) || stems_before(prefix).contains(&indexed);
                assert!(is_found, "{prefix}* finds {word}, which is {indexed} in the index");
            }
        }
    }
}
