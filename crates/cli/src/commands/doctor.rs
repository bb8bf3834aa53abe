//! `lodemap doctor`: is this machine ready?

use crate::checks::{self, Check};
use crate::exit::{Failure, Outcome};
use crate::session::Session;
use clap::Args;
use serde::Serialize;

/// Check this machine, and say what to do where something is amiss
///
/// Looks at versions, threads, git, the folders for the index and for sockets, and what the system allows for watching.
/// Exits with 1 where something needs attention. The repository plays no part; `lodemap status` tells of that.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # Everything, one line each
  lodemap doctor
  # What needs attention, for a program
  lodemap doctor --json | jq '.checks[] | select(.ok | not)'")]
pub(crate) struct Doctor {}

#[derive(Serialize)]
struct Report {
    ok: bool,
    checks: Vec<Check>,
}

impl Doctor {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        let checks = checks::all(session.common.jobs);
        let report = Report { ok: checks.iter().all(|check| check.ok), checks };
        session.out.answer(0, &report, text)?;
        Ok(if report.ok { Outcome::Answered } else { Outcome::NothingFound })
    }
}

fn text(report: &Report) -> String {
    let mut out = String::new();
    for Check { name, ok, value, advice } in &report.checks {
        let mark = if *ok { "ok" } else { "!!" };
        out.push_str(&format!("{mark}  {name:<18} {value}\n"));
        advice.iter().for_each(|advice| out.push_str(&format!("    {:<18} {advice}\n", "")));
    }
    let amiss = report.checks.iter().filter(|check| !check.ok).count();
    match amiss {
        0 => out.push_str("all is well\n"),
        1 => out.push_str("1 thing needs attention\n"),
        n => out.push_str(&format!("{n} things need attention\n")),
    }
    out
}
