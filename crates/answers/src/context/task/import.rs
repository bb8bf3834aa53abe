//! Import lines of Python and Rust.

use super::words::{ident, keyword};

/// The most bytes one import may go on for.
const LONGEST: usize = 2_000;

/// Imported names, and how many bytes the import takes.
pub(super) type Imported = (Vec<String>, usize);

/// Reads the import which `s` begins with, if it does; `loose` where only code is expected.
pub(super) fn import(s: &str, loose: bool) -> Option<Imported> {
    let s = &s[..s.floor_char_boundary(LONGEST)];
    if let Some(rest) = s.strip_prefix("from ") {
        return from(s, rest);
    }
    if let Some(rest) = s.strip_prefix("import ") {
        return plain(s, rest, loose);
    }
    let rest = s.strip_prefix("pub ").unwrap_or(s).strip_prefix("use ")?;
    rust(s, rest)
}

fn dotted(s: &str) -> bool {
    let bare = s.trim_start_matches('.');
    !s.is_empty() && (bare.is_empty() || bare.split('.').all(|p| ident(p) && !keyword(p)))
}

fn from(s: &str, rest: &str) -> Option<Imported> {
    let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
    let (module, _) = line.split_once(" import ").or_else(|| line.split_once(" import("))?;
    let module = module.trim();
    if !dotted(module) {
        return None;
    }
    let at = rest.find(" import")? + 7;
    let names = rest[at..].trim_start_matches(' ');
    let begin = s.len() - names.len();
    let (list, end) = match names.strip_prefix('(') {
        Some(inner) => {
            let n = inner.find(')').unwrap_or(inner.len());
            (&inner[..n], begin + 1 + (n + 1).min(inner.len()))
        }
        None => {
            let n = names.find(['\n', ';', '#', '`']).unwrap_or(names.len());
            (&names[..n], begin + n)
        }
    };
    let glue = if module.ends_with('.') { "" } else { "." };
    let mut out = Vec::new();
    for entry in list.split([',', '\n']) {
        let entry = entry.trim_start_matches(['.', '>', ' ', '\t']).split('#').next().unwrap_or("");
        let mut words = entry.split_whitespace();
        let Some(name) = words.next() else { continue };
        let alias = words.next().is_none_or(|w| w == "as");
        if name == "*" {
            out.push(module.to_string());
        } else if ident(name) && alias {
            out.push(format!("{module}{glue}{name}"));
        } else {
            break;
        }
    }
    (!out.is_empty()).then_some((out, end))
}

fn plain(s: &str, rest: &str, loose: bool) -> Option<Imported> {
    let n = rest.find(['\n', ';', '#', '`']).unwrap_or(rest.len());
    let mut out = Vec::new();
    let mut sure = loose;
    for entry in rest[..n].split(',') {
        let mut words = entry.split_whitespace();
        let name = words.next().filter(|w| dotted(w) && !w.starts_with('.'))?;
        sure |= name.contains('.');
        match (words.next(), words.next(), words.next()) {
            (None, ..) => {}
            (Some("as"), Some(alias), None) if ident(alias) => sure = true,
            _ => return None,
        }
        out.push(name.to_string());
    }
    sure.then_some((out, s.len() - rest.len() + n))
}

/// `a::b::{c, d::{e, f as g}, self};`
fn rust(s: &str, rest: &str) -> Option<Imported> {
    let bytes = rest.as_bytes();
    let mut out = Vec::new();
    let mut prefix: Vec<String> = Vec::new();
    let mut marks: Vec<usize> = Vec::new();
    let mut at = 0;
    // Segments of the entry being read are those of `prefix` above the last mark.
    let base = |marks: &[usize]| marks.last().copied().unwrap_or(0);
    let mut open = true;
    while at < bytes.len() {
        match bytes[at] {
            b' ' | b'\n' | b'\r' | b'\t' => at += 1,
            b':' => at += 1,
            b'{' if marks.len() < 20 => {
                marks.push(prefix.len());
                (open, at) = (true, at + 1);
            }
            b'*' => {
                out.push(prefix.join("::"));
                prefix.truncate(base(&marks));
                at += 1;
            }
            c @ (b',' | b'}' | b';') => {
                if prefix.len() > base(&marks) {
                    out.push(prefix.join("::"));
                }
                prefix.truncate(base(&marks));
                (open, at) = (true, at + 1);
                if c == b'}' {
                    // The group's own path was no entry.
                    marks.pop()?;
                    prefix.truncate(base(&marks));
                }
                if c == b';' {
                    break;
                }
            }
            c if c.is_ascii_alphanumeric() || c == b'_' => {
                let n = bytes[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
                let word = &rest[at..at + n];
                let joined = at == 0 || open || rest[..at].trim_end().ends_with(':');
                at += n;
                if word == "as" {
                    let skip = rest[at..].find([',', '}', ';', '\n']).unwrap_or(0);
                    at += skip;
                } else if !joined {
                    break;
                } else if word == "self" && prefix.len() == base(&marks) && !marks.is_empty() {
                    out.push(prefix.join("::"));
                } else {
                    prefix.push(word.to_string());
                }
                open = false;
            }
            _ => break,
        }
    }
    if prefix.len() > base(&marks) && marks.is_empty() {
        out.push(prefix.join("::"));
    }
    out.retain(|p| p.contains("::"));
    (!out.is_empty()).then_some((out, s.len() - rest.len() + at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(s: &str) -> Vec<String> {
        import(s, true).map(|i| i.0).unwrap_or_default()
    }

    #[test]
    fn python() {
        assert_eq!(names("from a.b import c, d as e"), ["a.b.c", "a.b.d"]);
        assert_eq!(names("from a import (b,\n    c,  # note\n)\nx"), ["a.b", "a.c"]);
        assert_eq!(names("from .x import y; y()"), [".x.y"]);
        assert_eq!(names("from . import y"), [".y"]);
        assert_eq!(names("from a import *"), ["a"]);
        assert_eq!(names("import a.b as c, d"), ["a.b", "d"]);
        assert!(names("import the data of it").is_empty());
        assert!(names("from here we import things now").is_empty());
        assert_eq!(import("import numpy", false), None);
    }

    #[test]
    fn rust() {
        assert_eq!(
            names("use a::b::{c, d::{e, f as g}, self};"),
            ["a::b::c", "a::b::d::e", "a::b::d::f", "a::b"]
        );
        assert_eq!(names("pub use a::b::*;"), ["a::b"]);
        assert_eq!(names("use a::b\nx"), ["a::b"]);
        assert!(names("use the tool of it").is_empty());
        assert!(names("use }{}}{").is_empty());
    }
}
