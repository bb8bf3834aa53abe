//! Which files and symbols matter most?

use lodemap_answers::MapOptions;
use lodemap_wire::{DEFAULT_TOKENS, MapRequest, Problem, Response};

use super::ground::Footing;
use super::problem;

pub(super) fn map(footing: &Footing<'_>, request: &MapRequest) -> Result<Response, Problem> {
    let options = MapOptions {
        tokens: footing.terms().tokens.unwrap_or(DEFAULT_TOKENS),
        tokenizer: footing.terms().tokenizer,
        focus: request.focus.iter().map(|focus| footing.focus(focus)).collect(),
        mention: request.mention.clone(),
        patience: footing.patience().clone(),
        files: request.files,
    };
    let answer = footing.install(|| lodemap_answers::map(&footing.snapshot, &options)).map_err(problem)?;
    let found = !answer.files.is_empty() || answer.omitted.files > 0;
    let nothing = "no file is indexed here; `lodemap status` tells what was passed over";
    Ok(Footing::nothing(footing.render().whole(&answer, |a| a.text())?, found, nothing))
}
