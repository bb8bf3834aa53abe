//! What must be read for a task?

use lodemap_answers::{ContextAnswer, ContextOptions, Earlier};
use lodemap_wire::{ContextRequest, DEFAULT_TOKENS, Problem, Response};
use serde::Serialize;

use super::ground::Footing;
use super::{host_problem, problem};

/// The answer, and whether it is of the newest state.
#[derive(Serialize)]
struct Dated<'a> {
    #[serde(flatten)]
    answer: &'a ContextAnswer,
    stale: bool,
    pending: usize,
    /// Whether the generation that was named is the one this answer is compared with; it is not where all is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    since_known: Option<bool>,
}

/// What is said where the asker has seen the newest state.
#[derive(Serialize)]
struct Unchanged {
    since: u64,
    unchanged: bool,
}

pub(super) fn context(footing: &Footing<'_>, request: &ContextRequest) -> Result<Response, Problem> {
    let (snapshot, reader, terms) = (&footing.snapshot, &footing.reader, footing.terms());
    let generation = footing.generation();
    // Of a state that may lack something it is not known whether anything changed.
    if request.since.is_some_and(|since| since == generation && generation > 0) && !footing.stale {
        let unchanged = Unchanged { since: generation, unchanged: true };
        let text = |u: &Unchanged| format!("# nothing changed since generation {}\n", u.since);
        return footing.render().answer(&unchanged, text);
    }
    let earlier = request.since.and_then(|since| footing.earlier(since)).map(Earlier);
    let searchable = reader.searchable(snapshot).map_err(|e| host_problem(&e))?;
    let options = ContextOptions {
        task: request.task.clone(),
        tokens: terms.tokens.unwrap_or(if request.files { usize::MAX } else { DEFAULT_TOKENS }),
        tokenizer: terms.tokenizer,
        focus: request.focus.iter().map(|focus| footing.focus(focus)).collect(),
        limit: request.limit,
        tests: request.tests,
        files_only: request.files,
        since: earlier.clone(),
        patience: footing.patience().clone(),
    };
    let past = reader.past();
    let text = |file: &_| reader.text(file);
    let answer = footing
        .install(|| lodemap_answers::context(snapshot, &searchable.view, past.as_deref(), &options, &text));
    let answer = answer.map_err(problem)?;
    let pending = searchable.pending.max(footing.pending);
    let since_known = request.since.map(|_| earlier.is_some());
    footing.remember();
    let dated = Dated { answer: &answer, stale: pending > 0, pending, since_known };
    let render = footing.render_dated(pending);
    let response = render.answer(&dated, |dated| dated.answer.text())?;
    let nothing = "nothing here contains a word of the task; name a file or symbol of it";
    Ok(Footing::nothing(response, !answer.files.is_empty(), nothing))
}
