//! Where does this name lead? Cases of go-to-definition, told as one string each.
//!
//! `=== title` begins a case, `//- path` a file of it. In the text of a file, `$1=` stands before the name of a
//! definition and `$1` before a name that must lead to it first; `$0` stands before a name that must lead nowhere in
//! the repository. The marks are cut out before the text is read. [`GotoCase::failures`] asks the engine.
//! A guess by the name alone is no answer, however often it happens to be right; and where nothing is right, it is
//! wrong.
//! A case that is known to fail says `(open)` at the end of its title; it is a failure if it passes.

use lodemap_base::RelPath;
use lodemap_graph::Rule;

use crate::fixture::Fixture;

/// What a title ends with if its case is known to fail.
const OPEN: &str = " (open)";

/// A small repository, with names in it of which is known where they lead.
#[derive(Clone, Debug)]
pub struct GotoCase {
    /// What it is about, without the word that tells that it is open.
    pub title: String,
    /// Whether it is known to fail.
    pub open: bool,
    /// The line of its title in the text that it was read from, from 1.
    pub line: usize,
    fixture: Fixture,
    definitions: Vec<Mark>,
    references: Vec<Mark>,
}

/// A marked place.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Mark {
    /// Which definition, or 0 for none.
    number: u32,
    path: RelPath,
    /// From 1.
    line: u32,
    /// In bytes, without the marks.
    at: usize,
}

impl GotoCase {
    /// Reads all cases of a text; what stands before the first title is a comment, and what stands between a title
    /// and the first `//- path` is a file called `path`.
    ///
    /// # Errors
    /// Says what is wrong with which case.
    pub fn parse_all(text: &str, path: &str) -> Result<Vec<Self>, String> {
        let mut cases = Vec::new();
        let mut titled: Option<(usize, &str, Vec<&str>)> = None;
        for (index, line) in text.lines().enumerate() {
            if let Some(title) = line.strip_prefix("=== ") {
                cases.extend(titled.replace((index + 1, title.trim(), Vec::new())));
            } else if let Some((_, _, lines)) = &mut titled {
                lines.push(line);
            }
        }
        cases.extend(titled);
        let read = |(line, title, lines): (usize, &str, Vec<&str>)| {
            Self::parse(title, line, &lines, path).map_err(|e| format!("line {line}, {title}: {e}"))
        };
        cases.into_iter().map(read).collect()
    }

    fn parse(title: &str, line: usize, lines: &[&str], path: &str) -> Result<Self, String> {
        let open = title.ends_with(OPEN);
        let title = title.trim_end_matches(OPEN).to_owned();
        let fixture = Fixture::default();
        let mut case = Self { title, open, line, fixture, definitions: Vec::new(), references: Vec::new() };
        for line in lines {
            if let Some(header) = line.strip_prefix("//- ") {
                case.begin_file(header)?;
            } else if !line.is_empty() || !case.fixture.files.is_empty() {
                if case.fixture.files.is_empty() {
                    case.begin_file(path)?;
                }
                case.read_line(line);
            }
        }
        case.check()?;
        Ok(case)
    }

    /// A file whose header ends with `$1=` is that definition itself.
    fn begin_file(&mut self, header: &str) -> Result<(), String> {
        let mut words = header.split_whitespace();
        let path = words.next().and_then(RelPath::parse).ok_or_else(|| format!("`{header}` is no path"))?;
        for word in words {
            let mark = word.strip_prefix('$').and_then(|w| w.strip_suffix('=')).and_then(|n| n.parse().ok());
            let number = mark.ok_or_else(|| format!("`{word}` is no mark"))?;
            self.definitions.push(Mark { number, path: path.clone(), line: 1, at: 0 });
        }
        self.fixture.files.push((path, Vec::new()));
        Ok(())
    }

    fn read_line(&mut self, line: &str) {
        let (path, content) = self.fixture.files.last_mut().expect("a file has begun");
        let number_of_line = content.iter().filter(|b| **b == b'\n').count() as u32 + 1;
        let mut rest = line;
        while let Some(at) = rest.find('$') {
            content.extend_from_slice(&rest.as_bytes()[..at]);
            rest = &rest[at + 1..];
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let Ok(number) = rest[..digits.min(1)].parse() else {
                content.push(b'$');
                continue;
            };
            rest = &rest[1..];
            let mark = Mark { number, path: path.clone(), line: number_of_line, at: content.len() };
            match rest.strip_prefix('=') {
                Some(after) => {
                    rest = after;
                    self.definitions.push(mark);
                }
                None => self.references.push(mark),
            }
        }
        content.extend_from_slice(rest.as_bytes());
        content.push(b'\n');
    }

    /// A case that asks nothing, or for something that is not there, would pass or fail for no reason.
    fn check(&self) -> Result<(), String> {
        if self.references.is_empty() {
            return Err("no reference is marked".into());
        }
        for mark in &self.references {
            if self.name_at(mark).is_empty() {
                return Err(format!(
                    "`${}` in {}:{} stands before no name",
                    mark.number, mark.path, mark.line
                ));
            }
            if mark.number != 0 && !self.definitions.iter().any(|d| d.number == mark.number) {
                return Err(format!("`${0}=` is missing", mark.number));
            }
        }
        let leads = |d: &Mark| self.references.iter().any(|r| r.number == d.number);
        match self.definitions.iter().find(|d| d.number == 0 || !leads(d)) {
            Some(mark) => Err(format!("nothing leads to `${}=`", mark.number)),
            None => Ok(()),
        }
    }

    fn name_at(&self, mark: &Mark) -> String {
        let content = self.fixture.files.iter().find(|(p, _)| *p == mark.path).map_or(&[][..], |(_, c)| c);
        let name = content[mark.at..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_');
        name.map(|b| char::from(*b)).collect()
    }

    /// Asks the engine, and tells of each name that does not lead where it should.
    pub fn failures(&self) -> Vec<String> {
        let snapshot = self.fixture.snapshot();
        let mut out = Vec::new();
        for mark in &self.references {
            let mut found: Vec<(String, Rule)> = Vec::new();
            if let Some(file) = snapshot.world().files().find(|f| f.path == mark.path) {
                snapshot.edges_of(file.id, |edge| {
                    if edge.reference.at as usize == mark.at {
                        let (entry, line) = snapshot.target_line(edge.target);
                        found.push((format!("{}:{line}", entry.path), edge.rule));
                    }
                });
            }
            let wanted: Vec<String> = self
                .definitions
                .iter()
                .filter(|d| d.number == mark.number)
                .map(|d| format!("{}:{}", d.path, d.line))
                .collect();
            let right = match found.first() {
                Some((first, rule)) => *rule != Rule::Name && wanted.contains(first),
                None => wanted.is_empty(),
            };
            if !right {
                let or = |parts: Vec<String>, sep| {
                    if parts.is_empty() { "nothing".into() } else { parts.join(sep) }
                };
                let found =
                    found.iter().map(|(place, rule)| format!("{place} ({})", rule.as_str())).collect();
                out.push(format!(
                    "`{}` in {}:{} leads to {} instead of {}",
                    self.name_at(mark),
                    mark.path,
                    mark.line,
                    or(found, ", "),
                    or(wanted, " or "),
                ));
            }
        }
        out
    }

    /// How many names are asked for.
    pub fn questions(&self) -> usize {
        self.references.len()
    }
}

/// The text with the titles in these lines, and no others, marked as open.
pub fn with_open(text: &str, open: &[usize]) -> String {
    let mut out = String::new();
    for (index, line) in text.lines().enumerate() {
        if line.starts_with("=== ") {
            out.push_str(line.trim_end().trim_end_matches(OPEN));
            if open.contains(&(index + 1)) {
                out.push_str(OPEN);
            }
        } else {
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Result<GotoCase, String> {
        GotoCase::parse_all(text, "main.py").map(|mut cases| cases.remove(0))
    }

    #[test]
    fn marks_are_cut_out_and_remembered() {
        let case =
            one("# why\n=== a title (open)\n\nx = $1f($0y, '$')\n//- a.py $2=\ndef $1=f(): $2a\n").unwrap();
        assert_eq!((case.title.as_str(), case.open, case.line), ("a title", true, 2));
        let texts: Vec<_> =
            case.fixture.files.iter().map(|(p, c)| format!("{p}|{}", c.escape_ascii())).collect();
        assert_eq!(texts, [r"main.py|x = f(y, \'$\')\n", r"a.py|def f(): a\n"]);
        let shown = |marks: &[Mark]| {
            let shown = |m: &Mark| format!("{} {}:{} {}", m.number, m.path, m.line, case.name_at(m));
            marks.iter().map(shown).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(shown(&case.references), "1 main.py:1 f, 0 main.py:1 y, 2 a.py:1 a");
        assert_eq!(shown(&case.definitions), "2 a.py:1 def, 1 a.py:1 f");
    }

    #[test]
    fn a_case_that_asks_nothing_is_an_error() {
        for (text, error) in [
            ("=== t\nf()\n", "no reference is marked"),
            ("=== t\n$1f()\n", "`$1=` is missing"),
            ("=== t\n$0(f)\n", "stands before no name"),
            ("=== t\ndef $1=f(): $0g()\n", "nothing leads to `$1=`"),
        ] {
            let found = one(text).unwrap_err();
            assert!(found.contains(error), "{found}");
        }
    }

    #[test]
    fn failures_say_what_was_found_instead() {
        let text = "=== t\ndef f(): pass\ndef $1=g(): pass\n$1g(); $0f(); $1h()\n";
        assert_eq!(
            one(text).unwrap().failures(),
            [
                "`f` in main.py:3 leads to main.py:1 (scope) instead of nothing",
                "`h` in main.py:3 leads to nothing instead of main.py:2"
            ]
        );
    }

    #[test]
    fn titles_tell_what_is_open() {
        let text = "# c\n=== a (open)\nx\n=== b\n";
        assert_eq!(with_open(text, &[4]), "# c\n=== a\nx\n=== b (open)\n");
    }
}
