//! What does a query ask for?
//!
//! `connection pool` · `+word` · `-word` · `"exact phrase"` · `prefix*` · `/regex/` or `re:regex` · `kind:class` ·
//! `path:src/**` · `lang:python`. Whatever fits nothing else is a word, so that text pasted from anywhere is a query.

use lodemap_engine::grammar::SymbolKind;
use lodemap_search::for_each_word;

use super::filter::Filter;
use super::pattern::Pattern;
use crate::error::AnswerError;

/// Longer queries are refused.
const MAX_BYTES: usize = 4096;
/// So are queries of more terms,
const MAX_TERMS: usize = 64;
/// and those with more phrases and regular expressions, each of which is looked for in texts.
const MAX_PATTERNS: usize = 8;

/// What is asked for.
#[derive(Debug, Default)]
pub(super) struct Query {
    pub(super) clauses: Vec<Clause>,
    pub(super) filter: Filter,
}

/// Something to look for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Clause {
    pub(super) sign: Sign,
    pub(super) atom: Atom,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sign {
    /// Brings what has it to the top.
    Wanted,
    Required,
    Excluded,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Atom {
    /// An identifier, or a part of some.
    Word(String),
    /// What words begin with, in lower case.
    Prefix(String),
    /// A text, in any case.
    Phrase(String),
    /// A regular expression over lines.
    Regex(String),
}

/// Whether a character can be a part of a word.
pub(super) fn is_word(c: char) -> bool {
    regex_syntax::is_word_character(c)
}

fn usage<T>(message: impl Into<String>) -> Result<T, AnswerError> {
    Err(AnswerError::Usage(message.into()))
}

impl Query {
    pub(super) fn parse(text: &str) -> Result<Self, AnswerError> {
        if text.len() > MAX_BYTES {
            return usage(format!("the query has {} bytes; give at most {MAX_BYTES}", text.len()));
        }
        let mut query = Self::default();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            rest = query.take(rest)?.trim_start();
        }
        let patterns =
            query.clauses.iter().filter(|c| matches!(c.atom, Atom::Phrase(_) | Atom::Regex(_))).count();
        if query.clauses.len() > MAX_TERMS {
            return usage(format!(
                "the query has {} terms; give the rarest {MAX_TERMS}",
                query.clauses.len()
            ));
        }
        if patterns > MAX_PATTERNS {
            return usage(format!(
                "the query has {patterns} phrases and regular expressions; give at most {MAX_PATTERNS}"
            ));
        }
        if query.clauses.iter().all(|c| c.sign == Sign::Excluded) {
            return usage(match (text.trim().is_empty(), query.clauses.is_empty()) {
                (true, _) => "the query is empty; give words, a \"phrase\" or a /regex/",
                (_, false) => "the query only excludes; give a word that is wanted too",
                _ if query.filter.is_empty() => {
                    "the query has no word of two letters or more; for shorter text give a \"phrase\" or a /regex/"
                }
                _ => "the query only filters; give a word too, or list definitions with `lodemap symbols`",
            });
        }
        Ok(query)
    }

    /// What is decided by texts, compiled, with its sign.
    pub(super) fn patterns(&self) -> Result<Vec<(Pattern, Sign)>, AnswerError> {
        let pattern = |clause: &Clause| match &clause.atom {
            Atom::Phrase(phrase) => Some(Pattern::phrase(phrase).map(|pattern| (pattern, clause.sign))),
            Atom::Regex(regex) => Some(Pattern::regex(regex).map(|pattern| (pattern, clause.sign))),
            Atom::Word(_) | Atom::Prefix(_) => None,
        };
        self.clauses.iter().filter_map(pattern).collect()
    }

    /// Takes one term off the beginning of a text that is not empty; gives what follows.
    fn take<'t>(&mut self, text: &'t str) -> Result<&'t str, AnswerError> {
        let (sign, body) = sign_of(text);
        let explicit = sign.unwrap_or(Sign::Required);
        if let Some(after) = body.strip_prefix('"') {
            let (phrase, rest) = quoted(after)?;
            self.phrase(explicit, &phrase)?;
            return Ok(rest);
        }
        if let Some((regex, rest)) = slashed(body) {
            self.push(explicit, Atom::Regex(regex));
            return Ok(rest);
        }
        for key in ["re", "kind", "path", "lang"] {
            let Some(after) = body.strip_prefix(key).and_then(|after| after.strip_prefix(':')) else {
                continue;
            };
            // `kind::Other` is no filter but a name of a program.
            if after.starts_with(':') {
                break;
            }
            let (value, rest) = match after.strip_prefix('"') {
                Some(after) => quoted(after)?,
                None => {
                    let (value, rest) = until_space(after);
                    (value.to_owned(), rest)
                }
            };
            if value.is_empty() {
                return usage(format!(
                    "nothing stands after `{key}:`; give a value, as in `{key}:{}`",
                    example(key)
                ));
            }
            match key {
                "re" => self.push(explicit, Atom::Regex(value)),
                _ => self.filter.add(key, &value, explicit == Sign::Excluded)?,
            }
            return Ok(rest);
        }
        let (word, rest) = until_space(body);
        self.word(sign, word)?;
        Ok(rest)
    }

    fn push(&mut self, sign: Sign, atom: Atom) {
        let clause = Clause { sign, atom };
        if !self.clauses.contains(&clause) {
            self.clauses.push(clause);
        }
    }

    fn phrase(&mut self, sign: Sign, phrase: &str) -> Result<(), AnswerError> {
        if phrase.trim().is_empty() {
            return usage("a phrase is empty; write text between its quotes, or leave them out");
        }
        self.push(sign, Atom::Phrase(phrase.to_owned()));
        Ok(())
    }

    fn word(&mut self, sign: Option<Sign>, text: &str) -> Result<(), AnswerError> {
        if let Some(prefix) = text.strip_suffix('*')
            && !prefix.is_empty()
            && prefix.chars().all(is_word)
        {
            let prefix = prefix.trim_start_matches('_').to_lowercase();
            if prefix.len() < 2 {
                return usage(format!(
                    "`{text}` begins too many words; give at least two letters before the `*`"
                ));
            }
            self.push(sign.unwrap_or(Sign::Required), Atom::Prefix(prefix));
            return Ok(());
        }
        let runs = || text.split(|c| !is_word(c)).filter(|run| has_words(run));
        match sign {
            None => runs().for_each(|run| self.push(Sign::Wanted, Atom::Word(run.to_owned()))),
            Some(sign) if text.chars().all(is_word) && super::words::whole(text).is_some() => {
                self.push(sign, Atom::Word(text.to_owned()));
            }
            // Only the text tells whether its pieces stand together.
            Some(sign) => self.phrase(sign, text)?,
        }
        Ok(())
    }
}

fn has_words(text: &str) -> bool {
    let mut any = false;
    for_each_word(text, |_| any = true);
    any
}

/// The sign of a term, and what it stands before. `->` and `--` are no signs.
fn sign_of(text: &str) -> (Option<Sign>, &str) {
    let sign = match text.as_bytes()[0] {
        b'+' => Sign::Required,
        b'-' => Sign::Excluded,
        _ => return (None, text),
    };
    let body = &text[1..];
    if body.starts_with(|c| is_word(c) || c == '"' || c == '/') { (Some(sign), body) } else { (None, text) }
}

/// The text up to a closing quote, and what follows it. A quote or a backslash after a backslash stands for itself.
fn quoted(text: &str) -> Result<(String, &str), AnswerError> {
    let mut out = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((out, &text[at + 1..])),
            '\\' if matches!(chars.peek(), Some((_, '"' | '\\'))) => out.extend(chars.next().map(|(_, c)| c)),
            _ => out.push(c),
        }
    }
    usage("a quote is not closed; add `\"` at the end of the phrase, or leave its first one out")
}

/// `/regex/`, if the text begins with one, and what follows it: it ends at a slash before a space or the end.
fn slashed(text: &str) -> Option<(String, &str)> {
    let body = text.strip_prefix('/')?;
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        let rest = &body[at + c.len_utf8()..];
        if c == '/' && !escaped && at > 0 && (rest.is_empty() || rest.starts_with(char::is_whitespace)) {
            return Some((body[..at].replace("\\/", "/"), rest));
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

fn until_space(text: &str) -> (&str, &str) {
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

fn example(key: &str) -> &'static str {
    match key {
        "re" => "fn \\w+_test",
        "kind" => SymbolKind::Function.as_str(),
        "path" => "src/**",
        _ => "python",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let query = Query::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        let clause = |c: &Clause| {
            let sign = match c.sign {
                Sign::Wanted => "",
                Sign::Required => "+",
                Sign::Excluded => "-",
            };
            match &c.atom {
                Atom::Word(w) => format!("{sign}{w}"),
                Atom::Prefix(p) => format!("{sign}{p}*"),
                Atom::Phrase(p) => format!("{sign}\"{p}\""),
                Atom::Regex(r) => format!("{sign}/{r}/"),
            }
        };
        query.clauses.iter().map(clause).chain(query.filter.describe()).collect()
    }

    fn refused(text: &str) -> String {
        match Query::parse(text) {
            Err(AnswerError::Usage(why)) => why,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn words() {
        assert_eq!(read("connection pool"), ["connection", "pool"]);
        assert_eq!(read("  Pool.acquire() -> std::Vec "), ["Pool", "acquire", "std", "Vec"]);
        assert_eq!(read("+pool -test pool pool"), ["+pool", "-test", "pool"]);
        assert_eq!(read("is a pool -- empty?"), ["is", "pool", "empty"]);
        assert_eq!(read("--tokens ->next größe"), ["tokens", "next", "größe"]);
        assert_eq!(read("+a.b -x y_z"), ["+\"a.b\"", "-\"x\"", "y_z"]);
        assert_eq!(
            read("/usr/bin a/b kind::Other http://x.org"),
            ["usr", "bin", "kind", "Other", "http", "org"]
        );
    }

    #[test]
    fn phrases_prefixes_and_regular_expressions() {
        assert_eq!(
            read(r#""raise  Error" -"a \"b\" \\ c" x1"#),
            [r#"+"raise  Error""#, r#"-"a "b" \ c""#, "x1"]
        );
        assert_eq!(read("Conn* -_test* foo*bar **kwargs"), ["+conn*", "-test*", "foo", "bar", "kwargs"]);
        assert_eq!(read(r"/fn \w+\(/ -/a b/ zz"), [r"+/fn \w+\(/", "-/a b/", "zz"]);
        assert_eq!(read(r"/a\/b/c/"), ["+/a/b/c/"]);
        assert_eq!(read(r#"re:^def re:"a \d" re:x|y"#), ["+/^def/", r"+/a \d/", "+/x|y/"]);
    }

    #[test]
    fn filters() {
        assert_eq!(
            read("x1 kind:function -kind:method path:src/** lang:rust"),
            ["x1", "kind:function", "-kind:method", "path:src/**", "lang:rust"]
        );
        assert_eq!(read("pool path:\"a b/*\""), ["pool", "path:a b/*"]);
        assert!(refused("x1 kind:klass").contains("function"));
        assert!(refused("x1 kind:field").contains("lodemap symbols --kind field"));
        assert!(refused("x1 lang:cobol").contains("python"));
        assert!(refused("x1 path:[").contains("path"));
        assert!(refused("x1 path:").contains("path:src/**"));
    }

    #[test]
    fn what_is_refused_and_why() {
        for (text, why) in [
            ("", "is empty"),
            (" \n ", "is empty"),
            ("a . -> x", "no word of two letters"),
            ("-foo", "only excludes"),
            ("kind:class", "lodemap symbols"),
            ("\"abc", "not closed"),
            ("\" \"", "phrase is empty"),
            ("a*", "two letters before"),
        ] {
            assert!(refused(text).contains(why), "{text}: {}", refused(text));
        }
        let many: String = (0..65).map(|n| format!("w{n} ")).collect();
        assert!(refused(&many).contains("65 terms"));
        let phrases: String = (0..9).map(|n| format!("\"p{n}\" ")).collect();
        assert!(refused(&phrases).contains("9 phrases"));
        assert!(refused(&"x".repeat(4097)).contains("4097 bytes"));
    }

    #[test]
    fn any_text_is_a_query_or_is_refused() {
        let pieces = [
            "\"", "/", "\\", "+", "-", "*", "re:", "kind:", "a", "Ünï", " ", "(", "\u{202e}", "\u{301}", ":",
            "pool",
        ];
        for seed in 0u64..20_000 {
            let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let text: String = (0..seed % 9)
                .map(|_| {
                    state ^= state >> 12;
                    state ^= state << 25;
                    state ^= state >> 27;
                    pieces[(state >> 40) as usize % pieces.len()]
                })
                .collect();
            _ = Query::parse(&text);
        }
    }
}
