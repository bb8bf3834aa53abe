//! `lodemap setup`: a client's settings.

use crate::exit::{Failure, IO, Outcome};
use crate::session::Session;
use crate::setup::{Client, Edited, Place, SetupError};
use clap::Args;
use serde::Serialize;

/// Configure a coding agent to use this program
///
/// Adds the MCP server to the agent's settings in this project; comments, order and everything else in the file stay as
/// they are, and so do keys of an entry that is there already. `agents-md` adds a block to AGENTS.md that says when to
/// use which tool. A second time changes nothing.
///
/// This is the one command that writes into the repository. Where the file cannot be understood it is left as it is.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # Claude Code, in this project
  lodemap setup claude-code
  # What would be written for VS Code
  lodemap setup vscode --print
  # Tell all agents when to use it
  lodemap setup agents-md")]
pub(crate) struct Setup {
    /// The agent
    #[arg(value_enum, value_name = "CLIENT")]
    client: Client,

    /// Print what the file would hold, and write nothing
    #[arg(long)]
    print: bool,

    /// The program that the agent starts
    #[arg(long, value_name = "PROGRAM", default_value = "lodemap")]
    command: String,
}

/// What was done.
#[derive(Serialize)]
struct Done {
    client: String,
    path: &'static str,
    /// `written`, `unchanged` or `shown`.
    state: &'static str,
    /// What the file holds.
    text: String,
}

impl Setup {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        let root = session.common.root.clone().unwrap_or_else(|| session.nearest_root());
        let name = self.client.paths()[0];
        let place = Place::of(&root, self.client.paths()).map_err(|e| self.failure(name, e))?;
        let failed = |e| self.failure(place.name, e);
        let before = place.read().map_err(failed)?;
        let edited = self.client.edit(&before, &self.command).map_err(|e| failed(SetupError::Refused(e)))?;
        let Edited { text, is_changed } = edited;
        let state = match (self.print, is_changed) {
            (true, _) => "shown",
            (false, false) => "unchanged",
            (false, true) => {
                place.write(&text).map_err(failed)?;
                "written"
            }
        };
        let done = Done { client: self.client.name(), path: place.name, state, text };
        let next = self.client.next_step();
        session.out.answer(0, &done, |done| match done.state {
            "shown" => done.text.clone(),
            "unchanged" => format!("{} has the entry already; nothing was changed\n", done.path),
            _ => format!("{} has the entry now; {next}\n", done.path),
        })?;
        Ok(Outcome::Answered)
    }

    fn failure(&self, name: &str, error: SetupError) -> Failure {
        let advice = format!(
            "it was left as it is; see in an empty folder what `lodemap setup {} --print` would write",
            self.client.name()
        );
        match error {
            SetupError::Refused(why) => Failure::usage(format!("{name} cannot be changed: {why}; {advice}")),
            SetupError::Io(e) => Failure {
                code: IO,
                message: Some(format!("{name} cannot be read or written ({e}); {advice}")),
            },
        }
    }
}
