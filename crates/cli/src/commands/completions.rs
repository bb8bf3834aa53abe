//! `lodemap completions`: how does my shell complete this?

use crate::exit::{Failure, Outcome};
use crate::session::Session;
use clap::Args;
use clap_complete::{Shell, generate};

/// Print the completion script of a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # Bash
  lodemap completions bash > ~/.local/share/bash-completion/completions/lodemap
  # Zsh, into a folder of $fpath
  lodemap completions zsh > ~/.zfunc/_lodemap
  # Fish
  lodemap completions fish > ~/.config/fish/completions/lodemap.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

#[derive(serde::Serialize)]
struct Script {
    shell: String,
    script: String,
}

impl Completions {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        let mut script = Vec::new();
        generate(self.shell, &mut crate::command(), "lodemap", &mut script);
        let script = String::from_utf8_lossy(&script).into_owned();
        let answer = Script { shell: self.shell.to_string(), script };
        session.out.answer(0, &answer, |a| a.script.clone())?;
        Ok(Outcome::Answered)
    }
}
