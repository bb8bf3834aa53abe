//! Stored facts come back whole or not at all.

use crate::{Random, samples};
use lodemap_facts::{CODEC_VERSION, CodecError, FileFacts, NONE, decode, encode, encoded_facts, facts_of};
use xxhash_rust::xxh3::xxh3_64;

#[test]
fn facts_survive_the_round_trip() {
    for (lang, bytes) in samples() {
        let facts = facts_of(lang, &bytes);
        let encoded = encode(&facts);
        assert_eq!(encoded_facts(lang, &bytes, 1), encoded);
        assert_eq!(decode(&encoded), Ok(facts));
    }
}

#[test]
fn other_versions_and_damage_are_told_apart() {
    let (lang, bytes) = samples().remove(0);
    let mut stored = encode(&facts_of(lang, &bytes));
    assert_eq!(decode(&[]), Err(CodecError::Damaged));
    assert_eq!(decode(&stored[..stored.len() - 1]), Err(CodecError::Damaged));
    let middle = stored.len() / 2;
    stored[middle] ^= 1;
    assert_eq!(decode(&stored), Err(CodecError::Damaged));
    stored[0] = stored[0].wrapping_add(1);
    assert_eq!(decode(&stored), Err(CodecError::Version(CODEC_VERSION + 1)));
}

/// Uses every index as a reader would.
fn walk(f: &FileFacts) {
    for (i, s) in f.symbols.iter().enumerate() {
        let _ = (f.qualified(i as u32, "."), f.full_symbol(i as u32), f.name_of(i as u32));
        if s.signature != NONE {
            let _ = f.signatures.get(s.signature);
        }
        if s.scope != NONE {
            let _ = f.scopes.at(s.scope);
        }
    }
    for chain in (0..f.chains.len() as u32)
        .chain(f.refs.iter().map(|r| r.chain))
        .chain(f.bases.iter().map(|b| b.chain))
        .chain(f.symbols.iter().map(|s| s.ty))
    {
        let mut at = chain;
        while at != NONE {
            at = f.chains.at(at).base().unwrap_or(NONE);
        }
    }
    for b in &f.bindings {
        let _ = f.lookup(b.scope, f.names.key(b.name));
    }
    for i in f.imports.iter() {
        i.path.iter().for_each(|n| _ = f.names.get(*n));
    }
}

#[test]
fn lookups_are_those_of_a_scan() {
    let mut found = 0;
    for (lang, bytes) in samples() {
        let f = facts_of(lang, &bytes);
        for scope in 0..f.scopes.len() as u32 {
            for name in 0..f.names.len() as u32 {
                let key = f.names.key(name);
                let is_it = |b: &lodemap_facts::Binding| b.scope == scope && f.names.key(b.name) == key;
                let naive: Vec<_> = f.bindings.iter().filter(is_it).collect();
                assert_eq!(f.lookup(scope, key).to_vec(), naive, "{} in scope {scope}", f.names.get(name));
                found += naive.len();
            }
        }
    }
    assert!(found > 0, "some names are bound");
}

#[test]
fn mutated_bytes_never_give_bad_indices() {
    let seed = 0x10de_3a90;
    println!("seed {seed:#x}");
    let mut random = Random(seed);
    let (mut accepted, mut refused) = (0, 0);
    for (lang, bytes) in samples() {
        let stored = encode(&facts_of(lang, &bytes));
        for _ in 0..400 {
            let mut bytes = stored.clone();
            let body = bytes.len() - 8;
            for _ in 0..=random.below(3) {
                let at = random.below(body);
                match random.below(3) {
                    0 => bytes[at] ^= 1 << random.below(8),
                    1 => bytes[at] = random.next() as u8,
                    _ => bytes[at] = 0xff,
                }
            }
            // The checksum is made to fit: what is behind it must hold by itself.
            bytes[..2].copy_from_slice(&CODEC_VERSION.to_le_bytes());
            let sum = xxh3_64(&bytes[..body]);
            bytes[body..].copy_from_slice(&sum.to_le_bytes());
            match decode(&bytes) {
                Ok(facts) => {
                    accepted += 1;
                    walk(&facts);
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(accepted > 0 && refused > 0, "{accepted} accepted, {refused} refused");
}
