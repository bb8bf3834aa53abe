//! Single lines of stack traces, one function for each format.

use super::errors::error_line;
use super::paths;
use super::words::{digits, ident};

/// One frame as its line tells it. An empty path means: a frame, but of no file.
#[derive(Debug, PartialEq)]
pub(super) struct Frame {
    pub(crate) path: String,
    pub(crate) line: Option<u32>,
    pub(crate) function: Option<String>,
}

fn frame(path: &str, line: u32, function: &str) -> Frame {
    Frame { path: paths::tidy(path), line: Some(line), function: named(function) }
}

fn nowhere() -> Frame {
    Frame { path: String::new(), line: None, function: None }
}

fn named(function: &str) -> Option<String> {
    let name = function.trim();
    (!name.is_empty() && !name.starts_with('<')).then(|| name.to_string())
}

/// Splits `path:12` or `path:12:5`, a trailing colon or comma allowed.
pub(super) fn located(s: &str) -> Option<(&str, u32)> {
    let s = s.trim().trim_end_matches([':', ',']);
    let (head, last) = s.rsplit_once(':')?;
    let last = digits(last)?;
    let (path, line) = match head.rsplit_once(':').map(|(p, n)| (p, digits(n))) {
        Some((p, Some(n))) => (p, n),
        _ => (head, last),
    };
    let rooted = path.starts_with('/') || path.get(1..3) == Some(":\\");
    let plausible = path.contains(['.', '/', '\\'])
        && path.contains(|c: char| c.is_ascii_alphabetic())
        && (rooted || !path.contains(char::is_whitespace));
    plausible.then_some((path, line))
}

/// `File "a/b.py", line 12, in foo`
pub(super) fn python(t: &str) -> Option<Frame> {
    let at = t.find("File \"").filter(|&at| at < 60)?;
    let (path, rest) = t[at + 6..].split_once('"')?;
    let rest = rest.strip_prefix(", line ")?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let line = digits(&rest[..end])?;
    let function = rest[end..].strip_prefix(", in ").unwrap_or("");
    Some(frame(path, line, function))
}

/// `~/a/b.py in f(x)` (the line comes later) and `File ~/a/b.py:12, in f(x)` and `Cell In[1], line 2`
pub(super) fn notebook(t: &str) -> Option<Frame> {
    if (t.starts_with("Cell In") || t.starts_with("Input In "))
        && (t.contains(", line ") || t.contains(", in "))
    {
        return Some(nowhere());
    }
    if let Some(rest) = t.strip_prefix("File ") {
        let (place, call) = rest.split_once(", in ").unwrap_or((rest, ""));
        let (path, line) = located(place)?;
        return Some(frame(path, line, call.split('(').next().unwrap_or("")));
    }
    let (path, call) = t.split_once(" in ")?;
    if path.starts_with("<ipython-input") {
        return Some(nowhere());
    }
    let (name, args) = call.split_once('(').unwrap_or((call, ""));
    let source = [".py", ".pyx", ".pyi", ".pxi", ".pyc"].iter().any(|e| path.ends_with(e));
    let shaped = (call.ends_with(')') && !args.is_empty() && (ident(name) || name.starts_with('<')))
        || call == "<module>";
    if !source || !shaped || !path.contains(['/', '\\']) || path.contains(char::is_whitespace) {
        return None;
    }
    Some(Frame { path: paths::tidy(path), line: None, function: named(name) })
}

/// `---> 12 code` or `-> 12 code`, the line of the notebook frame above.
pub(super) fn arrow(t: &str) -> Option<u32> {
    let rest = t.strip_prefix('-')?.trim_start_matches('-').strip_prefix('>')?;
    digits(rest.split_whitespace().next()?)
}

/// `a/b.py:12: ValueError`, `a/b.py:12: in f`, `a/b.py:12: FooWarning: text`, `a.rb:3:in 'f'`
pub(super) fn pytest(t: &str) -> Option<(Frame, &str)> {
    let at = t.find(".py:").or_else(|| t.find(".rb:")).filter(|&at| at > 0)? + 3;
    let path = &t[..at];
    if path.contains(|c: char| c.is_whitespace() || "\"'`()".contains(c)) {
        return None;
    }
    let (line, rest) = t[at + 1..].split_once(':')?;
    let line = digits(line)?;
    let rest = rest.trim();
    if let Some(function) = rest.strip_prefix("in ") {
        return Some((frame(path, line, function.trim_matches(['`', '\''])), ""));
    }
    (rest.is_empty() || error_line(rest, false).is_some()).then(|| (frame(path, line, ""), rest))
}

/// `thread 'main' panicked at src/main.rs:4:5:` or `panicked at 'text', src/main.rs:4:5`, with the text
pub(super) fn panic(t: &str) -> Option<(Frame, &str)> {
    let at = t.find("panicked at ")?;
    if !(at == 0 || t.starts_with("thread '") || t.contains("' panicked at ")) {
        return None;
    }
    let rest = &t[at + 12..];
    let (text, place) = match rest.rsplit_once("', ") {
        Some((text, place)) if rest.starts_with('\'') => (&text[1..], place),
        _ => ("", rest),
    };
    let (path, line) = located(place.split(" (").next()?)?;
    Some((frame(path, line, ""), text))
}

/// `3: crate::module::func`, `3: 0x12 - crate::f::h0123456789abcdef`
pub(super) fn numbered(t: &str) -> Option<String> {
    let (number, rest) = t.split_once(':')?;
    digits(number).filter(|&n| n < 10_000)?;
    let mut name = rest.strip_prefix(' ')?.trim();
    if name.starts_with("0x") {
        name = name.split_once(" - ")?.1;
    }
    if let Some(at) = name.rfind("::h")
        && name.len() - at == 19
        && name[at + 3..].bytes().all(|b| b.is_ascii_hexdigit())
    {
        name = &name[..at];
    }
    let name = ungeneric(name);
    let fine = |c: char| c.is_alphanumeric() || "_:{}#.$!&*".contains(c);
    (!name.is_empty() && name.chars().all(fine)).then_some(name)
}

/// Drops what stands between `<` and `>`; of a leading `<A as B>` it keeps A.
pub(super) fn ungeneric(name: &str) -> String {
    let lead = name.starts_with('<');
    let (mut out, mut depth, mut hidden) = (String::new(), 0usize, false);
    for c in name.chars().skip(usize::from(lead)) {
        match c {
            '<' => depth += 1,
            '>' if depth > 0 => depth -= 1,
            '>' => hidden = false,
            ' ' if lead && depth == 0 => hidden = true,
            _ if depth == 0 && !hidden => out.push(c),
            _ => {}
        }
    }
    out.replace("::::", "::").trim_matches(':').to_string()
}

/// Everything that begins with `at `: Rust, Java, JavaScript.
pub(super) fn at(t: &str) -> Option<Frame> {
    let rest = t.strip_prefix("at ")?;
    if let Some((name, inner)) = rest.strip_suffix(')').and_then(|r| r.rsplit_once('(')) {
        let name = name.trim().trim_start_matches("async ").trim_start_matches("new ");
        if name.split_whitespace().count() > 3 {
            return None;
        }
        if ["Native Method", "Unknown Source", "<anonymous>", "native"].contains(&inner) {
            return Some(nowhere());
        }
        let (path, line) = located(inner)?;
        let java = [".java", ".kt", ".scala", ".groovy"].iter().any(|e| path.ends_with(e));
        if java && !path.contains('/') {
            let (class, method) = name.rsplit('/').next()?.rsplit_once('.')?;
            let package = class.rsplit_once('.').map_or("", |(p, _)| p).replace('.', "/");
            let path = if package.is_empty() { path.to_string() } else { format!("{package}/{path}") };
            return Some(frame(&path, line, method));
        }
        let name = name.split(" [as ").next().unwrap_or(name);
        return Some(frame(path, line, name.trim_start_matches("Object.<anonymous>")));
    }
    let (path, line) = located(rest.trim_start_matches("async "))?;
    Some(frame(path, line, ""))
}

/// `--> src/main.rs:10:9` and `::: src/lib.rs:3:1`; true for the first, which opens a diagnostic
pub(super) fn rustc(t: &str) -> Option<(Frame, bool)> {
    let first = t.strip_prefix("--> ");
    let (path, line) = located(first.or_else(|| t.strip_prefix("::: "))?)?;
    Some((frame(path, line, ""), first.is_some()))
}

/// `\t/a/b.go:12 +0x1d`, the second line of a frame of Go
pub(super) fn go_file(line: &str) -> Option<(&str, u32)> {
    if !line.starts_with(['\t', ' ']) {
        return None;
    }
    let t = line.trim();
    let (place, offset) = t.split_once(' ').unwrap_or((t, ""));
    let (path, line) = located(place)?;
    (path.ends_with(".go") && (offset.is_empty() || offset.starts_with("+0x"))).then_some((path, line))
}

/// `github.com/x/y.(*T).Method(0x1, ...)`, the first line of a frame of Go
pub(super) fn go_function(t: &str, place: (&str, u32)) -> Option<Frame> {
    let t = t.strip_prefix("created by ").unwrap_or(t);
    let t = t.split(" in goroutine").next()?;
    // The arguments are the last bracket group; a receiver such as (*T) comes before it.
    let name = if t.ends_with(')') { &t[..last_group(t)?] } else { t };
    if name.is_empty() || name.contains(char::is_whitespace) {
        return None;
    }
    let name = name.rsplit('/').next()?.replace(['(', ')', '*'], "");
    Some(frame(place.0, place.1, &name))
}

fn last_group(t: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, b) in t.bytes().enumerate().rev() {
        match b {
            b')' => depth += 1,
            b'(' if depth == 1 => return Some(at),
            b'(' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// `#0 0x12 in func /a/b.c:12:3` (sanitizers), `#1 0x12 in func (args) at b.c:12` (gdb)
pub(super) fn native(t: &str) -> Option<(u32, Frame)> {
    let rest = t.strip_prefix('#')?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).filter(|&e| e > 0 && e < 5)?;
    let number = digits(&rest[..end])?;
    let mut rest = rest[end..].strip_prefix([' ', '\t'])?.trim();
    let address = rest.starts_with("0x");
    if address {
        rest = rest.split_once(" in ").map_or("", |(_, r)| r);
    }
    if let Some((call, place)) = rest.rsplit_once(" at ")
        && let Some((path, line)) = located(place)
    {
        let name = call.split(" (").next().unwrap_or(call);
        return Some((number, frame(path, line, name)));
    }
    if let Some((name, place)) = rest.rsplit_once(' ')
        && address
        && let Some((path, line)) = located(place)
    {
        return Some((number, frame(path, line, name.split('(').next().unwrap_or(name))));
    }
    address.then(|| (number, nowhere()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn f(path: &str, line: u32, function: &str) -> Frame {
        frame(path, line, function)
    }

    #[test]
    fn python_forms() {
        assert_eq!(python("File \"a/b.py\", line 12, in foo"), Some(f("a/b.py", 12, "foo")));
        assert_eq!(python("File \"a.py\", line 1, in <module>"), Some(f("a.py", 1, "")));
        assert_eq!(notebook("File ~/x/y.py:3, in g(a, b)"), Some(f("~/x/y.py", 3, "g")));
        assert_eq!(notebook("~/x/y.py in g(a, b)").map(|f| f.function), Some(Some("g".into())));
        assert_eq!(notebook("see a/b.py in the tree (now)"), None);
        assert_eq!(arrow("---> 12 x = 1"), Some(12));
        assert_eq!(pytest("t/test_x.py:12: ValueError"), Some((f("t/test_x.py", 12, ""), "ValueError")));
        assert_eq!(pytest("t/x.py:3: in run"), Some((f("t/x.py", 3, "run"), "")));
        assert_eq!(pytest("t/x.py:3: error: bad type"), None);
    }

    #[test]
    fn rust_forms() {
        assert_eq!(panic("thread 'main' panicked at src/main.rs:4:5:"), Some((f("src/main.rs", 4, ""), "")));
        assert_eq!(
            panic("thread 'x' panicked at 'no: a', src/m.rs:4:5"),
            Some((f("src/m.rs", 4, ""), "no: a"))
        );
        assert_eq!(panic("it panicked at the disco:4"), None);
        assert_eq!(numbered("3: crate::module::func"), Some("crate::module::func".into()));
        assert_eq!(numbered("3:  0x1 - a::f::h0123456789abcdef"), Some("a::f".into()));
        assert_eq!(numbered("4: <a::B<T> as c::D>::run"), Some("a::B::run".into()));
        assert_eq!(numbered("1: do this thing"), None);
        assert_eq!(ungeneric("a::B<C<D>>::e"), "a::B::e");
        assert_eq!(rustc("--> src/main.rs:10:9"), Some((f("src/main.rs", 10, ""), true)));
        assert_eq!(at("at src/foo.rs:12:5"), Some(f("src/foo.rs", 12, "")));
        assert_eq!(at("at C:\\w\\a.rs:12"), Some(f("C:/w/a.rs", 12, "")));
    }

    #[test]
    fn other_forms() {
        assert_eq!(at("at com.x.Y$1.method(Y.java:12)"), Some(f("com/x/Y.java", 12, "method")));
        assert_eq!(at("at java.base/java.util.X.m(X.java:3)"), Some(f("java/util/X.java", 3, "m")));
        assert_eq!(at("at async fn (/a/b.js:1:2)"), Some(f("/a/b.js", 1, "fn")));
        assert_eq!(at("at /a/b.js:7:2"), Some(f("/a/b.js", 7, "")));
        assert_eq!(at("at the end of the day (2:30)"), None);
        assert_eq!(go_file("\t/a/b.go:12 +0x1d"), Some(("/a/b.go", 12)));
        assert_eq!(go_function("g.com/x/y.(*T).Do({0x1, 0x2})", ("a.go", 1)), Some(f("a.go", 1, "y.T.Do")));
        assert_eq!(native("#0 0x12 in func /a/b.c:12:3"), Some((0, f("/a/b.c", 12, "func"))));
        assert_eq!(native("#1  0x12 in func (x=1) at b.c:12"), Some((1, f("b.c", 12, "func"))));
        assert_eq!(native("#123 is the same"), None);
    }
}
