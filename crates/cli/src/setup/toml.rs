//! An entry in a TOML text, in which all else stays as it is.

use super::Edited;
use toml_edit::{Array, DocumentMut, Item, Table, TomlError, value};

/// The text with a table `mcp_servers.lodemap`. Keys that it has already are the user's.
pub(super) fn edit(text: &str, program: &str) -> Result<Edited, String> {
    let (mark, body) = match text.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", text),
    };
    let mut document: DocumentMut =
        body.parse().map_err(|e: TomlError| format!("it is no TOML: {}", e.message()))?;
    let servers = document.entry("mcp_servers").or_insert_with(|| {
        let mut table = Table::new();
        // Without a line of its own.
        table.set_implicit(true);
        Item::Table(table)
    });
    let servers = servers.as_table_like_mut().ok_or("`mcp_servers` in it is no table")?;
    if servers.get("lodemap").is_none() {
        servers.insert("lodemap", Item::Table(Table::new()));
    }
    let ours = servers.get_mut("lodemap").and_then(Item::as_table_like_mut);
    let ours = ours.ok_or("`mcp_servers.lodemap` in it is no table")?;
    let entries = [
        ("command", value(program)),
        ("args", value(Array::from_iter(["mcp"]))),
        ("startup_timeout_sec", value(20)),
    ];
    let mut is_changed = false;
    for (key, entry) in entries {
        if !ours.contains_key(key) {
            ours.insert(key, entry);
            is_changed = true;
        }
    }
    if !is_changed {
        return Ok(Edited::new(text, text.to_owned()));
    }
    let mut out = document.to_string();
    // The library writes line feeds alone.
    if body.contains("\r\n") {
        out = out.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    Ok(Edited::new(text, format!("{mark}{out}")))
}
