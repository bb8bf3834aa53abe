//! Stubs beside modules: a `.pyi` declares the types of what stands in the `.py` of the same name.
//!
//! Names lead into the module; what it does not say of its types is asked of the stub, and a type that the stub
//! names is the module's own class again.

use lodemap_base::{FileId, NameKey, member_key};
use lodemap_facts::{BindTarget, NONE};
use smallvec::SmallVec;

use super::types::is_dotted;
use super::{Resolver, Value, Values};
use crate::keys;

impl Resolver<'_> {
    /// The stub beside a module.
    pub(super) fn stub_of(&mut self, file: FileId) -> Option<FileId> {
        let entry = self.world.file(file);
        let path = entry.path.as_str();
        if !is_dotted(entry) || !path.ends_with(".py") {
            return None;
        }
        let stub = format!("{path}i");
        self.lookups.push(keys::path_lookup(&stub));
        self.world.file_at(&stub)
    }

    /// What stands for a definition in the stub beside its module.
    pub(super) fn in_stub(&mut self, file: FileId, symbol: u32) -> Option<(FileId, u32)> {
        let stub = self.stub_of(file)?;
        self.twin(file, symbol, stub).map(|s| (stub, s))
    }

    /// A class of a stub as the module beside it defines it, or else itself.
    pub(super) fn beside_stub(&mut self, file: FileId, symbol: u32) -> (FileId, u32) {
        let path = self.world.file(file).path.as_str();
        let Some(module) = path.strip_suffix('i').filter(|p| p.ends_with(".py")) else {
            return (file, symbol);
        };
        self.lookups.push(keys::path_lookup(module));
        let found = self.world.file_at(module).and_then(|m| Some((m, self.twin(file, symbol, m)?)));
        found.unwrap_or((file, symbol))
    }

    /// The definition of the same qualified name in another file.
    fn twin(&mut self, file: FileId, symbol: u32, other: FileId) -> Option<u32> {
        let facts = &self.world.file(file).facts;
        let mut path: SmallVec<[u32; 4]> = SmallVec::new();
        let mut at = symbol;
        while at != NONE {
            path.push(at);
            at = facts.symbols.at(at).parent;
        }
        let other = self.world.file(other);
        let (mut scope, mut found) = (0, None);
        for s in path.into_iter().rev() {
            if scope == NONE {
                return None;
            }
            let key = facts.names.key(facts.symbols.at(s).name);
            self.lookups.push(member_key(other.scopes[scope as usize], key));
            let symbol = other.facts.lookup(scope, key).iter().find_map(|b| match b.target {
                BindTarget::Symbol(s) => Some(s),
                _ => None,
            })?;
            found = Some(symbol);
            scope = other.facts.symbols.at(symbol).scope;
        }
        found
    }

    /// A name that only the stub beside a module declares.
    pub(super) fn only_in_stub(&mut self, module: FileId, name: &str, key: NameKey) -> Values {
        match self.stub_of(module) {
            Some(stub) => self.lookup(stub, 0, name, key),
            None => Values::new(),
        }
    }

    /// A member that only the stubs of a class or its bases declare.
    pub(super) fn member_in_stubs(&mut self, order: &Values, key: NameKey) -> Values {
        for base in order {
            if let Value::Symbol(f, s) = *base
                && let Some((stub, class)) = self.in_stub(f, s)
            {
                let found = self.own_member(stub, class, key);
                if !found.is_empty() {
                    return found;
                }
            }
        }
        Values::new()
    }
}
