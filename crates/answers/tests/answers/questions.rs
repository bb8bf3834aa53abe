//! Maps, outlines, dependencies and symbols of small repositories.

use insta::assert_snapshot;
use lodemap_answers::{
    AnswerError, MapOptions, SymbolsOptions, Tokenizer, deps, export_edges, export_facts, map, outline,
    symbols,
};
use lodemap_base::RelPath;
use lodemap_engine::grammar::SymbolKind;
use lodemap_testkit::Fixture;

const POOL: &str = "
//- src/pool.py
LIMIT = 10
class Pool:
    size: int = 1
    def __init__(self, n: int):
        self.n = n
    def acquire(self, timeout: float) -> \"Conn\":
        def local(): pass
        return Conn(self)
    def _grow(self): pass
class Conn:
    def send(self, data): pass
//- src/client.py
from pool import Pool, LIMIT
def get(url):
    p = Pool(LIMIT)
    return p.acquire(1).send(url)
def post(url):
    return Pool(1).acquire(2)
//- src/unused.py
def nobody(): pass
//- tests/test_pool.py
from pool import Pool
def test_pool():
    for _ in range(3):
        Pool(1).acquire(1)
";

fn ask(tokens: usize, focus: &[&str], mention: &[&str]) -> Result<String, AnswerError> {
    let options = MapOptions {
        tokens,
        tokenizer: Tokenizer::O200k,
        focus: focus.iter().map(|s| s.to_string()).collect(),
        mention: mention.iter().map(|s| s.to_string()).collect(),
        patience: Default::default(),
        files: false,
    };
    map(&Fixture::parse(POOL).snapshot(), &options).map(|m| m.text())
}

#[test]
fn a_map_shows_the_core_first() {
    assert_snapshot!(ask(400, &[], &[]).unwrap(), @r#"
src/pool.py
  LIMIT = 10                                            L1
  class Pool                                            L2-9
    def __init__(self, n: int)                          L4-5
    def acquire(self, timeout: float) -> "Conn"         L6-8
    def _grow(self)                                     L9
  class Conn                                            L10-11
    def send(self, data)                                L11
src/client.py
  def get(url)                                          L2-4
  def post(url)                                         L5-6
src/unused.py
  def nobody()                                          L1
tests/test_pool.py
… 0 files and 0 symbols more
"#);
}

#[test]
fn a_map_of_files_names_all_of_them_and_counts_what_is_cut() {
    let snapshot = Fixture::parse(POOL).snapshot();
    let ask = |tokens| {
        let (focus, mention) = (vec![], vec![]);
        map(
            &snapshot,
            &MapOptions {
                tokens,
                tokenizer: Tokenizer::O200k,
                focus,
                mention,
                files: true,
                patience: Default::default(),
            },
        )
    };
    let all = ask(400).unwrap();
    assert_snapshot!(all.text(), @r#"
    src/pool.py
    src/client.py
    src/unused.py
    tests/test_pool.py
    … 0 files and 0 symbols more
    "#);
    assert!(all.files.is_sorted_by(|a, b| a.score >= b.score));
    let by_path = ask_all(&snapshot);
    assert!(all.files.iter().all(|file| by_path.contains(&(file.path.to_string(), file.score))));
    for tokens in 0..=all.tokens {
        let Ok(cut) = ask(tokens) else { continue };
        assert_eq!(cut.tokens, Tokenizer::O200k.count(&cut.text()));
        assert!(cut.tokens <= tokens && cut.files.len() + cut.omitted.files == all.files.len());
    }
    assert!(ask(1).is_err());
}

/// Paths and scores as the whole map has them.
fn ask_all(snapshot: &lodemap_engine::Snapshot) -> Vec<(String, u64)> {
    let (focus, mention) = (vec![], vec![]);
    let options = MapOptions {
        tokens: 4000,
        tokenizer: Tokenizer::O200k,
        focus,
        mention,
        files: false,
        patience: Default::default(),
    };
    let answer = map(snapshot, &options).unwrap();
    answer.files.iter().map(|file| (file.path.to_string(), file.score)).collect()
}

#[test]
fn a_small_map() {
    assert_snapshot!(ask(70, &[], &[]).unwrap(), @r#"
src/pool.py
  class Pool                                            L2-9
    def acquire(self, timeout: float) -> "Conn"         L6-8
  class Conn                                            L10-11
  ⋮ 4 more symbols
… 3 files and 7 symbols more; raise --tokens or --focus
"#);
}

#[test]
fn a_focus_comes_first() {
    assert!(ask(400, &["src/unused.py"], &[]).unwrap().starts_with("src/unused.py\n  def nobody()"));
    assert!(ask(400, &["post"], &[]).unwrap().starts_with("src/client.py\n"));
    assert!(ask(400, &["src/client.py#get"], &[]).unwrap().starts_with("src/client.py\n"));
    assert!(ask(400, &["tests"], &[]).unwrap().contains("test_pool"));
    assert!(ask(400, &[], &["why does nobody() crash?"]).unwrap().starts_with("src/unused.py\n"));
}

#[test]
fn an_unknown_focus_names_what_is_close() {
    let Err(e) = ask(400, &["aquire"], &[]) else { panic!() };
    assert!(e.is_not_found());
    assert_snapshot!(e.to_string(), @r#"
nothing is called `aquire`; closest: Pool.acquire
"#);
    assert_snapshot!(ask(400, &["acq"], &[]).unwrap_err().to_string(), @r#"
nothing is called `acq`; closest: Pool.acquire
"#);
}

#[test]
fn an_outline_nests() {
    let snapshot = Fixture::parse(POOL).snapshot();
    assert_snapshot!(outline(&snapshot, &RelPath::parse("src/pool.py").unwrap()).unwrap().text(), @r#"
src/pool.py
  LIMIT = 10                                            L1
  class Pool                                            L2-9
    size                                                L3
    def __init__(self, n: int)                          L4-5
    n                                                   L5
    def acquire(self, timeout: float) -> "Conn"         L6-8
      def local()                                       L7
    def _grow(self)                                     L9
  class Conn                                            L10-11
    def send(self, data)                                L11
"#);
    let Err(e) = outline(&snapshot, &RelPath::parse("no.py").unwrap()) else { panic!() };
    assert_snapshot!(e.to_string(), @r#"
no.py is not indexed; `lodemap status --why no.py` tells why
"#);
}

#[test]
fn dependencies_go_both_ways() {
    let snapshot = Fixture::parse(POOL).snapshot();
    assert_snapshot!(deps(&snapshot, &RelPath::parse("src/pool.py").unwrap()).unwrap().text(), @r#"
src/pool.py
  imports: nothing
  imported by:
    src/client.py
    tests/test_pool.py
"#);
    assert_snapshot!(deps(&snapshot, &RelPath::parse("src/client.py").unwrap()).unwrap().text(), @r#"
src/client.py
  imports:
    src/pool.py
  imported by: nothing
"#);
}

#[test]
fn symbols_by_name_kind_and_path() {
    let snapshot = Fixture::parse(POOL).snapshot();
    let ask = |o: SymbolsOptions| symbols(&snapshot, &o).unwrap().text();
    let query = |q: &str| SymbolsOptions { query: Some(q.into()), limit: 3, ..Default::default() };
    assert_snapshot!(ask(query("pool")), @r#"
src/pool.py:2  class Pool  class Pool
tests/test_pool.py:2  function test_pool  def test_pool()
"#);
    assert_snapshot!(ask(query("Pool.acquire")), @r#"
src/pool.py:6  method Pool.acquire  def acquire(self, timeout: float) -> "Conn"
src/pool.py:7  function Pool.acquire.local  def local()
"#);
    assert_snapshot!(ask(SymbolsOptions { kind: Some(SymbolKind::Class), ..Default::default() }), @r#"
src/pool.py:2  class Pool  class Pool
src/pool.py:10  class Conn  class Conn
"#);
    assert_snapshot!(ask(SymbolsOptions { path: Some("tests/**".into()), ..Default::default() }), @r#"
tests/test_pool.py:2  function test_pool  def test_pool()
"#);
    assert_eq!(ask(query("zzz")), "");
    assert!(symbols(&snapshot, &SymbolsOptions { path: Some("[".into()), ..Default::default() }).is_err());
}

#[test]
fn exports_are_lines_of_json() {
    let snapshot = Fixture::parse(POOL).snapshot();
    let mut edges = Vec::new();
    export_edges(&snapshot, &mut edges).unwrap();
    let edges = String::from_utf8(edges).unwrap();
    // How sure it is follows from measurements, which change.
    let (head, p) = edges.lines().next().unwrap().rsplit_once(",\"p\":").unwrap();
    let (head, tier) = head.split_once(",\"tier\":\"").unwrap();
    assert_snapshot!(head, @r#"
{"path":"src/client.py","line":1,"col":6,"name":"pool","def_path":"src/pool.py","def_line":1,"kind":"import"
"#);
    assert!(
        tier.ends_with("\",\"rule\":\"module-path\"") && p.starts_with("0.9") && p.len() <= 5,
        "{tier} {p}"
    );
    let rows: Vec<serde_json::Value> = edges.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(rows.iter().all(|r| r["def_line"].as_u64() >= Some(1) && r["col"].as_u64() >= Some(1)));
    let mut facts = Vec::new();
    export_facts(&snapshot, &mut facts).unwrap();
    let facts: Vec<serde_json::Value> =
        String::from_utf8(facts).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(facts.len(), 4);
    assert_eq!(facts[1]["path"], "src/pool.py");
    assert_eq!(facts[1]["symbols"][1]["qualified"], "Pool");
}
