//! All definitions by name, as bytes that can be stored: `symbols` without a snapshot.
//!
//! Definitions are numbered in the order of their places: path, then position. The table has the distinct names, each
//! with the numbers that have it, and of each number its kind and its rank among all. What a definition looks like is
//! not in it: that is in the facts of its file.

use lodemap_base::RelPath;
use lodemap_engine::Snapshot;
use lodemap_engine::grammar::SymbolKind;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{Query, SymbolsOptions, glob};
use crate::error::AnswerError;

/// Definitions by name, as they are stored.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct SymbolTable {
    /// Per block of names: where it begins in `names`, and the number of the first row of its first name.
    blocks: Vec<(u32, u32)>,
    /// Each name as the length of what it shares with the one before in its block, its own length, how many rows it has,
    /// and the rest of it.
    names: Vec<u8>,
    /// The numbers of definitions, by name; those of one name ascend.
    rows: Vec<u32>,
    /// Of each number, its rank among all.
    ranks: Vec<u32>,
    /// Of each number, its kind as its place in [`SymbolKind::ALL`].
    kinds: Vec<u8>,
    /// The number of the first definition of each file, in the order of paths.
    files: Vec<u32>,
}

/// Definitions that were found: the number of the file in the order of paths, and that of the definition in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundSymbols {
    /// The best, best first.
    pub places: Vec<(u32, u32)>,
    /// How many more matched.
    pub omitted: usize,
}

/// So many names share a block: the smaller, the more threads can begin, and the less is shared.
const BLOCK: usize = 256;

impl SymbolTable {
    /// Everything that `snapshot` defines.
    pub fn build(snapshot: &Snapshot) -> Self {
        let mut files: Vec<_> = snapshot.world().files().collect();
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let mut out = Self::default();
        let mut by_name: FxHashMap<&str, Vec<u32>> = FxHashMap::default();
        let mut scores: Vec<(std::cmp::Reverse<u64>, u32)> = Vec::new();
        for file in files {
            out.files.push(out.kinds.len() as u32);
            for (s, id) in file.facts.symbols.iter().zip(file.symbols.iter()) {
                let number = out.kinds.len() as u32;
                out.kinds.push(place_of(s.kind));
                scores.push((std::cmp::Reverse(snapshot.symbol_score(*id)), number));
                if s.kind != SymbolKind::Impl {
                    by_name.entry(file.facts.names.get(s.name)).or_default().push(number);
                }
            }
        }
        scores.par_sort_unstable();
        out.ranks = vec![0; scores.len()];
        for (rank, (_, number)) in scores.into_iter().enumerate() {
            out.ranks[number as usize] = rank as u32;
        }
        #[expect(clippy::iter_over_hash_type, reason = "they are sorted right after")]
        let mut names: Vec<(&str, Vec<u32>)> = by_name.into_iter().collect();
        names.par_sort_unstable_by(|a, b| a.0.cmp(b.0));
        for block in names.chunks(BLOCK) {
            out.blocks.push((out.names.len() as u32, out.rows.len() as u32));
            let mut before = "";
            for (name, rows) in block {
                let shared = before.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
                for number in [shared, name.len(), rows.len()] {
                    push_varint(&mut out.names, number as u32);
                }
                out.names.extend_from_slice(&name.as_bytes()[shared..]);
                out.rows.extend_from_slice(rows);
                before = name;
            }
        }
        out
    }

    /// The definitions that match, as [`symbols`](super::symbols) finds them; `paths` are those of all files, sorted.
    ///
    /// `Ok(None)` where the table cannot tell: what stands around a definition is not in it.
    pub fn find(
        &self,
        options: &SymbolsOptions,
        paths: &[&RelPath],
    ) -> Result<Option<FoundSymbols>, AnswerError> {
        let query = options.query.as_deref().map(Query::new);
        if query.as_ref().is_some_and(|q| q.is_qualified) || paths.len() != self.files.len() {
            return Ok(None);
        }
        let is_in: Option<Vec<bool>> = glob(options)?.map(|glob| {
            paths.par_iter().with_min_len(256).map(|path| glob.is_match(path.as_str())).collect()
        });
        let kind = options.kind.map(place_of);
        let is_wanted = |number: u32| {
            let here = self.kinds[number as usize];
            here != place_of(SymbolKind::Impl)
                && kind.is_none_or(|kind| kind == here)
                && is_in.as_ref().is_none_or(|is_in| is_in[self.file_of(number)])
        };
        let mut found: Vec<(u8, u32, u32)> = match &query {
            None => {
                let all = (0..self.kinds.len() as u32).filter(|number| is_wanted(*number));
                all.map(|number| (0, self.ranks[number as usize], number)).collect()
            }
            Some(query) => {
                let blocks = 0..self.blocks.len();
                let matches = |block: usize| {
                    let mut out = Vec::new();
                    self.names_of(block, |name, rows| {
                        if let Some(grade) = query.grade(name, String::new) {
                            let rows = rows.iter().filter(|number| is_wanted(**number));
                            out.extend(rows.map(|n| (grade, self.ranks[*n as usize], *n)));
                        }
                    });
                    out
                };
                blocks.into_par_iter().with_min_len(8).flat_map_iter(matches).collect()
            }
        };
        let keep = if options.limit == 0 { found.len() } else { options.limit.min(found.len()) };
        let omitted = found.len() - keep;
        if omitted > 0 && keep > 0 {
            found.select_nth_unstable(keep - 1);
        }
        found.truncate(keep);
        found.sort_unstable();
        let place = |(.., number): (u8, u32, u32)| {
            let file = self.file_of(number);
            (file as u32, number - self.files[file])
        };
        Ok(Some(FoundSymbols { places: found.into_iter().map(place).collect(), omitted }))
    }

    fn file_of(&self, number: u32) -> usize {
        self.files.partition_point(|first| *first <= number) - 1
    }

    /// Calls `f` with the names of a block and the definitions that have them.
    fn names_of(&self, block: usize, mut f: impl FnMut(&str, &[u32])) {
        let (start, mut row) = self.blocks[block];
        let end = self.blocks.get(block + 1).map_or(self.names.len(), |next| next.0 as usize);
        let mut rest = self.names.get(start as usize..end).unwrap_or_default();
        let mut name: Vec<u8> = Vec::new();
        while !rest.is_empty() {
            let [shared, len, rows] = std::array::from_fn(|_| varint(&mut rest));
            name.truncate(shared as usize);
            let Some((more, after)) = rest.split_at_checked(len.saturating_sub(shared) as usize) else {
                return;
            };
            name.extend_from_slice(more);
            rest = after;
            let Some(after) = row.checked_add(rows) else { return };
            if let (Ok(name), Some(rows)) =
                (std::str::from_utf8(&name), self.rows.get(row as usize..after as usize))
            {
                f(name, rows);
            }
            row = after;
        }
    }

    /// As bytes.
    pub fn encode(&self) -> Vec<u8> {
        let numbers = |out: &mut Vec<u8>, numbers: &mut dyn Iterator<Item = u32>| {
            numbers.for_each(|n| out.extend_from_slice(&n.to_le_bytes()));
        };
        let Self { blocks, names, rows, ranks, kinds, files } = self;
        let mut out = Vec::with_capacity(names.len() + 4 * (rows.len() + ranks.len()) + kinds.len() + 24);
        let lens = [blocks.len(), names.len(), rows.len(), kinds.len(), files.len()];
        numbers(&mut out, &mut lens.into_iter().map(|len| len as u32));
        numbers(&mut out, &mut blocks.iter().flat_map(|(at, row)| [*at, *row]));
        numbers(&mut out, &mut rows.iter().copied());
        numbers(&mut out, &mut ranks.iter().copied());
        numbers(&mut out, &mut files.iter().copied());
        out.extend_from_slice(kinds);
        out.extend_from_slice(names);
        out
    }

    /// From what [`Self::encode`] gave; `None` for anything else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let mut numbers = |count: usize| {
            let (taken, after) = rest.split_at_checked(count.checked_mul(4)?)?;
            rest = after;
            let number = |b: &[u8]| u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
            Some(taken.chunks_exact(4).map(number).collect::<Vec<u32>>())
        };
        let lens: Vec<usize> = numbers(5)?.into_iter().map(|len| len as usize).collect();
        let blocks = numbers(lens[0].checked_mul(2)?)?;
        let (rows, ranks, files) = (numbers(lens[2])?, numbers(lens[3])?, numbers(lens[4])?);
        let (kinds, names) = rest.split_at_checked(lens[3])?;
        let blocks = blocks.chunks_exact(2).map(|b| (b[0], b[1])).collect();
        let out = Self { blocks, names: names.to_vec(), rows, ranks, kinds: kinds.to_vec(), files };
        (names.len() == lens[1] && out.is_sound()).then_some(out)
    }

    /// Whether all numbers lead to something.
    fn is_sound(&self) -> bool {
        let count = self.kinds.len() as u32;
        let ascends = |numbers: &[u32]| numbers.is_sorted();
        self.rows.iter().all(|row| *row < count)
            && ascends(&self.files)
            && (count == 0 || self.files.first() == Some(&0))
            && self.blocks.is_sorted()
            && self
                .blocks
                .iter()
                .all(|(at, row)| *at as usize <= self.names.len() && *row as usize <= self.rows.len())
    }
}

fn place_of(kind: SymbolKind) -> u8 {
    SymbolKind::ALL.iter().position(|k| *k == kind).unwrap_or_default() as u8
}

fn push_varint(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
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
