//! Which commands are there?
//!
//! One file a command: its options, its help with examples, and the one call that answers it.

mod bench;
mod calls;
mod completions;
mod context;
mod daemon;
mod def;
mod deps;
mod doctor;
mod export;
mod impact;
mod index;
mod languages;
mod man;
mod map;
mod mcp;
mod outline;
mod refs;
mod search;
mod serve;
mod setup;
mod status;
mod symbols;
mod verify;
mod watch;

use crate::exit::{Failure, Outcome};
use crate::session::Session;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Map(map::Map),
    Context(context::Context),
    Index(index::Index),
    Symbols(symbols::Symbols),
    Search(search::Search),
    Outline(outline::Outline),
    Def(def::Def),
    Refs(refs::Refs),
    Callers(calls::Callers),
    Callees(calls::Callees),
    Impact(impact::Impact),
    Deps(deps::Deps),
    Status(status::Status),
    Export(export::Export),
    Verify(verify::Verify),
    Watch(watch::Watch),
    Daemon(daemon::Daemon),
    Serve(serve::Serve),
    Mcp(mcp::Mcp),
    Setup(setup::Setup),
    Doctor(doctor::Doctor),
    Bench(bench::Bench),
    Languages(languages::Languages),
    Completions(completions::Completions),
    Man(man::Man),
}

impl Command {
    /// Whether an interrupt ends it at once; else it sees to its end by itself.
    pub(crate) fn may_be_cut_off(&self) -> bool {
        match self {
            Self::Daemon(daemon) => !daemon.is_run(),
            Self::Serve(_) => false,
            _ => true,
        }
    }

    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        match self {
            Self::Map(command) => command.run(session),
            Self::Context(command) => command.run(session),
            Self::Index(command) => command.run(session),
            Self::Symbols(command) => command.run(session),
            Self::Search(command) => command.run(session),
            Self::Outline(command) => command.run(session),
            Self::Def(command) => command.run(session),
            Self::Refs(command) => command.run(session),
            Self::Callers(command) => command.run(session),
            Self::Callees(command) => command.run(session),
            Self::Impact(command) => command.run(session),
            Self::Deps(command) => command.run(session),
            Self::Status(command) => command.run(session),
            Self::Export(command) => command.run(session),
            Self::Verify(command) => command.run(session),
            Self::Watch(command) => command.run(session),
            Self::Daemon(command) => command.run(session),
            Self::Serve(command) => command.run(session),
            Self::Mcp(command) => command.run(session),
            Self::Setup(command) => command.run(session),
            Self::Doctor(command) => command.run(session),
            Self::Bench(command) => command.run(session),
            Self::Languages(command) => command.run(session),
            Self::Completions(command) => command.run(session),
            Self::Man(command) => command.run(session),
        }
    }
}
