//! A server over HTTP, and a client that says just what a test wants.

use crate::daemon::Bed;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

/// `lodemap serve` of a bed's repository.
pub(crate) struct Web {
    child: Child,
    address: String,
    token: String,
}

impl Web {
    pub(crate) fn start(bed: &Bed, args: &[&str]) -> Self {
        Self::start_at("0", bed, args)
    }

    /// The same at a port of one's choice.
    pub(crate) fn start_at(port: &str, bed: &Bed, args: &[&str]) -> Self {
        let mut command = bed.command(&[&["serve", "--http", port, "--json", "--quiet"], args].concat());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let listening: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let file = PathBuf::from(listening["token_file"].as_str().unwrap());
        let token = std::fs::read_to_string(file).unwrap().trim().to_owned();
        let address = listening["url"].as_str().unwrap().strip_prefix("http://").unwrap().to_owned();
        Self { child, address, token }
    }

    pub(crate) fn pid(&self) -> u64 {
        self.child.id().into()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// A request as it is sent; each of `heads` takes the place of one that is right, and an empty one leaves it out.
    pub(crate) fn request(&self, what: &str, heads: &[(&str, &str)], body: &str) -> String {
        let mut all = vec![
            ("Host", self.address.clone()),
            ("Authorization", format!("Bearer {}", self.token)),
            ("Content-Type", "application/json".to_owned()),
            ("Content-Length", body.len().to_string()),
            ("Connection", "close".to_owned()),
        ];
        for (name, value) in heads {
            all.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
            all.extend((!value.is_empty()).then(|| (*name, (*value).to_owned())));
        }
        let heads: String = all.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        format!("{what} HTTP/1.1\r\n{heads}\r\n{body}")
    }

    /// The status and the body of an answer.
    pub(crate) fn send(&self, what: &str, heads: &[(&str, &str)], body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        // It may be refused before all of it is sent.
        _ = stream.write_all(self.request(what, heads, body).as_bytes());
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        let (head, said) = reply.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{reply}"));
        (head.split(' ').nth(1).unwrap().parse().unwrap(), said.to_owned())
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
