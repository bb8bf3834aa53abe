//! Which characters does `[...]` in a pattern match?
//!
//! git and the `ignore` crate read the corners of this notation differently (escapes, `[:names:]`, slashes,
//! classes without an end), so a class is parsed by git's rules and written out again without corners.

use std::iter::Peekable;
use std::str::Chars;

/// A character class; it never matches a slash.
pub(crate) struct Class {
    negated: bool,
    ranges: Vec<(char, char)>,
}

impl Class {
    /// Parses what follows a `[`, by git's rules; `None` if it has no end, for then git matches nothing.
    pub(crate) fn parse(chars: &mut Peekable<Chars<'_>>) -> Option<Class> {
        let negated = chars.next_if(|c| matches!(c, '!' | '^')).is_some();
        let mut ranges = Vec::new();
        let mut previous: Option<char> = None;
        let mut first = true;
        loop {
            let c = chars.next()?;
            match c {
                ']' if !first => return Some(Class { negated, ranges }),
                '-' if previous.is_some() && chars.peek().is_some_and(|n| *n != ']') => {
                    let end = match chars.next()? {
                        '\\' => chars.next()?,
                        end => end,
                    };
                    let start = previous.take().expect("just seen");
                    // A range that runs backwards is empty.
                    ranges.push((start, end));
                }
                '[' if chars.peek() == Some(&':') => {
                    previous = None;
                    match posix(chars) {
                        Posix::Ranges(list) => ranges.extend(list),
                        Posix::Unknown => return None,
                        Posix::Literal => ranges.push(('[', '[')),
                    }
                }
                c => {
                    let c = if c == '\\' { chars.next()? } else { c };
                    ranges.push((c, c));
                    previous = Some(c);
                }
            }
            first = false;
        }
    }

    /// The class in a form without corner cases; `None` if no character can match it.
    pub(crate) fn glob(&self) -> Option<String> {
        // Characters that mean something inside a class are taken out of the ranges and placed where they do not.
        let special = ['/', ']', '-', '!', '^'];
        let has = |c: char| self.ranges.iter().any(|(a, b)| *a <= c && c <= *b);
        let mut ranges: Vec<(char, char)> = self.ranges.iter().copied().filter(|(a, b)| a <= b).collect();
        for c in special {
            let (before, after) = (char::from(c as u8 - 1), char::from(c as u8 + 1));
            ranges = ranges
                .into_iter()
                .flat_map(
                    |(a, b)| if a <= c && c <= b { [(a, before), (after, b)] } else { [(a, b), ('b', 'a')] },
                )
                .filter(|(a, b)| a <= b)
                .collect();
        }
        let mut items = String::new();
        ranges.iter().for_each(|(a, b)| if a == b { items.push(*a) } else { items.extend([*a, '-', *b]) });
        // A range's end may be a bracket's neighbour, never a special character itself.
        let close = if has(']') { "]" } else { "" };
        let bangs: String = ['!', '^'].into_iter().filter(|c| has(*c)).collect();
        let dash = if has('-') { "-" } else { "" };
        if self.negated {
            return Some(format!("[!{close}{items}{bangs}/{dash}]"));
        }
        if items.is_empty() && close.is_empty() {
            return match (&*bangs, dash) {
                ("", "") => None,
                ("", dash) => Some(format!("[{dash}]")),
                // No name holds a NUL, so it can keep the bang from coming first.
                (bangs, dash) => Some(format!("[\0{bangs}{dash}]")),
            };
        }
        Some(format!("[{close}{items}{bangs}{dash}]"))
    }
}

enum Posix {
    Ranges(&'static [(char, char)]),
    Unknown,
    Literal,
}

/// Parses `:name:]` after a `[` inside a class. git takes a name that does not end that way as a literal `[`.
fn posix(chars: &mut Peekable<Chars<'_>>) -> Posix {
    let rest: String = chars.clone().skip(1).take_while(|c| *c != ']').collect();
    let Some(name) = rest.strip_suffix(':') else { return Posix::Literal };
    let ranges: &[(char, char)] = match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "blank" => &[(' ', ' '), ('\t', '\t')],
        "cntrl" => &[('\u{1}', '\u{1f}'), ('\u{7f}', '\u{7f}')],
        "digit" => &[('0', '9')],
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[(' ', ' '), ('\t', '\r')],
        "upper" => &[('A', 'Z')],
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return Posix::Unknown,
    };
    for _ in 0..name.chars().count() + 3 {
        chars.next();
    }
    Posix::Ranges(ranges)
}
