//! An answer as text and as data, within its budget.

use lodemap_wire::{Problem, ProblemKind, Response, SCHEMA, Terms};
use serde::Serialize;

use super::room::Room;
use crate::budget::{List, fit, fit_text};

/// How an answer is written down.
pub(super) struct Render<'a> {
    pub(super) terms: &'a Terms,
    pub(super) generation: u64,
    pub(super) stale: bool,
    pub(super) pending: usize,
    /// Whether the answer itself says so.
    pub(super) is_dated: bool,
    /// Where long answers are written down.
    pub(super) room: Option<(&'a Room, bool)>,
}

/// The keys that every JSON answer has, then its own.
#[derive(Serialize)]
struct Envelope<'a, T> {
    schema: u32,
    generation: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stale: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pending: Option<usize>,
    #[serde(flatten)]
    answer: &'a T,
}

impl<'a> Render<'a> {
    pub(super) fn new(terms: &'a Terms, generation: u64) -> Self {
        Self { terms, generation, stale: false, pending: 0, is_dated: false, room: None }
    }

    /// Long answers are written down where they were worked out.
    fn run<T: Send>(&self, f: impl FnOnce() -> T + Send) -> T {
        match self.room {
            Some((room, is_crowded)) => room.run(is_crowded, f),
            None => f(),
        }
    }

    /// An answer whose text keeps to the budget by itself.
    pub(super) fn whole<T: Serialize + Sync>(
        &self,
        answer: &T,
        text: impl FnOnce(&T) -> String + Send,
    ) -> Result<Response, Problem> {
        self.run(|| {
            let text = self.terms.format.has_text().then(|| text(answer));
            self.response(answer, text)
        })
    }

    /// An answer whose text is cut to the budget, if there is one.
    pub(super) fn answer<T: Serialize + Sync>(
        &self,
        answer: &T,
        text: impl FnOnce(&T) -> String + Send,
    ) -> Result<Response, Problem> {
        let (budget, tokenizer) = (self.terms.tokens, self.terms.tokenizer);
        self.run(|| {
            let text = match self.terms.format.has_text() {
                true => Some(fit_text(text(answer), budget, tokenizer)?),
                false => None,
            };
            self.response(answer, text)
        })
    }

    /// Whether a list keeps to the budget as it is.
    pub(super) fn fits<T: List>(&self, answer: &T) -> bool {
        self.terms.tokens.is_none_or(|most| self.terms.tokenizer.count(&answer.text()) <= most)
    }

    /// A list, shortened to the budget, if there is one.
    pub(super) fn list<T: List + Send>(&self, answer: T) -> Result<Response, Problem> {
        self.run(|| {
            let mut fitted = fit(answer, self.terms.tokens, self.terms.tokenizer)?;
            let text = self.terms.format.has_text().then(|| std::mem::take(&mut fitted.text));
            self.response(&fitted, text)
        })
    }

    /// An answer without a text.
    pub(super) fn data<T: Serialize>(&self, answer: &T) -> Result<Response, Problem> {
        self.response(answer, None)
    }

    fn response<T: Serialize>(&self, answer: &T, text: Option<String>) -> Result<Response, Problem> {
        let is_told = self.stale && !self.is_dated;
        let envelope = Envelope {
            schema: SCHEMA,
            generation: self.generation,
            stale: is_told.then_some(true),
            pending: is_told.then_some(self.pending),
            answer,
        };
        let failed = |e: serde_json::Error| {
            Problem::new(ProblemKind::Internal, format!("the answer cannot be written as JSON: {e}"))
        };
        let json = match self.terms.format.has_json() {
            true => Some(serde_json::value::to_raw_value(&envelope).map_err(failed)?),
            false => None,
        };
        let (generation, stale, pending) = (self.generation, self.stale, self.pending);
        Ok(Response { text, json, generation, stale, pending, found: true, note: None })
    }
}
