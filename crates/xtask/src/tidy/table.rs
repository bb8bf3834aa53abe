//! Which crates are there, and what may each of them use?
//!
//! Reads the table with the columns `crate`, `may use` and `IO` from the architecture document, which is therefore the
//! only place where the allowed edges are written down.
//! Rows stand in the order in which data flows: a crate may only use crates above it, so no cycle can be written.

use super::Problem;

/// One crate and what it is allowed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) may_use: Vec<String>,
    pub(super) io: Io,
    /// Announced with `(later)`: the crate need not exist yet.
    pub(super) later: bool,
    pub(super) line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Io {
    /// Contains no IO, and a lint sees to it.
    No,
    /// IO happens through a library only.
    Through,
    Yes,
    /// A crate for development, to which the question does not apply.
    Free,
}

pub(super) fn parse(path: &str, text: &str, problems: &mut Vec<Problem>) -> Vec<Row> {
    let lines: Vec<&str> = text.lines().collect();
    let Some((start, columns)) = lines.iter().enumerate().find_map(|(at, line)| Some((at, header(line)?)))
    else {
        problems.push(Problem::new(
            path,
            1,
            "has no table with the columns `crate`, `may use` and `IO`: write it, one row per crate",
        ));
        return Vec::new();
    };
    let mut rows: Vec<Row> = Vec::new();
    for (at, line) in lines.iter().enumerate().skip(start + 1) {
        let Some(cells) = cells(line) else { break };
        if cells.iter().all(|cell| cell.chars().all(|c| "-: ".contains(c))) {
            continue;
        }
        match row(&cells, columns, at + 1, &rows) {
            Ok(row) => rows.push(row),
            Err(message) => problems.push(Problem::new(path, at + 1, message)),
        }
    }
    rows
}

/// Where the columns `crate`, `may use` and `IO` stand, if the line is the table's header.
fn header(line: &str) -> Option<[usize; 3]> {
    let cells = cells(line)?;
    let column = |name: &str| cells.iter().position(|cell| plain(cell).eq_ignore_ascii_case(name));
    Some([column("crate")?, column("may use")?, column("io")?])
}

fn row(cells: &[&str], columns: [usize; 3], line: usize, above: &[Row]) -> Result<Row, String> {
    let [Some(name), Some(may_use), Some(io)] = columns.map(|column| cells.get(column)) else {
        return Err("the row is short of cells: complete it".to_owned());
    };
    let later = name.contains("(later)");
    let name = plain(name).trim_end_matches('/').to_owned();
    if above.iter().any(|row| row.name == name) {
        return Err(format!("`{name}` has two rows: remove one"));
    }
    let may_use: Vec<String> = match plain(may_use).as_str() {
        "" | "-" | "–" | "—" => Vec::new(),
        list => list.split(',').map(plain).collect(),
    };
    for used in &may_use {
        if !above.iter().any(|row| row.name == *used) {
            return Err(format!(
                "`{name}` lists `{used}`, which is no crate in a row above: name crates by folder, separated by commas, and order the rows along the flow of data"
            ));
        }
    }
    let io = match plain(io).as_str() {
        "no" => Io::No,
        "yes" => Io::Yes,
        "" | "-" | "–" | "—" => Io::Free,
        other if other.starts_with("via ") => Io::Through,
        other => return Err(format!("IO `{other}` is not one of yes, no, via …, –: choose one")),
    };
    Ok(Row { name, may_use, io, later, line })
}

fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

/// A cell without code marks and without a note in brackets.
fn plain(cell: &str) -> String {
    let note = cell.find('(').unwrap_or(cell.len());
    cell[..note].replace('`', "").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rows: &str) -> (Vec<Row>, Vec<Problem>) {
        let mut problems = Vec::new();
        let text =
            format!("# Crates\n\n| crate | question | may use | IO |\n|---|---|---|---|\n{rows}\nText.\n");
        (parse("a.md", &text, &mut problems), problems)
    }

    #[test]
    fn reads_names_edges_and_io() {
        let (rows, problems) = read(
            "| `base` | Nouns? | – | no |\n| `search` | Where? | `base` | via tantivy |\n| `host` (later) | Open? | base, search (postings) | yes |\n| `testkit` (dev only) | | base | – |",
        );
        assert_eq!(problems, []);
        let seen: Vec<_> =
            rows.iter().map(|row| (row.name.as_str(), row.may_use.join(" "), row.io, row.later)).collect();
        assert_eq!(
            seen,
            [
                ("base", String::new(), Io::No, false),
                ("search", "base".to_owned(), Io::Through, false),
                ("host", "base search".to_owned(), Io::Yes, true),
                ("testkit", "base".to_owned(), Io::Free, false),
            ]
        );
    }

    #[test]
    fn the_table_ends_with_its_last_row() {
        let (rows, problems) = read("| base | ? | – | no |\n\n| disk | ? | nothing at all | maybe |");
        assert_eq!((rows.len(), problems.len()), (1, 0));
    }

    #[test]
    fn unreadable_rows_are_problems() {
        let cases = [
            ("| graph | ? | base | no |\n| base | ? | – | no |", "`graph` lists `base`"),
            ("| base | ? | – | no |\n| engine | ? | all above | no |", "`engine` lists `all above`"),
            ("| base | ? | base | no |", "`base` lists `base`"),
            ("| base | ? | – | no |\n| base | ? | – | no |", "`base` has two rows"),
            ("| base | ? | – | perhaps |", "IO `perhaps`"),
            ("| base | ? |", "short of cells"),
        ];
        for (rows, part) in cases {
            let (_, problems) = read(rows);
            assert!(problems.iter().any(|p| p.message.contains(part)), "{part:?} is missing in {problems:?}");
        }
    }

    #[test]
    fn a_document_without_the_table_is_a_problem() {
        let mut problems = Vec::new();
        assert_eq!(parse("a.md", "| crate | IO |\n|---|---|\n", &mut problems), []);
        assert_eq!(problems.len(), 1);
    }
}
