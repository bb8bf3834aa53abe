//! Which lines does a unified diff change?
//!
//! Takes what `git diff` and `diff -u` write, with or without context, and trusts nothing in it: what is not
//! understood is passed over.

/// What a diff does to one file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct FileDiff {
    /// The path as written on either side, without the quotes; the new one first.
    pub(crate) paths: Vec<String>,
    /// Changed places of the new file, in the order of the diff.
    pub(crate) places: Vec<Place>,
}

/// A place that is different now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// A line that is new or has changed, from 1.
    Line(u32),
    /// Lines were taken away behind this line; `top` says that some of them began at the left margin.
    Gap {
        /// From 1; 0 before the first line.
        after: u32,
        /// Whether what was taken away stood at the top level.
        top: bool,
    },
}

/// The files that a diff touches.
pub(crate) fn parse(diff: &str) -> Vec<FileDiff> {
    let mut files: Vec<FileDiff> = Vec::new();
    let mut lines = diff.split('\n').peekable();
    while let Some(line) = lines.next() {
        if let Some(old) = line.strip_prefix("--- ")
            && let Some(new) = lines.peek().and_then(|l| l.strip_prefix("+++ "))
        {
            let paths = [new, old].into_iter().filter_map(path).collect();
            files.push(FileDiff { paths, places: vec![] });
            lines.next();
        } else if let Some(mut hunk) = Hunk::parse(line)
            && let Some(file) = files.last_mut()
        {
            while hunk.is_open()
                && let Some(line) = lines.next()
            {
                hunk.line(line);
            }
            hunk.close();
            file.places.append(&mut hunk.places);
        } else if let Some(name) = line.strip_prefix("rename to ").or_else(|| line.strip_prefix("copy to ")) {
            // Without a change of content there are no `---` and `+++`.
            files.push(FileDiff { paths: path(name).into_iter().collect(), places: vec![] });
        }
    }
    files.retain(|f| !f.paths.is_empty());
    files
}

/// A path of a header: unquoted, without the time that `diff -u` puts behind a tab; `None` for no file.
fn path(text: &str) -> Option<String> {
    let text = text.trim_end_matches('\r');
    let path = match text.strip_prefix('"') {
        Some(quoted) => unquote(quoted)?,
        None => text.split('\t').next()?.to_owned(),
    };
    (path != "/dev/null" && !path.is_empty()).then_some(path)
}

/// The text in quotes as C writes it, up to the closing one; bytes that are not text become paths' own escapes.
fn unquote(quoted: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = quoted.bytes();
    loop {
        match rest.next()? {
            b'"' => break,
            b'\\' => bytes.push(match rest.next()? {
                b'n' => b'\n',
                b't' => b'\t',
                b'r' => b'\r',
                b'a' => 7,
                b'b' => 8,
                b'f' => 12,
                b'v' => 11,
                first @ b'0'..=b'3' => {
                    let digit = |b: u8| (b'0'..=b'7').contains(&b).then(|| b - b'0');
                    let (second, third) = (digit(rest.next()?)?, digit(rest.next()?)?);
                    (first - b'0') << 6 | second << 3 | third
                }
                other => other,
            }),
            other => bytes.push(other),
        }
    }
    let escaped = lodemap_base::RelPath::from_bytes(&bytes).map(|p| p.to_string());
    escaped.or_else(|| String::from_utf8(bytes).ok())
}

/// The lines of one hunk as they are read.
struct Hunk {
    /// The line of the new file that comes next.
    at: u32,
    old_left: u32,
    new_left: u32,
    /// Lines taken away since the last line that both sides have: how they began.
    gone: Option<bool>,
    /// Whether a line was added since then.
    added: bool,
    places: Vec<Place>,
}

impl Hunk {
    /// `@@ -old[,lines] +new[,lines] @@`
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix("@@ ")?.split(' ');
        let range = |word: &str, sign: char| {
            let (start, len) = word.strip_prefix(sign)?.split_once(',').unwrap_or((&word[1..], "1"));
            Some((start.parse::<u32>().ok()?, len.parse::<u32>().ok()?))
        };
        let (_, old_left) = range(words.next()?, '-')?;
        let (start, new_left) = range(words.next()?, '+')?;
        // An empty side is told by the line before it.
        let at = if new_left == 0 { start.saturating_add(1) } else { start };
        Some(Self { at, old_left, new_left, gone: None, added: false, places: vec![] })
    }

    fn is_open(&self) -> bool {
        self.old_left > 0 || self.new_left > 0
    }

    fn line(&mut self, line: &str) {
        match line.as_bytes().first() {
            Some(b'+') => {
                self.places.push(Place::Line(self.at));
                self.added = true;
                self.at = self.at.saturating_add(1);
                self.new_left = self.new_left.saturating_sub(1);
            }
            Some(b'-') => {
                let top = line.as_bytes().get(1).is_some_and(|b| !b.is_ascii_whitespace());
                self.gone = Some(self.gone.unwrap_or(false) | top);
                self.old_left = self.old_left.saturating_sub(1);
            }
            Some(b'\\') => {} // "No newline at end of file"
            _ => {
                self.close();
                self.at = self.at.saturating_add(1);
                self.old_left = self.old_left.saturating_sub(1);
                self.new_left = self.new_left.saturating_sub(1);
            }
        }
    }

    /// What was taken away and not replaced leaves a gap.
    fn close(&mut self) {
        if let Some(top) = self.gone.take()
            && !self.added
        {
            self.places.push(Place::Gap { after: self.at.saturating_sub(1), top });
        }
        self.added = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(diff: &str) -> Vec<(String, Vec<Place>)> {
        parse(diff).into_iter().map(|f| (f.paths[0].clone(), f.places)).collect()
    }

    #[test]
    fn changes_additions_and_gaps() {
        use Place::{Gap, Line};
        let diff = "diff --git a/x.py b/x.py\nindex 1..2 100644\n--- a/x.py\n+++ b/x.py\n\
                    @@ -3 +3,2 @@ def f():\n-old\n+new\n+newer\n@@ -9,2 +9,0 @@\n-  a\n--- b\n\
                    @@ -20,0 +19 @@\n+++ c\n";
        let found = places(diff);
        assert_eq!(
            found,
            [("b/x.py".into(), vec![Line(3), Line(4), Gap { after: 9, top: true }, Line(19)])],
            "lines that look like headers are none"
        );
    }

    #[test]
    fn context_is_no_change() {
        let diff = "--- x.py\t2026-01-01\n+++ x.py\t2026-01-02\n@@ -1,5 +1,5 @@\n a\n-b\n+B\n c\n-  d\n e\n+f\n\\ No newline\n";
        let [file] = &parse(diff)[..] else { panic!() };
        assert_eq!(file.paths, ["x.py", "x.py"]);
        let gap = Place::Gap { after: 3, top: false };
        assert_eq!(file.places, [Place::Line(2), gap, Place::Line(5)]);
    }

    #[test]
    fn files_that_come_and_go() {
        let diff = "--- /dev/null\n+++ b/new.py\n@@ -0,0 +1 @@\n+x\n--- a/old.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\
                    diff --git a/m b/n\nsimilarity index 100%\nrename from m\nrename to n.py\n";
        let paths: Vec<_> = parse(diff).into_iter().map(|f| f.paths).collect();
        assert_eq!(paths, [["b/new.py"], ["a/old.py"], ["n.py"]]);
    }

    #[test]
    fn quoted_paths() {
        assert_eq!(path("\"b/caf\\303\\251 \\\"x\\\".py\"").as_deref(), Some("b/café \"x\".py"));
        assert_eq!(path("\"b/bad\\377\"").as_deref(), Some("b/bad\\xff"));
        assert_eq!(path("\"open"), None);
    }

    #[test]
    fn anything_else_is_passed_over() {
        for text in
            ["", "@@", "@@ -1 +1 @@\n+x", "--- a\n+++ b\n@@ -x +y @@", "--- a", "\0\n@@ -1,9999999999 +1 @@"]
        {
            assert!(parse(text).iter().all(|f| f.places.is_empty()), "{text:?}");
        }
        let cut = "--- a\n+++ b\n@@ -1,9 +4294967295,4294967295 @@\n+x\n+y\n";
        assert_eq!(parse(cut)[0].places.len(), 2, "numbers that are too large do no harm");
    }
}
