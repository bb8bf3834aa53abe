//! One worker, seen from the process that started it: its pipes never block for longer than it may take.

use std::io;
use std::ops::Range;
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, OFlags, memfd_create};
use rustix::io::Errno;

use super::cause::Cause;
use super::pool::Job;
use super::serve::Told;
use super::wire::{Head, Item, Reply, greeting};
use super::{Isolation, WorkerLimits};

/// Larger pipes need fewer turns; where the system allows no more, smaller ones do.
const PIPE_BYTES: usize = 1 << 20;
/// No facts are larger.
const MAX_REPLY: u32 = 256 << 20;
/// What an allocator may set aside at a time, in KiB.
const ARENA_KIB: &str = "131072";
/// Until it says who it is; that takes milliseconds where there is nothing else to do.
const START: Duration = Duration::from_secs(30);
/// A busy machine gives a process so much less than all its time.
const PATIENCE: u32 = 5;

/// A process that parses.
pub(super) struct Worker {
    child: Child,
    input: OwnedFd,
    output: OwnedFd,
    /// A file in memory, which is its standard error.
    said: OwnedFd,
    limits: WorkerLimits,
    /// It has said which program it is.
    is_known: bool,
    /// Requests it was given.
    pub(super) requests: u32,
    /// The CPU seconds of the last one.
    seconds: u32,
}

/// Why there was no answer.
#[derive(Debug)]
pub(super) enum Broken {
    /// It ended, or closed its pipes.
    Ended,
    /// It did not answer in time.
    Late,
    /// What it answered is no answer.
    Nonsense,
    /// It is not the program that was expected, or cannot run.
    Stranger,
}

/// An answer: what came of each file, and where its facts are in the bytes.
pub(super) struct Answer {
    pub(super) bytes: Vec<u8>,
    /// `None` where the extractor panicked.
    pub(super) facts: Vec<Option<Range<usize>>>,
}

impl Worker {
    /// Starts one.
    pub(super) fn spawn(isolation: &Isolation, threads: usize) -> io::Result<Self> {
        let said = memfd_create("lodemap-parse-worker", MemfdFlags::CLOEXEC)?;
        let told = Told { memory: isolation.limits.memory, threads, faults: isolation.faults };
        let mut child = Command::new(&isolation.program)
            .args(&isolation.arguments)
            .args(told.arguments())
            .env_clear()
            // Our allocator sets aside a gigabyte, which would count as taken.
            .env("MIMALLOC_ARENA_RESERVE", ARENA_KIB)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::from(said.try_clone()?))
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("a process without pipes"));
        };
        let (input, output) = (OwnedFd::from(input), OwnedFd::from(output));
        let limits = isolation.limits;
        let worker = Self { child, input, output, said, limits, is_known: false, requests: 0, seconds: 0 };
        for pipe in [&worker.input, &worker.output] {
            _ = rustix::pipe::fcntl_setpipe_size(pipe, PIPE_BYTES);
            rustix::fs::fcntl_setfl(pipe, OFlags::NONBLOCK)?;
        }
        Ok(worker)
    }

    /// Has files parsed.
    pub(super) fn ask(&mut self, jobs: &[Job<'_>]) -> Result<Answer, Broken> {
        let bytes: usize = jobs.iter().map(|j| j.bytes.len()).sum();
        self.requests += 1;
        self.seconds = self.limits.seconds(bytes);
        let deadline = Instant::now() + Duration::from_secs(u64::from(self.seconds * PATIENCE));
        if !self.is_known {
            // Whatever keeps it from saying so, no file is to blame.
            let expected = greeting();
            match self.read(expected.len(), Instant::now() + START) {
                Ok(greeting) if greeting == expected => self.is_known = true,
                _ => return Err(Broken::Stranger),
            }
        }
        let head = Head { count: jobs.len() as u32, seconds: self.seconds };
        // In one piece, so that it wakes the worker once.
        let mut request = Vec::with_capacity(Head::LEN + jobs.len() * Item::LEN + bytes);
        head.put(&mut request);
        for job in jobs {
            let parts = job.parts.min(usize::from(u8::MAX)) as u8;
            Item { lang: job.lang, parts, len: job.bytes.len() as u32 }.put(&mut request);
        }
        jobs.iter().for_each(|job| request.extend_from_slice(job.bytes));
        self.write(&request, deadline)?;
        drop(request);
        let replies = self.read(jobs.len() * Reply::LEN, deadline)?;
        let replies: Option<Vec<Reply>> = replies.chunks_exact(Reply::LEN).map(Reply::read).collect();
        let replies = replies.filter(|all| all.iter().all(|r| r.len <= MAX_REPLY)).ok_or(Broken::Nonsense)?;
        let mut end = 0;
        let place = |reply: &Reply| {
            let start = end;
            end += reply.len as usize;
            reply.is_well.then_some(start..end)
        };
        let facts = replies.iter().map(place).collect();
        let bytes = self.read(end, deadline)?;
        Ok(Answer { bytes, facts })
    }

    /// Ends it for not answering as it should; gives what it died of.
    pub(super) fn end(mut self, broken: &Broken) -> Cause {
        match (broken, self.stop()) {
            (Broken::Late, _) => Cause::Time(self.seconds),
            (Broken::Nonsense | Broken::Stranger, _) | (Broken::Ended, None) => Cause::Nonsense,
            (Broken::Ended, Some(status)) => {
                Cause::of(status, &self.last_words(), self.seconds, self.limits.memory)
            }
        }
    }

    /// Kills it, if it is not dead, and waits for its end, so that nothing is left of it.
    fn stop(&mut self) -> Option<std::process::ExitStatus> {
        _ = self.child.kill();
        self.child.wait().ok()
    }

    fn last_words(&self) -> String {
        let mut said = [0; 4096];
        let len = rustix::io::pread(&self.said, &mut said, 0).unwrap_or(0);
        String::from_utf8_lossy(&said[..len]).into_owned()
    }

    fn write(&self, mut bytes: &[u8], deadline: Instant) -> Result<(), Broken> {
        while !bytes.is_empty() {
            match rustix::io::write(&self.input, bytes) {
                Ok(n) => bytes = &bytes[n..],
                Err(Errno::AGAIN) => wait(&self.input, PollFlags::OUT, deadline)?,
                Err(Errno::INTR) => {}
                Err(_) => return Err(Broken::Ended),
            }
        }
        Ok(())
    }

    fn read(&self, len: usize, deadline: Instant) -> Result<Vec<u8>, Broken> {
        let (mut out, mut done) = (Vec::new(), 0);
        while done < len {
            if done == out.len() {
                // Memory is taken for what came, not for what was announced.
                out.resize(len.min(done + PIPE_BYTES), 0);
            }
            match rustix::io::read(&self.output, &mut out[done..]) {
                Ok(0) => return Err(Broken::Ended),
                Ok(n) => done += n,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => wait(&self.output, PollFlags::IN, deadline)?,
                Err(_) => return Err(Broken::Ended),
            }
        }
        Ok(out)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Waits until a pipe is ready, or broken.
fn wait(pipe: &OwnedFd, what: PollFlags, deadline: Instant) -> Result<(), Broken> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(Broken::Late);
    }
    let left = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos()) };
    match poll(&mut [PollFd::from_borrowed_fd(pipe.as_fd(), what)], Some(&left)) {
        // Whoever reads or writes next sees what is the matter.
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(_) => Err(Broken::Ended),
    }
}
