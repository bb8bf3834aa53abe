//! The stored table of definitions answers as the snapshot does.

use lodemap_answers::{SymbolRow, SymbolTable, SymbolsOptions, symbols};
use lodemap_base::RelPath;
use lodemap_engine::Snapshot;
use lodemap_engine::grammar::SymbolKind;
use lodemap_testkit::{Rng, random_repository, seeds};

/// What the table says, as text; `None` where it cannot tell.
fn by_table(snapshot: &Snapshot, table: &SymbolTable, options: &SymbolsOptions) -> Option<String> {
    let mut files: Vec<_> = snapshot.world().files().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let paths: Vec<&RelPath> = files.iter().map(|f| &f.path).collect();
    let found = table.find(options, &paths).unwrap()?;
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
        let built = SymbolTable::build(&snapshot);
        let table = SymbolTable::decode(&built.encode()).unwrap();
        assert_eq!(table, built);
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
                limit: rng.below(6),
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
    let whole = SymbolTable::build(&snapshot).encode();
    for _ in 0..2_000 {
        let mut bytes = whole.clone();
        let at = rng.below(bytes.len());
        if rng.one_in(3) {
            bytes.truncate(at)
        } else {
            bytes[at] ^= 1 << rng.below(8)
        }
        if let Some(table) = SymbolTable::decode(&bytes) {
            let options = SymbolsOptions { query: Some("e".into()), ..SymbolsOptions::default() };
            let files: Vec<_> = snapshot.world().files().map(|f| &f.path).collect();
            _ = table.find(&options, &files);
        }
    }
}
