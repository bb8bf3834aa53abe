//! Help, manual pages and completions.

use crate::repo::Repo;

fn commands() -> Vec<String> {
    lodemap_cli::command().get_subcommands().map(|c| c.get_name().to_owned()).collect()
}

#[test]
fn every_command_has_help_with_examples_on_narrow_lines() {
    let repo = Repo::new(&[]);
    let names = commands();
    for command in names.iter().map(String::as_str) {
        for flag in ["-h", "--help"] {
            let text = repo.text(&[command, flag]);
            assert!(text.contains("\nExamples:\n  # "), "{command} {flag}: {text}");
            assert!(text.contains(&format!("  lodemap {command}")), "{command} {flag}: {text}");
            assert!(text.contains("Common options:"), "{command} {flag}: {text}");
            let wide = text.lines().find(|line| line.chars().count() > 79);
            // Examples are printed as they are, to be copied.
            assert!(wide.is_none_or(|line| line.starts_with("  lodemap ")), "{command} {flag}: {wide:?}");
        }
    }
}

#[test]
fn every_option_is_told_in_one_short_line() {
    let root = lodemap_cli::command();
    for command in root.get_subcommands().chain([&root]) {
        assert!(command.get_about().is_some(), "{}", command.get_name());
        for arg in command.get_arguments() {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(!help.is_empty() && help.len() <= 79, "{} {}: {help}", command.get_name(), arg.get_id());
            assert!(!help.ends_with('.') && !help.contains('\n'), "{}: {help}", arg.get_id());
        }
    }
}

#[test]
fn the_short_help() {
    let repo = Repo::new(&[]);
    insta::assert_snapshot!(repo.text(&["outline", "-h"]), @"
    Show the definitions of one file, nested as in the text

    Usage: lodemap outline [OPTIONS] <PATH>

    Arguments:
      <PATH>  The file, relative to the root or to the current folder

    Options:
      -h, --help  Print help (see more with '--help')

    Common options:
      -C, --root <DIR>        The repository's root folder
          --json              Print one JSON object instead of text
          --tokens <N>        Print at most so many tokens
          --tokenizer <NAME>  How tokens are counted [default: o200k] [possible
                              values: o200k, cl100k]
      -q, --quiet             Print no progress and no remarks
      -j, --jobs <N>          Use at most so many threads
          --no-daemon         Answer in this process, without a daemon
          --no-cache          Neither use nor write a stored index
          --allow-root        Allow roots such as / and the home folder

    Examples:
      # Classes, methods and functions with their lines
      lodemap outline src/pool/conn.py
      # The names at the top level
      lodemap outline src/lib.rs --json | jq -r '.symbols[].name'
    ");
}

#[test]
fn examples_are_real_commands() {
    for command in lodemap_cli::command().get_subcommands() {
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let calls = after.lines().map(str::trim).filter(|line| line.starts_with("lodemap "));
        for call in calls {
            // What follows belongs to the shell.
            let words = call.split([' ']).take_while(|word| !["|", ">"].contains(word));
            let mut quoted = false;
            let mut args: Vec<String> = Vec::new();
            for word in words {
                let clean = word.replace(['\'', '"'], "");
                if quoted && let Some(last) = args.last_mut() {
                    last.push_str(&format!(" {clean}"));
                } else {
                    args.push(clean);
                }
                quoted ^= word.matches(['\'', '"']).count() % 2 == 1;
            }
            let parsed = lodemap_cli::command().try_get_matches_from(&args);
            assert!(parsed.is_ok(), "{call}: {}", parsed.unwrap_err());
        }
    }
}

#[test]
fn completions_for_every_shell() {
    let repo = Repo::new(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = repo.text(&["completions", shell]);
        for part in commands().iter().map(String::as_str).chain(["lodemap", "allow-root"]) {
            assert!(script.contains(part), "{shell}: {part} is missing");
        }
        let json = repo.json(&["completions", shell]);
        assert_eq!((json["shell"].as_str(), json["script"].as_str()), (Some(shell), Some(script.as_str())));
    }
}

#[test]
fn manual_pages() {
    let repo = Repo::new(&[]);
    let page = repo.text(&["man"]);
    assert!(page.contains(".TH lodemap 1") && page.contains(".SH SYNOPSIS"), "{page}");
    for command in commands() {
        let page = repo.text(&["man", &command]);
        assert!(page.contains(&format!(".TH lodemap-{command} 1")), "{page}");
        assert!(page.contains(".SH EXAMPLES\n  # "), "{page}");
    }
}
