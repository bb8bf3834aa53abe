//! The baseline of localisation: Okapi BM25 over whole files, k1 1.2 and b .75, words kept whole and cut at humps.

use std::collections::{BTreeMap, BTreeSet};

/// Words that say nothing.
const STOP: &str = "a an and are as at be but by can do for from has have how i if in into is it its me my no not of on \
    or our so than that the their them then there these they this to up us was we were what when where which who why \
    will with would you your should could does did doing done just also only same other some such more most very here";

/// The words of a text, and how often each occurs.
fn words(text: &str) -> BTreeMap<String, u32> {
    let stop: BTreeSet<&str> = STOP.split_whitespace().collect();
    let mut whole: BTreeMap<&str, u32> = BTreeMap::new();
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
        let word = word.trim_start_matches(|c: char| c.is_ascii_digit());
        if !word.is_empty() {
            *whole.entry(word).or_default() += 1;
        }
    }
    let mut out: BTreeMap<String, u32> = BTreeMap::new();
    let mut add = |word: String, count: u32| {
        if word.len() > 1 && !stop.contains(word.as_str()) {
            *out.entry(word).or_default() += count;
        }
    };
    for (word, count) in whole {
        let lower = word.to_ascii_lowercase();
        let is_compound = word.contains('_') || word[1..].bytes().any(|b| b.is_ascii_uppercase());
        if is_compound {
            parts(word)
                .into_iter()
                .map(str::to_ascii_lowercase)
                .filter(|p| *p != lower)
                .for_each(|p| add(p, count));
        }
        add(lower, count);
    }
    out
}

/// `HTTPServer2` → `HTTP`, `Server`, `2`.
fn parts(word: &str) -> Vec<&str> {
    let bytes = word.as_bytes();
    let kind = |at: usize| match bytes[at] {
        b'A'..=b'Z' => 'U',
        b'a'..=b'z' => 'l',
        b'0'..=b'9' => 'd',
        _ => '_',
    };
    let mut out = vec![];
    let mut start = 0;
    for at in 1..=bytes.len() {
        let is_end = at == bytes.len()
            || match (kind(at - 1), kind(at)) {
                ('U', 'l') => false,
                ('U', 'U') => at + 1 < bytes.len() && kind(at + 1) == 'l',
                (a, b) => a != b,
            };
        if is_end {
            if kind(start) != '_' {
                out.push(&word[start..at]);
            }
            start = at;
        }
    }
    out
}

/// The documents, best first; ties by name.
pub(super) fn ranked(documents: &BTreeMap<String, String>, query: &str) -> Vec<String> {
    let asked = words(query);
    let mut found: BTreeMap<&str, (BTreeMap<&str, u32>, f64)> = BTreeMap::new();
    let mut holding: BTreeMap<&str, u32> = BTreeMap::new();
    for (name, text) in documents {
        let counts = words(&format!("{name}\n{text}"));
        let length = counts.values().sum::<u32>().into();
        let mut own = BTreeMap::new();
        for word in asked.keys() {
            if let Some(count) = counts.get(word) {
                own.insert(word.as_str(), *count);
                *holding.entry(word).or_default() += 1;
            }
        }
        found.insert(name, (own, length));
    }
    let all = documents.len() as f64;
    let mean = found.values().map(|(_, length)| length).sum::<f64>() / all.max(1.0);
    let score = |(counts, length): &(BTreeMap<&str, u32>, f64)| -> f64 {
        let one = |(word, count): (&&str, &u32)| {
            let (held, count) = (f64::from(holding[*word]), f64::from(*count));
            let rarity = (1.0 + (all - held + 0.5) / (held + 0.5)).ln();
            let repeated = 1.0 + f64::from(asked[*word]).ln();
            rarity * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / mean)) * repeated
        };
        counts.iter().map(one).sum()
    };
    let mut scored: Vec<(f64, &str)> = found.iter().map(|(name, held)| (score(held), *name)).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.into_iter().map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_whole_and_in_parts() {
        let all: Vec<String> = words("HTTPServer2.get_user(3) is Ok").into_keys().collect();
        assert_eq!(all, ["get", "get_user", "http", "httpserver2", "ok", "server", "user"]);
    }

    #[test]
    fn rare_words_count_more() {
        let documents = [("a", "the pool waits"), ("b", "the pool"), ("c", "the lake")];
        let documents = documents.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        assert_eq!(ranked(&documents, "pool waits"), ["a", "b", "c"]);
    }
}
