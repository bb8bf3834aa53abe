//! References, held against a pass over all of them.

use std::collections::BTreeSet;

use lodemap_answers::{ENDLESS, Subject, refs};
use lodemap_engine::Snapshot;
use lodemap_engine::graph::Target;
use lodemap_testkit::{Rng, random_repository, seeds};

type Place = (String, u32, u32);

/// The id of a target, as answers give it.
fn id(snapshot: &Snapshot, target: Target) -> String {
    match target {
        Target::File(file) => snapshot.world().file(file).path.to_string(),
        Target::Symbol(symbol) => snapshot.symbol_name(symbol),
    }
}

/// Where anything refers to something, by what it refers to.
fn all_references(snapshot: &Snapshot) -> BTreeSet<(String, Place)> {
    let mut all = BTreeSet::new();
    for file in snapshot.world().files() {
        snapshot.edges_of(file.id, |edge| {
            let at = file.facts.lines.position(edge.reference.at);
            all.insert((id(snapshot, edge.target), (file.path.to_string(), at.line, at.col)));
        });
    }
    all
}

#[test]
fn no_reference_is_overlooked() {
    let (mut asked, mut found) = (0, 0);
    for seed in seeds(40) {
        let snapshot = random_repository(&mut Rng::new(seed)).snapshot();
        let all = all_references(&snapshot);
        for file in snapshot.world().files() {
            let definitions = file.symbols.iter().map(|symbol| snapshot.symbol_name(*symbol));
            let subjects = definitions.map(Subject::Name);
            let path = Subject::Path(file.path.clone(), file.path.to_string());
            for subject in subjects.chain([path]) {
                let answer = refs(&snapshot, &subject, 0, &ENDLESS).unwrap();
                let expected: BTreeSet<&Place> =
                    all.iter().filter(|(of, _)| answer.of.contains(of)).map(|(_, place)| place).collect();
                let rows: BTreeSet<Place> =
                    answer.references.iter().map(|r| (r.path.to_string(), r.line, r.col)).collect();
                assert_eq!(rows.iter().collect::<BTreeSet<_>>(), expected, "LODEMAP_SEED={seed} {subject:?}");
                asked += 1;
                found += rows.len();
            }
        }
    }
    assert!(found > asked / 2, "{found} references of {asked} definitions prove little");
}
