//! Which files matter most, without a word about what is in them.
//!
//! For whoever draws a picture of a whole repository, or wants to know where to look at all.

use std::cmp::Reverse;
use std::sync::Arc;

use lodemap_engine::Snapshot;
use lodemap_engine::graph::FileEntry;

use super::{MapAnswer, MapFile, MapOptions, Omitted, too_small};
use crate::error::AnswerError;
use crate::focus::Nearness;
use crate::select::{LineCounter, last_text};

/// All files by importance, or by nearness where there is a focus, as far as the budget goes. Those that are read as
/// text alone are among them: they are a part of the picture, though nothing leads to them.
pub(super) fn files(
    snapshot: &Snapshot,
    near: Option<&Nearness>,
    options: &MapOptions,
) -> Result<MapAnswer, AnswerError> {
    let mut all: Vec<(u64, &Arc<FileEntry>)> = snapshot.world().files().map(|f| (0, f)).collect();
    for (priority, file) in &mut all {
        *priority = match near {
            Some(near) => near.of(snapshot.nodes().file(file.id)),
            None => snapshot.file_score(file.id),
        };
    }
    all.sort_by(|(a, x), (b, y)| Reverse(a).cmp(&Reverse(b)).then_with(|| x.path.cmp(&y.path)));
    let counter = LineCounter::new(options.tokenizer);
    let last = |shown: usize| counter.last(all.len() - shown, 0);
    if options.tokens < last(0) {
        return Err(too_small(options.tokens, last(0)));
    }
    let line = |file: &FileEntry| format!("{}\n", file.path);
    let (mut shown, mut lines) = (0, 0);
    for (_, file) in &all {
        let more = lines + counter.line(&line(file));
        if more + last(shown + 1) > options.tokens {
            break;
        }
        (shown, lines) = (shown + 1, more);
    }
    let tokens = lines + last(shown);
    let omitted = Omitted { files: all.len() - shown, symbols: 0 };
    let mut text: String = all[..shown].iter().map(|(_, file)| line(file)).collect();
    text.push_str(&last_text(omitted.files, 0));
    let files = all[..shown].iter().map(|(_, file)| MapFile {
        path: file.path.clone(),
        score: snapshot.file_score(file.id),
        lang: file.spec().name.clone(),
        symbols: vec![],
    });
    Ok(MapAnswer { files: files.collect(), tokens, omitted, text })
}
