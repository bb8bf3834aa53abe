//! All that is known, for other programs.

use std::io::{self, Write};

use lodemap_answers::{AnswerError, Patience, export_edges, export_facts};
use lodemap_wire::{ExportRequest, Problem, ProblemKind, Response};
use serde::Serialize;
use serde_json::value::RawValue;

use super::ground::Footing;
use super::problem;

/// An export in one piece; the command line writes larger ones.
const MOST: usize = 48 << 20;

/// What can be exported as text.
#[derive(Clone, Copy)]
enum Export {
    Facts,
    Edges,
    Dump,
}

/// An export as data: lines that are objects, or a text.
#[derive(Serialize)]
struct Exported<'a> {
    what: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<&'a RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dump: Option<&'a str>,
}

/// What is to be exported, if it can be.
pub(super) fn check(request: &ExportRequest) -> Result<(), Problem> {
    of(request).map(|_| ())
}

fn of(request: &ExportRequest) -> Result<Export, Problem> {
    match request.what.as_str() {
        "facts" => Ok(Export::Facts),
        "edges" => Ok(Export::Edges),
        "dump" => Ok(Export::Dump),
        "scip" => Err(Problem::usage("a SCIP index is no text; `lodemap export scip` writes one to a file")),
        what => {
            let what: String = what.chars().take(100).flat_map(char::escape_debug).collect();
            Err(Problem::usage(format!("nothing is exported as `{what}`; give facts, edges or dump")))
        }
    }
}

pub(super) fn export(footing: &Footing<'_>, request: &ExportRequest) -> Result<Response, Problem> {
    let export = of(request)?;
    let (snapshot, patience) = (&footing.snapshot, footing.patience());
    let text = footing.install(|| {
        let mut out = Bounded { bytes: vec![], patience };
        let written = match export {
            Export::Facts => export_facts(snapshot, &mut out),
            Export::Edges => export_edges(snapshot, &mut out),
            Export::Dump => snapshot.dump(&mut out),
        };
        written.map(|()| out.bytes)
    });
    patience.check().map_err(|stopped| problem(AnswerError::from(stopped)))?;
    let wrong = |message: String| Problem::new(ProblemKind::Internal, message);
    let text = text.map_err(|e| match e.kind() {
        io::ErrorKind::FileTooLarge => {
            let most = MOST >> 20;
            let message = format!("that is more than {most} MB; `lodemap export {}` writes it", request.what);
            Problem::usage(message)
        }
        _ => wrong(format!("the export failed: {e}")),
    })?;
    let text = String::from_utf8(text).map_err(|e| wrong(format!("the export is no text: {e}")))?;
    let rows = match export {
        Export::Dump => None,
        Export::Facts | Export::Edges => {
            let rows = text.lines().map(serde_json::from_str::<&RawValue>);
            Some(rows.collect::<Result<_, _>>().map_err(|e| wrong(format!("a line is no object: {e}")))?)
        }
    };
    let exported = Exported { what: &request.what, dump: rows.is_none().then_some(&*text), rows };
    let found = !text.is_empty();
    let response = footing.render().whole(&exported, |_| text.clone())?;
    Ok(Footing::nothing(
        response,
        found,
        "nothing is indexed here; `lodemap status` tells what was passed over",
    ))
}

/// Takes so much and no more, while somebody waits for it.
struct Bounded<'p> {
    bytes: Vec<u8>,
    patience: &'p Patience,
}

impl Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > MOST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if self.patience.is_over() {
            return Err(io::Error::other("nobody waits for it"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lodemap_answers::ENDLESS;

    #[test]
    fn takes_no_more_than_fits_and_only_while_somebody_waits() {
        let mut out = Bounded { bytes: vec![0; MOST - 2], patience: &ENDLESS };
        out.write_all(b"xy").unwrap();
        assert_eq!(out.write_all(b"z").unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        let patience = Patience::new();
        let mut out = Bounded { bytes: vec![], patience: &patience };
        out.write_all(b"x").unwrap();
        patience.end();
        assert!(out.write_all(b"y").is_err() && out.bytes == b"x");
    }
}
