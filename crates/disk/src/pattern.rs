//! Which paths does a line of an ignore file or of `.gitattributes` match?
//!
//! The matching is that of the `ignore` crate. Its dialect of globs differs from git's in corners (braces,
//! character classes, trailing blanks, runs of stars), so each line is first rewritten into a pattern that
//! both read alike. One difference is left: git takes `a**/b` for `a` and then any folders, against its own
//! manual; here the stars are one star, as the manual has it.

use crate::class::Class;
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Lines beyond this many with wildcards in the middle are left out: they cost time on every path.
const MAX_WILD: usize = 4096;
/// Globs compiled into one automaton; larger ones hit the compiler's size limit.
const CHUNK: usize = 512;

/// An ordered list of patterns relative to one folder; the last that matches decides.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    /// In the order of the lines.
    chunks: Vec<Gitignore>,
}

impl Patterns {
    /// Compiles `lines`: the number by which a match is reported, and the text. Says what could not be used.
    pub(crate) fn build<'a>(lines: impl Iterator<Item = (usize, &'a [u8])>) -> (Patterns, Vec<String>) {
        let (mut patterns, mut problems, mut wild) = (Patterns::default(), Vec::new(), 0);
        let mut builder = GitignoreBuilder::new("");
        let mut count = 0;
        let mut flush = |builder: &mut GitignoreBuilder, problems: &mut Vec<String>| match std::mem::replace(
            builder,
            GitignoreBuilder::new(""),
        )
        .build()
        {
            Ok(matcher) if !matcher.is_empty() => patterns.chunks.push(matcher),
            Ok(_) => {}
            Err(error) => problems.push(format!("patterns cannot be compiled: {error}")),
        };
        for (number, line) in lines {
            let Ok(line) = std::str::from_utf8(line) else {
                problems.push(format!("line {number} is not UTF-8"));
                continue;
            };
            let Some(glob) = rewrite(line) else { continue };
            if is_wild(&glob) {
                wild += 1;
                if wild > MAX_WILD {
                    continue;
                }
            }
            // The matcher hands back the "file" a glob came from: the place to keep its number.
            if let Err(error) = builder.add_line(Some(PathBuf::from(number.to_string())), &glob) {
                problems.push(format!("line {number} is not a pattern: {error}"));
            }
            count += 1;
            if count % CHUNK == 0 {
                flush(&mut builder, &mut problems);
            }
        }
        flush(&mut builder, &mut problems);
        if wild > MAX_WILD {
            problems.push(format!("{} of {wild} wildcard patterns are left out", wild - MAX_WILD));
        }
        (patterns, problems)
    }

    /// The number of the last line that matches `path` (relative to the patterns' folder), and whether that line
    /// starts with `!`.
    pub(crate) fn last_match(&self, path: &[u8], is_dir: bool) -> Option<(usize, bool)> {
        let path = Path::new(OsStr::from_bytes(path));
        self.chunks.iter().rev().find_map(|chunk| {
            let (glob, negated) = match chunk.matched(path, is_dir) {
                Match::None => return None,
                Match::Ignore(glob) => (glob, false),
                Match::Whitelist(glob) => (glob, true),
            };
            let number = glob.from().and_then(|f| f.to_str()).and_then(|s| s.parse().ok());
            Some((number.expect("every glob is added with its number"), negated))
        })
    }
}

/// Whether a pattern needs an automaton: anything but a literal and `*.ext`.
fn is_wild(glob: &str) -> bool {
    let rest = glob.trim_start_matches('!').trim_start_matches('/').trim_start_matches("**/");
    let rest = rest.strip_prefix("*.").unwrap_or(rest);
    rest.contains(['*', '?', '['])
}

/// The pattern of a line in the `ignore` crate's dialect; `None` if the line is blank, a comment, or can match
/// nothing.
pub(crate) fn rewrite(line: &str) -> Option<String> {
    let line = trim(line.strip_suffix('\r').unwrap_or(line));
    if line.starts_with('#') {
        return None;
    }
    let (bang, body) = line.strip_prefix('!').map_or(("", line), |rest| ("!", rest));
    let (body, slash) = body.strip_suffix('/').map_or((body, ""), |rest| (rest, "/"));
    if body.is_empty() || body.contains("//") {
        return None;
    }
    // A pattern without a slash is one of names, in any folder. Saying so here keeps the matcher from looking for
    // slashes itself: it would find those in the classes.
    let is_path = body.contains('/');
    let anchor = if is_path { "/" } else { "**/" };
    let glob = rewrite_glob(body.strip_prefix('/').unwrap_or(body), is_path)?;
    (!glob.is_empty()).then(|| format!("{bang}{anchor}{glob}{slash}"))
}

/// Drops trailing spaces that are not escaped. Only spaces: a trailing tab belongs to the name.
fn trim(line: &str) -> &str {
    let mut end = 0;
    let mut chars = line.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            end = chars.next().map_or(line.len(), |(at, c)| at + c.len_utf8());
        } else if c != ' ' {
            end = at + c.len_utf8();
        }
    }
    &line[..end]
}

fn rewrite_glob(body: &str, is_path: bool) -> Option<String> {
    let mut out = String::with_capacity(body.len());
    let mut chars = body.chars().peekable();
    let mut at_start = true; // of a component
    while let Some(c) = chars.next() {
        let starts = std::mem::replace(&mut at_start, c == '/');
        match c {
            '\\' => match chars.next()? {
                '/' => {
                    // git looks for slashes before it unescapes, but compares them alike.
                    out.push('/');
                    at_start = true;
                }
                c => push_literal(&mut out, c),
            },
            '*' => {
                let mut run = 1;
                while chars.next_if_eq(&'*').is_some() {
                    run += 1;
                }
                // Two stars mean folders only as a whole component of a path; elsewhere a run is one star.
                let whole = starts && is_path && chars.peek().is_none_or(|c| *c == '/');
                out.push_str(if run > 1 && whole { "**" } else { "*" });
            }
            '[' => out.push_str(&Class::parse(&mut chars)?.glob()?),
            '?' | '/' => out.push(c),
            c => push_literal(&mut out, c),
        }
    }
    Some(out)
}

fn push_literal(out: &mut String, c: char) {
    if c.is_whitespace() {
        // As a class it survives the matcher's own trimming.
        out.extend(['[', c, ']']);
    } else {
        if matches!(c, '{' | '}' | '[' | ']' | '*' | '?' | '\\' | '!' | '#' | ',') {
            out.push('\\');
        }
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_match_as_git_says() {
        let table: &[(&str, &[&str], &[&str])] = &[
            ("*.py", &["a.py", "d/a.py"], &["a.pyc"]),
            ("*.{js,ts}", &["a.{js,ts}"], &["a.js", "a.ts"]),
            ("/a", &["a"], &["d/a"]),
            ("a/b", &["a/b"], &["d/a/b"]),
            ("**/a/b", &["a/b", "d/a/b"], &["da/b"]),
            ("a/**", &["a/b", "a/b/c"], &["a"]),
            ("a/**/b", &["a/b", "a/x/y/b"], &["ab"]),
            ("a**b", &["ab", "axb", "d/axb"], &["a/b"]),
            ("a/x**y", &["a/xzy"], &["a/x/y"]),
            ("a[!b]c", &["axc"], &["abc", "a/c"]),
            ("[a-c]x", &["bx"], &["dx", "-x"]),
            ("[]-]x", &["]x", "-x"], &["ax"]),
            ("[!]]x", &["ax"], &["]x"]),
            ("[!!]x", &["ax"], &["!x"]),
            ("[^^]x", &["ax"], &["^x"]),
            ("[\\!^]x", &["!x", "^x"], &["ax"]),
            ("[[:digit:]]x", &["1x"], &["ax", ":x"]),
            ("[[:nope:]]x", &[], &["ax", ":x"]),
            ("[+-9]x", &["+x", "5x"], &["/x", "ax"]),
            ("[ab", &[], &["[ab", "a"]),
            ("a\\", &[], &["a", "a\\"]),
            ("\\!a", &["!a"], &["a"]),
            ("\\#a", &["#a"], &["a"]),
            ("#a", &[], &["#a", "a"]),
            ("a\\ ", &["a "], &["a"]),
            ("a  ", &["a"], &["a  "]),
            ("a\t", &["a\t"], &["a"]),
            ("a\r", &["a"], &["a\r"]),
            ("/", &[], &["a"]),
            ("!", &[], &["a"]),
            ("", &[], &["a"]),
            ("*", &["a", "d/e"], &[]),
            ("/*", &["a"], &["d/e"]),
            ("**", &["a", "d/e"], &[]),
            ("a?", &["ab"], &["a/", "a"]),
            ("a[!b]c", &["d/axc"], &["a/c"]),
            ("d/a[!b]c", &["d/axc"], &["d/a/c"]),
            ("f\\o", &["fo"], &["f\\o"]),
        ];
        for (line, yes, no) in table {
            let (patterns, problems) = Patterns::build([(7, line.as_bytes())].into_iter());
            assert_eq!(problems, Vec::<String>::new(), "{line:?}");
            for path in *yes {
                assert_eq!(
                    patterns.last_match(path.as_bytes(), false),
                    Some((7, false)),
                    "{line:?} {path:?}"
                );
            }
            for path in *no {
                assert_eq!(patterns.last_match(path.as_bytes(), false), None, "{line:?} {path:?}");
            }
        }
    }

    #[test]
    fn the_last_line_decides_across_chunks() {
        let lines: Vec<String> =
            (0..CHUNK * 2).map(|i| format!("f{i}")).chain(["!f3".into(), "g/".into()]).collect();
        let (patterns, _) = Patterns::build(lines.iter().map(|l| l.as_bytes()).enumerate());
        assert_eq!(patterns.last_match(b"f4", false), Some((4, false)));
        assert_eq!(patterns.last_match(b"f3", false), Some((CHUNK * 2, true)));
        assert_eq!(patterns.last_match(b"d/g", true), Some((CHUNK * 2 + 1, false)));
        assert_eq!(patterns.last_match(b"d/g", false), None);
    }
}
