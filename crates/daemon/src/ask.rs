//! The one place that answers: a request and an open repository give a response.

mod context;
mod export;
mod ground;
mod map;
mod names;
mod page;
mod render;
mod room;
mod search;
mod status;
mod written;

use std::path::Path;

use lodemap_answers::{AnswerError, ENDLESS, Patience, SymbolKind, SymbolsOptions, languages};
use lodemap_host::{HostError, Kept};
use lodemap_wire::{Problem, ProblemKind, Request, Response, SymbolsRequest, Terms};

use ground::Footing;
pub use ground::Ground;
use page::Page;
use render::Render;
pub(crate) use room::Room;

/// Who asks: in what form the answer is wanted, and from where paths are seen.
#[derive(Clone, Copy)]
pub struct Asker<'a> {
    /// Budget and form.
    pub terms: &'a Terms,
    /// A folder to which paths may be relative too.
    pub folder: Option<&'a Path>,
    /// How long somebody waits for the answer.
    pub patience: &'a Patience,
    /// Where room must be waited for, as long answers do where many ask; and whether others ask too.
    pub(crate) room: Option<(&'a Room, bool)>,
}

impl<'a> Asker<'a> {
    /// Somebody who waits for the answer, for as long as it takes.
    pub fn new(terms: &'a Terms, folder: Option<&'a Path>) -> Self {
        Self { terms, folder, patience: &ENDLESS, room: None }
    }
}

/// Answers a request.
pub fn answer(ground: &Ground<'_>, request: &Request, asker: Asker<'_>) -> Result<Response, Problem> {
    check(request)?;
    if let Some(response) = answer_without(request, asker.terms)? {
        return Ok(response);
    }
    let mut footing = Footing::new(ground, request, asker)?;
    footing.page = Page::turn(&mut footing, request)?;
    match request {
        Request::Map(request) => map::map(&footing, request),
        Request::Context(request) => context::context(&footing, request),
        Request::Search(request) => search::search(&footing, request),
        Request::Symbols(request) => names::symbols(&footing, request),
        Request::Definition(request) => names::definition(&footing, request),
        Request::Outline(request) => names::outline(&footing, request),
        Request::References(request) => names::references(&footing, request),
        Request::Callers(request) => names::callers(&footing, request),
        Request::Callees(request) => names::callees(&footing, request),
        Request::Impact(request) => names::impact(&footing, request),
        Request::Dependencies(request) => names::dependencies(&footing, request),
        Request::Status(request) => status::status(&footing, request),
        Request::Languages(_) => Err(Problem::new(ProblemKind::Internal, "languages need no repository")),
        Request::MarkDirty(request) => written::mark_dirty(&footing, request),
        Request::Verify(_) => status::verify(&footing),
        Request::Export(request) => export::export(&footing, request),
    }
}

/// Tells what is wrong with a request, as far as that can be seen without a repository.
pub fn check(request: &Request) -> Result<(), Problem> {
    match request {
        Request::Context(request) if request.task.trim().is_empty() => Err(Problem::usage(
            "the task is empty; give it with --task TEXT, --task-file FILE, or on standard input with -",
        )),
        Request::Search(request) => Ok(search::options(request)?.check().map_err(problem)?),
        Request::Symbols(request) => kind(request.kind.as_deref()).map(|_| ()),
        Request::Export(request) => export::check(request),
        Request::Callers(request) | Request::Callees(request) => depth(request.depth),
        Request::Impact(request) => match (request.subjects.as_slice(), &request.diff, &request.patch) {
            ([], None, None) => {
                Err(Problem::usage("nothing is said to change; give subjects, a diff or a patch"))
            }
            _ => depth(request.depth),
        },
        _ => Ok(()),
    }
}

/// Answers what needs no repository; `None` for all else.
pub fn answer_without(request: &Request, terms: &Terms) -> Result<Option<Response>, Problem> {
    match request {
        Request::Languages(_) => Render::new(terms, 0).answer(&languages(), |l| l.text()).map(Some),
        _ => Ok(None),
    }
}

/// Answers from a state that was kept, and is the one of the files as they are now; `None` where that takes more.
pub fn answer_kept(kept: &Kept, request: &Request, terms: &Terms) -> Result<Option<Response>, Problem> {
    let Request::Symbols(request) = request else { return Ok(None) };
    let Some(found) = kept.symbols(&symbols_options(request)?).map_err(problem)? else { return Ok(None) };
    names::listed(Render::new(terms, kept.generation()), found, request).map(Some)
}

fn symbols_options(request: &SymbolsRequest) -> Result<SymbolsOptions, Problem> {
    Ok(SymbolsOptions {
        query: request.query.clone(),
        kind: kind(request.kind.as_deref())?,
        path: request.path.clone(),
        limit: request.limit,
        patience: Patience::default(),
    })
}

fn kind(word: Option<&str>) -> Result<Option<SymbolKind>, Problem> {
    let Some(word) = word else { return Ok(None) };
    SymbolKind::parse(word).map(Some).ok_or_else(|| {
        let kinds = SymbolKind::ALL.map(SymbolKind::as_str).join(", ");
        Problem::usage(format!("no kind is called `{}`; give one of {kinds}", word.escape_debug()))
    })
}

fn depth(depth: u32) -> Result<(), Problem> {
    match (1..=lodemap_wire::MAX_DEPTH).contains(&depth) {
        true => Ok(()),
        false => Err(Problem::usage(format!("depth is {depth}; give 1 to {}", lodemap_wire::MAX_DEPTH))),
    }
}

/// Why a question cannot be answered, as every surface says it.
pub fn problem(error: AnswerError) -> Problem {
    let kind = match &error {
        AnswerError::Index(_) => ProblemKind::Index,
        AnswerError::Stopped => ProblemKind::Cancelled,
        error if error.is_not_found() => ProblemKind::NotFound,
        _ => ProblemKind::Usage,
    };
    Problem::new(kind, error.to_string())
}

pub(crate) fn host_problem(error: &HostError) -> Problem {
    let kind = match error.exit_code() {
        2 => ProblemKind::Usage,
        3 => ProblemKind::Index,
        _ => ProblemKind::Io,
    };
    Problem::new(kind, error.to_string())
}
