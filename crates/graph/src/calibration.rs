//! How sure is an edge, by the rule that made it?
//!
//! Nothing here is an opinion: `cargo xtask eval resolve` judges the edges of real repositories by what compilers
//! say, and counts per language, rule and [`Choice`] how many are right. The counts are in `calibration.toml`, and
//! the tier of an edge follows from them. What was never judged has a modest [`Calibration::unseen`] instead.
//!
//! Probabilities are whole numbers of a thousand: no float decides anything.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::answer::{Rule, Tier};

/// How many targets a reference has, and which of them an edge leads to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Choice {
    /// To the only one.
    Only,
    /// To the first of two.
    FirstOfTwo,
    /// To the first of three or more.
    FirstOfMore,
    /// To the second of two.
    LaterOfTwo,
    /// To another than the first of three or more.
    LaterOfMore,
}

impl Choice {
    /// All of them, in order.
    pub const ALL: [Self; 5] =
        [Self::Only, Self::FirstOfTwo, Self::FirstOfMore, Self::LaterOfTwo, Self::LaterOfMore];

    /// The choice of the target at `position`, from 0, among so many candidates.
    pub fn of(candidates: usize, position: usize) -> Self {
        match (candidates, position) {
            (0 | 1, _) => Self::Only,
            (2, 0) => Self::FirstOfTwo,
            (_, 0) => Self::FirstOfMore,
            (2, _) => Self::LaterOfTwo,
            _ => Self::LaterOfMore,
        }
    }

    /// The word used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Only => "only",
            Self::FirstOfTwo => "first-of-2",
            Self::FirstOfMore => "first-of-more",
            Self::LaterOfTwo => "later-of-2",
            Self::LaterOfMore => "later-of-more",
        }
    }
}

/// How sure one kind of edge is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Confidence {
    /// How many of a thousand are right.
    pub per_mille: u16,
    /// The tier that follows.
    pub tier: Tier,
}

impl Confidence {
    /// The tier follows from the probability alone, but that the best match of a bare name stays a guess.
    fn new(rule: Rule, choice: Choice, per_mille: u16) -> Self {
        let tier = match per_mille {
            970.. if rule != Rule::Name => Tier::Resolved,
            850.. if rule != Rule::Name => Tier::Inferred,
            600.. => Tier::Constrained,
            _ if rule == Rule::Name && choice == Choice::Only => Tier::Unique,
            _ => Tier::Name,
        };
        Self { per_mille, tier }
    }
}

/// How sure the edges of one language are.
#[derive(Clone, Debug)]
pub struct Confidences([[Confidence; Choice::ALL.len()]; Rule::ALL.len()]);

impl Confidences {
    /// How sure an edge is.
    pub fn of(&self, rule: Rule, choice: Choice) -> Confidence {
        self.0[rule as usize][choice as usize]
    }
}

/// How sure edges are, language by language.
pub struct Calibration {
    /// Few enough to be searched from the front.
    languages: Vec<(String, Confidences)>,
    any: Confidences,
}

/// One line of the table: how many edges were judged, how many of them were right, and what follows.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Cell {
    judged: u32,
    right: u32,
    p: u16,
}

/// Language, rule, choice.
type Table = BTreeMap<String, BTreeMap<String, BTreeMap<String, Cell>>>;

impl Calibration {
    /// The name under which the table keeps all languages together, for those that were never judged.
    pub const ANY: &str = "any";

    /// The one that this program was built with.
    pub fn built_in() -> &'static Self {
        static BUILT_IN: OnceLock<Calibration> = OnceLock::new();
        BUILT_IN.get_or_init(|| {
            Self::parse(include_str!("../calibration.toml")).expect("because a test parses the same text")
        })
    }

    /// Reads a table.
    pub fn parse(text: &str) -> Result<Self, String> {
        let table: Table = toml::from_str(text).map_err(|e| e.to_string())?;
        let unseen = Rule::ALL
            .map(|rule| Choice::ALL.map(|choice| Confidence::new(rule, choice, Self::unseen(rule, choice))));
        let mut any = Confidences(unseen);
        if let Some(rules) = table.get(Self::ANY) {
            fill(&mut any, rules)?;
        }
        let mut languages = Vec::new();
        for (name, rules) in table.iter().filter(|(name, _)| *name != Self::ANY) {
            let mut confidences = any.clone();
            fill(&mut confidences, rules)?;
            languages.push((name.clone(), confidences));
        }
        Ok(Self { languages, any })
    }

    /// How sure the edges of files in this language are; where it was never judged, as sure as in those that were.
    pub fn of(&self, language: &str) -> &Confidences {
        self.languages.iter().find(|(name, _)| name == language).map_or(&self.any, |(_, c)| c)
    }

    /// What is taken for true, of a thousand, where nothing was judged in any language.
    ///
    /// Enough for a rule to be followed as long as it leads to one target, never enough for a fact.
    pub fn unseen(rule: Rule, choice: Choice) -> u16 {
        match (rule, choice) {
            (Rule::Name, Choice::Only) => 500,
            (Rule::Name, Choice::FirstOfTwo | Choice::FirstOfMore) => 300,
            (Rule::Name, _) => 200,
            (_, Choice::Only) => 900,
            (_, Choice::FirstOfTwo | Choice::FirstOfMore) => 800,
            _ => 500,
        }
    }
}

fn fill(
    confidences: &mut Confidences,
    rules: &BTreeMap<String, BTreeMap<String, Cell>>,
) -> Result<(), String> {
    for (word, cells) in rules {
        let rule = Rule::from_word(word).ok_or_else(|| format!("there is no rule called `{word}`"))?;
        for (word, cell) in cells {
            let choice = Choice::ALL.into_iter().find(|c| c.as_str() == word);
            let choice = choice.ok_or_else(|| format!("there is no choice called `{word}`"))?;
            if cell.right > cell.judged || cell.p > 1000 {
                return Err(format!("more are right than there are: {cell:?}"));
            }
            confidences.0[rule as usize][choice as usize] = Confidence::new(rule, choice, cell.p);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_table_is_sound() {
        Calibration::parse(include_str!("../calibration.toml")).unwrap();
    }

    #[test]
    fn rules_are_indexed_by_their_order() {
        for (ix, rule) in Rule::ALL.into_iter().enumerate() {
            assert_eq!((rule as usize, Rule::from_word(rule.as_str())), (ix, Some(rule)));
        }
        for (ix, choice) in Choice::ALL.into_iter().enumerate() {
            assert_eq!(choice as usize, ix);
        }
    }

    #[test]
    fn tiers_follow_from_the_table() {
        let calibration = Calibration::parse(
            "[any.glob]\nonly = { judged = 9, right = 9, p = 970 }\n\
             [any.name]\nonly = { judged = 9, right = 9, p = 990 }\n\
             first-of-2 = { judged = 9, right = 5, p = 599 }\n\
             [rust.glob]\nfirst-of-2 = { judged = 9, right = 5, p = 600 }\n\
             later-of-2 = { judged = 9, right = 5, p = 599 }\n\
             [rust.scope]\nonly = { judged = 9, right = 9, p = 969 }\n",
        )
        .unwrap();
        let tier = |language, rule, choice| calibration.of(language).of(rule, choice).tier;
        assert_eq!(tier("rust", Rule::Scope, Choice::Only), Tier::Inferred);
        assert_eq!(tier("rust", Rule::Glob, Choice::FirstOfTwo), Tier::Constrained);
        assert_eq!(tier("rust", Rule::Glob, Choice::LaterOfTwo), Tier::Name);
        // Not judged in Rust, but elsewhere; not judged at all.
        assert_eq!(tier("rust", Rule::Glob, Choice::Only), Tier::Resolved);
        assert_eq!(tier("go", Rule::Glob, Choice::Only), Tier::Resolved);
        assert_eq!(tier("go", Rule::Package, Choice::Only), Tier::Inferred);
        assert_eq!(tier("go", Rule::Package, Choice::LaterOfMore), Tier::Name);
        // A name that happens to be right is a guess all the same.
        assert_eq!(tier("go", Rule::Name, Choice::Only), Tier::Constrained);
        assert_eq!(tier("go", Rule::Name, Choice::FirstOfTwo), Tier::Name);
        let unmeasured = Calibration::parse("").unwrap();
        assert_eq!(unmeasured.of("go").of(Rule::Name, Choice::Only).tier, Tier::Unique);
    }

    #[test]
    fn a_table_that_is_not_understood_is_an_error() {
        for (text, part) in [
            ("[rust.guess]\nonly = { judged = 1, right = 1, p = 1 }", "`guess`"),
            ("[rust.glob]\nsome = { judged = 1, right = 1, p = 1 }", "`some`"),
            ("[rust.glob]\nonly = { judged = 1, right = 1, p = 1001 }", "more are right"),
            ("[rust.glob]\nonly = { judged = 1, right = 2, p = 900 }", "more are right"),
            ("[rust.glob]\nonly = { judged = 1, right = 1 }", "`p`"),
        ] {
            let error = Calibration::parse(text).err().unwrap();
            assert!(error.contains(part), "{error}");
        }
    }
}
