//! The stored table of definitions answers as the snapshot does.

use std::ops::Range;

use lodemap_answers::{Asked, SymbolRow, SymbolTable, SymbolsOptions, TablePart, TableSource, symbols};
use lodemap_base::RelPath;
use lodemap_engine::Snapshot;
use lodemap_engine::grammar::SymbolKind;
use lodemap_testkit::{Rng, random_repository, seeds};

struct Memory([Vec<u8>; 6]);

impl Memory {
    fn part(&self, part: TablePart) -> &[u8] {
        &self.0[TablePart::ALL.iter().position(|p| *p == part).unwrap()]
    }
}

impl TableSource for Memory {
    fn len(&self, part: TablePart) -> u64 {
        self.part(part).len() as u64
    }

    fn read(&self, part: TablePart, range: Range<u64>) -> Option<Vec<u8>> {
        Some(self.part(part).get(range.start as usize..range.end as usize)?.to_vec())
    }
}

/// What the table says, as text; `None` where it cannot tell.
fn by_table(snapshot: &Snapshot, source: &Memory, options: &SymbolsOptions) -> Option<String> {
    let mut files: Vec<_> = snapshot.world().files().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let paths: Vec<RelPath> = files.iter().map(|f| f.path.clone()).collect();
    let asked = SymbolTable(source).find(options, &|| Some(paths.clone())).unwrap();
    let Asked::Found(found) = asked else { return None };
    let rows = found.places.iter().map(|(file, symbol)| {
        let file = files[*file as usize];
        SymbolRow::new(&file.path, &file.facts, *symbol)
    });
    Some(format!("{:?} {}", rows.collect::<Vec<_>>(), found.omitted))
}

#[test]
fn it_says_what_the_snapshot_says() {
    let mut answered = 0;
    for seed in seeds(40) {
        let rng = &mut Rng::new(seed);
        let snapshot = random_repository(rng).snapshot();
        let table = Memory(SymbolTable::build(&snapshot));
        let mut names: Vec<String> = vec!["zzz".into(), "a.b".into(), "".into()];
        for file in snapshot.world().files() {
            names.extend(file.facts.symbols.iter().map(|s| file.facts.names.get(s.name).to_owned()));
        }
        names.sort();
        for _ in 0..40 {
            let name = rng.pick(&names);
            let cut: String = name.chars().take(1 + rng.below(4)).collect();
            let query = [None, Some(name.clone()), Some(name.to_uppercase()), Some(cut)];
            let options = SymbolsOptions {
                query: query[rng.below(4)].clone(),
                kind: rng.one_in(3).then(|| *rng.pick(&SymbolKind::ALL)),
                path: rng.one_in(3).then(|| rng.pick(&["**/*.py", "*", "src/**", "nowhere"]).to_string()),
                limit: *rng.pick(&[0, 1, 2, 5, 70]),
                patience: Default::default(),
            };
            let asked = symbols(&snapshot, &options).unwrap();
            match by_table(&snapshot, &table, &options) {
                Some(told) => {
                    assert_eq!(told, format!("{:?} {}", asked.symbols, asked.omitted), "{seed} {options:?}");
                    answered += usize::from(!asked.symbols.is_empty());
                }
                None => assert!(options.query.unwrap().contains('.')),
            }
        }
    }
    assert!(std::env::var_os("LODEMAP_SEED").is_some() || answered > 200, "{answered}");
}

#[test]
fn damaged_bytes_are_refused_or_harmless() {
    let rng = &mut Rng::new(7);
    let snapshot = random_repository(rng).snapshot();
    let whole = SymbolTable::build(&snapshot);
    for _ in 0..2_000 {
        let mut parts = whole.clone();
        let part = rng.below(parts.len());
        let at = rng.below(parts[part].len());
        if rng.one_in(3) {
            parts[part].truncate(at)
        } else {
            parts[part][at] ^= 1 << rng.below(8)
        }
        let path = rng.one_in(2).then(|| "**/*.py".to_owned());
        let options = SymbolsOptions { query: Some("e".into()), path, limit: 3, ..SymbolsOptions::default() };
        let files: Vec<_> = snapshot.world().files().map(|f| f.path.clone()).collect();
        _ = SymbolTable(&Memory(parts)).find(&options, &|| Some(files.clone()));
    }
}
