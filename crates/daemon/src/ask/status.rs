//! Is all well?

use lodemap_host::NoProgress;
use lodemap_wire::{Problem, ProblemKind, Response, StatusRequest};

use super::ground::{Footing, Ground};
use super::host_problem;

pub(super) fn status(footing: &Footing<'_>, request: &StatusRequest) -> Result<Response, Problem> {
    let Some(why) = &request.why else {
        let status = match footing.ground {
            Ground::Opened(repository) => repository.status(),
            Ground::Live(live) => live.status(),
        };
        return footing.render_dated(status.pending).answer(&status, |s| s.text());
    };
    let path = footing.path(why)?;
    let why = match footing.ground {
        Ground::Opened(repository) => repository.why(path.as_str()),
        Ground::Live(live) => live.with_repository(|repository| repository.why(path.as_str())),
    };
    footing.render().answer(&why, |w| w.text())
}

pub(super) fn verify(footing: &Footing<'_>) -> Result<Response, Problem> {
    let Ground::Live(live) = footing.ground else {
        return Err(Problem::new(ProblemKind::Usage, "what was just opened is what a fresh start gives"));
    };
    let verified = live.verify(&NoProgress).map_err(|e| host_problem(&e))?;
    let response = footing.render().answer(&verified, |v| v.text())?;
    Ok(Response { found: verified.equal, ..response })
}
