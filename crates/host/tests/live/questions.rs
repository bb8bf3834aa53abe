//! Does whoever wrote something find it in the next answer, or is told that it may not be in?

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use lodemap_host::Live;

use crate::bed::{Bed, Dice, LONG, check, has, put, times};

/// One who writes below a folder of its own, and knows what must be there.
struct Writer<'a> {
    bed: &'a Bed,
    dice: Dice,
    home: String,
    files: BTreeMap<String, String>,
    count: usize,
}

impl<'a> Writer<'a> {
    fn new(bed: &'a Bed, number: usize) -> Self {
        let dice = Dice::new(number as u64 + 1);
        Self { bed, dice, home: format!("w{number}"), files: BTreeMap::new(), count: 0 }
    }

    /// Does something and gives the paths that it concerns.
    fn act(&mut self) -> Vec<String> {
        self.count += 1;
        let text = format!("def f{}():\n    return {}\n", self.count % 7, self.count);
        let old = (!self.files.is_empty())
            .then(|| self.files.keys().nth(self.dice.roll(self.files.len())).unwrap().clone());
        match (self.dice.roll(8), old) {
            // In place.
            (0 | 1, Some(path)) => self.write(path, text),
            // Another file takes its place, as editors do it.
            (2, Some(path)) => {
                let aside = self.bed.at(&format!("{path}.tmp"));
                fs::write(&aside, &text).unwrap();
                fs::rename(aside, self.bed.at(&path)).unwrap();
                self.files.insert(path.clone(), text);
                vec![path]
            }
            (3, Some(path)) => {
                fs::remove_file(self.bed.at(&path)).unwrap();
                self.files.remove(&path);
                vec![path]
            }
            (4, Some(path)) => {
                let to = format!("{}/m{}.py", self.home, self.count);
                fs::create_dir_all(self.bed.at(&self.home)).unwrap();
                fs::rename(self.bed.at(&path), self.bed.at(&to)).unwrap();
                let text = self.files.remove(&path).unwrap();
                self.files.insert(to.clone(), text);
                vec![path, to]
            }
            (5, Some(path)) => self.move_folder(&path),
            (6, _) => {
                let path = format!("{}/d{}/e/f/n{}.py", self.home, self.dice.roll(5), self.count);
                self.write(path, text)
            }
            _ => {
                let path = format!("{}/n{}.py", self.home, self.count);
                self.write(path, text)
            }
        }
    }

    fn write(&mut self, path: String, text: String) -> Vec<String> {
        put(&self.bed.at(&path), &text);
        self.files.insert(path.clone(), text);
        vec![path]
    }

    /// The folder that holds `path` gets another name, unless it is the writer's own.
    fn move_folder(&mut self, path: &str) -> Vec<String> {
        let folder = path.rsplit_once('/').unwrap().0;
        if folder == self.home {
            return vec![path.to_owned()];
        }
        let to = format!("{}/moved{}", self.home, self.count);
        fs::rename(self.bed.at(folder), self.bed.at(&to)).unwrap();
        let below = format!("{folder}/");
        let moved: Vec<String> = self.files.keys().filter(|p| p.starts_with(&below)).cloned().collect();
        let mut concerned = moved.clone();
        for old in moved {
            let new = format!("{to}/{}", &old[below.len()..]);
            let text = self.files.remove(&old).unwrap();
            self.files.insert(new.clone(), text);
            concerned.push(new);
        }
        concerned
    }
}

/// Waits of answers, and how many were called stale.
#[derive(Default)]
struct Tally {
    waits: Vec<Duration>,
    flagged: usize,
}

impl Tally {
    /// Has a writer do something and ask.
    fn pair(&mut self, writer: &mut Writer<'_>, live: &Live, wait: Duration) {
        let mut concerned = writer.act();
        if writer.count.is_multiple_of(50) {
            concerned.extend(writer.files.keys().cloned());
        }
        let begun = Instant::now();
        let fresh = live.fresh(wait);
        self.waits.push(begun.elapsed());
        if fresh.stale {
            assert!(fresh.pending >= 1);
            self.flagged += 1;
            return;
        }
        assert_eq!(fresh.pending, 0);
        for path in concerned {
            let text = writer.files.get(&path).map(String::as_str);
            assert!(
                has(&fresh.snapshot, &path, text),
                "{path} is not what {} wrote in step {}, and nobody said so",
                writer.home,
                writer.count
            );
        }
    }

    fn add(&mut self, other: Tally) {
        self.waits.extend(other.waits);
        self.flagged += other.flagged;
    }

    fn tell(&mut self, what: &str) {
        self.waits.sort();
        let at = |part: usize| self.waits[(self.waits.len() * part / 100).min(self.waits.len() - 1)];
        println!(
            "{what}: {} pairs, {} flagged, waits: p50 {:?}, p99 {:?}, longest {:?}",
            self.waits.len(),
            self.flagged,
            at(50),
            at(99),
            at(100)
        );
    }
}

#[test]
fn whoever_wrote_finds_it() {
    let bed = Bed::new();
    let live = bed.start();
    let all = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for number in 0..4 {
            let (bed, live, all) = (&bed, &live, &all);
            scope.spawn(move || {
                let (mut tally, mut writer) = (Tally::default(), Writer::new(bed, number));
                (0..600 * times()).for_each(|_| tally.pair(&mut writer, live, LONG));
                all.lock().unwrap().add(tally);
            });
        }
    });
    let mut all = all.into_inner().unwrap();
    all.tell("four writers");
    assert_eq!(all.flagged, 0, "there was time enough");
    check(&live);
}

#[test]
fn one_who_writes_alone_finds_it_at_once() {
    let bed = Bed::new();
    let live = bed.start();
    let (mut tally, mut writer) = (Tally::default(), Writer::new(&bed, 9));
    (0..400 * times()).for_each(|_| tally.pair(&mut writer, &live, LONG));
    tally.tell("one writer");
    assert_eq!(tally.flagged, 0, "there was time enough");
    check(&live);
}

#[test]
fn in_a_storm_an_answer_is_right_or_says_that_it_may_not_be() {
    let bed = Bed::new();
    let live = bed.start();
    let done = AtomicBool::new(false);
    let all = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        let (bed, live, all, done) = (&bed, &live, &all, &done);
        scope.spawn(move || {
            for file in 0..4000 * times() {
                bed.write(&format!("storm/d{}/f{file}.py", file % 50), &format!("x = {file}\n"));
            }
            done.store(true, Ordering::Release);
        });
        for number in 0..2 {
            scope.spawn(move || {
                let (mut tally, mut writer) = (Tally::default(), Writer::new(bed, number));
                // One more than needed, so that there is an answer even where the storm is over at once.
                let waits = [0, 1, 5, 50, 2000].map(Duration::from_millis);
                for round in 0.. {
                    tally.pair(&mut writer, live, waits[round % waits.len()]);
                    if done.load(Ordering::Acquire) && round > 20 {
                        break;
                    }
                }
                all.lock().unwrap().add(tally);
            });
        }
    });
    let mut all = all.into_inner().unwrap();
    all.tell("two writers in a storm");
    assert!(all.flagged > 0, "nobody can know without waiting");
    check(&live);
}

/// Two write one file all the while, so that it is hardly ever at rest: an answer that lacks it says so.
#[test]
fn a_file_that_is_never_at_rest() {
    let bed = Bed::new();
    bed.write("busy.py", "x = 0\n");
    let live = bed.start();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (bed, done) = (&bed, &done);
        scope.spawn(move || {
            for round in 0.. {
                fs::write(bed.at("busy.py"), format!("x = {round}\n").repeat(2000)).unwrap();
                if done.load(Ordering::Acquire) {
                    return;
                }
            }
        });
        let (mut flagged, mut answered) = (0, 0);
        for round in 0..40 * times() {
            let path = format!("calm{}.py", round % 5);
            bed.write(&path, &format!("y = {round}\n"));
            let fresh = live.fresh(Duration::from_millis(100));
            if fresh.stale {
                assert!(fresh.pending >= 1);
                flagged += 1;
                continue;
            }
            answered += 1;
            let is_right = has(&fresh.snapshot, &path, Some(&format!("y = {round}\n")));
            let is_there = fresh.snapshot.world().file_at("busy.py").is_some();
            if !is_right || !is_there {
                done.store(true, Ordering::Release);
                panic!("round {round}: {path} is right: {is_right}; busy.py, which always was: {is_there}");
            }
        }
        println!("beside a busy file: {answered} answered, {flagged} flagged");
        done.store(true, Ordering::Release);
    });
    check(&live);
}
