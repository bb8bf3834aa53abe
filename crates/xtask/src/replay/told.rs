//! How can a difference that a history showed be told in a few lines? The step as a story, shrunk.

use anyhow::Result;
use lodemap_base::RelPath;
use lodemap_grammar::detect;
use lodemap_graph::is_manifest;
use lodemap_testkit::{Model, Step, Story, Subject, Twins, shrink};

use super::git::{Contents, Git};
use super::state::class_of;

/// How many stories shrinking may play: at first each is a whole repository.
const TRIES: usize = 1500;

/// The smallest story that begins with files of `old` and goes wrong on the way to `new`; `None` if an engine that
/// begins there gets it right, and the difference comes from further back.
pub(super) fn tell(
    git: &Git,
    contents: &mut Contents,
    old: &str,
    new: &str,
    make: &dyn Fn() -> Box<dyn Subject>,
) -> Result<Option<Story>> {
    let mut story = Story::default();
    for (path, blob) in git.tree(old)? {
        if is_read(&path)
            && let Some(bytes) = contents.read(&blob)?
        {
            story.start.push((path, bytes.into()));
        }
    }
    let mut edits = Vec::new();
    for (path, blob) in git.changes(old, new)? {
        let bytes = blob.map(|b| contents.read(&b)).transpose()?.flatten();
        match bytes {
            Some(bytes) if is_read(&path) => edits.push(Step::Write(path, bytes.into())),
            _ => edits.push(Step::Remove(path)),
        }
    }
    // The model tells classes by simpler rules than the disk.
    let mut end = Model::new(&story.start);
    edits.iter().for_each(|e| end.take(e));
    let mut both = Model::new(&story.start).visible();
    both.extend(end.visible());
    for (path, (_, class)) in both {
        let wanted = class_of(&path);
        if class != wanted {
            story.steps.push(Step::Class(path, Some(wanted)));
        }
    }
    if !story.steps.is_empty() {
        story.steps.push(Step::Apply);
    }
    story.steps.extend(edits);
    story.steps.push(Step::Apply);
    let mut twins = Twins::new(make);
    if twins.play(&story).is_ok() {
        return Ok(None);
    }
    let mut small = shrink(&story, TRIES, &mut |s| twins.play(s).is_err());
    small.about = "Found by a replay.".into();
    Ok(Some(small))
}

/// Whether the content of a file can matter to the engine.
fn is_read(path: &RelPath) -> bool {
    is_manifest(path) || detect(path).is_some() || path.extension().is_none()
}
