//! What happens to files? Edits mostly; and all that moves, hides and replaces them.

use std::sync::Arc;

use lodemap_base::RelPath;
use lodemap_graph::{FileClass, is_manifest};

use super::{NAMES, Rng, Writer, mutate, path_of, text_for};
use crate::model::{Model, Step};

/// One thing that happens, as steps.
pub(super) fn operation(rng: &mut Rng, model: &Model, writers: &[&Writer]) -> Vec<Step> {
    let Some(file) = some_file(rng, model) else {
        return vec![write(rng, writers)];
    };
    let step = match rng.below(64) {
        0..=29 => edit(rng, model, file),
        30..=34 => write(rng, writers),
        35..=38 => Step::Remove(file),
        39..=43 => rename(rng, file, writers),
        44 => Step::Rename(file.clone(), other_case(&file)),
        45 => Step::Rename(file.clone(), as_package(&file)),
        46 | 47 => match some_file(rng, model) {
            Some(other) => Step::Swap(file, other),
            None => Step::Remove(file),
        },
        48 => Step::Copy(file, some_path(rng, writers)),
        49 => Step::Copy(some_folder(rng, model), path_of(rng.pick::<&str>(&NAMES))),
        50 | 51 => Step::Rename(some_folder(rng, model), new_folder(rng, model)),
        52 => Step::Remove(some_folder(rng, model)),
        53 | 54 => match model.ignored().iter().next() {
            Some(hidden) if rng.below(3) > 0 => Step::Unignore(hidden.clone()),
            _ => Step::Ignore(some_folder(rng, model)),
        },
        55 => {
            let folder = some_folder(rng, model);
            toggle(rng, model, &folder.join("__init__.py"))
        }
        56..=58 => match model.files().keys().filter(|p| is_manifest(p)).nth(rng.below(3)) {
            Some(manifest) if rng.below(3) > 0 => edit(rng, model, manifest.clone()),
            _ => toggle_manifest(rng, model, writers),
        },
        59 | 60 => {
            let classes = [0, FileClass::TEST, FileClass::VENDORED, FileClass::EXAMPLE | FileClass::DOCS];
            let class = FileClass(*rng.pick(&classes));
            Step::Class(file, (!rng.one_in(3)).then_some(class))
        }
        61 => Step::Touch(file),
        62 => Step::Touch(some_path(rng, writers)),
        // Gone and back within what may be one change.
        _ => {
            let bytes = model.files()[&file].clone();
            return vec![Step::Remove(file.clone()), Step::Write(file, bytes)];
        }
    };
    vec![step]
}

fn some_file(rng: &mut Rng, model: &Model) -> Option<RelPath> {
    model.files().keys().nth(rng.below(model.files().len())).cloned()
}

fn some_path(rng: &mut Rng, writers: &[&Writer]) -> RelPath {
    let writer = *rng.pick(writers);
    path_of(rng.pick::<&str>(writer.paths))
}

/// A folder that holds files; never the root.
fn some_folder(rng: &mut Rng, model: &Model) -> RelPath {
    let folders: Vec<_> =
        model.files().keys().map(RelPath::parent).filter(|p| !p.as_str().is_empty()).collect();
    if folders.is_empty() {
        return path_of("pkg");
    }
    let folder = rng.pick(&folders).clone();
    let parent = folder.parent();
    if rng.one_in(3) && !parent.as_str().is_empty() { parent } else { folder }
}

fn new_folder(rng: &mut Rng, model: &Model) -> RelPath {
    let name = *rng.pick(&["pkg", "src", "a", "tests", "vendor", "sub", "web"]);
    if rng.one_in(2) { path_of(name) } else { some_folder(rng, model).join(name) }
}

fn write(rng: &mut Rng, writers: &[&Writer]) -> Step {
    let path = some_path(rng, writers);
    let text = text_for(rng, &path);
    Step::Write(path, text.into_bytes().into())
}

fn edit(rng: &mut Rng, model: &Model, path: RelPath) -> Step {
    let bytes = mutate::mutate(rng, &path, &model.files()[&path]);
    Step::Write(path, bytes.into())
}

/// Elsewhere, under another name here, or with another extension and so maybe in another language.
fn rename(rng: &mut Rng, file: RelPath, writers: &[&Writer]) -> Step {
    let to = match rng.below(4) {
        0 => {
            let stem = file.name().rsplit_once('.').map_or(file.name(), |(stem, _)| stem);
            let extension = *rng.pick(&["py", "pyi", "rs", "js", "ts", "tsx", "mjs", "go", "c", "h", "txt"]);
            file.parent().join(&format!("{stem}.{extension}"))
        }
        1 => {
            let extension = file.extension().map_or(String::new(), |e| format!(".{e}"));
            file.parent().join(&format!("{}{extension}", rng.pick(&NAMES)))
        }
        _ => some_path(rng, writers),
    };
    Step::Rename(file, to)
}

/// `a.py` becomes `A.py`, and back.
fn other_case(file: &RelPath) -> RelPath {
    let name = file.name();
    let turned = |c: char| if c.is_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
    let (first, rest) = name.split_at(name.chars().next().map_or(0, char::len_utf8));
    file.parent().join(&format!("{}{rest}", first.chars().map(turned).collect::<String>()))
}

/// A file becomes the folder of its name, or the other way round.
fn as_package(file: &RelPath) -> RelPath {
    let (stem, extension) = file.name().rsplit_once('.').unwrap_or((file.name(), "py"));
    if matches!(stem, "__init__" | "mod" | "index") && !file.parent_str().is_empty() {
        return path_of(&format!("{}.{extension}", file.parent_str()));
    }
    let inner = match extension {
        "rs" => "mod.rs".into(),
        "py" | "pyi" => format!("__init__.{extension}"),
        _ => format!("index.{extension}"),
    };
    file.parent().join(stem).join(&inner)
}

/// A file comes or goes.
fn toggle(rng: &mut Rng, model: &Model, path: &RelPath) -> Step {
    if model.files().contains_key(path) {
        return Step::Remove(path.clone());
    }
    let text = if rng.one_in(2) { String::new() } else { text_for(rng, path) };
    Step::Write(path.clone(), Arc::from(text.as_bytes()))
}

fn toggle_manifest(rng: &mut Rng, model: &Model, writers: &[&Writer]) -> Step {
    let mut known: Vec<RelPath> = writers.iter().flat_map(|w| w.paths).map(|p| path_of(p)).collect();
    known.retain(is_manifest);
    if known.is_empty() || rng.one_in(3) {
        let name = *rng.pick(&["pyproject.toml", "setup.py", "Cargo.toml", "go.mod", "package.json"]);
        known = vec![if rng.one_in(2) { path_of(name) } else { some_folder(rng, model).join(name) }];
    }
    let path = rng.pick(&known).clone();
    if model.files().contains_key(&path) {
        return Step::Remove(path);
    }
    let text = text_for(rng, &path);
    Step::Write(path, text.into_bytes().into())
}
