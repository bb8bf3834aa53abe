//! Asking a table.

use std::ops::Range;

use lodemap_engine::grammar::SymbolKind;
use rayon::prelude::*;

use super::super::{GRADES, Query, SymbolsOptions, glob, needed};
use super::{Asked, FoundSymbols, Paths, SymbolTable, TablePart};
use crate::error::AnswerError;

/// A thread takes so many blocks of names at a time.
const RUN: usize = 32;
/// With more names than this the rows of all are read at once.
const FEW: usize = 64;

/// A name that matches: how well, and its rows.
type Match = (u8, Range<u64>);

impl SymbolTable<'_> {
    /// The definitions that match, as [`symbols`](crate::symbols) finds them; `paths` is asked for only where needed.
    pub fn find(&self, options: &SymbolsOptions, paths: Paths<'_>) -> Result<Asked, AnswerError> {
        let glob = glob(options)?;
        let query = options.query.as_deref().map(Query::new);
        if query.as_ref().is_some_and(|q| q.is_qualified) {
            return Ok(Asked::Unknown);
        }
        let found = (|| {
            // What is not filtered is not read beyond the best.
            let is_filtered = options.kind.is_some() || glob.is_some();
            let enough = if is_filtered || options.limit == 0 { usize::MAX } else { options.limit };
            let mut found = match &query {
                Some(query) => self.named(query, enough)?,
                None => self.all()?,
            };
            if let Some(kind) = options.kind.map(SymbolKind::place) {
                let kinds = self.0.read(TablePart::Kinds, 0..self.0.len(TablePart::Kinds))?;
                found.retain(|(_, rank)| kinds.get(*rank as usize) == Some(&kind));
            }
            let files = self.numbers(TablePart::Files, 0..self.0.len(TablePart::Files) / 4)?;
            let file_of = |place: u32| files.partition_point(|start| *start <= place).checked_sub(1);
            if let Some(glob) = glob {
                let paths = paths()?;
                let is_in: Vec<bool> = paths.par_iter().map(|path| glob.is_match(path.as_str())).collect();
                let places = self.numbers(TablePart::Places, 0..self.0.len(TablePart::Places) / 4)?;
                found.retain(|(_, rank)| {
                    let file = places.get(*rank as usize).and_then(|place| file_of(*place));
                    file.is_some_and(|file| is_in.get(file) == Some(&true))
                });
            }
            let limit = if options.limit == 0 { usize::MAX } else { options.limit };
            let mut counts = [0; GRADES];
            found.iter().for_each(|(grade, _)| counts[usize::from(*grade)] += 1);
            let (worst, left) = needed(counts, limit);
            found.retain(|(grade, _)| usize::from(*grade) <= worst);
            let keep = limit.min(left);
            let omitted = left - keep;
            if omitted > 0 && keep > 0 {
                found.select_nth_unstable(keep - 1);
            }
            found.truncate(keep);
            found.sort_unstable();
            // Few places are read one by one, many at once.
            let all = match keep > FEW {
                true => Some(self.numbers(TablePart::Places, 0..self.0.len(TablePart::Places) / 4)?),
                false => None,
            };
            let place = |(_, rank): &(u8, u32)| {
                let place = match &all {
                    Some(all) => *all.get(*rank as usize)?,
                    None => {
                        *self.numbers(TablePart::Places, u64::from(*rank)..u64::from(*rank) + 1)?.first()?
                    }
                };
                let file = file_of(place)?;
                Some((file as u32, place - files[file]))
            };
            let places: Option<Vec<(u32, u32)>> = found.iter().map(place).collect();
            Some(FoundSymbols { places: places?, omitted })
        })();
        Ok(found.map_or(Asked::Unknown, Asked::Found))
    }

    /// All ranks that have a name to be found by.
    fn all(&self) -> Option<Vec<(u8, u32)>> {
        let rows = self.numbers(TablePart::Rows, 0..self.0.len(TablePart::Rows) / 4)?;
        Some(rows.into_iter().map(|rank| (0, rank)).collect())
    }

    /// The ranks whose names match, with how well: those that match best, until they are enough.
    fn named(&self, query: &Query, enough: usize) -> Option<Vec<(u8, u32)>> {
        let blocks = self.numbers(TablePart::Blocks, 0..self.0.len(TablePart::Blocks) / 4)?;
        let count = blocks.len() / 2;
        let runs = (0..count.div_ceil(RUN)).into_par_iter();
        let runs: Option<Vec<Vec<Match>>> =
            runs.map(|run| self.matches(&blocks, run * RUN..((run + 1) * RUN).min(count), query)).collect();
        let mut matches: Vec<Match> = runs?.into_iter().flatten().collect();
        let mut counts = [0; GRADES];
        for (grade, rows) in &matches {
            counts[usize::from(*grade)] += (rows.end - rows.start) as usize;
        }
        let (worst, _) = needed(counts, enough);
        matches.retain(|(grade, _)| usize::from(*grade) <= worst);
        let all = match matches.len() > FEW {
            true => Some(self.numbers(TablePart::Rows, 0..self.0.len(TablePart::Rows) / 4)?),
            false => None,
        };
        let mut found = Vec::new();
        for (grade, rows) in matches {
            match &all {
                Some(all) => {
                    let rows = all.get(rows.start as usize..rows.end as usize)?;
                    found.extend(rows.iter().map(|rank| (grade, *rank)));
                }
                None => {
                    let rows = self.numbers(TablePart::Rows, rows)?;
                    found.extend(rows.into_iter().map(|rank| (grade, rank)));
                }
            }
        }
        Some(found)
    }

    /// The names in some blocks that match.
    fn matches(&self, blocks: &[u32], run: Range<usize>, query: &Query) -> Option<Vec<Match>> {
        let starts_at = |block: usize| {
            let start = blocks.get(2 * block).copied().map(u64::from);
            start.unwrap_or(self.0.len(TablePart::Names))
        };
        let first = starts_at(run.start);
        let bytes = self.0.read(TablePart::Names, first..starts_at(run.end))?;
        let mut out = Vec::new();
        for block in run {
            let (start, end) =
                (starts_at(block).checked_sub(first)?, starts_at(block + 1).checked_sub(first)?);
            let mut row = u64::from(*blocks.get(2 * block + 1)?);
            let mut rest = bytes.get(start as usize..end as usize)?;
            let mut name: Vec<u8> = Vec::new();
            while !rest.is_empty() {
                let [shared, len, rows] = std::array::from_fn(|_| varint(&mut rest) as usize);
                name.truncate(shared);
                let (more, after) = rest.split_at_checked(len.checked_sub(shared)?)?;
                name.extend_from_slice(more);
                rest = after;
                let rows = row..row + rows as u64;
                row = rows.end;
                if query.may_match(&name)
                    && let Some(grade) = query.grade(std::str::from_utf8(&name).ok()?, String::new)
                {
                    out.push((grade, rows));
                }
            }
        }
        Some(out)
    }

    /// Some numbers of a part.
    fn numbers(&self, part: TablePart, range: Range<u64>) -> Option<Vec<u32>> {
        let bytes = self.0.read(part, range.start.checked_mul(4)?..range.end.checked_mul(4)?)?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        rest.is_empty().then(|| numbers.iter().map(|n| u32::from_le_bytes(*n)).collect())
    }
}

fn varint(bytes: &mut &[u8]) -> u32 {
    let mut number = 0u32;
    let mut shift = 0;
    while let Some((byte, rest)) = bytes.split_first() {
        *bytes = rest;
        number |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}
