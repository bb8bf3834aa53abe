//! Questions about names, places and files, by the graph alone.

use lodemap_answers::{
    Calls, DefAnswer, DefTarget, ImpactOptions, SymbolsAnswer, SymbolsOptions, calls, def, def_with_code,
    deps, refs,
};
use lodemap_wire::{
    CallsRequest, DefinitionRequest, DependenciesRequest, ImpactRequest, OutlineRequest, Problem,
    ReferencesRequest, Response, SymbolsRequest,
};

use super::ground::Footing;
use super::render::Render;
use super::{host_problem, problem, symbols_options};

pub(super) fn symbols(footing: &Footing<'_>, request: &SymbolsRequest) -> Result<Response, Problem> {
    let mut options = SymbolsOptions { patience: footing.patience().clone(), ..symbols_options(request)? };
    options.limit = footing.limit(request.limit);
    let answer =
        footing.install(|| lodemap_answers::symbols(&footing.snapshot, &options)).map_err(problem)?;
    if footing.page.is_some() && !answer.symbols.is_empty() {
        return footing.list(answer, request.limit);
    }
    listed(footing.render(), answer, request)
}

/// Definitions, wherever they were found.
pub(super) fn listed(
    render: Render<'_>,
    answer: SymbolsAnswer,
    request: &SymbolsRequest,
) -> Result<Response, Problem> {
    let found = !answer.symbols.is_empty();
    let nothing = match &request.query {
        Some(_) => "no definition matches; try fewer letters of the name, or fewer restrictions",
        None => "nothing is defined here; `lodemap status` tells what was passed over",
    };
    Ok(Footing::nothing(render.list(answer)?, found, nothing))
}

pub(super) fn definition(footing: &Footing<'_>, request: &DefinitionRequest) -> Result<Response, Problem> {
    let subject = footing.subject(&request.subject)?;
    let text = |file: &_| footing.reader.text(file);
    // With one more than can be shown it is known that not all can be.
    let most = footing.terms().tokens.map_or(usize::MAX, |tokens| tokens / DefTarget::LEAST_TOKENS + 1);
    let fit = |answer: &DefAnswer| footing.render().fits(answer);
    let answer = footing.install(|| match request.code {
        true => def_with_code(&footing.snapshot, &subject, most, fit, &text),
        false => def(&footing.snapshot, &subject, most),
    });
    footing.render().list(answer.map_err(problem)?)
}

pub(super) fn outline(footing: &Footing<'_>, request: &OutlineRequest) -> Result<Response, Problem> {
    let path = footing.path(&request.path)?;
    let answer = lodemap_answers::outline(&footing.snapshot, &path).map_err(problem)?;
    footing.render().list(answer)
}

pub(super) fn references(footing: &Footing<'_>, request: &ReferencesRequest) -> Result<Response, Problem> {
    let subject = footing.subject(&request.subject)?;
    let (limit, patience) = (footing.limit(request.limit), footing.patience());
    let answer = footing.install(|| refs(&footing.snapshot, &subject, limit, patience));
    let answer = answer.map_err(problem)?;
    let found = !answer.references.is_empty() || answer.omitted > 0;
    let response = footing.list(answer, request.limit)?;
    Ok(Footing::nothing(response, found, "nothing in the repository refers to it"))
}

pub(super) fn callers(footing: &Footing<'_>, request: &CallsRequest) -> Result<Response, Problem> {
    follow(footing, request, Calls::Incoming, "nothing in the repository calls it")
}

pub(super) fn callees(footing: &Footing<'_>, request: &CallsRequest) -> Result<Response, Problem> {
    follow(footing, request, Calls::Outgoing, "it calls nothing in the repository")
}

fn follow(
    footing: &Footing<'_>,
    request: &CallsRequest,
    way: Calls,
    nothing: &str,
) -> Result<Response, Problem> {
    let subject = footing.subject(&request.subject)?;
    let (depth, limit, patience) = (request.depth, footing.limit(request.limit), footing.patience());
    let answer = footing.install(|| calls(&footing.snapshot, &subject, way, depth, limit, patience));
    let answer = answer.map_err(problem)?;
    let found = !answer.calls.is_empty() || answer.omitted > 0;
    Ok(Footing::nothing(footing.list(answer, request.limit)?, found, nothing))
}

pub(super) fn impact(footing: &Footing<'_>, request: &ImpactRequest) -> Result<Response, Problem> {
    let diff = match (&request.patch, &request.diff) {
        (Some(patch), _) => Some(patch.clone()),
        (None, Some(revision)) => Some(footing.reader.diff(revision).map_err(|e| host_problem(&e))?),
        (None, None) => None,
    };
    let subjects = request.subjects.iter().map(|text| footing.subject(text));
    let options = ImpactOptions {
        subjects: subjects.collect::<Result<_, _>>()?,
        diff,
        depth: request.depth,
        limit: request.limit,
        patience: footing.patience().clone(),
    };
    let answer = footing.install(|| lodemap_answers::impact(&footing.snapshot, &options)).map_err(problem)?;
    let found = !answer.changed.is_empty();
    Ok(Footing::nothing(footing.render().list(answer)?, found, "nothing that is indexed has changed"))
}

pub(super) fn dependencies(
    footing: &Footing<'_>,
    request: &DependenciesRequest,
) -> Result<Response, Problem> {
    let path = footing.path(&request.path)?;
    let answer = footing.install(|| deps(&footing.snapshot, &path)).map_err(problem)?;
    footing.render().list(answer)
}
