//! `lodemap serve`: answer over HTTP.

use crate::event_log::event_log;
use crate::exit::{Failure, IO, Outcome};
use crate::session::Session;
use clap::{Args, ValueHint};
use lodemap_daemon::{HttpOptions, Mount, MountService, Place, ServeError, ServeOptions, paths, serve_http};
use lodemap_host::OpenOptions;
use serde::Serialize;
use std::io::{self, IsTerminal};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// Answer questions about one repository over HTTP
///
/// A browser shows the repository at the address itself. Each method of the socket is a `POST /v1/METHOD` with its
/// parameters as a JSON object (docs/daemon.md), `/v1/events` streams new states, `/mcp` has the tools of `lodemap mcp`
/// for a client that speaks streamable HTTP, `/metrics` and `/healthz` are for monitoring. Clients show a token that is
/// kept in a file which only you can read; the address is one of this machine's own, unless --allow-remote is given.
/// Prints the address, and goes on until it is interrupted.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # On a port that is free
  lodemap serve --http 127.0.0.1:0
  # Another repository, for a program that starts it
  lodemap serve ~/src/django --http 127.0.0.1:7007 --json")]
pub(crate) struct Serve {
    /// The repository's root folder, the same as --root
    #[arg(value_name = "ROOT", value_hint = ValueHint::DirPath)]
    repository: Option<PathBuf>,

    /// The address to listen at, or a port alone
    #[arg(long, value_name = "ADDR", value_parser = address)]
    http: SocketAddr,

    /// Write each new state into a file too, a line of JSON each
    ///
    /// Outside the repository. At 64 MB it begins anew, and what there was is kept once, with `.1` behind its name.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    event_log: Option<PathBuf>,

    /// Allow addresses that other machines can reach
    #[arg(long)]
    allow_remote: bool,
}

/// `127.0.0.1:7007`, `[::1]:7007`, `:7007` or `7007`.
fn address(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix(':').unwrap_or(text).parse::<u16>();
    match (port, text.parse()) {
        (Ok(port), _) => Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)),
        (_, Ok(address)) => Ok(address),
        _ => Err("give an address with its port, as in 127.0.0.1:7007".to_owned()),
    }
}

/// Where it can be asked.
#[derive(Serialize)]
struct Listening {
    url: String,
    token_file: String,
}

impl Serve {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        if !self.http.ip().is_loopback() && !self.allow_remote {
            return Err(Failure::usage(format!(
                "{} can be reached by other machines; give 127.0.0.1 or ::1, or insist with --allow-remote",
                self.http.ip()
            )));
        }
        session.root_argument(self.repository.as_ref())?;
        let options = session.open_options();
        let root = options.root.clone().unwrap_or_else(|| session.nearest_root());
        let root = root.canonicalize().map_err(|e| Failure {
            code: IO,
            message: Some(format!(
                "{} cannot be opened ({e}); check the path",
                paths::display(root.as_os_str())
            )),
        })?;
        if root.to_str().is_none() {
            return Err(Failure::usage(
                "the root's path is not UTF-8, and cannot be told over HTTP; move it",
            ));
        }
        let place = Place::of_user();
        place.prepare().map_err(ServeError::from)?;
        let token = place.token().map_err(ServeError::from)?;
        let event_log = self.event_log.as_deref().map(|log| event_log(log, Some(&root))).transpose()?;
        let serve = ServeOptions {
            event_log,
            open: OpenOptions { root: None, ..options },
            repositories: 1,
            ..ServeOptions::default()
        };
        // The tools for models keep to names of their own, on top of those that the server has.
        let hosts = match self.http.ip() {
            ip if ip.is_loopback() || ip.is_unspecified() => vec![],
            ip => vec![ip.to_string()],
        };
        let tools =
            Mount::new("/mcp", move |turns| MountService::new(lodemap_mcp::http_service(turns, &hosts)));
        let secret = token.clone();
        let options =
            HttpOptions { serve, address: self.http, roots: vec![root], token, mounts: vec![tools] };
        let mut told = Ok(());
        serve_http(&options, |address| {
            let token_file = place.token_file().display().to_string();
            let listening = Listening { url: format!("http://{address}"), token_file };
            let text = |l: &Listening| format!("{}\n", l.url);
            told = session.out.answer(0, &listening, text).and_then(|()| session.out.finish());
            session.out.note(&format!("clients show the token in {}", listening.token_file));
            // Whatever keeps what a program says is to keep no secret: only a person is shown the whole link.
            let fragment =
                if io::stderr().is_terminal() { format!("#token={secret}") } else { String::new() };
            session.out.note(&format!("a browser shows it at {}/{fragment}", listening.url));
        })?;
        told.map(|()| Outcome::Answered)
    }
}
