//! Finds the lines of diffs and what they touch.

use super::blocks::{Lang, Line};
use super::words::{digits, ident};
use super::{Found, MentionKind, PartKind, paths};

/// Marks the lines of diffs and notes files and hunks.
pub(super) fn mark(text: &str, lines: &mut [Line], found: &mut Vec<Found>) {
    let mut path = String::new();
    // Lines the hunk still has on the old and the new side.
    let (mut old, mut new) = (0u32, 0u32);
    let (mut inside, mut block) = (false, 0);
    for i in 0..lines.len() {
        let next =
            lines.get(i + 1).filter(|n| n.block == lines[i].block).map_or("", |n| &text[n.start..n.end]);
        let line = &mut lines[i];
        if line.block != block || line.markup {
            (inside, block, old, new) = (false, line.block, 0, 0);
            path.clear();
        }
        if line.markup || line.kind.is_some() {
            inside &= line.markup;
            continue;
        }
        let t = text[line.start..line.end].trim_end();
        let mut files = Vec::new();
        let hunk = old == 0 && new == 0;
        let diff = if let Some(rest) = t.strip_prefix("diff --git ") {
            files.extend(rest.split(" b/").next().map(side));
            files.extend(rest.rsplit_once(" b/").map(|(_, b)| paths::tidy(b)));
            true
        } else if hunk
            && (t.starts_with("--- ") && next.starts_with("+++ ") || inside && t.starts_with("+++ "))
        {
            files.push(side(&t[4..]));
            true
        } else if let Some((start, a, b, name)) = header(t) {
            (old, new) = (a, b);
            let at = Found::new(line.start, MentionKind::Diffed, path.clone(), PartKind::Diff);
            found.push(at.line(Some(start)).function(function(name)));
            true
        } else if old > 0 || new > 0 {
            body(t, &mut old, &mut new)
        } else {
            let extra = [
                "index ",
                "new file",
                "deleted file",
                "similarity ",
                "rename ",
                "old mode",
                "new mode",
                "Binary ",
                "\\ No ",
            ];
            inside && extra.iter().any(|e| t.starts_with(e)) || line.lang == Lang::Diff
        };
        for file in files.into_iter().filter(|f| !f.is_empty() && f != "/dev/null") {
            found.push(Found::new(line.start, MentionKind::Diffed, file.clone(), PartKind::Diff));
            path = file;
        }
        inside = diff;
        if diff {
            line.kind = Some(PartKind::Diff);
        } else {
            (old, new) = (0, 0);
        }
    }
}

/// A path of a header without `a/` or `b/` and without a date.
fn side(s: &str) -> String {
    let s = s.split('\t').next().unwrap_or(s).trim();
    paths::tidy(s.strip_prefix("a/").or_else(|| s.strip_prefix("b/")).unwrap_or(s))
}

/// `@@ -10,7 +10,7 @@ def foo`: first line, counts of both sides, what follows.
fn header(t: &str) -> Option<(u32, u32, u32, &str)> {
    let (ranges, name) = t.strip_prefix("@@ -")?.split_once(" @@")?;
    let (a, b) = ranges.split_once(" +")?;
    let range = |s: &str| -> Option<(u32, u32)> {
        let (start, count) = s.split_once(',').unwrap_or((s, "1"));
        Some((digits(start)?, digits(count)?))
    };
    let ((start, old), (new_start, new)) = (range(a)?, range(b)?);
    Some((if start == 0 { new_start } else { start }, old, new, name.trim()))
}

/// Counts one line of a hunk; false if it is none.
fn body(t: &str, old: &mut u32, new: &mut u32) -> bool {
    match t.bytes().next() {
        Some(b'+') => *new = new.saturating_sub(1),
        Some(b'-') => *old = old.saturating_sub(1),
        Some(b'\\') => {}
        None | Some(b' ' | b'\t') => {
            *old = old.saturating_sub(1);
            *new = new.saturating_sub(1);
        }
        _ => return false,
    }
    true
}

/// The name in the line of code a hunk's header shows.
fn function(code: &str) -> Option<String> {
    let kinds =
        ["def", "class", "fn", "func", "function", "struct", "enum", "trait", "mod", "interface", "type"];
    let mut words = code.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|w| !w.is_empty());
    if words.by_ref().any(|w| kinds.contains(&w)) {
        return words.next().map(str::to_string);
    }
    let head = code.split('(').next().filter(|h| h.len() < code.len()).unwrap_or("");
    let name = head.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().filter(|n| ident(n));
    name.map(str::to_string).or_else(|| {
        let block = code.strip_prefix("impl")?.trim_end_matches([' ', '{']).rsplit([' ', '>']).next()?;
        ident(block).then(|| block.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::of;
    use super::super::{MentionKind, PartKind, parse};
    use super::*;

    #[test]
    fn git_diff() {
        let text = "T\n\nI changed\n\ndiff --git a/x/y.py b/x/y.py\nindex 1..2 100644\n--- a/x/y.py\n\
                    +++ b/x/y.py\n\
                    @@ -10,3 +10,3 @@ class A: def foo(self):\n a\n-b\n+c\n\n@@ -30 +31 @@ fn bar()\n-x\n\
                    +y\nAnd it worked.\n";
        let got = of(text, MentionKind::Diffed);
        let at = |l, f: &str| ("x/y.py".to_string(), Some(l), Some(f.to_string()));
        assert_eq!(got, [("x/y.py".into(), None, None), at(10, "A"), at(30, "bar")]);
        let kinds: Vec<PartKind> = parse(text).parts.iter().map(|p| p.kind).collect();
        assert_eq!(kinds, [PartKind::Title, PartKind::Prose, PartKind::Diff, PartKind::Prose]);
    }

    #[test]
    fn hunk_names() {
        assert_eq!(function("def foo(self):"), Some("foo".into()));
        assert_eq!(function("impl<T> Foo for Bar<T> {"), None);
        assert_eq!(function("impl Bar {"), Some("Bar".into()));
        assert_eq!(function("static int go(int x)"), Some("go".into()));
        assert_eq!(function(""), None);
        assert_eq!(header("@@ -0,0 +1,5 @@"), Some((1, 0, 5, "")));
    }

    #[test]
    fn rule_is_no_diff() {
        let parts = parse("T\n\n--- a rule\nand text\n").parts;
        assert!(parts.iter().all(|p| p.kind != PartKind::Diff));
    }
}
