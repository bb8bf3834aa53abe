//! Answers on repositories in memory.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod budget;
mod calls;
mod context;
mod find;
mod impact;
mod patience;
mod questions;
mod scip;
mod search;
mod search_oracle;
mod table;
mod toward;

/// A text with tiers as far as they matter here: which one it is follows from measurements, which change.
fn settled(text: &str) -> String {
    let mut out = text.to_owned();
    for (tiers, word) in
        [(&["resolved", "inferred"][..], "sure"), (&["constrained", "unique", "name"], "possible")]
    {
        for tier in tiers {
            out = out.replace(&format!("({tier})"), &format!("({word})"));
            out = out.replace(&format!("({tier}, "), &format!("({word}, "));
        }
    }
    out
}
