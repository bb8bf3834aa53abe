//! Which clients are there, and what does each want to read?

use super::{Edited, agents, jsonc, toml};
use clap::ValueEnum;
use serde_json::{Map, Value, json};

/// A client that has settings in the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Client {
    /// Claude Code: .mcp.json
    ClaudeCode,
    /// Codex: .codex/config.toml
    Codex,
    /// Cursor: .cursor/mcp.json
    Cursor,
    /// Visual Studio Code: .vscode/mcp.json
    Vscode,
    /// Zed: .zed/settings.json
    Zed,
    /// opencode: opencode.json or opencode.jsonc
    Opencode,
    /// Gemini CLI: .gemini/settings.json
    Gemini,
    /// All that read AGENTS.md: when to use which tool
    AgentsMd,
}

impl Client {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 8] = [
        Self::ClaudeCode,
        Self::Codex,
        Self::Cursor,
        Self::Vscode,
        Self::Zed,
        Self::Opencode,
        Self::Gemini,
        Self::AgentsMd,
    ];

    /// Its name on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// The file, relative to the root: the first that is there, else the first.
    pub(crate) fn paths(self) -> &'static [&'static str] {
        match self {
            Self::ClaudeCode => &[".mcp.json"],
            Self::Codex => &[".codex/config.toml"],
            Self::Cursor => &[".cursor/mcp.json"],
            Self::Vscode => &[".vscode/mcp.json"],
            Self::Zed => &[".zed/settings.json"],
            Self::Opencode => &["opencode.json", "opencode.jsonc"],
            Self::Gemini => &[".gemini/settings.json"],
            Self::AgentsMd => &["AGENTS.md"],
        }
    }

    /// The text of its file with our entry; nothing else of it changes. An empty text becomes a new file.
    pub(crate) fn edit(self, text: &str, program: &str) -> Result<Edited, String> {
        let workspace = json!(["mcp", "--root", "${workspaceFolder}"]);
        match self {
            Self::Codex => toml::edit(text, program),
            Self::AgentsMd => agents::edit(text),
            Self::ClaudeCode => {
                let entry = json!({"type": "stdio", "command": program, "args": ["mcp"]});
                jsonc::edit(text, "mcpServers", &object(entry), None)
            }
            Self::Cursor => {
                let entry = json!({"command": program, "args": workspace});
                jsonc::edit(text, "mcpServers", &object(entry), None)
            }
            Self::Vscode => {
                let entry = json!({"type": "stdio", "command": program, "args": workspace});
                jsonc::edit(text, "servers", &object(entry), None)
            }
            Self::Zed => {
                let entry = json!({"command": program, "args": ["mcp"], "env": {}});
                jsonc::edit(text, "context_servers", &object(entry), None)
            }
            Self::Opencode => {
                let entry = json!({"type": "local", "command": [program, "mcp"], "enabled": true});
                jsonc::edit(text, "mcp", &object(entry), Some("https://opencode.ai/config.json"))
            }
            Self::Gemini => {
                let entry = json!({"command": program, "args": ["mcp"], "timeout": 30000});
                jsonc::edit(text, "mcpServers", &object(entry), None)
            }
        }
    }

    /// What is left for the user to do.
    pub(crate) fn next_step(self) -> &'static str {
        match self {
            Self::ClaudeCode => "start Claude Code here and approve the server; /mcp shows it",
            Self::Codex => "start Codex here and trust the project; /mcp shows it",
            Self::Cursor => "enable the server in Cursor's settings, under MCP",
            Self::Vscode => "open the file in VS Code and press Start above the entry",
            Self::Zed => "open the project in Zed and trust it; the Agent Panel's settings show the server",
            Self::Opencode => "start opencode here; `opencode mcp list` shows it",
            Self::Gemini => "start Gemini CLI here and trust the folder; /mcp shows it",
            Self::AgentsMd => "commit it, so that agents elsewhere read it too",
        }
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
