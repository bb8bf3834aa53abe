//! The worker's side: bytes in, facts out, until nobody writes any more.

use std::ffi::OsString;
use std::io;
use std::panic::catch_unwind;

use lodemap_facts::encoded_facts;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use super::wire::{Head, Item, Reply, greeting};

/// Syntax trees are walked recursively to a fixed depth; this is room for it with plenty to spare.
const STACK_BYTES: usize = 64 << 20;
/// The program itself, and what its allocator sets aside.
const PROGRAM_BYTES: u64 = 256 << 20;
/// What may be said on standard error, which is a file in memory.
const SAID_BYTES: u64 = 64 << 10;

/// What a worker is told when it is started.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Told {
    /// Bytes of memory it may take.
    pub(super) memory: u64,
    /// Threads for one large file.
    pub(super) threads: usize,
    /// Whether files may ask for faults.
    pub(super) faults: bool,
}

impl Told {
    pub(super) fn arguments(self) -> [String; 3] {
        let faults = if self.faults { "faults" } else { "-" };
        [self.memory.to_string(), self.threads.to_string(), faults.into()]
    }

    fn read(arguments: &[OsString]) -> Option<Self> {
        let [memory, threads, faults] = arguments else { return None };
        Some(Self {
            memory: memory.to_str()?.parse().ok()?,
            threads: threads.to_str()?.parse().ok().filter(|n| *n > 0)?,
            faults: faults == "faults",
        })
    }
}

/// Parses for the process that started this one, which wrote `arguments` behind [`super::WORKER_COMMAND`]; gives the
/// exit code. To be called first thing in `main`: the process gives up its rights to open files and to take memory.
pub fn serve_worker(arguments: &[OsString]) -> u8 {
    let Some(told) = Told::read(arguments) else { return 2 };
    let worker = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || serve(told));
    match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => 0,
        _ => 1,
    }
}

fn serve(told: Told) -> io::Result<()> {
    // A parser that hangs does not notice that nobody waits for it any more.
    std::thread::Builder::new().spawn(end_with_parent)?;
    restrict(told)?;
    write(&greeting())?;
    let mut pool = None;
    let (mut items, mut text, mut out) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let mut head = [0; Head::LEN];
        if !read_or_end(&mut head)? {
            return Ok(());
        }
        let head = Head::read(&head);
        limit_time(head.seconds)?;
        read(&mut items, head.count as usize * Item::LEN)?;
        let replies = out.len();
        out.resize(replies + head.count as usize * Reply::LEN, 0);
        for (ix, item) in items.chunks_exact(Item::LEN).map(Item::read).enumerate() {
            read(&mut text, item.len as usize)?;
            let encoded = encoded(item, &text, told, &mut pool);
            let len = encoded.as_ref().map_or(0, Vec::len) as u32;
            let at = replies + ix * Reply::LEN;
            Reply { is_well: encoded.is_some(), len }.put(&mut out[at..]);
            out.extend_from_slice(encoded.as_deref().unwrap_or_default());
        }
        write(&out)?;
        out.clear();
    }
}

/// The facts of a file; `None` where the extractor panics.
fn encoded(item: Item, text: &[u8], told: Told, pool: &mut Option<rayon::ThreadPool>) -> Option<Vec<u8>> {
    if item.parts <= 1 {
        let extract = || {
            #[cfg(debug_assertions)]
            if told.faults {
                super::faults::run(text);
            }
            encoded_facts(item.lang, text, 1)
        };
        return catch_unwind(extract).ok();
    }
    if pool.is_none() {
        let builder = rayon::ThreadPoolBuilder::new().num_threads(told.threads).stack_size(STACK_BYTES);
        *pool = builder.build().ok();
    }
    // Where there are no threads the file takes longer.
    let parts = if pool.is_some() { usize::from(item.parts) } else { 1 };
    let extract = || encoded_facts(item.lang, text, parts);
    catch_unwind(std::panic::AssertUnwindSafe(|| match pool {
        Some(pool) => pool.install(extract),
        None => extract(),
    }))
    .ok()
}

/// Gives up what parsing does not need. What is open stays open: the pipes, and what was there before.
fn restrict(told: Told) -> io::Result<()> {
    let limit = |resource, value| {
        let old = getrlimit(resource);
        let value = [old.current, old.maximum].into_iter().flatten().fold(value, u64::min);
        setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })
    };
    let stacks = (told.threads as u64 + 1) * STACK_BYTES as u64;
    limit(Resource::As, told.memory + stacks + PROGRAM_BYTES)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, SAID_BYTES)?;
    // The lowest number that is free is above this, so nothing can be opened; one must do for waiting on one.
    limit(Resource::Nofile, 1)?;
    rustix::thread::set_no_new_privs(true)?;
    Ok(())
}

/// The system ends this process when it has used so many seconds more.
fn limit_time(seconds: u32) -> io::Result<()> {
    let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec as u64;
    let maximum = getrlimit(Resource::Cpu).maximum;
    let current = maximum.unwrap_or(u64::MAX).min(used + 1 + u64::from(seconds));
    Ok(setrlimit(Resource::Cpu, Rlimit { current: Some(current), maximum })?)
}

/// Waits until nobody can write to standard input any more, and ends the process.
fn end_with_parent() {
    loop {
        let input = io::stdin();
        // Nothing is asked for, so only the end wakes it.
        let mut fds = [PollFd::new(&input, PollFlags::empty())];
        match poll(&mut fds, None) {
            Ok(_) if !fds[0].revents().is_empty() => std::process::exit(0),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            // It ends by the end of its input all the same.
            Err(_) => return,
        }
    }
}

fn read(out: &mut Vec<u8>, len: usize) -> io::Result<()> {
    out.clear();
    out.resize(len, 0);
    if len == 0 || read_or_end(out)? { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Fills `out` from standard input; `false` where that ends before the first byte.
fn read_or_end(out: &mut [u8]) -> io::Result<bool> {
    let (input, mut done) = (io::stdin(), 0);
    while done < out.len() {
        match rustix::io::read(&input, &mut out[done..]) {
            Ok(0) if done == 0 => return Ok(false),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => done += n,
            Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(true)
}

fn write(mut bytes: &[u8]) -> io::Result<()> {
    let output = io::stdout();
    while !bytes.is_empty() {
        match rustix::io::write(&output, bytes) {
            Ok(n) => bytes = &bytes[n..],
            Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}
