//! Making a table.

use std::cmp::Reverse;

use lodemap_engine::Snapshot;
use lodemap_engine::grammar::SymbolKind;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::SymbolTable;

/// So many names share a block: the smaller, the more threads can begin, and the less is shared.
const BLOCK: usize = 256;

impl SymbolTable<'_> {
    /// Everything that `snapshot` defines, in the order of [`TablePart::ALL`](super::TablePart::ALL).
    pub fn build(snapshot: &Snapshot) -> [Vec<u8>; 6] {
        let mut files: Vec<_> = snapshot.world().files().collect();
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let (mut starts, mut kinds, mut scores) = (Vec::new(), Vec::new(), Vec::new());
        for file in &files {
            starts.push(kinds.len() as u32);
            for (s, id) in file.facts.symbols.iter().zip(file.symbols.iter()) {
                scores.push((Reverse(snapshot.symbol_score(*id)), kinds.len() as u32));
                kinds.push(s.kind.place());
            }
        }
        scores.par_sort_unstable();
        let places: Vec<u32> = scores.into_iter().map(|(_, place)| place).collect();
        let mut ranks = vec![0; places.len()];
        for (rank, place) in places.iter().enumerate() {
            ranks[*place as usize] = rank as u32;
        }
        let mut by_name: FxHashMap<&str, Vec<u32>> = FxHashMap::default();
        for (file, start) in files.iter().zip(&starts) {
            let named = file.facts.symbols.iter().zip(*start..).filter(|(s, _)| s.kind != SymbolKind::Impl);
            for (s, place) in named {
                by_name.entry(file.facts.names.get(s.name)).or_default().push(ranks[place as usize]);
            }
        }
        let (blocks, names, rows) = pack(by_name);
        let kinds = places.iter().map(|place| kinds[*place as usize]).collect();
        [bytes(blocks), names, bytes(rows), bytes(places), kinds, bytes(starts)]
    }
}

/// Blocks, names and rows.
fn pack(by_name: FxHashMap<&str, Vec<u32>>) -> (Vec<u32>, Vec<u8>, Vec<u32>) {
    let mut by_name: Vec<(&str, Vec<u32>)> = by_name.into_iter().collect();
    by_name.par_sort_unstable_by(|a, b| a.0.cmp(b.0));
    by_name.par_iter_mut().for_each(|(_, ranks)| ranks.sort_unstable());
    let (mut blocks, mut names, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for block in by_name.chunks(BLOCK) {
        blocks.extend([names.len() as u32, rows.len() as u32]);
        let mut before = "";
        for (name, ranks) in block {
            let shared = before.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
            for number in [shared, name.len(), ranks.len()] {
                push_varint(&mut names, number as u32);
            }
            names.extend_from_slice(&name.as_bytes()[shared..]);
            rows.extend_from_slice(ranks);
            before = name;
        }
    }
    (blocks, names, rows)
}

fn bytes(numbers: Vec<u32>) -> Vec<u8> {
    numbers.into_iter().flat_map(u32::to_le_bytes).collect()
}

fn push_varint(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
