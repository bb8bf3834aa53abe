//! Where may a text be cut before it is parsed? Lines and their indentation tell well enough to ask the parser.

use std::ops::Range;

use lodemap_grammar::{Conventions, LangSpec};

use super::long_texts::long_texts;

/// A place between two items, or between the members of one: the beginning of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) at: Point,
    /// Of the item between whose members it lies.
    pub(super) head: Option<Head>,
}

/// What the parser must see of an item to take some of its members for members.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Head {
    /// With the comments and attributes right above it.
    pub(super) from: Point,
    /// Where its first member may begin.
    pub(super) to: Point,
    /// Where the bracket stands that closes it, in languages that have one.
    pub(super) close: Option<Point>,
}

/// A place in bytes, and its line and the bytes before it there, from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Point {
    pub(super) byte: usize,
    pub(super) row: usize,
    pub(super) column: usize,
}

/// The beginnings of all pieces but the first, so that there are at most `pieces` of about the same size.
///
/// A function of the text alone, so that a text is cut alike by whomever it is read.
pub(super) fn places(spec: &LangSpec, text: &[u8], pieces: usize) -> Vec<Place> {
    let all = Scan::of(spec, text).places();
    let size = text.len() / pieces.max(1);
    let mut chosen: Vec<Place> = vec![];
    for count in 1..pieces {
        let goal = size * count;
        let begun = chosen.last().map_or(0, |p| p.at.byte + size / 2);
        let within = |reach: usize| {
            let (from, to) = ((goal - reach).max(begun), goal + reach);
            let first = all.partition_point(|p| p.at.byte < from);
            all[first..].iter().take_while(move |p| p.at.byte <= to)
        };
        let distance = |p: &&Place| p.at.byte.abs_diff(goal);
        // Between items nothing of one must be read for the other.
        let between = within(size / 4).filter(|p| p.head.is_none()).min_by_key(distance);
        chosen.extend(between.or_else(|| within(size / 2).min_by_key(distance)));
    }
    chosen
}

/// Words that go on with what a bracket closed, in one language or another.
const GO_ON: [&str; 14] = [
    "as",
    "catch",
    "else",
    "extends",
    "finally",
    "from",
    "implements",
    "in",
    "instanceof",
    "is",
    "of",
    "satisfies",
    "where",
    "while",
];

/// One pass over the lines.
struct Scan<'s> {
    conventions: &'s Conventions,
    text: &'s [u8],
    /// With indices of heads, since where an item is closed is seen after its members.
    found: Vec<(Point, Option<usize>)>,
    heads: Vec<Head>,
    /// The item whose members come now, and their indentation once one was seen.
    open: Option<(usize, Option<&'s [u8]>)>,
    /// Where the lines at the margin began that belong together.
    together: Point,
    last: Line<'s>,
    is_after_blank: bool,
    /// `#if` without `#endif`.
    conditions: usize,
}

#[derive(Clone, Copy)]
struct Line<'s> {
    start: Point,
    indent: &'s [u8],
    /// Without indentation, without what ends it.
    text: &'s [u8],
}

impl<'s> Scan<'s> {
    fn of(spec: &'s LangSpec, text: &'s [u8]) -> Self {
        let start = Point { byte: 0, row: 0, column: 0 };
        let mut scan = Self {
            conventions: &spec.conventions,
            text,
            found: vec![],
            heads: vec![],
            open: None,
            together: start,
            last: Line { start, indent: b"", text: b"" },
            is_after_blank: true,
            conditions: 0,
        };
        let texts = long_texts(spec, text);
        let mut texts = texts.iter().peekable();
        let mut from = 0;
        let ends = memchr::memchr_iter(b'\n', text).chain([text.len()]);
        for (row, end) in ends.enumerate() {
            let line = text[from..end].trim_ascii_end();
            let trimmed = line.trim_ascii_start();
            let start = Point { byte: from, row, column: 0 };
            while texts.next_if(|t| t.end <= from).is_some() {}
            if texts.peek().is_some_and(|t| t.start < from) {
                scan.is_after_blank = false;
            } else if trimmed.is_empty() {
                scan.is_after_blank = true;
            } else {
                scan.line(Line { start, indent: &line[..line.len() - trimmed.len()], text: trimmed });
                scan.is_after_blank = false;
            }
            from = end + 1;
        }
        scan
    }

    fn line(&mut self, line: Line<'s>) {
        let was_free = self.conditions == 0;
        if !self.conventions.indented {
            self.condition(line.text);
        }
        if line.indent.is_empty() {
            self.margin(line);
        }
        if was_free && self.conditions == 0 && self.is_between(line) {
            match self.open {
                _ if line.indent.is_empty() => self.found.push((line.start, None)),
                // Not before the first member: an item without any is not what it is.
                Some((head, Some(indent))) if indent == line.indent => {
                    self.found.push((line.start, Some(head)))
                }
                _ => {}
            }
        }
        let is_comment =
            if self.conventions.indented { line.text[0] == b'#' } else { line.text.starts_with(b"//") };
        if let Some((_, indent @ None)) = &mut self.open
            && !line.indent.is_empty()
            && !is_comment
        {
            *indent = Some(line.indent);
        }
        self.last = line;
    }

    /// Whether something begins with this line, and what was before it has ended.
    fn is_between(&self, line: Line<'_>) -> bool {
        let begins = |word: &str| line.text.starts_with(word.as_bytes());
        if self.conventions.indented {
            return self.is_after_blank && ["def ", "class ", "async def ", "@"].into_iter().any(begins);
        }
        let word = &line.text[..line.text.iter().take_while(|b| b.is_ascii_alphabetic()).count()];
        self.last.text.starts_with(b"}")
            && self.last.indent == line.indent
            && !self.last.text.ends_with(b"\\")
            && (!word.is_empty() || b"_#@".contains(&line.text[0]) || begins("//") || begins("/*"))
            && !GO_ON.iter().any(|w| w.as_bytes() == word)
    }

    /// Brackets may be closed under several conditions, so only what stands under none is cut.
    fn condition(&mut self, line: &[u8]) {
        let Some(directive) = line.strip_prefix(b"#").map(<[u8]>::trim_ascii_start) else { return };
        if directive.starts_with(b"if") {
            self.conditions += 1;
        } else if directive.starts_with(b"endif") {
            self.conditions = self.conditions.saturating_sub(1);
        }
    }

    /// A line at the margin may close an item, or open one. What else stands there inside of one is the text of a comment.
    fn margin(&mut self, line: Line<'s>) {
        let goes_on = match self.conventions.indented {
            true => line.text.starts_with(b"#"),
            false => !line.text.starts_with(b"}"),
        };
        if self.open.is_some() && goes_on {
            return;
        }
        if let Some((head, _)) = self.open.take() {
            self.heads[head].close = (!self.conventions.indented).then_some(line.start);
        }
        let has_bracket = self.last.text.ends_with(b"}") || self.last.text.starts_with(b"}");
        let is_closed = has_bracket && self.last.indent.is_empty();
        if self.is_after_blank || is_closed || self.last.text.ends_with(b";") {
            self.together = line.start;
        }
        let (from, end) = (self.together, line.start.byte + line.text.len());
        let to = match self.conventions.indented {
            true => Point { byte: end + self.rest_of_line(end), row: line.start.row + 1, column: 0 },
            false => Point { byte: end, row: line.start.row, column: line.text.len() },
        };
        let opener: &[u8] = if self.conventions.indented { b":" } else { b"{" };
        if line.text.ends_with(opener) && self.is_divided(from.byte..end) {
            self.open = Some((self.heads.len(), None));
            self.heads.push(Head { from, to, close: None });
        }
    }

    fn rest_of_line(&self, from: usize) -> usize {
        memchr::memchr(b'\n', &self.text[from..]).map_or(0, |n| n + 1)
    }

    /// Whether these lines begin an item that may be cut between its members.
    fn is_divided(&self, head: Range<usize>) -> bool {
        let is_word = |word: &[u8]| {
            let len = word.iter().take_while(|b| b.is_ascii_alphabetic()).count();
            let is_whole = word.get(len).is_none_or(|b| !b.is_ascii_digit() && !b"_!".contains(b));
            is_whole && self.conventions.divided.iter().any(|d| d.as_bytes() == &word[..len])
        };
        // What is decorated is no item by itself.
        let is_decorated = self.text[head.clone()].starts_with(b"@");
        !is_decorated
            && self.text[head].split(|b| *b == b'\n').any(|line| {
                let mut words = line.split(u8::is_ascii_whitespace);
                // `pub unsafe trait` and the like.
                words.by_ref().take(3).any(is_word)
            })
    }

    /// Where an item is not seen to be closed it is not cut.
    fn places(self) -> Vec<Place> {
        let heads = &self.heads;
        let is_whole = |h: &Head| self.conventions.indented || h.close.is_some();
        let place = |(at, head): (Point, Option<usize>)| match head {
            None => Some(Place { at, head: None }),
            Some(ix) => heads.get(ix).filter(|h| is_whole(h)).map(|h| Place { at, head: Some(*h) }),
        };
        self.found.iter().copied().filter_map(place).collect()
    }
}

#[cfg(test)]
mod tests {
    use lodemap_grammar::spec_by_name;

    use super::*;

    /// The lines before which a text may be cut, and what is read again there.
    fn marked(language: &str, text: &str) -> Vec<(String, Option<String>)> {
        let spec = spec_by_name(language).unwrap();
        let line = |at: usize| text[at..].lines().next().unwrap().trim().to_owned();
        let head = |h: Head| {
            assert_eq!(text[..h.to.byte].matches('\n').count(), h.to.row);
            format!("{}…{}", &text[h.from.byte..h.to.byte], h.close.map_or("", |c| &text[c.byte..=c.byte]))
        };
        Scan::of(spec, text.as_bytes()).places().iter().map(|p| (line(p.at.byte), p.head.map(head))).collect()
    }

    #[test]
    fn between_items_and_members() {
        let text = "use a;\n\n#[b]\nimpl<T> C\nwhere\n    T: D,\n{\n    fn e() {\n        if f {\n        }\n        g()\n    }\n\n    /// H.\n    fn h() {}\n}\nfn i() {\n    if j {\n    }\n    k()\n}\n\nstruct L;\n";
        let head = Some("#[b]\nimpl<T> C\nwhere\n    T: D,\n{…}".to_owned());
        let expected = [("/// H.", head), ("fn i() {", None), ("struct L;", None)];
        assert_eq!(marked("rust", text), expected.map(|(l, h)| (l.to_owned(), h)));

        let text = "import a\n\nclass B(\n    C,\n):\n    '''D.'''\n\n    def e(self):\n        x = 1\n\n        def y(): pass\n\n    @f\n    def g(self): pass\n\n\n@h\ndef i(): pass\n";
        let head = Some("class B(\n    C,\n):\n…".to_owned());
        let expected = [("class B(", None), ("def e(self):", head.clone()), ("@f", head), ("@h", None)];
        assert_eq!(marked("python", text), expected.map(|(l, h)| (l.to_owned(), h)));

        let text = "#ifdef A\nint a(void)\n{\n}\nint b;\n#endif\nint c(void)\n{\n}\n\nint d;\n";
        assert_eq!(marked("c", text), [("int d;".to_owned(), None)]);
    }

    #[test]
    fn pieces_are_about_equal() {
        let text: String = (0..100).map(|n| format!("fn f{n:02}() {{\n    g();\n}}\n")).collect();
        let chosen = places(spec_by_name("rust").unwrap(), text.as_bytes(), 4);
        let at: Vec<usize> = chosen.iter().map(|p| p.at.byte).collect();
        assert_eq!(at.len(), 3);
        for (count, at) in at.iter().enumerate() {
            assert!(at.abs_diff(text.len() * (count + 1) / 4) <= 30, "{at}");
        }
    }
}
