//! Is there any story that an engine does not live through? Random stories, and the smallest of those that fail.

use std::fmt;

use crate::random::{Rng, random_story};
use crate::shrink::shrink;
use crate::story::Story;
use crate::twins::{Counts, Failure, Subject, Twins};

/// A story that went wrong.
#[derive(Clone, Debug)]
pub struct Found {
    /// The seed of the random story.
    pub seed: u64,
    /// What differed in it.
    pub first: Failure,
    /// What differs in the shrunk story.
    pub failure: Failure,
    /// The shrunk story.
    pub story: Story,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "LODEMAP_SEED={} goes wrong after step {}:", self.seed, self.first.step)?;
        writeln!(f, "{}", self.first.what)?;
        writeln!(f, "shrunk, after step {}:\n{}", self.failure.step, self.failure.what)?;
        writeln!(f, "to keep it, save this in fixtures/edits/:\n{}", self.story.text())
    }
}

/// What a hunt came to.
#[derive(Clone, Debug)]
pub struct Tally {
    /// How much was played, without the shrinking.
    pub counts: Counts,
    /// The first story that went wrong.
    pub found: Option<Found>,
}

/// How many stories shrinking may play.
const TRIES: usize = 3000;

/// Plays the random stories of `seeds` to subjects made by `make`, up to the first that goes wrong; `go_on` is
/// asked before each.
pub fn hunt(
    make: &dyn Fn() -> Box<dyn Subject>,
    seeds: impl IntoIterator<Item = u64>,
    go_on: &mut dyn FnMut(Counts) -> bool,
) -> Tally {
    let mut twins = Twins::new(make);
    for seed in seeds {
        if !go_on(twins.counts) {
            break;
        }
        let story = random_story(&mut Rng::new(seed));
        if let Err(first) = twins.play(&story) {
            let counts = twins.counts;
            let mut small = shrink(&story, TRIES, &mut |s| twins.play(s).is_err());
            small.about = format!("Found by seed {seed}.");
            let failure = twins.play(&small).err().unwrap_or_else(|| first.clone());
            return Tally { counts, found: Some(Found { seed, first, failure, story: small }) };
        }
    }
    Tally { counts: twins.counts, found: None }
}
