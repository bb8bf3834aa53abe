//! Health: what is indexed, what is not, and why.

use lodemap_base::RelPath;
use serde::Serialize;

use crate::cache::CacheState;
use crate::memory::MemoryStatus;

/// The state of a repository.
#[derive(Clone, Debug, Serialize)]
pub struct StatusAnswer {
    /// `ready`.
    pub state: &'static str,
    /// Changes that are known but not yet in the answers.
    pub pending: usize,
    /// How changes are noticed.
    pub watcher: WatcherStatus,
    /// Indexed files.
    pub files: usize,
    /// Files kept from the parser.
    pub quarantined: Vec<PathReason>,
    /// Files that are indexed only in part, or could not be read.
    pub problems: Vec<PathReason>,
    /// Entries passed over that somebody might miss.
    pub skipped: Vec<PathReason>,
    /// How many entries ignore files exclude.
    pub ignored: usize,
    /// How many entries are hidden.
    pub hidden: usize,
    /// Configuration that came with the repository and is not obeyed.
    pub config: Vec<String>,
    /// What is kept from one run to the next; none with `--no-cache`.
    pub cache: Option<CacheState>,
    /// How much memory the process holds, and what for.
    pub memory: MemoryStatus,
}

/// How changes are noticed.
#[derive(Clone, Debug, Serialize)]
pub struct WatcherStatus {
    /// `none`: each command reads the files anew. `inotify`: the system tells. `mixed`: some folders are looked at
    /// again and again instead. `polling`: all are.
    pub mode: &'static str,
    /// Watched folders.
    pub dirs: usize,
    /// Folders polled because they cannot be watched.
    pub polled: usize,
    /// How often events were lost and everything was looked at again.
    pub overflows: u64,
    /// What is wrong, and what to do about it.
    pub problem: Option<String>,
}

impl Default for WatcherStatus {
    /// Nobody watches.
    fn default() -> Self {
        Self { mode: "none", dirs: 0, polled: 0, overflows: 0, problem: None }
    }
}

/// A path and what there is to say of it.
#[derive(Clone, Debug, Serialize)]
pub struct PathReason {
    /// The path.
    pub path: String,
    /// What there is to say.
    pub reason: String,
}

impl StatusAnswer {
    /// A report for people.
    pub fn text(&self) -> String {
        let mut out = format!(
            "{}: {} files indexed, {} entries ignored, {} hidden; watcher: {}\n",
            self.state, self.files, self.ignored, self.hidden, self.watcher.mode
        );
        for (title, list) in
            [("quarantined", &self.quarantined), ("problems", &self.problems), ("passed over", &self.skipped)]
        {
            if !list.is_empty() {
                out.push_str(&format!("{title}:\n"));
                list.iter().for_each(|p| out.push_str(&format!("  {}: {}\n", p.path, p.reason)));
            }
        }
        self.config.iter().for_each(|c| out.push_str(&format!("note: {c}\n")));
        if let Some(cache) = &self.cache {
            out.push_str(&cache.text());
        }
        out.push_str(&self.memory.text());
        out
    }
}

/// Why a path is indexed or not.
#[derive(Clone, Debug, Serialize)]
pub struct WhyAnswer {
    /// The path.
    pub path: RelPath,
    /// Whether it is indexed.
    pub indexed: bool,
    /// Why.
    pub reason: String,
    /// The rule that decides.
    pub rule: Option<String>,
    /// Where the rule stands.
    pub source: Option<String>,
}

impl WhyAnswer {
    /// One line for people.
    pub fn text(&self) -> String {
        let mut out = format!(
            "{}: {}: {}",
            self.path,
            if self.indexed { "indexed" } else { "not indexed" },
            self.reason
        );
        if let Some(rule) = &self.rule {
            out.push_str(&format!(" (rule `{rule}`"));
            if let Some(source) = &self.source {
                out.push_str(&format!(", {source}"));
            }
            out.push(')');
        }
        out.push('\n');
        out
    }
}
