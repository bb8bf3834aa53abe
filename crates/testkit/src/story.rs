//! What happened to which repository, as text that a person can read, write and keep.
//!
//! `fixtures/edits/README.md` explains the form.

mod lines;

use std::fmt::Write as _;
use std::sync::Arc;

use lodemap_base::RelPath;
use lodemap_graph::FileClass;

use crate::model::Step;

/// A repository, and what happens to it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Story {
    /// What it is about.
    pub about: String,
    /// The files at the start.
    pub start: Vec<(RelPath, Arc<[u8]>)>,
    /// What happens then.
    pub steps: Vec<Step>,
}

const CLASSES: [(&str, u8); 5] = [
    ("generated", FileClass::GENERATED),
    ("vendored", FileClass::VENDORED),
    ("test", FileClass::TEST),
    ("example", FileClass::EXAMPLE),
    ("docs", FileClass::DOCS),
];

impl Story {
    /// Reads a story; the error says which line is wrong, and how.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut story = Story::default();
        let mut open: Option<Open> = None;
        for (number, line) in text.split_inclusive('\n').enumerate() {
            let wrong = |what: &str| format!("line {}: {what}: {}", number + 1, line.trim_end());
            if let Some(about) = line.strip_prefix("//# ") {
                story.about.push_str(about);
            } else if let Some(header) = line.strip_prefix("//- ") {
                story.close(open.take());
                let path = RelPath::parse(header.trim()).ok_or_else(|| wrong("not a path below the root"))?;
                if !story.steps.is_empty() {
                    return Err(wrong("the files of the start come before the first step"));
                }
                open = Some(Open { path, is_start: true, bytes: Vec::new() });
            } else if let Some(step) = line.strip_prefix("//! ") {
                story.close(open.take());
                match parse_step(step.trim()).map_err(|e| wrong(&e))? {
                    Parsed::Step(step) => story.steps.push(step),
                    Parsed::Write(path) => {
                        open = Some(Open { path, is_start: false, bytes: Vec::new() });
                    }
                }
            } else if let Some(open) = &mut open {
                lines::read(line, &mut open.bytes).ok_or_else(|| wrong("not an escaped line"))?;
            } else if !line.trim().is_empty() {
                return Err(wrong("text before the first `//- path` or after a step that takes none"));
            }
        }
        story.close(open);
        Ok(story)
    }

    fn close(&mut self, open: Option<Open>) {
        if let Some(Open { path, is_start, bytes }) = open {
            let bytes: Arc<[u8]> = bytes.into();
            if is_start {
                self.start.push((path, bytes));
            } else {
                self.steps.push(Step::Write(path, bytes));
            }
        }
    }

    /// The text of the story; reading it gives the story again.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.about.lines().for_each(|l| out.push_str(&format!("//# {l}\n")));
        for (path, bytes) in &self.start {
            out.push_str(&format!("//- {path}\n"));
            lines::write(bytes, &mut out);
        }
        for step in &self.steps {
            write_step(step, &mut out);
        }
        out
    }

    /// How many steps there are besides applications.
    pub fn edits(&self) -> usize {
        self.steps.iter().filter(|s| !matches!(s, Step::Apply | Step::Undo)).count()
    }
}

/// A file whose content is being read.
struct Open {
    path: RelPath,
    is_start: bool,
    bytes: Vec<u8>,
}

enum Parsed {
    Step(Step),
    Write(RelPath),
}

fn parse_step(text: &str) -> Result<Parsed, String> {
    let mut words = text.split_whitespace();
    let verb = words.next().unwrap_or_default();
    let rest: Vec<&str> = words.collect();
    let path = |n: usize| {
        let word = rest.get(n).ok_or_else(|| format!("`{verb}` needs more paths"))?;
        RelPath::parse(&word.replace("\\_", " "))
            .ok_or_else(|| format!("`{word}` is not a path below the root"))
    };
    let step = match verb {
        "write" => return Ok(Parsed::Write(path(0)?)),
        "remove" => Step::Remove(path(0)?),
        "rename" => Step::Rename(path(0)?, path(1)?),
        "copy" => Step::Copy(path(0)?, path(1)?),
        "swap" => Step::Swap(path(0)?, path(1)?),
        "ignore" => Step::Ignore(path(0)?),
        "unignore" => Step::Unignore(path(0)?),
        "touch" => Step::Touch(path(0)?),
        "class" => Step::Class(path(0)?, parse_class(&rest[1..])?),
        "undo" => Step::Undo,
        "apply" => Step::Apply,
        _ => return Err("there is no such step".into()),
    };
    Ok(Parsed::Step(step))
}

/// No word: as the path says. `core`: none of the classes.
fn parse_class(words: &[&str]) -> Result<Option<FileClass>, String> {
    let mut bits = 0;
    for word in words.iter().filter(|w| **w != "core") {
        let (_, bit) =
            CLASSES.iter().find(|(name, _)| name == word).ok_or_else(|| format!("`{word}` is no class"))?;
        bits |= bit;
    }
    Ok((!words.is_empty()).then_some(FileClass(bits)))
}

fn write_step(step: &Step, out: &mut String) {
    let word = |p: &RelPath| p.as_str().replace(' ', "\\_");
    let line = match step {
        Step::Write(path, bytes) => {
            out.push_str(&format!("//! write {}\n", word(path)));
            return lines::write(bytes, out);
        }
        Step::Remove(p) => format!("remove {}", word(p)),
        Step::Rename(a, b) => format!("rename {} {}", word(a), word(b)),
        Step::Copy(a, b) => format!("copy {} {}", word(a), word(b)),
        Step::Swap(a, b) => format!("swap {} {}", word(a), word(b)),
        Step::Ignore(p) => format!("ignore {}", word(p)),
        Step::Unignore(p) => format!("unignore {}", word(p)),
        Step::Touch(p) => format!("touch {}", word(p)),
        Step::Class(p, class) => {
            let mut line = format!("class {}", word(p));
            if *class == Some(FileClass(0)) {
                line.push_str(" core");
            }
            let set = CLASSES.iter().filter(|(_, bit)| class.is_some_and(|c| c.has(*bit)));
            set.for_each(|(name, _)| _ = write!(line, " {name}"));
            line
        }
        Step::Undo => "undo".into(),
        Step::Apply => "apply".into(),
    };
    out.push_str(&format!("//! {line}\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
//# Everything a story can say.
//# In two lines.
//- a.py
def f(): pass
\\//- not a header
//- b/empty.rs
//! write c.bin
\\a\\x00b\\\\\\
//! remove a.py
//! rename b c
//! copy c d
//! swap a.py d
//! ignore d
//! unignore d
//! class a.py test vendored
//! class a.py core
//! class a.py
//! touch a.py
//! apply
//! undo
";

    #[test]
    fn text_and_back() {
        let story = Story::parse(TEXT).unwrap();
        assert_eq!(&*story.start[0].1, b"def f(): pass\n//- not a header\n");
        assert_eq!(story.steps[0], Step::Write(RelPath::parse("c.bin").unwrap(), Arc::from(&b"a\0b\\"[..])));
        assert_eq!((story.steps.len(), story.edits()), (13, 11));
        // Classes come in one order, everything else as it was.
        assert_eq!(story.text(), TEXT.replace("test vendored", "vendored test"));
        assert_eq!(Story::parse(&story.text()).unwrap(), story);
    }

    #[test]
    fn errors_name_the_line() {
        for (text, says) in [
            ("x\n", "line 1: text before"),
            ("//! apply\n//- a\n", "line 2: the files of the start"),
            ("//! explode\n", "no such step"),
            ("//! rename a\n", "needs more paths"),
            ("//! remove ../a\n", "not a path"),
            ("//! class a.py odd\n", "`odd` is no class"),
            ("//- a\n\\x\\y\n", "line 2: not an escaped line"),
        ] {
            let error = Story::parse(text).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
