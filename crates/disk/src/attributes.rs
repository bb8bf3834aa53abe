//! What do `.gitattributes` files say about a file's role and language?
//!
//! Four attributes count, those by which GitHub's linguist is told: `linguist-generated`, `linguist-vendored`,
//! `linguist-documentation` and `linguist-language`. The last matching line that mentions an attribute decides,
//! and a nearer file comes before one above it. Macros (`[attr]`) are not read.

use crate::FileClass;
use crate::pattern::Patterns;
use crate::rules::Level;
use std::sync::Arc;

/// The attributes that count, in the order of [`Attributes::tables`].
const NAMES: [&str; 4] =
    ["linguist-generated", "linguist-vendored", "linguist-documentation", "linguist-language"];

/// One `.gitattributes` file.
#[derive(Debug)]
pub(crate) struct Attributes {
    /// Per attribute, the patterns that mention it and what each says.
    tables: [(Patterns, Vec<Value>); 4],
    /// How many bytes of an absolute path lead to the file's folder.
    skip: usize,
    text: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Value {
    On,
    Off,
    /// As if no line had mentioned it.
    Unspecified,
    Text(Arc<str>),
}

impl Attributes {
    /// Parses the file's `text`; `None` if nothing in it counts. Says what could not be used.
    pub(crate) fn parse(text: &[u8], skip: usize) -> (Option<Attributes>, Vec<String>) {
        let mut rows: [Vec<(Vec<u8>, Value)>; 4] = Default::default();
        for line in text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).split(|b| *b == b'\n') {
            let Some((pattern, settings)) = split_line(line.trim_ascii()) else { continue };
            for setting in settings.split(u8::is_ascii_whitespace) {
                let Ok(setting) = std::str::from_utf8(setting) else { continue };
                let (name, value) = parse_setting(setting);
                if let Some(at) = NAMES.iter().position(|n| *n == name) {
                    rows[at].push((pattern.clone(), value));
                }
            }
        }
        if rows.iter().all(Vec::is_empty) {
            return (None, Vec::new());
        }
        let mut problems = Vec::new();
        let tables = rows.map(|rows| {
            let (patterns, more) = Patterns::build(rows.iter().map(|(p, _)| &p[..]).enumerate());
            problems.extend(more);
            (patterns, rows.into_iter().map(|(_, value)| value).collect())
        });
        (Some(Attributes { tables, skip, text: text.to_vec() }), problems)
    }

    /// Whether both say the same of the same files.
    pub(crate) fn is_like(&self, other: &Attributes) -> bool {
        self.skip == other.skip && self.text == other.text
    }

    /// What stands in it.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    fn get(&self, attribute: usize, path: &[u8]) -> Option<&Value> {
        let (patterns, values) = &self.tables[attribute];
        let (row, _) = patterns.last_match(path.get(self.skip..)?, false)?;
        Some(&values[row])
    }
}

/// Corrects the roles of the file at the absolute `path` by the attributes in force, and tells its language if
/// they name one.
pub(crate) fn apply(level: &Level, path: &[u8], class: &mut FileClass) -> Option<Arc<str>> {
    let get = |attribute| level.chain().find_map(|l| l.attributes.as_ref()?.get(attribute, path));
    for (attribute, role) in
        [&mut class.generated, &mut class.vendored, &mut class.docs].into_iter().enumerate()
    {
        match get(attribute) {
            Some(Value::On) => *role = true,
            Some(Value::Off) => *role = false,
            Some(Value::Unspecified | Value::Text(_)) | None => {}
        }
    }
    match get(3) {
        Some(Value::Text(language)) => Some(language.clone()),
        _ => None,
    }
}

/// The pattern and the settings of a line; `None` for a line that matches no file.
fn split_line(line: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    if line.is_empty() || line[0] == b'#' || line[0] == b'!' || line.starts_with(b"[attr]") {
        return None;
    }
    let (pattern, rest) = if line[0] == b'"' {
        unquote(line)?
    } else {
        let end = line.iter().position(u8::is_ascii_whitespace)?;
        (line[..end].to_vec(), &line[end..])
    };
    // Attributes belong to files; a pattern for folders alone says nothing.
    (!pattern.ends_with(b"/")).then_some((pattern, rest))
}

/// Undoes git's quoting of a name that starts with a quotation mark.
fn unquote(line: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut out = Vec::new();
    let mut at = 1;
    loop {
        match *line.get(at)? {
            b'"' => return Some((out, &line[at + 1..])),
            b'\\' => {
                at += 1;
                out.push(match *line.get(at)? {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    b'0'..=b'3' => {
                        let digits = std::str::from_utf8(line.get(at..at + 3)?).ok()?;
                        at += 2;
                        u8::from_str_radix(digits, 8).ok()?
                    }
                    c => c,
                });
            }
            c => out.push(c),
        }
        at += 1;
    }
}

fn parse_setting(text: &str) -> (&str, Value) {
    if let Some(name) = text.strip_prefix('-') {
        return (name, Value::Off);
    }
    if let Some(name) = text.strip_prefix('!') {
        return (name, Value::Unspecified);
    }
    match text.split_once('=') {
        None | Some((_, "true")) => (text.split('=').next().unwrap_or(text), Value::On),
        Some((name, "false")) => (name, Value::Off),
        Some((name, value)) => (name, Value::Text(value.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classed(text: &str, path: &str) -> (bool, bool, bool, Option<String>) {
        let (attributes, problems) = Attributes::parse(text.as_bytes(), 0);
        assert_eq!(problems, Vec::<String>::new());
        let level = Level { attributes, ..Level::default() };
        let mut class = FileClass { vendored: true, ..FileClass::default() };
        let language = apply(&level, path.as_bytes(), &mut class);
        (class.generated, class.vendored, class.docs, language.map(|l| l.to_string()))
    }

    #[test]
    fn the_last_mention_of_each_attribute_decides() {
        let text = "# comment\n*.py linguist-generated linguist-language=Starlark\n\
                    a.py -linguist-generated\nb/** linguist-vendored=false\r\n\"q r.py\" linguist-documentation=true\n\
                    c.py !linguist-generated text\nd/ linguist-generated\n";
        let language = || Some("Starlark".to_owned());
        assert_eq!(classed(text, "x.py"), (true, true, false, language()));
        assert_eq!(classed(text, "a.py"), (false, true, false, language()));
        assert_eq!(classed(text, "b/c/x.c"), (false, false, false, None));
        assert_eq!(classed(text, "q r.py"), (true, true, true, language()));
        assert_eq!(classed(text, "c.py"), (false, true, false, language()));
        assert_eq!(classed(text, "d/x"), (false, true, false, None));
        assert!(Attributes::parse(b"* text=auto\n", 0).0.is_none());
    }
}
