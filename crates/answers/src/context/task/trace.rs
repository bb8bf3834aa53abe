//! Finds the lines of stack traces and the frames in them.

use super::blocks::Line;
use super::errors;
use super::frames::Frame;
use super::{Found, MentionKind, PartKind};

/// Lines longer than this are not read as frames.
const LONGEST: usize = 2_000;

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Style {
    None,
    Python,
    Notebook,
    Pytest,
    Panic,
    Rustc,
    At,
    Go,
    Native,
}

pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) style: Style,
    pub(super) frames: Vec<Found>,
    pub(super) messages: Vec<(usize, usize)>,
    pub(super) found: &'a mut Vec<Found>,
    /// Function of which the next line tells the place.
    pub(super) pending: Option<(usize, String)>,
    /// Indentation of the last frame, and lines since it.
    pub(super) indent: usize,
    pub(super) since: u32,
    /// The lines after an error line or a panic are its message.
    pub(super) in_message: bool,
}

/// Marks trace lines, notes frames and errors; gives the stretches which are messages of errors.
pub(super) fn mark(text: &str, lines: &mut [Line], found: &mut Vec<Found>) -> Vec<(usize, usize)> {
    let mut s = Scanner {
        text,
        style: Style::None,
        frames: Vec::new(),
        messages: Vec::new(),
        found,
        pending: None,
        indent: 0,
        since: 0,
        in_message: false,
    };
    let mut block = 0;
    for i in 0..lines.len() {
        if lines[i].block != block || lines[i].markup {
            s.close();
            s.in_message = false;
            block = lines[i].block;
        }
        if lines[i].markup || lines[i].kind.is_some() {
            continue;
        }
        if lines[i].end - lines[i].start > LONGEST {
            s.close();
            continue;
        }
        let before = (i > 0 && lines[i - 1].block == block && lines[i - 1].kind.is_none()).then(|| i - 1);
        let next = lines.get(i + 1).filter(|n| n.block == block && n.end - n.start < LONGEST);
        let next = next.map_or("", |n| &text[n.start..n.end]);
        if s.line(&lines[i], next) {
            lines[i].kind = Some(PartKind::Trace);
            if let Some(b) =
                before.filter(|_| matches!(s.style, Style::At | Style::Rustc) && s.frames.len() == 1)
            {
                s.header(&mut lines[b]);
            }
        }
    }
    s.close();
    s.messages
}

impl Scanner<'_> {
    /// Reads one line; true if it belongs to a trace.
    fn line(&mut self, line: &Line, next: &str) -> bool {
        let text = self.text;
        let raw = &text[line.start..line.end];
        let t = raw.trim_start_matches(|c: char| c == '>' || c.is_whitespace()).trim_end();
        if t.is_empty() {
            self.in_message = false;
            self.since += 1;
            return false;
        }
        let indent = raw.len() - raw.trim_start().len();
        if self.frame(line.start, raw, t, next) || self.header_line(t) {
            self.indent = indent;
            self.since = 0;
            return true;
        }
        self.since += 1;
        let lead = raw.len() - raw.trim_start_matches(|c: char| c == '>' || c.is_whitespace()).len();
        if self.more(line.start + lead, raw, t, indent, line.block) {
            return true;
        }
        let prompt = [">>>", "In [", "$ "].iter().any(|p| raw.starts_with(p));
        if self.in_message && line.block > 0 && !prompt {
            self.messages.push((line.start, line.end));
            return true;
        }
        self.in_message = false;
        if self.style != Style::Pytest || line.block == 0 && self.since > 40 || t.starts_with("____") {
            self.close();
        }
        false
    }

    pub(super) fn error_at(&mut self, at: usize, t: &str, error: Option<(&str, Option<String>)>) -> bool {
        let Some((name, message)) = error else {
            return false;
        };
        let text = t.find(':').map_or(t.len(), |c| c + 1);
        self.error(at, name, message);
        self.messages.push((at + text, at + t.len()));
        self.close();
        self.in_message = true;
        true
    }

    /// The line above the first frame of Java, JavaScript and rustc names the error.
    fn header(&mut self, line: &mut Line) {
        let raw = &self.text[line.start..line.end];
        let t = raw.trim_start();
        if let Some((name, message)) = errors::error_line(t, false) {
            line.kind = Some(PartKind::Trace);
            self.error(line.start, name, message);
        } else if ["Error: ", "error: ", "warning: "].iter().any(|p| t.starts_with(p)) {
            line.kind = Some(PartKind::Trace);
        } else {
            return;
        }
        let text = t.find(':').map_or(t.len(), |c| c + 1);
        self.messages.push((line.end - t.len() + text, line.end));
    }

    pub(super) fn error(&mut self, at: usize, name: &str, message: Option<String>) {
        let found = Found::new(at, MentionKind::ErrorType, name, PartKind::Trace);
        self.found.push(found.function(message));
    }

    pub(super) fn push(&mut self, at: usize, style: Style, frame: Frame) -> bool {
        if style != self.style {
            self.close();
            self.style = style;
        }
        // Frames outside of any file still hold the place of the code in focus.
        if !frame.path.is_empty() {
            let found = Found::new(at, MentionKind::Frame, frame.path, PartKind::Trace);
            self.frames.push(found.line(frame.line).function(frame.function));
        }
        true
    }

    pub(super) fn close(&mut self) {
        let outermost_first = matches!(self.style, Style::Python | Style::Notebook | Style::Pytest);
        let mut frames = std::mem::take(&mut self.frames);
        let count = frames.len();
        let mut rank = 0;
        for i in 0..count {
            if outermost_first {
                frames[i].mention.rank = (count - 1 - i) as u32;
                continue;
            }
            // A panic's place comes again as a frame of the backtrace: they are one frame.
            let again = i > 0
                && frames[i].mention.text == frames[i - 1].mention.text
                && frames[i].mention.line == frames[i - 1].mention.line;
            if again && frames[i - 1].mention.function.is_none() {
                rank -= 1;
            }
            frames[i].mention.rank = rank;
            rank += 1;
        }
        self.found.append(&mut frames);
        self.pending = None;
        self.style = Style::None;
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::tests::texts;
    use super::super::{MentionKind, PartKind, parse};

    pub(crate) fn frames(text: &str) -> Vec<(String, u32, String, u32)> {
        let frames = parse(text).mentions.into_iter().filter(|m| m.kind == MentionKind::Frame);
        frames.map(|m| (m.text, m.line.unwrap_or(0), m.function.unwrap_or_default(), m.rank)).collect()
    }
    pub(crate) fn f(path: &str, line: u32, function: &str, rank: u32) -> (String, u32, String, u32) {
        (path.into(), line, function.into(), rank)
    }

    #[test]
    fn chained_python() {
        let text = "It fails\n```\nTraceback (most recent call last):\n  File \"a.py\", line 1, in \
                    f\n    g()\n  \
                    File \"./b.py\", line 2, in g\n    raise X\na.KeyProblem: 'x'\nmore of it\n\n\
                    During handling of the above exception, another exception occurred:\n\n\
                    Traceback (most recent call last):\n  File \"c.py\", line 3, in h\n    ^^^^\n\
                    ValueError: bad some_name\n```\n";
        assert_eq!(frames(text), [f("a.py", 1, "f", 1), f("b.py", 2, "g", 0), f("c.py", 3, "h", 0)]);
        assert_eq!(texts(text, MentionKind::ErrorType), ["KeyProblem", "ValueError"]);
        assert_eq!(texts(text, MentionKind::Name), ["some_name"]);
        assert_eq!(parse(text).parts.len(), 2);
    }

    #[test]
    fn flattened_python() {
        let text = "T\n\nTraceback (most recent call last):\nFile \"a.py\", line 1, in f\ng()\n\
                    File \"b.py\", line 2, in g\nh()\nTypeError: no\nAnd so on it goes.";
        assert_eq!(frames(text), [f("a.py", 1, "f", 1), f("b.py", 2, "g", 0)]);
        let kinds: Vec<PartKind> = parse(text).parts.iter().map(|p| p.kind).collect();
        assert_eq!(kinds, [PartKind::Title, PartKind::Trace, PartKind::Prose]);
    }

    #[test]
    fn rust_panic_and_backtrace() {
        let text = "T\n```\nthread 'main' panicked at src/a.rs:4:5:\nboom in foo_bar\nstack \
                    backtrace:\n   0: \
                    rust_begin_unwind\n \x20  at /rustc/ab/std.rs:1:2\n   1: krate::a::f\n             at \
                    ./src/a.rs:4:5\n   2: krate::main\n             at ./src/main.rs:2:3\n   3: k::no_place\n\
                    note: Some details are omitted, run\n```";
        assert_eq!(
            frames(text),
            [
                f("src/a.rs", 4, "", 0),
                f("src/a.rs", 4, "krate::a::f", 0),
                f("src/main.rs", 2, "krate::main", 1)
            ]
        );
        assert_eq!(texts(text, MentionKind::PathName), ["k::no_place"]);
        assert_eq!(texts(text, MentionKind::Name), ["foo_bar"]);
        let text =
            "T\n```\nerror[E0277]: no\n  --> src/main.rs:10:9\n   |\n10 | x\n   | ^\n   = note: y\n```";
        assert_eq!(frames(text), [f("src/main.rs", 10, "", 0)]);
        assert_eq!(texts(text, MentionKind::ErrorType), ["E0277"]);
        assert_eq!(parse(text).parts.len(), 2);
    }

    #[test]
    fn first_is_innermost() {
        let text = "T\n```\njava.lang.FooException: bad\n    at com.x.Y.m(Y.java:1)\n    at \
                    com.x.Z.n(Z.java:2)\n\
                    Caused by: a.BarError: x\n    at q.R.s(R.java:3)\n    ... 3 more\n```";
        assert_eq!(
            frames(text),
            [f("com/x/Y.java", 1, "m", 0), f("com/x/Z.java", 2, "n", 1), f("q/R.java", 3, "s", 0)]
        );
        let text = "T\n```\ngoroutine 1 [running]:\nmain.foo(0x1)\n\t/a/b.go:12 +0x1d\n\
                    main.main()\n\t/a/c.go:3 +0x2\n```";
        assert_eq!(frames(text), [f("/a/b.go", 12, "main.foo", 0), f("/a/c.go", 3, "main.main", 1)]);
        let text = "T\n\n    #0 0x1 in f /a.c:1:2\n    #1 0x2 in g /b.c:2:3\n";
        assert_eq!(frames(text), [f("/a.c", 1, "f", 0), f("/b.c", 2, "g", 1)]);
    }
}
