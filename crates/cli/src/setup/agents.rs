//! A block in `AGENTS.md` that tells agents when to use which tool.

use super::Edited;

const START: &str = "<!-- lodemap:start -->";
const END: &str = "<!-- lodemap:end -->";

/// What stands between the marks.
const BLOCK: &str = "\
## Finding code

The MCP server `lodemap` keeps a ranked, resolved index of this repository; its answers are fresh after every edit.

- Before grepping or reading whole files, call `select_context` with the task, or `repo_map` for an overview.
- `search_code` finds names and text, `get_symbol` shows the code of one symbol.
- Before changing something, call `find_references` and `impact`; the latter also names the tests to run.
- Without MCP, the same answers come from `lodemap context --task TEXT`, `lodemap map`, `lodemap search`, `lodemap def --code`,
  `lodemap refs` and `lodemap impact`.
";

/// The text with our block: in the place of the old one, else at the end.
pub(super) fn edit(text: &str) -> Result<Edited, String> {
    let block = format!("{START}\n{BLOCK}{END}\n");
    let out = match (text.find(START), text.find(END)) {
        (None, None) if text.trim().is_empty() => block,
        (None, None) => {
            let gap = if text.ends_with('\n') { "\n" } else { "\n\n" };
            format!("{text}{gap}{block}")
        }
        (Some(start), Some(end)) if start < end => {
            let after = &text[end + END.len()..];
            let after = after.strip_prefix("\r\n").or(after.strip_prefix('\n')).unwrap_or(after);
            format!("{}{block}{after}", &text[..start])
        }
        _ => {
            return Err(format!(
                "only one of the marks `{START}` and `{END}` is in it, or in the wrong order"
            ));
        }
    };
    Ok(Edited::new(text, out))
}
