//! Where does everything printed go?
//!
//! The only module that writes to stdout and stderr: answers to the one, all else to the other.

use crate::exit::Failure;
use lodemap_wire::{Response, SCHEMA};
use serde::Serialize;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

pub(crate) struct Output {
    stdout: BufWriter<Stdout>,
    json: bool,
    quiet: bool,
    is_terminal: bool,
}

/// The keys that every JSON answer has, then its own.
#[derive(Serialize)]
struct Envelope<'a, T> {
    schema: u32,
    generation: u64,
    #[serde(flatten)]
    answer: &'a T,
}

impl Output {
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        let stdout = io::stdout();
        let is_terminal = stdout.is_terminal();
        Self { stdout: BufWriter::new(stdout), json, quiet, is_terminal }
    }

    /// Prints an answer as text, or as JSON if that was asked for.
    pub(crate) fn answer<T: Serialize>(
        &mut self,
        generation: u64,
        answer: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        if !self.json {
            return self.text(&text(answer));
        }
        let envelope = Envelope { schema: SCHEMA, generation, answer };
        serde_json::to_writer(&mut self.stdout, &envelope).map_err(|e| Failure::output(&e.into()))?;
        self.text("\n")
    }

    /// Prints an answer that was written down already.
    pub(crate) fn response(&mut self, response: &Response) -> Result<(), Failure> {
        match (&response.json, &response.text) {
            (Some(json), _) if self.json => {
                self.text(json.get())?;
                self.text("\n")
            }
            (_, text) => self.text(text.as_deref().unwrap_or_default()),
        }
    }

    /// Prints text as it is, since budgets are counted over it; only a terminal gets no control characters,
    /// because what a repository says must not steer it.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), Failure> {
        let harmless;
        let text = if self.is_terminal && text.contains(is_control) {
            harmless = escape(text);
            &harmless
        } else {
            text
        };
        self.stdout.write_all(text.as_bytes()).map_err(|e| Failure::output(&e))
    }

    /// Whether a person looks at stdout.
    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Hands stdout to something that writes by itself.
    pub(crate) fn stream(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        write(&mut self.stdout).map_err(|e| Failure::output(&e))
    }

    /// Writes what is still buffered; to be called before success is claimed.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        self.stdout.flush().map_err(|e| Failure::output(&e))
    }

    /// Says something that is no answer and no failure.
    pub(crate) fn note(&self, message: &str) {
        if !self.quiet {
            say("note", message);
        }
    }

    /// Says why there is no answer.
    pub(crate) fn error(&self, message: &str) {
        say("error", message);
    }
}

/// Says what went wrong, in something that goes on.
pub(crate) fn warn(message: &str) {
    say("warning", message);
}

fn say(kind: &str, message: &str) {
    // If stderr is closed as well, the exit code is all that is left.
    let _ = writeln!(io::stderr(), "{kind}: {}", escape(message));
}

fn is_control(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_control(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_steered() {
        assert_eq!(escape("a\tb\n\u{1b}[31mred\u{9b}2J \u{e9}"), "a\tb\n\\u{1b}[31mred\\u{9b}2J \u{e9}");
    }
}
