//! Why a worker ended: what is told of the file that it did not survive.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

const SIGXCPU: i32 = 24;

/// What a worker died of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cause {
    /// It needed more than so many seconds.
    Time(u32),
    /// It needed more than so many bytes.
    Memory(u64),
    /// It needed more stack than there is.
    Stack,
    /// A signal ended it.
    Signal(i32),
    /// It ended by itself.
    Exit(i32),
    /// What it answered is no answer.
    Nonsense,
}

impl Cause {
    /// Reads what is left of a worker: how it ended, what it said last, and what it was allowed.
    pub(super) fn of(status: ExitStatus, said: &str, seconds: u32, memory: u64) -> Self {
        // The two sentences of the runtimes that cannot go on: the grammars', and ours.
        let lacked_memory = said.contains("failed to allocate") || said.contains("memory allocation of");
        match (status.signal(), status.code()) {
            (Some(SIGXCPU), _) => Self::Time(seconds),
            (Some(_), _) if lacked_memory => Self::Memory(memory),
            (Some(_), _) if said.contains("overflowed its stack") => Self::Stack,
            (Some(signal), _) => Self::Signal(signal),
            (None, code) => Self::Exit(code.unwrap_or(-1)),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(seconds) => write!(f, "its parser took longer than {seconds} s"),
            Self::Memory(bytes) if bytes % (1 << 30) == 0 => {
                write!(f, "its parser needed more than {} GB", bytes >> 30)
            }
            Self::Memory(bytes) => write!(f, "its parser needed more than {} MB", bytes >> 20),
            Self::Stack => f.write_str("its parser needed more stack than there is"),
            Self::Signal(6) => f.write_str("its parser aborted (signal 6)"),
            Self::Signal(signal @ (4 | 7 | 8 | 11)) => write!(f, "its parser crashed (signal {signal})"),
            Self::Signal(signal) => write!(f, "its parser was killed (signal {signal})"),
            Self::Exit(code) => write!(f, "its parser ended (exit code {code})"),
            Self::Nonsense => f.write_str("its parser answered nonsense"),
        }
    }
}
