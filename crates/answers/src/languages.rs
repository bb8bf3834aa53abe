//! Which languages are understood, and how deep.

use lodemap_engine::grammar::{Depth, languages as all};
use serde::Serialize;

/// All supported languages.
#[derive(Clone, Debug, Serialize)]
pub struct LanguagesAnswer {
    /// In the order of the registry.
    pub languages: Vec<LanguageRow>,
}

/// One language.
#[derive(Clone, Debug, Serialize)]
pub struct LanguageRow {
    /// Its name in options.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// File name endings.
    pub extensions: Vec<String>,
    /// Whole file names.
    pub filenames: Vec<String>,
    /// Interpreters in a `#!` line.
    pub shebangs: Vec<String>,
    /// `full`: scopes, imports and names are resolved; `files`: imports lead to files.
    pub tier: Depth,
    /// Parser and rules.
    pub version: String,
}

/// What is supported and how deep.
pub fn languages() -> LanguagesAnswer {
    let languages = all()
        .iter()
        .map(|s| LanguageRow {
            name: s.name.clone(),
            title: s.title.clone(),
            extensions: s.extensions.clone(),
            filenames: s.filenames.clone(),
            shebangs: s.shebangs.clone(),
            tier: s.depth,
            version: s.version.clone(),
        })
        .collect();
    LanguagesAnswer { languages }
}

impl LanguagesAnswer {
    /// A table for people.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for l in &self.languages {
            let tier = if l.tier == Depth::Full { "full" } else { "files" };
            let extensions: Vec<String> = l.extensions.iter().map(|e| format!(".{e}")).collect();
            out.push_str(&format!("{:<12} {:<6} {}\n", l.name, tier, extensions.join(" ")));
        }
        out
    }
}
