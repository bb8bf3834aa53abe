//! The words of a text: whole identifiers, and their parts.

use std::ops::Range;

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Longer identifiers are data.
const MAX_WORD: usize = 64;
/// What is shorter is not a word.
const MIN_WORD: usize = 2;

/// Calls `f` on every word of `text` in lower case: `HTTPServer_v2` gives `httpserver_v2`, `http` and `server`.
///
/// Parts, and words that have none, are cut to their [`stem`]; whole identifiers stay as they are.
pub fn for_each_word(text: &str, mut f: impl FnMut(&str)) {
    for_each_spelled(text, |word, _| f(word));
}

/// The same, with each word as it is spelled in the text.
pub fn for_each_spelled(text: &str, mut f: impl FnMut(&str, &str)) {
    let mut words = Words::new(text);
    let mut word = String::new();
    while words.next(&mut word) {
        f(&word, &text[words.last.clone()]);
    }
}

/// The same with no stems: calls `f` on where each word begins, and on the word in lower case.
pub fn for_each_plain_word(text: &str, mut f: impl FnMut(usize, &str)) {
    let mut words = Words { is_plain: true, ..Words::new(text) };
    let mut word = String::new();
    while words.next(&mut word) {
        f(words.last.start, &word);
    }
}

/// Takes off the endings that English adds to a word: `validated` and `validating` become `validat`. Deliberately
/// light: what looks like a name is left alone.
pub fn stem(word: &mut String) {
    if word.len() < 5 || !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return;
    }
    if word.ends_with("ies") {
        word.truncate(word.len() - 3);
        word.push('y');
    } else if word.ends_with('s') && !["ss", "us", "is"].iter().any(|kept| word.ends_with(kept)) {
        word.pop();
    }
    for ending in ["ing", "ed"] {
        if word.len() >= ending.len() + 4 && word.ends_with(ending) {
            word.truncate(word.len() - ending.len());
            break;
        }
    }
    if word.len() > 4 && word.ends_with('e') {
        word.pop();
    }
}

/// Where the words of a text are.
struct Words<'t> {
    text: &'t str,
    at: usize,
    /// Where the identifier ends whose parts are told next.
    whole_end: usize,
    /// Where the next part starts.
    part: usize,
    /// Where the last word stands.
    last: Range<usize>,
    /// Words are not cut to their stems.
    is_plain: bool,
}

/// What a byte can be in a word.
mod class {
    pub(super) const NONE: u8 = 0;
    pub(super) const UNDERSCORE: u8 = 1;
    pub(super) const DIGIT: u8 = 2;
    pub(super) const CAPITAL: u8 = 4;
    pub(super) const SMALL: u8 = 8;
    /// Part of a character beyond ASCII, which may be part of a word or not.
    pub(super) const WIDE: u8 = 16;
}

/// The class of each byte.
const CLASS: [u8; 256] = {
    let mut table = [class::WIDE; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = match byte as u8 {
            b'_' => class::UNDERSCORE,
            b'0'..=b'9' => class::DIGIT,
            b'A'..=b'Z' => class::CAPITAL,
            b'a'..=b'z' => class::SMALL,
            _ => class::NONE,
        };
        byte += 1;
    }
    table
};

fn class_of(byte: u8) -> u8 {
    CLASS[usize::from(byte)]
}

/// The first place from `at` on where a word begins. Words are runs of what `\w` matches in a regular expression, so that
/// `\b` stands where they begin and end.
fn begin_of_word(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    loop {
        // Nearly all of code is ASCII.
        while at < bytes.len() && class_of(bytes[at]) == class::NONE {
            at += 1;
        }
        if at == bytes.len() || class_of(bytes[at]) != class::WIDE {
            return at;
        }
        let c = text[at..].chars().next().unwrap_or_default();
        if regex_syntax::is_word_character(c) {
            return at;
        }
        at += c.len_utf8();
    }
}

/// Where the word ends that begins at `at`, and the classes of its bytes.
fn end_of_word(text: &str, mut at: usize) -> (usize, u8) {
    let bytes = text.as_bytes();
    let mut classes = 0;
    while at < bytes.len() {
        match class_of(bytes[at]) {
            class::NONE => break,
            class::WIDE => {
                let c = text[at..].chars().next().unwrap_or_default();
                if !regex_syntax::is_word_character(c) {
                    break;
                }
                classes |= class::WIDE;
                at += c.len_utf8();
            }
            class => {
                classes |= class;
                at += 1;
            }
        }
    }
    (at, classes)
}

impl<'t> Words<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, at: 0, whole_end: 0, part: 0, last: 0..0, is_plain: false }
    }

    fn cut(&self, word: &mut String) {
        if !self.is_plain {
            stem(word);
        }
    }

    /// Writes the next word; `false` at the end.
    fn next(&mut self, word: &mut String) -> bool {
        let bytes = self.text.as_bytes();
        loop {
            while self.part < self.whole_end {
                let start = self.part;
                self.part = part_end(bytes, start, self.whole_end);
                let length = self.part - start;
                if (MIN_WORD..=MAX_WORD).contains(&length) && bytes[start] != b'_' {
                    self.last = start..self.part;
                    lower(word, &self.text[start..self.part]);
                    self.cut(word);
                    return true;
                }
            }
            let start = begin_of_word(self.text, self.at);
            if start == bytes.len() {
                return false;
            }
            let (end, classes) = end_of_word(self.text, start);
            self.at = end;
            let trimmed = match classes & class::UNDERSCORE {
                0 => &self.text[start..end],
                _ => self.text[start..end].trim_matches('_'),
            };
            let first = trimmed.as_ptr() as usize - self.text.as_ptr() as usize;
            let end = first + trimmed.len();
            match trimmed.len() {
                0..MIN_WORD => {}
                MIN_WORD..=MAX_WORD => {
                    self.last = first..end;
                    lower(word, trimmed);
                    // Of one class only, it has no parts.
                    if classes.count_ones() > 1 && part_end(bytes, first, end) < end {
                        (self.part, self.whole_end) = (first, end);
                    } else {
                        self.cut(word);
                    }
                    return true;
                }
                _ => (self.part, self.whole_end) = (first, end),
            }
        }
    }
}

/// Where the part ends that starts at `start`: before an underscore, a hump, or where digits begin or end.
fn part_end(bytes: &[u8], start: usize, end: usize) -> usize {
    // Where capitals end is told of ASCII alone.
    let class = |at: usize| match class_of(bytes[at]) {
        class::WIDE | class::NONE => class::SMALL,
        class => class,
    };
    let first = class(start);
    let run = |from: usize, wanted: u8| (from..end).find(|at| class(*at) != wanted).unwrap_or(end);
    let at = run(start + 1, first);
    let is_hump = first == class::CAPITAL && at < end && class(at) == class::SMALL;
    match at - start {
        1 if is_hump => run(at, class::SMALL),
        // `HTTPServer`: the last capital begins the next part.
        _ if is_hump => at - 1,
        _ => at,
    }
}

/// Writes a text in lower case.
fn lower(word: &mut String, text: &str) {
    word.clear();
    if text.is_ascii() {
        word.push_str(text);
        word.make_ascii_lowercase();
    } else {
        word.extend(text.chars().flat_map(char::to_lowercase));
    }
}

/// The same words for tantivy, which has no use for their places.
#[derive(Clone, Default)]
pub(crate) struct CodeTokenizer {
    token: Token,
}

pub(crate) struct CodeTokens<'a> {
    words: Words<'a>,
    token: &'a mut Token,
}

impl Tokenizer for CodeTokenizer {
    type TokenStream<'a> = CodeTokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> CodeTokens<'a> {
        self.token.reset();
        CodeTokens { words: Words::new(text), token: &mut self.token }
    }
}

impl TokenStream for CodeTokens<'_> {
    fn advance(&mut self) -> bool {
        self.token.position = self.token.position.wrapping_add(1);
        self.words.next(&mut self.token.text)
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut out = vec![];
        for_each_word(text, |w| out.push(w.to_owned()));
        out
    }

    #[test]
    fn identifiers_and_their_parts() {
        assert_eq!(words("HTTPServer_v2"), ["httpserver_v2", "http", "server"]);
        assert_eq!(words("getUserName()"), ["getusername", "get", "user", "name"]);
        assert_eq!(words("snake_case __init__ _x a"), ["snake_case", "snak", "case", "init"]);
        assert_eq!(words("utf8 Base64"), ["utf8", "utf", "base64", "base", "64"]);
        assert_eq!(words("Größe straße"), ["größe", "straße"]);
        assert_eq!(words("“quoted”—dash 中文。"), ["quot", "dash", "中文"]);
        assert_eq!(words(""), Vec::<String>::new());
    }

    #[test]
    fn one_stem_for_the_forms_of_a_word() {
        for word in ["validate", "validates", "validated", "validating"] {
            assert_eq!(words(word), ["validat"], "{word}");
        }
        assert_eq!(words("query queries class classes this"), ["query", "query", "class", "class", "this"]);
    }

    #[test]
    fn plain_words_and_their_places() {
        let mut out = vec![];
        for_each_plain_word("x _getUsers, loads", |at, word| out.push(format!("{at} {word}")));
        assert_eq!(out, ["3 getusers", "3 get", "6 users", "13 loads"]);
    }

    #[test]
    fn long_runs_are_no_words() {
        assert_eq!(words(&"a".repeat(65)), Vec::<String>::new());
        assert_eq!(words(&format!("{}_tail", "a".repeat(65))), ["tail"]);
    }
}
