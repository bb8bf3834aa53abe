//! Prints the facts of files, or times the extraction of many: `dump FILE`, `dump --time FILES…`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]
use lodemap_base::RelPath;
use lodemap_facts::*;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (flag, paths): (Vec<_>, Vec<_>) = args.iter().partition(|a| a.starts_with("--"));
    let mut total = [0usize; 8];
    let t = std::time::Instant::now();
    let mut tp = std::time::Duration::ZERO;
    for p in paths {
        let Some(lang) = lodemap_grammar::detect(&RelPath::parse(p.trim_start_matches('/')).unwrap()) else {
            continue;
        };
        let bytes = std::fs::read(p).unwrap();
        if flag.iter().any(|f| *f == "--parse") {
            let t = std::time::Instant::now();
            let x = lodemap_grammar::parse(lodemap_grammar::spec(lang), &bytes);
            drop(x);
            tp += t.elapsed();
        }
        let f = facts_of(lang, &bytes);
        total[0] += 1;
        total[1] += bytes.len();
        total[2] += f.symbols.len();
        total[3] += f.refs.len();
        total[4] += f.chains.len();
        total[5] += f.names.len();
        total[6] += f.heap_bytes();
        total[7] += f.bindings.len();
        if flag.is_empty() {
            print(&f);
        }
    }
    println!(
        "files, bytes, symbols, refs, chains, names, heap, bindings {total:?} {:?} parse {tp:?}",
        t.elapsed()
    );
}

fn print(f: &FileFacts) {
    for (i, s) in f.symbols.iter().enumerate() {
        println!(
            "{i} L{} {} {} {} [{}] dup{} flags{} sig={} ty={}",
            f.lines.line(s.name_at),
            s.kind.as_str(),
            f.qualified(i as u32, "."),
            s.visibility.as_str(),
            if s.doc.end > 0 { "doc" } else { "" },
            s.duplicate,
            s.flags.0,
            if s.signature == NONE { "-" } else { f.names.get(s.signature) },
            show(f, s.ty)
        );
    }
    for i in &f.imports {
        let n = |x: u32| if x == NONE { "-" } else { f.names.get(x) };
        println!(
            "import {:?} scope {} level {} path {:?} name {} bound {} re {}",
            i.kind,
            i.scope as i32,
            i.level,
            i.path.iter().map(|p| n(*p)).collect::<Vec<_>>(),
            n(i.name),
            n(i.bound),
            i.reexport
        );
    }
    for b in &f.bases {
        println!("base {} {}", f.name_of(b.symbol), show(f, b.chain));
    }
    for b in &f.bindings {
        println!(
            "bind scope {} {} {:?} ty={} value={}",
            b.scope as i32,
            f.names.get(b.name),
            b.target,
            show(f, b.ty),
            show(f, b.value)
        );
    }
    for r in &f.refs {
        let p = f.lines.position(r.at);
        println!(
            "ref {}:{} {} {} in {}",
            p.line,
            p.col,
            r.kind.as_str(),
            show(f, r.chain),
            if r.owner == NONE { "file".into() } else { f.qualified(r.owner, ".") }
        );
    }
    println!("exports {:?} problems {:?} scopes {}", f.exports, f.problems, f.scopes.len());
}

fn show(f: &FileFacts, c: u32) -> String {
    if c == NONE {
        return "-".into();
    }
    let n = |x: u32| f.names.get(x).to_string();
    match f.chains[c as usize] {
        Chain::Unknown => "?".into(),
        Chain::Name { scope, name } => format!("{}@{scope}", n(name)),
        Chain::Symbol(s) => format!("sym:{}", f.qualified(s, ".")),
        Chain::Import(i) => format!("imp:{i}"),
        Chain::ImportPath { import, segments } => format!("imppath:{import}/{segments}"),
        Chain::Local(b) => {
            let b = &f.bindings[b as usize];
            format!("local:{}({:?} ty {} = {})", n(b.name), b.mode, show(f, b.ty), show(f, b.value))
        }
        Chain::SelfValue(s) => format!("self<{}>", f.name_of(s)),
        Chain::Builtin(x) => format!("#{}", n(x)),
        Chain::Member { base, name } => format!("{}.{}", show(f, base), n(name)),
        Chain::Path { base, name } => format!("{}::{}", show(f, base), n(name)),
        Chain::Call(b) => format!("{}()", show(f, b)),
        Chain::Index(b) => format!("{}[]", show(f, b)),
        Chain::Await(b) => format!("await {}", show(f, b)),
        Chain::Try(b) => format!("{}?", show(f, b)),
        Chain::Generic { base, argument } => format!("{}<{}>", show(f, base), show(f, argument)),
    }
}
