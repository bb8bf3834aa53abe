//! A folder in memory that fails when it is told to, and forgets what was not synced: for tests.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::folder::{Entry, Folder, Source};

/// A step that a file system takes for [`Folder::write`] and [`Folder::remove`]; any of them can be lost in a crash
/// until the sync after it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// A file is made.
    Create(String),
    /// Bytes are appended to it.
    Append(String, Vec<u8>),
    /// What was appended to a file is safe from here on.
    SyncFile(String),
    /// A file takes the place of another.
    Rename(String, String),
    /// A file goes.
    Remove(String),
    /// Names are as they were here, at least.
    SyncFolder,
}

/// A folder in memory.
#[derive(Clone, Default)]
pub struct SimulatedFolder(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    files: BTreeMap<String, (Arc<Vec<u8>>, SystemTime)>,
    /// All that was done, for images of crashes.
    steps: Vec<Step>,
    clock: u64,
    /// The step, counted from now, that fails; later ones go well again.
    fails_at: Option<usize>,
    is_locked: bool,
}

impl State {
    fn step(&mut self, step: Step) -> io::Result<()> {
        if let Some(left) = &mut self.fails_at {
            if *left == 0 {
                self.fails_at = None;
                // Half of it may have been done.
                if let Step::Append(name, bytes) = &step {
                    self.do_step(Step::Append(name.clone(), bytes[..bytes.len() / 2].to_vec()));
                }
                return Err(io::Error::new(io::ErrorKind::StorageFull, "no space left on device"));
            }
            *left -= 1;
        }
        self.do_step(step);
        Ok(())
    }

    fn do_step(&mut self, step: Step) {
        self.clock += 1;
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(self.clock);
        apply(&mut self.files, &step, now);
        self.steps.push(step);
    }
}

fn apply(files: &mut BTreeMap<String, (Arc<Vec<u8>>, SystemTime)>, step: &Step, now: SystemTime) {
    match step {
        Step::Create(name) => _ = files.insert(name.clone(), (Arc::default(), now)),
        Step::Append(name, bytes) => {
            if let Some((content, _)) = files.get_mut(name) {
                Arc::make_mut(content).extend_from_slice(bytes);
            }
        }
        Step::Rename(from, to) => {
            if let Some(file) = files.remove(from) {
                files.insert(to.clone(), file);
            }
        }
        Step::Remove(name) => _ = files.remove(name),
        Step::SyncFile(_) | Step::SyncFolder => {}
    }
}

impl SimulatedFolder {
    /// A folder with these files.
    pub fn with(files: BTreeMap<String, Vec<u8>>) -> Self {
        let folder = Self::default();
        let stored = files.into_iter().map(|(n, b)| (n, (Arc::new(b), SystemTime::UNIX_EPOCH)));
        folder.state().files = stored.collect();
        folder
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the step after so many more fail.
    pub fn fail_after(&self, steps: usize) {
        self.state().fails_at = Some(steps);
    }

    /// All that was done so far.
    pub fn steps(&self) -> Vec<Step> {
        self.state().steps.clone()
    }

    /// The files as they are.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.state().files.iter().map(|(n, (b, _))| (n.clone(), b.to_vec())).collect()
    }

    /// What a crash can leave after some steps: each that no sync made safe was done, or not, or by half.
    ///
    /// `choice` is asked for each such step: 0 for not, 1 for done, 2 for an append by half, or one of zeros.
    pub fn after_crash(steps: &[Step], choice: &mut dyn FnMut() -> u8) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        for (ix, step) in steps.iter().enumerate() {
            let later = &steps[ix + 1..];
            let is_safe = match step {
                Step::Append(name, _) => later.iter().any(|s| matches!(s, Step::SyncFile(n) if n == name)),
                // A synced file has a name, whatever was synced of the folder.
                Step::Create(name) => later.iter().any(|s| match s {
                    Step::SyncFile(n) => n == name,
                    other => *other == Step::SyncFolder,
                }),
                Step::Rename(..) | Step::Remove(_) => later.contains(&Step::SyncFolder),
                Step::SyncFile(_) | Step::SyncFolder => true,
            };
            let choice = if is_safe { 1 } else { choice() };
            let step = match (step, choice) {
                (_, 0) => continue,
                (Step::Append(name, bytes), 2) => {
                    Step::Append(name.clone(), bytes[..bytes.len() / 2].to_vec())
                }
                (Step::Append(name, bytes), 3) => Step::Append(name.clone(), vec![0; bytes.len()]),
                (step, _) => step.clone(),
            };
            apply(&mut files, &step, SystemTime::UNIX_EPOCH);
        }
        files.into_iter().map(|(name, (bytes, _))| (name, bytes.to_vec())).collect()
    }
}

struct Content(Arc<Vec<u8>>);

impl Source for Content {
    fn read_at(&self, out: &mut [u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let part = start.checked_add(out.len()).and_then(|end| self.0.get(start..end));
        out.copy_from_slice(part.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

const TEMPORARY: &str = "tmp-";

impl Folder for SimulatedFolder {
    fn list(&self) -> io::Result<Vec<Entry>> {
        let state = self.state();
        let files = state.files.iter().filter(|(name, _)| !name.starts_with(TEMPORARY));
        Ok(files.map(|(n, (b, used))| Entry { name: n.clone(), len: b.len() as u64, used: *used }).collect())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Source>> {
        let state = self.state();
        let (content, _) = state.files.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Content(content.clone())))
    }

    fn write(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        let mut state = self.state();
        let temporary = format!("{TEMPORARY}{}", state.clock);
        let result = (|| {
            state.step(Step::Create(temporary.clone()))?;
            parts.iter().try_for_each(|part| state.step(Step::Append(temporary.clone(), part.to_vec())))?;
            state.step(Step::SyncFile(temporary.clone()))?;
            state.step(Step::Rename(temporary.clone(), name.to_owned()))?;
            state.step(Step::SyncFolder)
        })();
        if result.is_err() && state.files.contains_key(&temporary) {
            _ = state.step(Step::Remove(temporary));
        }
        result
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.state().step(Step::Remove(name.to_owned()))
    }

    fn mark_used(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.clock += 1;
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(state.clock);
        let (_, used) = state.files.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
        *used = now;
        Ok(())
    }

    fn clean(&self) {
        let names: Vec<String> =
            self.state().files.keys().filter(|n| n.starts_with(TEMPORARY)).cloned().collect();
        names.iter().for_each(|name| _ = self.remove(name));
    }

    fn alone(&self, f: &mut dyn FnMut()) {
        if std::mem::replace(&mut self.state().is_locked, true) {
            return;
        }
        f();
        self.state().is_locked = false;
    }
}
