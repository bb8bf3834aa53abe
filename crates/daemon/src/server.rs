//! One daemon for all repositories of a user, and for all who ask.
//!
//! At the edge tokio watches sockets and clocks. What is asked goes through a queue in which clients take turns, to a
//! few threads that answer; a client that floods or does not read is nobody else's concern.

pub(crate) mod client;
mod connection;
pub(crate) mod events;
mod fair;
mod frames;
pub(crate) mod jobs;
mod limits;
mod outbox;
mod past;
mod queue;
mod registry;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lodemap_host::{OpenOptions, peak_rss_bytes, resident_bytes};
use lodemap_wire::{Problem, ProblemKind, SCHEMA};
use serde::Serialize;
use tokio::net::{UnixListener, UnixStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::ask::Room;
use crate::event_log::EventLog;
use crate::hello::Hello;
use crate::hello::PROTOCOL;
use crate::place::{Lock, Place, PlaceError, is_trusted};
use jobs::Job;
pub use limits::Limits;
use queue::{Class, Queue, Turn};
use registry::{Registry, RepositoryStatus};

/// What a daemon is to be like.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// How repositories are opened; their roots are named by those who ask.
    pub open: OpenOptions,
    /// It leaves when nobody was there for so long.
    pub idle: Duration,
    /// So many repositories may be open.
    pub repositories: usize,
    /// So many bytes may they hold.
    pub memory: u64,
    /// What is taken from clients.
    pub limits: Limits,
    /// Where new states are written down.
    pub event_log: Option<Arc<EventLog>>,
}

/// Three hours: a working day has longer breaks than that only once.
pub const DEFAULT_IDLE: Duration = Duration::from_secs(3 * 3600);
/// More than somebody works on at a time.
pub const DEFAULT_REPOSITORIES: usize = 16;
/// Linux and a few others.
pub const DEFAULT_MEMORY: u64 = 4 << 30;

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            open: OpenOptions::default(),
            idle: DEFAULT_IDLE,
            repositories: DEFAULT_REPOSITORIES,
            memory: DEFAULT_MEMORY,
            limits: Limits::default(),
            event_log: None,
        }
    }
}

/// Why a daemon does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// There is no place for it.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// Another one runs.
    #[error(
        "a daemon is running already; `lodemap daemon status` tells of it, `lodemap daemon stop` ends it"
    )]
    Running,
    /// The address cannot be listened at.
    #[error("{address} cannot be listened at ({error}); give another address, or port 0 for a free one")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// What the system said.
        error: std::io::Error,
    },
    /// The system does not let it begin.
    #[error("the daemon cannot start: {0}; close other programs and try again")]
    Start(std::io::Error),
}

/// What all parts of a daemon share.
pub(crate) struct Shared {
    pub(crate) limits: Limits,
    hello: Hello,
    socket: Option<PathBuf>,
    pub(crate) registry: Registry<Job>,
    queue: Mutex<Queue>,
    pub(crate) room: Room,
    wake: Condvar,
    is_over: AtomicBool,
    is_tidying: AtomicBool,
    pub(crate) leaving: watch::Sender<bool>,
    pub(crate) clients: AtomicUsize,
    begun: Instant,
    /// Milliseconds after the begin when somebody was last there.
    active: AtomicU64,
    answered: AtomicU64,
    /// Answers that were left off because nobody waited for them any more.
    pub(crate) stopped: AtomicU64,
}

/// The state of a daemon.
#[derive(Serialize)]
struct DaemonStatus<'a> {
    schema: u32,
    generation: u64,
    version: &'a str,
    protocol: u32,
    pid: u32,
    socket: Option<String>,
    uptime_seconds: u64,
    clients: usize,
    waiting: usize,
    running: usize,
    answered: u64,
    /// Of these, such as were left off because nobody waited any more.
    stopped: u64,
    /// The most long answers that were worked at together.
    long_at_once: usize,
    memory: Memory,
    repositories: Vec<RepositoryStatus>,
}

#[derive(Serialize)]
struct Memory {
    resident: u64,
    peak: u64,
}

/// Runs a daemon until it is told to leave, or nobody came for long. `ready` is called once it can be reached.
pub fn serve(place: &Place, options: &ServeOptions, ready: impl FnOnce()) -> Result<(), ServeError> {
    place.prepare()?;
    let lock = place.lock()?.ok_or(ServeError::Running)?;
    let shared = Arc::new(Shared::new(Some(place.socket()), options));
    let result = run_edge(&shared, accept(&shared, place, options.idle, ready));
    drop::<Lock>(lock);
    result
}

/// Runs what watches sockets and clocks, with the threads that answer behind it, until it ends.
pub(crate) fn run_edge(
    shared: &Arc<Shared>,
    edge: impl Future<Output = Result<(), ServeError>>,
) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("lodemap-edge")
        .enable_all()
        .build()
        .map_err(ServeError::Start)?;
    let workers = Workers::start(shared)?;
    let result = runtime.block_on(edge);
    workers.end();
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

/// As much as a repository's own threads have; only what is used of it costs memory.
const STACK: usize = 64 << 20;

/// The threads that answer.
pub(crate) struct Workers {
    shared: Arc<Shared>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Workers {
    pub(crate) fn start(shared: &Arc<Shared>) -> Result<Self, ServeError> {
        let mut threads = Vec::new();
        for number in 0..shared.limits.workers {
            let for_thread = shared.clone();
            let worker = std::thread::Builder::new().name(format!("lodemap-answer-{number}"));
            let worker = worker.stack_size(STACK).spawn(move || jobs::work(&for_thread));
            threads.push(worker.map_err(ServeError::Start)?);
        }
        Ok(Self { shared: shared.clone(), threads })
    }

    /// Begins nothing more, and saves what was learnt. Whoever is still at work is not waited for.
    pub(crate) fn end(self) {
        self.shared.end();
        let ended = self.threads.into_iter().filter(std::thread::JoinHandle::is_finished);
        ended.for_each(|worker| _ = worker.join());
        self.shared.registry.close_all();
    }
}

/// Takes clients until it is time to leave, and lets those go that are here.
async fn accept(
    shared: &Arc<Shared>,
    place: &Place,
    idle: Duration,
    ready: impl FnOnce(),
) -> Result<(), ServeError> {
    let socket = place.socket();
    let failed = |error| ServeError::Place(place.failed(&socket, error));
    // The lock is ours, so whoever left this is gone.
    match std::fs::remove_file(&socket) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed(e)),
        _ => {}
    }
    let listener = UnixListener::bind(&socket).map_err(failed)?;
    let only_ours = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::chmod(&socket, only_ours).map_err(|e| failed(e.into()))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Start)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Start)?;
    let mut leaving = shared.leaving.subscribe();
    let mut tick = tokio::time::interval(idle.min(HOUSEKEEPING).max(Duration::from_millis(10)));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    shared.note_activity();
    ready();
    let mut number = 0;
    loop {
        tokio::select! {
            _ = leaving.wait_for(|leaving| *leaving) => break,
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = tick.tick() => {
                if shared.is_idle(idle) {
                    break;
                }
                keep_house(shared);
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    number += 1;
                    admit(shared, stream, number);
                }
                // Too many files are open: some will be closed.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
        }
    }
    shared.leave();
    drop(listener);
    // Whoever comes now finds nobody, and starts another that waits for the lock.
    _ = std::fs::remove_file(&socket);
    let deadline = Instant::now() + shared.limits.drain;
    while shared.is_busy() && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// Looks so often whether anything is to be tidied up.
pub(crate) const HOUSEKEEPING: Duration = Duration::from_secs(15);

pub(crate) fn keep_house(shared: &Arc<Shared>) {
    // One that waits for a long step is enough.
    if shared.is_tidying.swap(true, Ordering::AcqRel) {
        return;
    }
    let shared = shared.clone();
    tokio::task::spawn_blocking(move || {
        shared.registry.keep_house().into_iter().for_each(|again| jobs::open(&shared, again));
        shared.is_tidying.store(false, Ordering::Release);
    });
}

/// Lets a client in, if it is the same user's and there is room.
fn admit(shared: &Arc<Shared>, stream: UnixStream, number: u64) {
    let is_ours = stream.peer_cred().is_ok_and(|peer| is_trusted(peer.uid()));
    if !is_ours {
        return;
    }
    let before = shared.clients.fetch_add(1, Ordering::AcqRel);
    if before >= shared.limits.clients {
        shared.clients.fetch_sub(1, Ordering::AcqRel);
        let problem = Problem::new(ProblemKind::Busy, "too many clients are connected; close some");
        let message = lodemap_wire::Outgoing::Error(None, problem).to_bytes();
        // Whoever does not read it sees that the connection ends.
        _ = lodemap_wire::frame(&message).map(|frame| stream.try_write(&frame));
        return;
    }
    shared.note_activity();
    let shared = shared.clone();
    tokio::spawn(async move {
        let _leave = Leave(shared.clone());
        connection::serve(shared, stream, number).await;
    });
}

/// Counts a client off, however its task ends.
struct Leave(Arc<Shared>);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.note_activity();
        self.0.clients.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Shared {
    pub(crate) fn new(socket: Option<PathBuf>, options: &ServeOptions) -> Self {
        let limits = options.limits.clone();
        Self {
            hello: Hello::of_this_program(options.open.cache.as_deref(), limits.frame),
            socket,
            registry: Registry::new(options),
            queue: Mutex::new(Queue::new(&limits)),
            room: Room::new(limits.long, STACK),
            wake: Condvar::new(),
            is_over: AtomicBool::new(false),
            is_tidying: AtomicBool::new(false),
            leaving: watch::Sender::new(false),
            clients: AtomicUsize::new(0),
            begun: Instant::now(),
            active: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            stopped: AtomicU64::new(0),
            limits,
        }
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues work, or says that there is no room for it.
    pub(crate) fn begin(&self, job: Job) {
        let refused = self.queue().push(job).err();
        self.wake.notify_one();
        if let Some(job) = refused {
            let message = "too much waits already; ask again in a moment";
            (job.reply)(Err(Problem::new(ProblemKind::Busy, message)));
        }
    }

    /// Has a client's queue rest while it does not read, or go on.
    pub(crate) fn hold(&self, lane: u64, is_held: bool) {
        self.queue().hold(lane, is_held);
        self.wake.notify_all();
    }

    /// Queues work again that had to wait for a repository.
    pub(crate) fn put_back(&self, job: Job) {
        self.queue().put_back(job);
        self.wake.notify_one();
    }

    /// Waits for work; `None` once there will be none.
    fn next(&self) -> Option<Turn> {
        let mut queue = self.queue();
        loop {
            if self.is_over.load(Ordering::Acquire) {
                return None;
            }
            if let Some(next) = queue.take() {
                return Some(next);
            }
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn done(&self, class: Class, client: u64, time: Duration) {
        self.answered.fetch_add(1, Ordering::Relaxed);
        self.queue().done(class, client, time);
        self.wake.notify_one();
    }

    /// Drops what a client that left waits for.
    pub(crate) fn forget(&self, lane: u64) {
        let dropped = self.queue().forget(lane);
        drop(dropped);
        self.registry.held().iter().for_each(|held| _ = held.hub.remove(lane));
    }

    /// It is time to leave: nothing new is begun.
    pub(crate) fn leave(&self) {
        self.leaving.send_replace(true);
    }

    /// Nothing at all is begun.
    fn end(&self) {
        let queue = self.queue();
        self.is_over.store(true, Ordering::Release);
        drop(queue);
        self.wake.notify_all();
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.clients.load(Ordering::Acquire) > 0 || self.queue().running() > 0
    }

    pub(crate) fn note_activity(&self) {
        self.active.store(self.begun.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    fn is_idle(&self, idle: Duration) -> bool {
        let last = Duration::from_millis(self.active.load(Ordering::Relaxed));
        !self.is_busy() && self.begun.elapsed().saturating_sub(last) >= idle
    }

    /// How the daemon is, as JSON.
    pub(crate) fn status(&self) -> Result<String, Problem> {
        let (waiting, running) = {
            let queue = self.queue();
            (queue.waiting(), queue.running())
        };
        let status = DaemonStatus {
            schema: SCHEMA,
            generation: 0,
            version: &self.hello.version,
            protocol: PROTOCOL,
            pid: std::process::id(),
            socket: self.socket.as_ref().map(|socket| socket.display().to_string()),
            uptime_seconds: self.begun.elapsed().as_secs(),
            clients: self.clients.load(Ordering::Relaxed),
            waiting,
            // This question is one of them.
            running: running.saturating_sub(1),
            answered: self.answered.load(Ordering::Relaxed),
            stopped: self.stopped.load(Ordering::Relaxed),
            long_at_once: self.room.most(),
            memory: Memory { resident: resident_bytes(), peak: peak_rss_bytes() },
            repositories: self.registry.status(),
        };
        serde_json::to_string(&status).map_err(|e| Problem::new(ProblemKind::Internal, e.to_string()))
    }
}
