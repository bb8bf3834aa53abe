//! Does an engine live through everything? Random stories for as long as one likes.
//!
//! What the tests do with a few dozen stories, for minutes or a night. A failure is shrunk and saved as a story in
//! `fixtures/edits/`, where the tests play it from then on. With `--sabotage` the engine is wrong on purpose, and
//! not to find it is the failure. The same on a real file system, with threads and git, are the long forms of the tests:
//! `LODEMAP_RUNS=20 cargo test --release -p lodemap-host --test live`.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use clap::Parser;
use lodemap_engine::Engine;
use lodemap_testkit::{Counts, Found, KINDS, Subject, hunt, sabotaged};

use crate::Outcome;

/// Plays random stories to an engine beside new ones.
#[derive(Parser)]
#[command(name = "cargo xtask soak", disable_version_flag = true)]
struct Args {
    /// For so many minutes
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// The first seed; the others follow it, and without one the clock gives it
    #[arg(long)]
    seed: Option<u64>,
    /// At most so many stories
    #[arg(long)]
    stories: Option<u64>,
    /// Stories at a time
    #[arg(long, default_value_t = 2)]
    threads: u64,
    /// Spoil the engine in this way and expect that it is found
    #[arg(long, value_name = "KIND")]
    sabotage: Option<String>,
}

pub(crate) fn run(root: &Path, args: &[String]) -> Result<Outcome> {
    let Some(args) = crate::parse_args::<Args>(args)? else { return Ok(Outcome::Clean) };
    let make = maker(args.sabotage.as_deref())?;
    let clock =
        || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs() % 1_000_000 * 1_000_000);
    let seed = args.seed.unwrap_or_else(clock);
    eprintln!("soak: stories from seed {seed} on");
    // Panics of engines are results here, told with their story; shrinking would print thousands.
    std::panic::set_hook(Box::new(|_| {}));
    let begun = Instant::now();
    let (counts, found) = soak(&*make, &args, seed, begun);
    _ = std::panic::take_hook();
    println!("soak: {}", summary(counts, begun.elapsed()));
    match (found, &args.sabotage) {
        (Some(found), None) => {
            println!("{found}");
            let path = format!("fixtures/edits/found-by-seed-{}.txt", found.seed);
            fs::write(root.join(&path), found.story.text())
                .with_context(|| format!("{path} cannot be written"))?;
            println!("soak: the story is saved as {path}");
            Ok(Outcome::Problems)
        }
        (Some(found), Some(kind)) => {
            println!("{found}\nsoak: `{kind}` was found, as it should be");
            Ok(Outcome::Clean)
        }
        (None, Some(kind)) => {
            println!("soak: `{kind}` was not found: the stories are too tame, or it does no harm");
            Ok(Outcome::Problems)
        }
        (None, None) => Ok(Outcome::Clean),
    }
}

type Make = dyn Fn() -> Box<dyn Subject> + Sync;

/// Who lives through the stories: this is where an engine that is spoiled inside comes in too.
fn maker(kind: Option<&str>) -> Result<Box<Make>> {
    let Some(kind) = kind else { return Ok(Box::new(|| Box::new(Engine::new()))) };
    let Some(kind) = KINDS.iter().find(|k| **k == kind) else {
        bail!("there is no sabotage `{kind}`; there are {}", KINDS.join(", "));
    };
    Ok(Box::new(|| sabotaged(kind).expect("the kind is one of the list")))
}

/// Hunts on several threads, each on every n-th seed, up to the first find.
fn soak(make: &Make, args: &Args, seed: u64, begun: Instant) -> (Counts, Option<Found>) {
    let limit = Duration::from_secs_f64(args.minutes.max(0.0) * 60.0);
    let threads = args.threads.max(1);
    let last = args.stories.map_or(u64::MAX, |n| seed.saturating_add(n));
    let stop = AtomicBool::new(false);
    let all: Mutex<(Vec<Counts>, Option<Found>)> =
        Mutex::new((vec![Counts::default(); threads as usize], None));
    let hunter = |thread: u64| {
        let mut told = begun;
        let seeds = (seed + thread..last).step_by(threads as usize);
        let tally = hunt(&|| make(), seeds, &mut |counts| {
            all.lock().expect("nobody panics while it is held").0[thread as usize] = counts;
            if thread == 0 && told.elapsed() > Duration::from_secs(10) {
                told = Instant::now();
                let total = total(&all.lock().expect("nobody panics while it is held").0);
                eprintln!("soak: {}", summary(total, begun.elapsed()));
            }
            !stop.load(Ordering::Relaxed) && begun.elapsed() < limit
        });
        let mut all = all.lock().expect("nobody panics while it is held");
        all.0[thread as usize] = tally.counts;
        if tally.found.is_some() {
            stop.store(true, Ordering::Relaxed);
            all.1 = all.1.take().or(tally.found);
        }
    };
    std::thread::scope(|scope| {
        (0..threads).for_each(|thread| _ = scope.spawn(move || hunter(thread)));
    });
    let (counts, found) = all.into_inner().expect("nobody panics while it is held");
    (total(&counts), found)
}

fn total(all: &[Counts]) -> Counts {
    all.iter().fold(Counts::default(), |a, b| Counts {
        stories: a.stories + b.stories,
        edits: a.edits + b.edits,
        applies: a.applies + b.applies,
        comparisons: a.comparisons + b.comparisons,
    })
}

fn summary(c: Counts, time: Duration) -> String {
    let seconds = time.as_secs_f64().max(1e-9);
    format!(
        "{} stories ({:.1} a second), {} edits ({:.0} a second), {} change sets, {} comparisons in {:.0} s",
        c.stories,
        c.stories as f64 / seconds,
        c.edits,
        c.edits as f64 / seconds,
        c.applies,
        c.comparisons,
        seconds
    )
}
