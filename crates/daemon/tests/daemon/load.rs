//! Ordinary clients beside one that floods and a hundred that do not read: what they wait, alone and so. Wall time is
//! printed and not judged, for machines have other things to do; what is judged is who comes before whom.
//!
//! The three situations take turns of a second each, since a machine that others use too changes from minute to minute.
//!
//! `LODEMAP_LOAD=SECONDS cargo nextest run --no-capture -p lodemap-daemon -E 'test(load)'` measures for so long, and
//! with `LODEMAP_THINK=MS` each ordinary client rests between its questions.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use lodemap_daemon::Limits;
use lodemap_wire::frame;
use serde_json::json;

use crate::bed::{Bed, Repo};
use crate::queues::message;

/// So many files has the repository.
fn files() -> usize {
    number("LODEMAP_FILES", 800) as usize
}

const ORDINARY: usize = 64;
const STALLED: usize = 100;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

fn repository(bed: &Bed) -> Repo {
    let all = files();
    let files: Vec<(String, String)> = (0..all)
        .map(|n| {
            let calls: String = (1..6).map(|k| format!("    work_{}(item)\n", (n * k) % all)).collect();
            let text = format!(
                "from pkg.part{0} import work_{0}\n\n\nclass Name{n}:\n    def lend_{n}(self, pool):\n        \
                 return pool\n\n\ndef work_{n}(item):\n    \"\"\"Lends an item of the pool.\"\"\"\n{calls}",
                (n + 1) % all
            );
            (format!("pkg/part{n}.py"), text)
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    bed.repository("repo", &files)
}

/// What the ordinary ones wait, for a second.
fn ordinary(bed: &Bed, repo: &Repo) -> Vec<Duration> {
    let end = Instant::now() + Duration::from_secs(1);
    let think = Duration::from_millis(number("LODEMAP_THINK", 0));
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..ORDINARY)
            .map(|client| {
                scope.spawn(move || {
                    let (mut asker, mut waits, mut n) = (bed.client(), vec![], client);
                    while Instant::now() < end {
                        n = (n + 37) % files();
                        let asked = json!({"subject": format!("pkg/part{n}.py#work_{n}")});
                        let begun = Instant::now();
                        let targets = &repo.json(&mut asker, "definition", asked)["targets"];
                        waits.push(begun.elapsed());
                        assert_eq!(targets[0]["line"], 9, "{targets}");
                        std::thread::sleep(think);
                    }
                    waits
                })
            })
            .collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    })
}

/// Waits until the daemon has nothing to do.
fn at_rest(bed: &Bed) {
    let end = Instant::now() + Duration::from_secs(20);
    let is_busy = || {
        let status = bed.status();
        status["waiting"] != 0 || status["running"] != 0
    };
    while is_busy() {
        assert!(Instant::now() < end, "{}", bed.status());
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn at(waits: &[Duration], part: f64) -> f64 {
    waits[((waits.len() - 1) as f64 * part) as usize].as_secs_f64() * 1000.0
}

/// Floods with contexts as fast as they are answered, or refused.
fn flood(bed: &Bed, repo: &Repo, is_over: &AtomicBool, answered: &AtomicUsize) {
    let mut client = bed.client();
    let mut n = 0;
    while !is_over.load(Ordering::Relaxed) {
        for _ in 0..64 {
            n += 1;
            let asked =
                json!({"task": format!("work_{} lends an item of the pool twice", n as usize % files())});
            client.send(&message(repo, n, "context", asked)).unwrap();
        }
        for _ in 0..64 {
            let is_answered = client.read().unwrap().result.is_some();
            answered.fetch_add(usize::from(is_answered), Ordering::Relaxed);
        }
    }
}

/// Ends the flood, whatever happens.
struct End<'f>(&'f AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Asks for large answers and reads none.
fn stall(bed: &Bed, repo: &Repo) -> UnixStream {
    let mut stream = bed.raw();
    stream.set_write_timeout(Some(Duration::from_millis(50))).unwrap();
    for n in 0..40 {
        let asked = message(repo, n, "symbols", json!({"limit": 0, "format": "both"}));
        if stream.write_all(&frame(&asked.to_bytes()).unwrap()).is_err() {
            break;
        }
    }
    stream
}

#[test]
fn ordinary_clients_beside_others() {
    let bed = Bed::new();
    let repo = repository(&bed);
    let mut client = bed.client();
    repo.json(&mut client, "context", json!({"task": "warm up work_1"}));
    let seconds = number("LODEMAP_LOAD", 1);
    let answered = AtomicUsize::new(0);
    let beside = |stalled: usize| {
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let _end = End(&is_over);
            scope.spawn(|| flood(&bed, &repo, &is_over, &answered));
            let stalled: Vec<UnixStream> = (0..stalled).map(|_| stall(&bed, &repo)).collect();
            let waits = ordinary(&bed, &repo);
            drop(stalled);
            waits
        })
    };
    let situations = ["alone", "beside a flood", "beside a flood and a hundred that do not read"];
    let mut waits = [vec![], vec![], vec![]];
    for _ in 0..seconds {
        // What others left behind is not to be waited for by whoever comes next.
        at_rest(&bed);
        waits[0].extend(ordinary(&bed, &repo));
        waits[1].extend(beside(0));
        at_rest(&bed);
        waits[2].extend(beside(STALLED));
    }
    waits.iter_mut().for_each(|waits| waits.sort_unstable());
    let alone = at(&waits[0], 0.99);
    for (situation, waits) in situations.iter().zip(&waits) {
        let (p50, p99) = (at(waits, 0.5), at(waits, 0.99));
        let (count, times) = (waits.len(), p99 / alone);
        println!("{situation}: {count} answers, p50 {p50:.1} ms, p99 {p99:.1} ms, {times:.1} times");
    }
    println!("the flood was given {} contexts", answered.load(Ordering::Relaxed));
    let (at_once, long) = (&bed.status()["long_at_once"], Limits::default().long);
    assert!(at_once.as_u64().is_some_and(|n| (1..=long as u64).contains(&n)), "{at_once} at once, of {long}");
}
