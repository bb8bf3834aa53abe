//! The words of a task, and how much each counts.

use std::collections::BTreeMap;

use lodemap_search::{GROUPS, Term, for_each_spelled};

use super::task::{PartKind, Task};

/// The groups in which words are ranked apart.
#[derive(Clone, Copy)]
pub(crate) enum Group {
    All,
    Title,
}

/// So many different words are searched; a log of a megabyte has more.
const MAX_TERMS: usize = 600;

/// Words of English that say nothing about a place in code.
const STOP: &[&str] = &[
    "a", "am", "an", "and", "are", "as", "at", "be", "but", "by", "can", "could", "did", "do", "does",
    "doing", "done", "for", "from", "has", "have", "here", "how", "if", "in", "into", "is", "it", "its",
    "just", "me", "more", "most", "my", "no", "not", "of", "on", "only", "or", "other", "our", "same",
    "should", "so", "some", "such", "than", "that", "the", "their", "them", "then", "there", "these", "they",
    "this", "to", "up", "us", "very", "was", "we", "were", "what", "when", "where", "which", "who", "why",
    "will", "with", "would", "you", "your", "also",
];

/// How often a word is said.
#[derive(Default)]
struct Count {
    of: [u32; GROUPS],
    /// In whole sentences.
    prose: u32,
    /// As it is spelled first.
    spelled: String,
}

/// The words of a task, and how each is spelled in it first.
pub(crate) fn terms(task: &Task<'_>) -> (Vec<Term>, Vec<String>) {
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    let mut add = |text: &str, group: Group, is_prose: bool| {
        for_each_spelled(text, |word, spelled| {
            if !STOP.contains(&word) {
                let count = counts.entry(word.to_owned()).or_default();
                if count.spelled.is_empty() {
                    count.spelled.push_str(spelled);
                }
                count.of[group as usize] += 1;
                count.prose += u32::from(is_prose);
            }
        });
    };
    add(task.title, Group::Title, false);
    for part in &task.parts {
        match part.kind {
            PartKind::Boilerplate => {}
            PartKind::Code | PartKind::Trace | PartKind::Diff | PartKind::Output => {
                add(part.text, Group::All, false);
            }
            PartKind::Title | PartKind::Prose | PartKind::Inline | PartKind::Quoted => {
                add(part.text, Group::All, true);
            }
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    if counts.len() > MAX_TERMS {
        // The title's words first, then those of prose, then what is said most often.
        let order = |(_, count): &(String, Count)| {
            let [all, title] = count.of;
            std::cmp::Reverse((title, count.prose.min(3), all))
        };
        counts.sort_by_key(order);
        counts.truncate(MAX_TERMS);
        counts.sort_by(|a, b| a.0.cmp(&b.0));
    }
    let term = |(word, count): (String, Count)| (Term { word, weights: count.of.map(weight) }, count.spelled);
    counts.into_iter().map(term).unzip()
}

/// `1 + ln(count)` in 256ths.
fn weight(count: u32) -> u32 {
    match count {
        0 => 0,
        1 => 256,
        2 => 433,
        3 => 537,
        4 => 611,
        5 => 668,
        6..=7 => 730,
        8..=10 => 810,
        11..=15 => 900,
        _ => 1000,
    }
}
