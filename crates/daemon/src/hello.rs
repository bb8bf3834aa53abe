//! Who is at the other end?

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The version of what is said over the socket.
pub const PROTOCOL: u32 = 1;

/// What a daemon says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The version of what is said over the socket.
    pub protocol: u32,
    /// The version of the program.
    pub version: String,
    /// Tells apart two programs of the same version.
    pub program: String,
    /// The process.
    pub pid: u32,
    /// Where the daemon keeps what it learns.
    pub cache: Option<String>,
    /// Where it looks for what the user wants ignored.
    pub config: String,
    /// The largest message that it takes, in bytes.
    pub max_frame: usize,
}

impl Hello {
    /// What this program would say.
    pub fn of_this_program(cache: Option<&Path>, max_frame: usize) -> Self {
        Self {
            protocol: PROTOCOL,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            program: program(),
            pid: std::process::id(),
            cache: cache.map(|cache| cache.display().to_string()),
            config: ["HOME", "XDG_CONFIG_HOME"].map(variable).join(":"),
            max_frame,
        }
    }

    /// Whether the other is the same program, with the same memory and for the same user: then each answers as the other would.
    pub fn is_twin_of(&self, other: &Self) -> bool {
        self.is_same_program(other) && (&self.cache, &self.config) == (&other.cache, &other.config)
    }

    /// Whether the other is the same program.
    pub fn is_same_program(&self, other: &Self) -> bool {
        (self.protocol, &self.version, &self.program) == (other.protocol, &other.version, &other.program)
    }
}

fn variable(name: &str) -> String {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The file that this program was started from, which another build does not share.
fn program() -> String {
    let Ok(file) = std::fs::metadata("/proc/self/exe") else { return String::new() };
    format!("{}-{}-{}-{}.{}", file.dev(), file.ino(), file.len(), file.mtime(), file.mtime_nsec())
}
