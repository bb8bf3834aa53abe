//! What does an edit do to a text? Everything that people do, and what happens while they type.
//!
//! Texts are seen as lines, words and *blocks*: a line without indentation with what is indented below it.

use std::ops::Range;

use lodemap_base::RelPath;

use super::{NAMES, Rng, manifest, text_for, writer_of};

/// What a language can say.
type Make = fn(&mut Rng) -> String;

/// The content of a file after a random edit.
pub(super) fn mutate(rng: &mut Rng, path: &RelPath, bytes: &[u8]) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return text_for(rng, path).into_bytes();
    };
    if rng.below(4) > 0
        && let Some(text) = manifest::text(rng, path)
    {
        return text.into_bytes();
    }
    let writer = writer_of(path);
    let text = text.to_owned();
    let out = match rng.below(32) {
        0..=2 => rename(rng, &text),
        3 | 4 => insert_block(rng, &text, writer.item),
        5..=7 => insert_block(rng, &text, writer.import),
        8 | 9 => without_block(rng, &text),
        10..=12 => replace_statement(rng, &text, writer.statement),
        13..=15 => insert_comment(rng, &text, writer.comment),
        16 => duplicate_block(rng, &text),
        17 | 18 => swap_blocks(rng, &text),
        19 => without_line(rng, &text),
        20 | 21 => without_word(rng, &text),
        22..=24 => turn(rng, &text),
        25 => toggle_head(rng, &text, writer.head),
        26 => String::new(),
        27 => return [b"\0\x01", text.as_bytes()].concat(),
        28 => return [text.as_bytes(), b"# caf\xe9\n"].concat(),
        29 => text.replace('\n', "\r\n"),
        _ => text_for(rng, path),
    };
    out.into_bytes()
}

/// The blocks of a text. A line that only closes what an earlier one opened goes with that.
fn blocks(text: &str) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let is_inside = line.starts_with([' ', '\t', '}', ')', ']', '\n'])
            || ["else", "except"].iter().any(|word| line.starts_with(word));
        match out.last_mut() {
            Some(last) if is_inside => last.end = at + line.len(),
            _ => out.push(at..at + line.len()),
        }
        at += line.len();
    }
    out
}

/// The words of a text: where names, keywords and numbers stand.
fn words(text: &str) -> Vec<Range<usize>> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut out = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match start {
            None if is_word(c) => start = Some(at),
            Some(from) if !is_word(c) => {
                out.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    out
}

fn replaced(text: &str, at: &Range<usize>, with: &str) -> String {
    [&text[..at.start], with, &text[at.end..]].concat()
}

/// A name becomes another one, here or everywhere.
fn rename(rng: &mut Rng, text: &str) -> String {
    let words: Vec<_> = words(text).into_iter().filter(|w| NAMES.contains(&&text[w.clone()])).collect();
    if words.is_empty() {
        return text.into();
    }
    let word = rng.pick(&words).clone();
    let (old, new) = (&text[word.clone()], *rng.pick(&NAMES));
    if rng.one_in(2) {
        return replaced(text, &word, new);
    }
    let mut out = text.to_owned();
    for at in words.iter().rev().filter(|w| &text[(*w).clone()] == old) {
        out.replace_range(at.clone(), new);
    }
    out
}

fn insert_block(rng: &mut Rng, text: &str, block: Make) -> String {
    let block = &*block(rng);
    let blocks = blocks(text);
    // At the end half of the time, where it moves nothing else.
    let at = if blocks.is_empty() || rng.one_in(2) { text.len() } else { rng.pick(&blocks).start };
    let separator = if at > 0 && !text[..at].ends_with('\n') { "\n" } else { "" };
    [&text[..at], separator, block, &text[at..]].concat()
}

fn without_block(rng: &mut Rng, text: &str) -> String {
    let blocks = blocks(text);
    if blocks.is_empty() { text.into() } else { replaced(text, rng.pick(&blocks), "") }
}

fn duplicate_block(rng: &mut Rng, text: &str) -> String {
    let blocks = blocks(text);
    if blocks.is_empty() {
        return text.into();
    }
    let (block, at) = (rng.pick(&blocks).clone(), rng.pick(&blocks).start);
    replaced(text, &(at..at), &text[block])
}

fn swap_blocks(rng: &mut Rng, text: &str) -> String {
    let blocks = blocks(text);
    if blocks.len() < 2 {
        return text.into();
    }
    let (i, j) = (rng.below(blocks.len()), rng.below(blocks.len()));
    let (a, b) = (blocks[i.min(j)].clone(), blocks[i.max(j)].clone());
    if i == j {
        return text.into();
    }
    let middle = a.end..b.start;
    [&text[..a.start], &text[b.clone()], &text[middle], &text[a.clone()], &text[b.end..]].concat()
}

fn lines(text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    let ranges = text.split_inclusive('\n').map(|line| {
        at += line.len();
        at - line.len()..at
    });
    ranges.collect()
}

/// A body says something else; everything around it stays.
fn replace_statement(rng: &mut Rng, text: &str, statement: Make) -> String {
    let bodies: Vec<_> = lines(text)
        .into_iter()
        .filter(|l| {
            let line = text[l.clone()].trim_start();
            let opens =
                ["def ", "fn ", "pub fn ", "func ", "class ", "use "].iter().any(|k| line.starts_with(k));
            text[l.clone()].starts_with([' ', '\t']) && !opens && !line.starts_with('}')
        })
        .collect();
    if bodies.is_empty() {
        return insert_block(rng, text, statement);
    }
    let line = rng.pick(&bodies).clone();
    let indent = text[line.clone()].len() - text[line.clone()].trim_start().len();
    replaced(text, &(line.start + indent..line.end), &format!("{}\n", statement(rng)))
}

fn insert_comment(rng: &mut Rng, text: &str, opens: &str) -> String {
    let lines = lines(text);
    let at = if lines.is_empty() { 0 } else { rng.pick(&lines).start };
    replaced(text, &(at..at), &format!("{opens} {}\n", rng.pick(&NAMES)))
}

fn without_line(rng: &mut Rng, text: &str) -> String {
    let lines = lines(text);
    if lines.is_empty() { text.into() } else { replaced(text, rng.pick(&lines), "") }
}

/// A word or a sign is gone, as while somebody types.
fn without_word(rng: &mut Rng, text: &str) -> String {
    let mut places = words(text);
    let signs = text.char_indices().filter(|(_, c)| c.is_ascii_punctuation() && *c != '_');
    places.extend(signs.map(|(at, c)| at..at + c.len_utf8()));
    if places.is_empty() { text.into() } else { replaced(text, rng.pick(&places), "") }
}

/// One kind of thing becomes another.
fn turn(rng: &mut Rng, text: &str) -> String {
    const TURNS: [(&str, &str); 22] = [
        ("def ", "class "),
        ("class ", "def "),
        ("struct ", "enum "),
        ("enum ", "struct "),
        ("pub fn ", "fn "),
        ("fn ", "pub fn "),
        ("pub mod ", "mod "),
        ("pub use ", "use "),
        ("use ", "pub use "),
        ("impl ", "trait "),
        ("trait ", "struct "),
        ("mod ", "// mod "),
        ("// mod ", "mod "),
        ("export ", ""),
        ("function ", "class "),
        ("import *", "import a"),
        ("import a", "import *"),
        ("func ", "type "),
        ("static ", ""),
        ("const ", "let "),
        ("__all__ = ['", "__all__ = ['Conn', '"),
        ("::*;", "::a;"),
    ];
    let possible: Vec<_> = TURNS.iter().filter(|(from, _)| text.contains(from)).collect();
    if possible.is_empty() {
        return text.to_uppercase();
    }
    let (from, to) = rng.pick(&possible);
    let places: Vec<usize> = text.match_indices(from).map(|(at, _)| at).collect();
    let at = *rng.pick(&places);
    replaced(text, &(at..at + from.len()), to)
}

/// What a file begins with comes or goes: `mod` declarations, `__all__`, the name of a package.
fn toggle_head(rng: &mut Rng, text: &str, head: Make) -> String {
    let first = blocks(text).into_iter().next();
    match first {
        Some(first) if rng.one_in(2) => replaced(text, &first, ""),
        _ => format!("{}{text}", head(rng)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_what_is_indented() {
        let text = "import a\nclass A:\n    x = 1\n\n    y = 2\nfn f() {\n    g();\n}\nlast";
        let found: Vec<_> = blocks(text).into_iter().map(|b| &text[b]).collect();
        assert_eq!(
            found,
            ["import a\n", "class A:\n    x = 1\n\n    y = 2\n", "fn f() {\n    g();\n}\n", "last"]
        );
    }

    #[test]
    fn edits_are_edits() {
        let path = super::super::path_of("pkg/a.py");
        let text = "from a import *\ndef load(x):\n    return a.b\n";
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..400 {
            seen.insert(mutate(&mut Rng::new(seed), &path, text.as_bytes()));
        }
        assert!(seen.len() > 150, "{}", seen.len());
        for wanted in [
            "",
            "def load(x):\n    return a.b\n",
            "from a import *\n",
            "def load(x):\n    return a.b\nfrom a import *\n",
        ] {
            assert!(seen.contains(wanted.as_bytes()), "{wanted:?}");
        }
    }
}
