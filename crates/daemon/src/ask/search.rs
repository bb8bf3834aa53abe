//! Where does it say so?

use lodemap_answers::SearchOptions;
use lodemap_wire::{Problem, Response, SearchRequest};

use super::ground::Footing;
use super::{host_problem, kind, problem};

pub(super) fn options(request: &SearchRequest) -> Result<SearchOptions, Problem> {
    Ok(SearchOptions {
        query: request.query.clone(),
        files: request.files,
        kind: kind(request.kind.as_deref())?,
        path: request.path.clone(),
        lang: request.lang.clone(),
        limit: request.limit,
        ..SearchOptions::default()
    })
}

pub(super) fn search(footing: &Footing<'_>, request: &SearchRequest) -> Result<Response, Problem> {
    let mut options = SearchOptions { patience: footing.patience().clone(), ..options(request)? };
    if let Some(page) = &footing.page {
        options.limit = page.reach(request.limit);
    }
    let (snapshot, reader) = (&footing.snapshot, &footing.reader);
    let searchable = reader.searchable(snapshot).map_err(|e| host_problem(&e))?;
    let text = |file: &_| reader.text(file);
    let answer = footing.install(|| lodemap_answers::search(snapshot, &searchable.view, &options, &text));
    let mut answer = answer.map_err(problem)?;
    answer.note_pending(searchable.pending.max(footing.pending));
    let found = !answer.is_empty();
    let nothing =
        "nothing has all of this; require less, or look for parts of words with `prefix*` or /regex/";
    let render = footing.render_dated(answer.pending);
    let response = match &footing.page {
        Some(page) => page.part(footing, &render, answer, request.limit)?,
        None => render.list(answer)?,
    };
    Ok(Footing::nothing(response, found, nothing))
}
