//! The log of events that the user named.

use crate::exit::{Failure, IO};
use crate::output::warn;
use lodemap_daemon::{DEFAULT_EVENT_LOG_BYTES, EventLog, paths};
use std::path::Path;
use std::sync::Arc;

/// Opens it, or says why that cannot be. In the repository that is served it cannot be: each line would be a change.
pub(crate) fn event_log(path: &Path, root: Option<&Path>) -> Result<Arc<EventLog>, Failure> {
    if let (Some(root), Ok(place)) = (root, EventLog::place(path))
        && place.starts_with(root)
    {
        return Err(Failure::usage(
            "the event log is in the repository, and would be a change itself; give a file outside of it",
        ));
    }
    EventLog::open(path, DEFAULT_EVENT_LOG_BYTES, warn).map(Arc::new).map_err(|e| Failure {
        code: IO,
        message: Some(format!(
            "events cannot be logged in {} ({e}); give a file that can be written to",
            paths::display(path.as_os_str())
        )),
    })
}
