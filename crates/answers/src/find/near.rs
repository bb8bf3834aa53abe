//! Which names come close to one that is not there?

use std::collections::BTreeSet;

use lodemap_base::{AskedLetters, Letters};
use lodemap_engine::Snapshot;
use lodemap_engine::grammar::SymbolKind;

use crate::symbols::{SymbolsOptions, symbols};

/// So many names are worth a look.
const MOST: usize = 3;

/// Names that come close, best first: those that are a slip away, those that hold it, those that have its letters.
pub(super) fn similar(snapshot: &Snapshot, name: &str) -> Vec<String> {
    // Of an id, the name is meant.
    let name = name.rsplit_once('#').map_or(name, |(_, name)| name);
    let query = SymbolsOptions { query: Some(name.into()), limit: MOST * 4, ..Default::default() };
    let rows = symbols(snapshot, &query).map(|a| a.symbols).unwrap_or_default();
    let last = name.rsplit(['.', ':']).next().unwrap_or(name).to_lowercase();
    let (holding, spread): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.name.to_lowercase().contains(&last));
    let mut found: Vec<String> = Vec::new();
    let mut add = |name: String| {
        if found.len() < MOST && !found.contains(&name) {
            found.push(name);
        }
    };
    misspelt(snapshot, &last).into_iter().for_each(&mut add);
    holding.into_iter().for_each(|row| add(row.qualified));
    // Any long name has the letters of a short one somewhere.
    let spread = spread.into_iter().filter(|row| row.name.len() <= last.len() * 2);
    spread.for_each(|row| add(row.qualified));
    found
}

/// Qualified names whose last part is a slip or two away.
fn misspelt(snapshot: &Snapshot, last: &str) -> Vec<String> {
    let wanted: Vec<char> = last.chars().collect();
    if wanted.len() < 3 {
        return vec![];
    }
    let most = if wanted.len() < 6 { 1 } else { 2 };
    let mut found: BTreeSet<(usize, String)> = BTreeSet::new();
    let asked = AskedLetters::of(last);
    let may_be = |letters: Letters| asked.is_none_or(|asked| letters.may_be_near(asked, most as u32));
    snapshot.world().each_spelled(may_be, |file, ix| {
        let (name, kind) = file.spelled(ix);
        if kind == SymbolKind::Impl.place() || name.len().abs_diff(last.len()) > most * 4 {
            return;
        }
        let letters: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
        let away = slips(&wanted, &letters, most);
        if away <= most {
            found.insert((away, file.facts.qualified(ix, ".")));
            if found.len() > MOST {
                found.pop_last();
            }
        }
    });
    found.into_iter().map(|(_, name)| name).collect()
}

/// How many letters are missing, added, wrong or swapped with their neighbour; more than `most` is as good as any.
fn slips(a: &[char], b: &[char], most: usize) -> usize {
    if a.len().abs_diff(b.len()) > most {
        return most + 1;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let wrong = usize::from(a[i - 1] != b[j - 1]);
            next[j] = (row[j - 1] + wrong).min(row[j] + 1).min(next[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                next[j] = next[j].min(before[j - 2] + 1);
            }
        }
        if next.iter().all(|n| *n > most) {
            return most + 1;
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted() {
        let slips =
            |a: &str, b: &str| slips(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>(), 2);
        assert_eq!(slips("acquire", "acquire"), 0);
        assert_eq!(slips("acquier", "acquire"), 1);
        assert_eq!(slips("aquire", "acquire"), 1);
        assert_eq!(slips("acqire", "acquires"), 2);
        assert_eq!(slips("acquire", "release"), 3);
    }
}
