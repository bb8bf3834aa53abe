//! The line that names an error.

use super::words::{digits, ident};

/// `FooError: message`; with `any`, every capitalised name counts as a type.
pub(super) fn error_line(t: &str, any: bool) -> Option<(&str, Option<String>)> {
    let mut t = t.trim_end();
    for prefix in ["E  ", "Caused by: ", "Uncaught ", "caused by: "] {
        t = t.strip_prefix(prefix).map_or(t, str::trim_start);
    }
    if let Some(rest) = t.strip_prefix("Exception in thread \"") {
        t = rest.split_once("\" ")?.1;
    }
    if let Some((code, rest)) = t.strip_prefix("error[E").and_then(|r| r.split_once(']')) {
        digits(code)?;
        return Some((&t[6..7 + code.len()], message(rest)));
    }
    let end = t.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(t.len());
    let rest = &t[end..];
    let colon = rest.starts_with(':') && !rest.starts_with("::");
    if !(rest.is_empty() || colon) {
        return None;
    }
    let name = t[..end].rsplit('.').next().filter(|n| ident(n))?;
    let suffixed = ["Error", "Exception", "Warning"].iter().any(|s| name.ends_with(s));
    let known = ["KeyboardInterrupt", "StopIteration", "SystemExit", "AssertionError"].contains(&name);
    let typed = name.starts_with(|c: char| c.is_ascii_uppercase()) && name != "Error" && name != "Warning";
    // The bare word "Exception" says something only with a message.
    let bare = name == "Exception" && !colon;
    (typed && !bare && (any || suffixed || known)).then(|| (name, message(rest)))
}

fn message(rest: &str) -> Option<String> {
    let text = rest.trim_start_matches(':').trim();
    (!text.is_empty()).then(|| text[..text.floor_char_boundary(500)].to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        assert_eq!(error_line("a.b.FooError: bad: x", false), Some(("FooError", Some("bad: x".into()))));
        assert_eq!(error_line("error[E0277]: no", false), Some(("E0277", Some("no".into()))));
        assert_eq!(error_line("Caused by: x.BarException", false), Some(("BarException", None)));
        assert_eq!(error_line("Note: foo", false), None);
    }
}
