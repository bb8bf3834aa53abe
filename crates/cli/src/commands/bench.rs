//! `lodemap bench`: how do costs grow with the size of a repository?

use crate::exit::{Failure, Outcome};
use crate::isolation::isolation;
use crate::session::Session;
use clap::{Args, ValueHint};
use lodemap_benches::{
    BenchError, BenchOptions, EditReport, Job, edit_table, edits, edits_in_process, measure, run, table,
};
use lodemap_host::OpenOptions;
use std::path::PathBuf;

/// Measure indexing and questions, by repository or by size
///
/// For each repository: the bound (walking, reading and parsing its files, and nothing else), the cold index
/// with its stages, a map and a symbol query of a warm engine. Each runs in a process of its own; the table has
/// medians, and each cost as a multiple of the bound. With --json one object a line.
///
/// With --edits: what one edit costs a state that is kept, from the first look at the disk to the published state.
/// The edits are made to a copy of links; the repository itself is only read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # The repository around you, five runs
  lodemap bench --runs 5
  # Two others
  lodemap bench ~/src/django ~/src/ruff
  # What an edit costs in them
  lodemap bench --edits ~/src/django ~/src/ruff
  # How costs grow: generated repositories of 100, 1,000 and 10,000 files
  lodemap bench --sizes 100,1000,10000")]
pub(crate) struct Bench {
    /// Root folders of repositories; without --sizes, the one around you
    #[arg(value_name = "ROOT", value_hint = ValueHint::DirPath)]
    repositories: Vec<PathBuf>,

    /// Generate repositories of so many files
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=200_000))]
    sizes: Vec<u32>,

    /// Run each job so often and take the median
    #[arg(long, value_name = "N", default_value_t = 3)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1000))]
    runs: u16,

    /// Measure edits of a state that is kept, instead of the cold index
    #[arg(long)]
    edits: bool,

    /// With --edits: so many files for each kind of edit
    #[arg(long, value_name = "N", default_value_t = 60)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=10_000))]
    samples: u16,

    /// Run this one job here and print its figures
    #[arg(long, value_name = "JOB", hide = true)]
    job: Option<String>,
}

impl Bench {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        let jobs = session.common.jobs.map_or(0, usize::from);
        if let Some(name) = &self.job {
            let how = OpenOptions { jobs, isolation: isolation(), ..OpenOptions::default() };
            if name == "edits" {
                let root = self.repositories.first().ok_or_else(|| Failure::usage("a job needs a root"))?;
                let report = edits(root, &how, usize::from(self.samples)).map_err(failed)?;
                session.out.stream(|out| Ok(serde_json::to_writer(out, &report)?))?;
                return Ok(Outcome::Answered);
            }
            let job = Job::parse(name).ok_or_else(|| Failure::usage(format!("no job is called `{name}`")))?;
            let root = self.repositories.first().ok_or_else(|| Failure::usage("a job needs a root"))?;
            let measured = measure(job, root, &how).map_err(failed)?;
            session.out.stream(|out| Ok(serde_json::to_writer(out, &measured)?))?;
            return Ok(Outcome::Answered);
        }
        let mut roots = self.repositories.clone();
        if roots.is_empty() && self.sizes.is_empty() {
            roots.push(session.common.root.clone().unwrap_or_else(|| session.nearest_root()));
        }
        let program = std::env::current_exe().map_err(|e| Failure {
            code: crate::exit::IO,
            message: Some(format!("cannot find this program to run it again: {e}")),
        })?;
        let sizes = self.sizes.iter().map(|s| *s as usize).collect();
        let options = BenchOptions { roots, sizes, runs: usize::from(self.runs), jobs, program };
        if self.edits {
            return self.run_edits(session, &options);
        }
        let json = session.common.json;
        let mut lines = Ok(());
        let rows = run(&options, &mut |row| {
            if json && lines.is_ok() {
                let line = serde_json::json!({ "schema": 1, "generation": 0 });
                lines = session.out.stream(|out| {
                    let mut line = line;
                    if let (Some(all), Ok(serde_json::Value::Object(own))) =
                        (line.as_object_mut(), serde_json::to_value(row))
                    {
                        all.extend(own);
                    }
                    writeln!(out, "{line}")?;
                    out.flush()
                });
            }
        })
        .map_err(failed)?;
        lines?;
        if !json {
            session.out.text(&table(&rows))?;
        }
        Ok(Outcome::Answered)
    }
}

impl Bench {
    /// The edits of each repository, each in a process of its own.
    fn run_edits(&self, session: &mut Session, options: &BenchOptions) -> Result<Outcome, Failure> {
        let samples = usize::from(self.samples);
        edits_in_process(options, samples, &mut |corpus, report| {
            let row = Edits { corpus, report };
            let printed = session.out.answer(0, &row, |row| edit_table(row.corpus, row.report));
            printed.and_then(|()| session.out.finish())
        })
        .map_err(failed)??;
        Ok(Outcome::Answered)
    }
}

#[derive(serde::Serialize)]
struct Edits<'a> {
    corpus: &'a str,
    #[serde(flatten)]
    report: &'a EditReport,
}

fn failed(error: BenchError) -> Failure {
    match error {
        BenchError::Host(e) => e.into(),
        BenchError::Answer(e) => lodemap_daemon::problem(e).into(),
        other => Failure { code: crate::exit::IO, message: Some(other.to_string()) },
    }
}
