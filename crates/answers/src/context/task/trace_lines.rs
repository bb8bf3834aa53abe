//! Reads single lines for the scanner of stack traces.

use super::trace::{Scanner, Style};
use super::{Found, MentionKind, PartKind, errors, frames};

impl Scanner<'_> {
    pub(super) fn frame(&mut self, at: usize, raw: &str, t: &str, next: &str) -> bool {
        if let Some(frame) = frames::python(t) {
            return self.push(at, Style::Python, frame);
        }
        if let Some(frame) = frames::notebook(t) {
            return self.push(at, Style::Notebook, frame);
        }
        if let Some((frame, error)) = frames::pytest(t) {
            self.push(at, Style::Pytest, frame);
            if let Some((name, message)) = errors::error_line(error, false) {
                self.error(at, name, message);
                self.close();
            }
            return true;
        }
        if let Some((frame, text)) = frames::panic(t) {
            self.close();
            if let Some(from) = raw.find(text).filter(|_| !text.is_empty()) {
                self.messages.push((at + from, at + from + text.len()));
            }
            self.in_message = text.is_empty();
            return self.push(at, Style::Panic, frame);
        }
        if let Some((frame, first)) = frames::rustc(t) {
            if first {
                self.close();
            }
            return self.push(at, Style::Rustc, frame);
        }
        if let Some(name) = frames::numbered(t)
            && (self.style == Style::Panic || name.contains("::") || next.trim_start().starts_with("at "))
        {
            if self.style != Style::Panic {
                self.close();
            }
            let located = next.trim_start().strip_prefix("at ").and_then(frames::located).is_some();
            if !located && name.contains("::") && !machinery(&name) {
                let text = name.clone();
                self.frames.push(Found::new(at, MentionKind::PathName, text, PartKind::Trace));
            }
            self.style = Style::Panic;
            self.pending = located.then_some((at, name));
            return true;
        }
        if let Some(mut frame) = frames::at(t) {
            if let Some((_, name)) = self.pending.take() {
                if machinery(&name) || frame.path.starts_with("/rustc/") {
                    return true;
                }
                frame.function = Some(name);
                return self.push(at, Style::Panic, frame);
            }
            return self.push(at, Style::At, frame);
        }
        if let Some(place) = frames::go_file(raw)
            && self.style == Style::Go
        {
            if let Some((_, name)) = self.pending.take()
                && let Some(frame) = frames::go_function(&name, place)
            {
                self.push(at, Style::Go, frame);
            }
            return true;
        }
        if let Some(place) = frames::go_file(next)
            && frames::go_function(t, place).is_some()
        {
            if self.style != Style::Go {
                self.close();
            }
            self.style = Style::Go;
            self.pending = Some((at, t.to_string()));
            return true;
        }
        if let Some((number, frame)) = frames::native(t) {
            if number == 0 {
                self.close();
            }
            return self.push(at, Style::Native, frame);
        }
        false
    }

    /// Lines that announce a trace.
    pub(super) fn header_line(&mut self, t: &str) -> bool {
        let python = t.ends_with("Traceback (most recent call last):")
            || t.ends_with("Traceback (most recent call last)");
        let chained = t.starts_with("During handling of the above exception")
            || t.starts_with("The above exception was the direct cause");
        let rust = t == "stack backtrace:" || t.starts_with("note: run with `RUST_BACKTRACE");
        let go = t.starts_with("goroutine ") && t.ends_with("]:");
        let java = t.starts_with("Caused by: ") || t.starts_with("Exception in thread \"");
        if python || chained || go || java {
            self.close();
        }
        if python {
            self.style = Style::Python;
        }
        if rust && self.style == Style::None {
            self.style = Style::Panic;
        }
        self.in_message &= !(python || chained || rust || go || java);
        python || chained || rust || go || java
    }

    /// Lines inside a trace which are no frames; each style has its own.
    pub(super) fn more(&mut self, at: usize, raw: &str, t: &str, indent: usize, block: u32) -> bool {
        let pytest = (raw.starts_with("E   ") || raw.starts_with(">   ")) && block > 0;
        if pytest {
            if let Some((name, message)) = errors::error_line(raw.trim_end(), false) {
                self.error(at, name, message);
            }
            if raw.starts_with("E ") {
                self.messages.push((at + 1, at + raw.trim().len()));
            }
            return true;
        }
        match self.style {
            Style::Python => {
                if t.starts_with("[Previous line repeated") || t.chars().all(|c| "^~ ".contains(c)) {
                    return true;
                }
                let first = self.since == 1 && !self.frames.is_empty();
                let error = errors::error_line(t, !self.frames.is_empty());
                if indent > self.indent && !self.frames.is_empty() || first && (indent > 0 || error.is_none())
                {
                    return true;
                }
                self.error_at(at, t, error)
            }
            Style::Notebook => {
                if let Some(line) = frames::arrow(t) {
                    if let Some(f) = self.frames.last_mut()
                        && f.mention.line.is_none()
                    {
                        f.mention.line = Some(line);
                    }
                    return true;
                }
                if t.starts_with(|c: char| c.is_ascii_digit()) || t.starts_with("---") {
                    return true;
                }
                let error = errors::error_line(t, true).filter(|_| indent == 0);
                self.error_at(at, t, error)
            }
            Style::Rustc => {
                let numbered =
                    t.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start().starts_with('|');
                numbered || t == "..." || t.starts_with("= ")
            }
            Style::At => t.starts_with("... ") && t.ends_with(" more"),
            Style::Panic => {
                let omitted = t.starts_with("note: Some details are omitted");
                omitted || t.starts_with("at ") && t.contains("/rustc/")
            }
            _ => false,
        }
    }
}

/// Functions between the place of a panic and the writing of its backtrace, and below main.
fn machinery(name: &str) -> bool {
    let crates = ["std::", "core::", "alloc::", "backtrace::", "test::", "__rust", "rust_begin_unwind"];
    crates.iter().any(|p| name.starts_with(p)) || ["main", "_start", "start_thread"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::super::MentionKind;
    use super::super::tests::texts;
    use super::super::trace::tests::{f, frames};

    #[test]
    fn notebook_and_pytest() {
        let text = "T\n```\n-----\nFooError      Traceback (most recent call last)\n~/x/a.py in \
                    f(a)\n   1 b\n\
                    ----> 2 c\n   3 d\n\n~/x/b.py in g(a)\n----> 7 c\n\nFooError: no\n```\n";
        assert_eq!(frames(text), [f("~/x/a.py", 2, "f", 1), f("~/x/b.py", 7, "g", 0)]);
        let text = "T\n```\n    def test_x():\n>       f()\n\nt/test_x.py:3: \n_ _ _\n\
                    E       ValueError: no\n\n\
                    m/x.py:9: ValueError\n```";
        assert_eq!(frames(text), [f("t/test_x.py", 3, "", 1), f("m/x.py", 9, "", 0)]);
        assert_eq!(texts(text, MentionKind::ErrorType), ["ValueError", "ValueError"]);
    }
}
