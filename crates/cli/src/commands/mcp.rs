//! `lodemap mcp`: the same answers, as tools for a model.

use crate::daemon;
use crate::exit::{Failure, IO, Outcome};
use crate::session::Session;
use clap::Args;
use lodemap_daemon::{Opening, Session as Asked};
use lodemap_host::LiveOptions;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Serve the Model Context Protocol on standard input and output
///
/// For coding agents: seven tools that read and change nothing, with the answers of the commands of this program as
/// text. The repository is indexed in the background and kept fresh, where a daemon runs by that and so once for all
/// agents; a call that comes before that is told so. Ends when standard input does. `lodemap setup` writes the
/// configuration with which an agent starts it.
///
/// Without --root, the folder that CLAUDE_PROJECT_DIR names is served, else the nearest root around the current folder.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # What an agent runs
  lodemap mcp --root ~/src/django
  # For Claude Code, by its own command
  claude mcp add lodemap -- lodemap mcp")]
pub(crate) struct Mcp {}

/// Set by a client to the folder of the project.
const PROJECT: &str = "CLAUDE_PROJECT_DIR";

impl Mcp {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        if session.common.root.is_none() {
            session.common.root = std::env::var_os(PROJECT).map(PathBuf::from).filter(|path| path.is_dir());
        }
        if std::io::stdin().is_terminal() {
            session.out.note("this speaks to an agent, not to people; `lodemap setup` tells an agent of it");
        }
        let open = session.open_options();
        let root = open.root.clone().unwrap_or_else(|| session.nearest_root());
        let via = daemon::via(&session.common, open.cache.as_deref(), &root);
        let options = LiveOptions { open, ..LiveOptions::default() };
        let own = move || Opening::start(options.clone());
        let asked = match via {
            Some(via) => Asked::start(via, own),
            None => own().into(),
        };
        lodemap_mcp::serve_stdio(asked).map_err(|e| Failure {
            code: IO,
            message: Some(format!("the server cannot start: {e}; close other programs and try again")),
        })?;
        Ok(Outcome::Answered)
    }
}
