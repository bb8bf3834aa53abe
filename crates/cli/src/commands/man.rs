//! `lodemap man`: how is this used, in the words of `man`?

use crate::exit::{Failure, Outcome};
use crate::session::Session;
use clap::Args;
use clap_mangen::Man as Page;

/// Print a manual page
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # Read the page of a command
  lodemap man map | man -l -
  # Install the page of the whole
  lodemap man > ~/.local/share/man/man1/lodemap.1")]
pub(crate) struct Man {
    /// A command; without it, the page of lodemap itself
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

#[derive(serde::Serialize)]
struct Roff {
    name: String,
    page: String,
}

impl Man {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        let mut root = crate::command();
        root.build();
        let command = match &self.command {
            None => root,
            Some(name) => match root.find_subcommand(name) {
                Some(found) => found.clone(),
                None => {
                    let names: Vec<&str> = root.get_subcommands().map(|c| c.get_name()).collect();
                    let message = format!("there is no command `{name}`; there are: {}", names.join(", "));
                    return Err(Failure::usage(message));
                }
            },
        };
        let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
        let mut page = Vec::new();
        let source = concat!("lodemap ", env!("CARGO_PKG_VERSION"));
        Page::new(command)
            .source(source)
            .manual("Lodemap")
            .render(&mut page)
            .map_err(|e| Failure::output(&e))?;
        let answer = Roff { name, page: with_examples(&String::from_utf8_lossy(&page)) };
        session.out.answer(0, &answer, |a| a.page.clone())?;
        Ok(Outcome::Answered)
    }
}

/// What stands below the help is examples, and has a section of that name in manual pages.
fn with_examples(page: &str) -> String {
    page.replace(".SH EXTRA\nExamples:\n", ".SH EXAMPLES\n")
}
