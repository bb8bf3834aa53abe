//! Why a question cannot be answered, and what to do next.

use lodemap_base::Stopped;
use thiserror::Error;

/// Why a question cannot be answered.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum AnswerError {
    /// The path is not among the indexed files.
    #[error("{0} is not indexed; `lodemap status --why {0}` tells why")]
    NoSuchFile(String),
    /// Neither a file, nor a folder, nor a symbol is called so.
    #[error("nothing is called `{name}`{}", closest(.similar))]
    NoSuchName {
        /// What was asked for.
        name: String,
        /// Names that come close.
        similar: Vec<String>,
    },
    /// No name stands at this place, or it leads nowhere that is known.
    #[error(
        "at {0} nothing leads to a definition of the repository; `lodemap outline` lists what a file defines"
    )]
    NothingAt(String),
    /// An option has a value that makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The index of words cannot be read.
    #[error("{0}; `lodemap index --full` makes it anew")]
    Index(String),
    /// Nobody waits for the answer.
    #[error("nobody waits for this any more; ask again")]
    Stopped,
}

impl From<Stopped> for AnswerError {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl From<lodemap_search::SearchError> for AnswerError {
    fn from(error: lodemap_search::SearchError) -> Self {
        match error {
            lodemap_search::SearchError::Stopped => Self::Stopped,
            error => Self::Index(error.to_string()),
        }
    }
}

fn closest(similar: &[String]) -> String {
    if similar.is_empty() {
        "; `lodemap symbols` lists what there is".into()
    } else {
        format!("; closest: {}", similar.join(", "))
    }
}

impl AnswerError {
    /// Whether the question was sound and there is just nothing to answer.
    pub fn is_not_found(&self) -> bool {
        !matches!(self, Self::Usage(_) | Self::Index(_) | Self::Stopped)
    }
}
