//! The standard texts of licences, for crates that bring none of their own.

use anyhow::{Context, Result, bail};

/// The licences whose texts are at hand, the one that asks least of users first. `{copyright}` is where the text names
/// who holds the rights.
const TEXTS: [(&str, &str); 2] =
    [("MIT", include_str!("texts/MIT.txt")), ("Apache-2.0", include_str!("../../../../LICENSE-APACHE"))];

/// A crate, as its manifest tells of it.
pub(super) struct Manifest<'a> {
    pub(super) name: &'a str,
    pub(super) authors: Vec<&'a str>,
    pub(super) repository: &'a str,
    /// Its SPDX expression.
    pub(super) licence: &'a str,
}

/// What stands for the licence files of a crate: names of licences, and their texts.
pub(super) fn texts(manifest: &Manifest<'_>) -> Result<Vec<(&'static str, String)>> {
    let copyright = copyright(manifest);
    let text = |(name, text): (&'static str, &str)| (name, text.replace("{copyright}", &copyright));
    let chosen = chosen(manifest.licence).with_context(|| {
        let known = TEXTS.map(|(name, _)| name).join(", ");
        format!(
            "{} brings no text of its licence, `{}`; the texts at hand are {known}: add it to {}",
            manifest.name,
            manifest.licence,
            file!()
        )
    })?;
    Ok(chosen.into_iter().map(text).collect())
}

/// The licences that an expression is satisfied by: of several alternatives the first that is at hand.
fn chosen(expression: &str) -> Result<Vec<(&'static str, &'static str)>> {
    // What binds tighter than an alternative would have to be read as a tree; nobody writes that without a text beside.
    let has_both = expression.contains(" AND ") && (expression.contains(" OR ") || expression.contains('/'));
    if has_both || expression.contains(['(', '+']) || expression.contains(" WITH ") {
        bail!("the expression is not a plain list");
    }
    let known = |name: &str| TEXTS.into_iter().find(|(known, _)| *known == name.trim());
    if expression.contains(" AND ") {
        return expression.split(" AND ").map(|name| known(name).context("no such text")).collect();
    }
    // A slash is how alternatives were written before there were expressions.
    let alternatives: Vec<&str> = expression.split(" OR ").flat_map(|part| part.split('/')).collect();
    let is_named = |(text, _): &(&str, &str)| alternatives.iter().any(|name| name.trim() == *text);
    Ok(vec![TEXTS.into_iter().find(is_named).context("no such text")?])
}

/// Who holds the rights, as far as a manifest tells it.
fn copyright(manifest: &Manifest<'_>) -> String {
    match (manifest.authors.as_slice(), manifest.repository) {
        ([], "") => format!("Copyright (c) the authors of {}", manifest.name),
        ([], repository) => format!("Copyright (c) the authors of {} ({repository})", manifest.name),
        (authors, _) => format!("Copyright (c) {}", authors.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(licence: &str) -> Option<Vec<&'static str>> {
        Some(chosen(licence).ok()?.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn an_expression_gives_the_texts_that_satisfy_it() {
        assert_eq!(names("MIT"), Some(vec!["MIT"]));
        assert_eq!(names("Apache-2.0 OR MIT"), Some(vec!["MIT"]));
        assert_eq!(names("Apache-2.0 / MIT / MPL-2.0"), Some(vec!["MIT"]));
        assert_eq!(names("MPL-2.0 OR Apache-2.0"), Some(vec!["Apache-2.0"]));
        assert_eq!(names("MIT AND Apache-2.0"), Some(vec!["MIT", "Apache-2.0"]));
        for other in ["", "MPL-2.0", "MIT-0", "MIT AND MPL-2.0", "MIT OR (MIT AND MPL-2.0)", "MIT WITH x"] {
            assert_eq!(names(other), None, "{other}");
        }
    }

    #[test]
    fn the_text_names_who_holds_the_rights() {
        let manifest =
            |authors| Manifest { name: "a", authors, repository: "https://a.example", licence: "MIT" };
        let text = |authors| texts(&manifest(authors)).unwrap().remove(0).1;
        assert!(
            text(vec!["A <a@example.org>", "B"])
                .contains("\nCopyright (c) A <a@example.org>, B\n\nPermission")
        );
        assert!(text(vec![]).contains("\nCopyright (c) the authors of a (https://a.example)\n\nPermission"));
        let other = texts(&Manifest { licence: "MPL-2.0", ..manifest(vec![]) }).unwrap_err();
        assert!(format!("{other:#}").contains("a brings no text of its licence, `MPL-2.0`"), "{other:#}");
    }
}
