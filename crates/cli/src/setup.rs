//! How is a client told of the server? By its own settings file in the project, changed in one place and left as it is
//! everywhere else.
//!
//! `client` knows which file and which entry, `jsonc`, `toml` and `agents` how an entry comes into a text of that form,
//! `file` how the text comes to disk. All but the last are pure functions from text to text.

mod agents;
mod client;
mod file;
mod jsonc;
mod toml;

pub(crate) use client::Client;
pub(crate) use file::{Place, SetupError};

/// A text with our entry in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edited {
    pub(crate) text: String,
    /// Whether it is another text than before.
    pub(crate) is_changed: bool,
}

impl Edited {
    fn new(before: &str, text: String) -> Self {
        Self { is_changed: text != before, text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What every client's file looks like when it is new, and that a second time changes nothing.
    #[test]
    fn new_files() {
        let mut said = String::new();
        for client in Client::ALL {
            let new = client.edit("", "lodemap").unwrap();
            said.push_str(&format!("-- {}: {}\n{}\n", client.name(), client.paths()[0], new.text));
            let again = client.edit(&new.text, "lodemap").unwrap();
            assert_eq!((again.text, again.is_changed), (new.text, false), "{}", client.name());
        }
        insta::assert_snapshot!(said);
    }

    #[test]
    fn what_is_there_stays() {
        let zed = "// My settings.\n{\n  \"theme\": \"One\", // dark\n\n  \"context_servers\": {\n    // another\n    \"other\": {\"command\": \"x\"},\n  },\n  \"tab_size\": 4,\n}\n";
        let edited = Client::Zed.edit(zed, "lodemap").unwrap();
        assert!(edited.is_changed);
        let kept: Vec<&str> = zed.lines().filter(|line| edited.text.contains(line)).collect();
        assert_eq!(kept, zed.lines().collect::<Vec<_>>(), "{}", edited.text);
        insta::assert_snapshot!(edited.text);

        let codex = "# Mine.\nmodel = \"x\"   # spaced\n\n[mcp_servers.other]\ncommand = \"y\"\n\n[tui]\ntheme = \"z\"\n";
        let edited = Client::Codex.edit(codex, "lodemap").unwrap();
        let kept: Vec<&str> = codex.lines().filter(|line| edited.text.contains(line)).collect();
        assert_eq!(kept, codex.lines().collect::<Vec<_>>(), "{}", edited.text);
        insta::assert_snapshot!(edited.text);
    }

    #[test]
    fn an_entry_of_the_users_own_is_completed_and_not_overruled() {
        let mine = "{\"mcpServers\": {\"lodemap\": {\"command\": \"/opt/lodemap\", \"args\": [\"mcp\", \"--jobs\", \"1\"]}}}";
        assert!(!Client::Cursor.edit(mine, "lodemap").unwrap().is_changed);
        let half = "{\"mcpServers\": {\"lodemap\": {\"command\": \"/opt/lodemap\"}}}";
        let edited = Client::Cursor.edit(half, "lodemap").unwrap().text;
        assert!(edited.contains("/opt/lodemap") && edited.contains("--root"), "{edited}");
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        for (client, text) in [
            (Client::ClaudeCode, "{"),
            (Client::ClaudeCode, "[]"),
            (Client::ClaudeCode, "{\"mcpServers\": 3}"),
            (Client::ClaudeCode, "{\"mcpServers\": {\"lodemap\": []}}"),
            (Client::Vscode, "{} {}"),
            (Client::Codex, "a ="),
            (Client::Codex, "mcp_servers = 3"),
            (Client::Codex, "[mcp_servers]\nlodemap = 3"),
            (Client::AgentsMd, "<!-- lodemap:start -->\n"),
            (Client::AgentsMd, "<!-- lodemap:end -->\n<!-- lodemap:start -->\n"),
        ] {
            assert!(client.edit(text, "lodemap").is_err(), "{} {text}", client.name());
        }
    }

    #[test]
    fn all_layouts_stay_readable() {
        for text in [
            "{}",
            "{ }",
            "{\n}",
            "{\n\n}\n",
            "// a\n{} // b\n",
            "/* a */ {\"x\": 1}",
            "{\"x\": 1,}",
            "{\n\t\"x\": [1, 2,], // c\n}",
            "{\"servers\":{}}",
            "{\"servers\": {\"a\": {}}}",
            "{\n  \"servers\": {\n    // only this\n  }\n}",
            "{\n  \"servers\": {\n    \"a\": {}, // last\n  }, /* d */\n  \"y\": null\n}",
            "{\"servers\": {\"lodemap\": {}}}",
            "{\"servers\": {\"lodemap\": {\"args\": [] /* none */}}}",
            "{\"a\": \"// no comment\", \"b\": \"\\u00e9\\\\\"}",
        ] {
            let edited = Client::Vscode.edit(text, "lodemap").unwrap();
            let again = Client::Vscode.edit(&edited.text, "lodemap").unwrap();
            assert!(edited.is_changed && !again.is_changed, "{text}\n{}", edited.text);
            for comment in
                ["// a", "// b", "/* a */", "// c", "// only this", "// last", "/* d */", "/* none */"]
            {
                assert_eq!(text.contains(comment), edited.text.contains(comment), "{text}\n{}", edited.text);
            }
        }
    }

    #[test]
    fn line_ends_and_marks_of_order_stay() {
        let windows = "\u{feff}{\r\n  \"servers\": {}\r\n}\r\n";
        let edited = Client::Vscode.edit(windows, "lodemap").unwrap().text;
        assert!(edited.starts_with("\u{feff}{\r\n") && edited.ends_with("}\r\n"), "{edited:?}");
        assert_eq!(edited.matches('\n').count(), edited.matches("\r\n").count(), "{edited:?}");
    }

    #[test]
    fn a_block_is_replaced_where_it_stands() {
        let text = "# Agents\n\nBuild with make.\n";
        let first = Client::AgentsMd.edit(text, "lodemap").unwrap().text;
        assert!(first.starts_with(text), "{first}");
        let old = first.replace("repo_map", "old_map") + "\nLast words.\n";
        let second = Client::AgentsMd.edit(&old, "lodemap").unwrap().text;
        assert_eq!(second, first + "\nLast words.\n");
    }
}
