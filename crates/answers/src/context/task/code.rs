//! Whether a line looks like code, like output, or like a sentence.

use super::blocks::{Lang, Line};
use super::words;

/// What a fence's tag says.
pub(super) fn lang(tag: &str) -> Lang {
    let first =
        tag.trim().trim_start_matches(['{', '.']).split([' ', ',', '{', '}', ':']).next().unwrap_or("");
    match first.to_ascii_lowercase().as_str() {
        "" => Lang::None,
        "toml" | "ini" | "cfg" | "conf" | "properties" | "editorconfig" | "dosini" => Lang::Config,
        "sh" | "bash" | "shell" | "zsh" | "fish" | "bat" | "cmd" | "powershell" | "ps1" => Lang::Shell,
        "diff" | "patch" => Lang::Diff,
        "text" | "txt" | "console" | "log" | "output" | "plain" | "plaintext" | "stdout" | "stderr"
        | "none" | "shell-session" | "shellsession" | "sh-session" | "traceback" | "pytb" => Lang::Output,
        _ => Lang::Other,
    }
}

/// A line of an interactive session.
pub(super) fn prompt(t: &str) -> bool {
    t.starts_with(">>> ") || t.starts_with("$ ") || t.starts_with("In [") && t.contains("]:")
}

pub(super) fn log_line(t: &str) -> bool {
    let b = t.as_bytes();
    let head = t.trim_start_matches('[');
    let dated = head.len() > 10
        && head.bytes().take(10).filter(u8::is_ascii_digit).count() >= 6
        && head.contains(':');
    let level = [
        "DEBUG", "INFO", "WARN", "ERROR", "TRACE", "debug:", "info:", "error:", "warning:", "Error:",
        "FAILED", "PASSED",
    ];
    let tool = [
        "Compiling ",
        "Finished ",
        "Downloading ",
        "Downloaded ",
        "Collecting ",
        "Running ",
        "running ",
        "test result:",
    ];
    let rule = b.len() > 8 && b.iter().filter(|&&c| matches!(c, b'=' | b'-' | b'_')).count() * 2 > b.len();
    dated
        || rule
        || level.iter().chain(&tool).any(|l| head.starts_with(l))
        || t.starts_with("test ") && (t.ends_with("ok") || t.ends_with("FAILED"))
}

/// Whether the first lines of an indented block read more like code than like a nested list.
pub(super) fn run_of_code(text: &str, lines: &[Line], blank: bool) -> bool {
    let block = lines.iter().take(4).map(|l| text[l.start..l.end].trim_end());
    let block: Vec<&str> = block.take_while(|l| l.starts_with("    ") || l.starts_with('\t')).collect();
    blank && block.iter().filter(|l| codish(l.trim_start())).count() * 2 > block.len()
}

pub(super) fn sentence(t: &str) -> bool {
    let plain = |w: &str| {
        let w = w.trim_matches(|c: char| c.is_ascii_punctuation() && c != '_');
        !w.is_empty() && w.bytes().all(|b| b.is_ascii_alphabetic() || b == b'\'')
    };
    let count = t.split_whitespace().take(6).count();
    let plain = t.split_whitespace().take(6).filter(|w| plain(w)).count();
    count > 3 && plain * 3 >= count * 2 && t.starts_with(|c: char| c.is_ascii_uppercase())
}

/// Looks like code when it stands indented.
pub(super) fn codish(t: &str) -> bool {
    let listed = t.starts_with("- ")
        || t.starts_with("* ")
        || t.starts_with(|c: char| c.is_ascii_digit())
        || sentence(t);
    let marks = ["()", "(\"", "('", " = ", "::", "->", "=>", "):", "};", "#include", "<?", "</"];
    !listed
        && (t.ends_with([';', '{', '}', ')', '('])
            || marks.iter().any(|m| t.contains(m))
            || t.starts_with(['@', '$', '#'])
            || statement(t))
}

/// Looks like code even when it does not.
pub(super) fn statement(t: &str) -> bool {
    if t.len() > 300 {
        return false;
    }
    let first = t.split([' ', '(', ':']).next().unwrap_or("");
    let second = t.split_whitespace().nth(1).unwrap_or("");
    match first {
        "def" | "class" => t.ends_with(':') && words::ident(second.split(['(', ':']).next().unwrap_or("")),
        "from" => t.contains(" import ") && t.split_whitespace().nth(2) == Some("import"),
        "import" => {
            t.split_whitespace().count() == 2 && t.len() < 80 || t.split_whitespace().nth(2) == Some("as")
        }
        "use" => t.ends_with(';') && t.contains("::"),
        "fn" | "pub" | "impl" | "struct" | "let" | "enum" | "mod" => t.ends_with(['{', ';', '}']),
        "try" | "finally" | "else" => t.len() == first.len() + 1 && t.ends_with(':'),
        "if" | "for" | "while" | "with" | "elif" | "except" => {
            t.ends_with(':') && t.contains(['(', '=', '.', '_'])
        }
        "return" | "raise" => t.ends_with(')') && !sentence(t),
        _ => {
            let target = t.split(" = ").next().filter(|l| l.len() < t.len());
            let path =
                |s: &str| !s.is_empty() && s.split('.').all(|p| words::ident(p.trim_matches(['[', ']'])));
            let assigned = target.is_some_and(|l| l.split(", ").all(path));
            let call = t.ends_with(')') && t.contains('(') && path(t.split('(').next().unwrap_or(" "));
            let decorated = t.starts_with('@')
                && t.len() > 1
                && path(t[1..].split('(').next().unwrap_or(" "))
                && t.contains(['.', '(']);
            assigned || call || decorated || t.starts_with("#[") && t.ends_with(']') || t == "}" || t == "};"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_sentences() {
        for t in
            ["from a import b", "x = f(y)", "def f(x):", "fn main() {", "foo.bar(1)", "@a.b", "#[derive(X)]"]
        {
            assert!(statement(t), "{t}");
        }
        for t in
            ["from here on it fails", "import the data now", "I think (really)", "if it fails:", "use it;"]
        {
            assert!(!statement(t), "{t}");
        }
        assert!(sentence("This is how it goes.") && !sentence("x = 1"));
        assert!(log_line("DEBUG:clap: x") && log_line("2022-03-17T22:41:00 x") && !log_line("let x = 1;"));
        assert!(codish("foo(bar);") && !codish("- an item (of a list)"));
        assert!(prompt("$ ls") && prompt("In [1]: x") && !prompt("> x"));
    }
}
