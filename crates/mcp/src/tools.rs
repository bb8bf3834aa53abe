//! Which tools are there, and which request does each call stand for?

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use lodemap_daemon::{ENDLESS, Lane, Patience, Said, Session, Stage, Turns};
use lodemap_wire::{Request, Terms};
use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Map, Value};

use crate::arguments::{Parameter, Shape, arguments, parameter, schema};
use crate::output::{OVERHEAD, dressed, error, never};

/// The budget of an answer, unless a call says otherwise.
pub const DEFAULT_TOKENS: usize = 4000;
/// No answer is larger, whatever a call says.
pub const MOST_TOKENS: usize = 8000;
/// With less, answers would be nothing but their frames.
const LEAST_TOKENS: usize = 2 * OVERHEAD;
/// A call that comes before the index is ready waits at most so long.
const PATIENCE: Duration = Duration::from_millis(400);

/// A tool as a model sees it.
struct Entry {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    parameters: &'static [Parameter],
    required: &'static [&'static str],
}

const TOKENS: Parameter = parameter("tokens", Shape::Number, "");
const LIMIT: Parameter = parameter("limit", Shape::Number, "");
const DEPTH: Parameter = parameter("depth", Shape::Number, "Steps to follow");
const SUBJECT: Parameter = parameter(
    "subject",
    Shape::Text,
    "Name (Pool.acquire), id (src/pool.py#Pool) or place (src/pool.py:7:9)",
);

/// The tools, in the order in which a task needs them.
const TOOLS: &[Entry] = &[
    Entry {
        name: "repo_map",
        title: "Repository map",
        description: "Overview of the repository: the most important files with their key symbols, signatures and \
                      line numbers, ranked by what refers to them. Read it first in unfamiliar code, instead of \
                      listing folders.",
        parameters: &[
            parameter("focus", Shape::Texts, "Files, folders or symbols near which things rank higher"),
            parameter("mention", Shape::Texts, "Texts whose names rank higher"),
            TOKENS,
        ],
        required: &[],
    },
    Entry {
        name: "select_context",
        title: "Context of a task",
        description: "The code to read for a task: pass the issue, question, error or stack trace; returns the best \
                      files and numbered lines with callers, within a budget. Use it before grepping around.",
        parameters: &[
            parameter("task", Shape::Text, "Full text of the task"),
            parameter("focus", Shape::Texts, "Files, folders or symbols known to matter"),
            parameter(
                "since",
                Shape::Number,
                "Generation of an earlier answer: shows only what changed since",
            ),
            parameter("files", Shape::Flag, "Only list files"),
            parameter("tests", Shape::Flag, "Name tests too"),
            LIMIT,
            TOKENS,
        ],
        required: &["task"],
    },
    Entry {
        name: "search_code",
        title: "Search code",
        description: "Ranked search, better than grep for finding where something is: definitions by name (fuzzy), or \
                      full text with +required -excluded \"phrase\" prefix* /regex/. Results are definitions with \
                      their matching lines.",
        parameters: &[
            parameter("query", Shape::Text, ""),
            parameter(
                "in",
                Shape::Word(&["auto", "names", "text"]),
                "auto: one identifier looks for names, all else in text",
            ),
            parameter("kind", Shape::Text, "As function, class, method"),
            parameter("path", Shape::Text, "Glob, as src/**/*.py"),
            parameter("lang", Shape::Text, "As python; text only"),
            parameter("files", Shape::Flag, "Group by file; text only"),
            LIMIT,
            TOKENS,
        ],
        required: &["query"],
    },
    Entry {
        name: "get_symbol",
        title: "Symbol",
        description: "Where a symbol is defined, following imports, with its signature and code (of a long class its \
                      members); or, given `path`, the outline of a file. Use it instead of reading the file.",
        parameters: &[SUBJECT, parameter("path", Shape::Text, "File to outline, instead of subject"), TOKENS],
        required: &[],
    },
    Entry {
        name: "find_references",
        title: "References",
        description: "Who uses a symbol, resolved through scopes, imports and types, so unlike grep without namesakes; \
                      or its call hierarchy. Each says how sure it is.",
        parameters: &[
            SUBJECT,
            parameter("direction", Shape::Word(&["references", "callers", "callees"]), ""),
            DEPTH,
            LIMIT,
            TOKENS,
        ],
        required: &["subject"],
    },
    Entry {
        name: "impact",
        title: "Impact of a change",
        description: "What a change can break and which tests to run: all that depends on files, symbols or a git \
                      diff, nearest first. Call it before and after an edit.",
        parameters: &[
            parameter("subjects", Shape::Texts, "Files, folders, symbols or places that change"),
            parameter("diff", Shape::Text, "Or: all that differs from this git revision, as HEAD"),
            parameter(
                "direction",
                Shape::Word(&["dependants", "dependencies"]),
                "dependencies: what one file imports, and who imports it",
            ),
            DEPTH,
            LIMIT,
            TOKENS,
        ],
        required: &[],
    },
    Entry {
        name: "index_status",
        title: "Index status",
        description: "Whether the index is ready and fresh, what is left out, and why a path is or is not indexed.",
        parameters: &[parameter("why", Shape::Text, "Path to explain"), TOKENS],
        required: &[],
    },
];

/// What a call gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// For the model to read.
    pub text: String,
    /// Whether it is no answer, but says why there is none and what to do next.
    pub is_error: bool,
}

impl Reply {
    pub(crate) fn failed(message: &str) -> Self {
        Self { text: error(message), is_error: true }
    }

    fn of(said: Said) -> Self {
        match said {
            Said::Answered(Ok(response)) => Self { text: dressed(&response), is_error: false },
            Said::Answered(Err(problem)) => Self::failed(&problem.message),
            Said::NotYet(stage) => Self { text: not_yet(&stage), is_error: false },
            Said::Never(problem) => Self { text: never(&problem.message), is_error: true },
        }
    }
}

/// The tools of one repository.
#[derive(Clone)]
pub struct Tools {
    session: Session,
}

/// The list of tools as the protocol has it, for documents and checks.
pub fn tool_list() -> Value {
    serde_json::to_value(list()).unwrap_or_default()
}

/// The list of tools.
pub(crate) fn list() -> Vec<Tool> {
    let tool = |entry: &Entry| {
        let annotations = ToolAnnotations::with_title(entry.title).read_only(true).idempotent(true);
        Tool::new(entry.name, entry.description, schema(entry.parameters, entry.required))
            .with_annotations(annotations.open_world(false))
    };
    TOOLS.iter().map(tool).collect()
}

impl Tools {
    /// The tools of a repository that is open, or will be.
    pub fn new(session: impl Into<Session>) -> Self {
        Self { session: session.into() }
    }

    /// Calls a tool. Waits for the answer, but not for an index that takes long to make.
    pub fn call(&self, tool: &str, given: Map<String, Value>) -> Reply {
        self.call_since(Instant::now(), tool, given, &ENDLESS)
    }

    /// The same for a call that came some time ago, and has waited for its turn.
    pub(crate) fn call_since(
        &self,
        came: Instant,
        tool: &str,
        given: Map<String, Value>,
        patience: &Patience,
    ) -> Reply {
        let asked = match Asked::of(tool, given) {
            Ok(asked) => asked,
            Err(message) => return Reply::failed(&message),
        };
        let wait = PATIENCE.saturating_sub(came.elapsed());
        let ask = || self.session.ask(&asked.requests, &asked.terms, patience, wait);
        match catch_unwind(AssertUnwindSafe(ask)) {
            Ok(said) => Reply::of(said),
            // A fault of ours ends this call, and nothing else.
            Err(_) => Reply::failed("this call failed by a fault of the server; ask in another way"),
        }
    }

    /// Ends the work on the repository and keeps what was learnt; see [`Session::close`].
    pub fn close(self, patience: Duration) {
        self.session.close(patience);
    }
}

/// Calls a tool of a repository that a server has open: the question takes its turn with all that the server is asked.
/// Whoever drops this takes it back.
pub(crate) async fn call_in_turn(turns: &Turns, lane: Lane, tool: &str, given: Map<String, Value>) -> Reply {
    match Asked::of(tool, given) {
        Ok(asked) => Reply::of(turns.ask(lane, &asked.requests, &asked.terms, PATIENCE).await),
        Err(message) => Reply::failed(&message),
    }
}

/// An honest answer where there is no index yet.
fn not_yet(stage: &Stage) -> String {
    let far = match stage {
        Stage { name, .. } if name.is_empty() => "it has just begun".to_owned(),
        Stage { name, done, total: 0 } => format!("{name}: {done} so far"),
        Stage { name, done, total } => format!("{name}: {done} of {total}"),
    };
    format!(
        "Still indexing ({far}), so there is nothing to answer from yet. Ask again in a moment, or read files \
         directly meanwhile.\n"
    )
}

/// Requests of which the first that finds something answers, and their terms.
struct Asked {
    requests: Vec<Request>,
    terms: Terms,
}

impl Asked {
    /// What a call asks, or what is wrong with it.
    fn of(tool: &str, given: Map<String, Value>) -> Result<Self, String> {
        let Some(entry) = TOOLS.iter().find(|entry| entry.name == tool) else {
            let names: Vec<&str> = TOOLS.iter().map(|entry| entry.name).collect();
            let tool: String = tool.chars().take(100).collect();
            return Err(format!("there is no tool `{tool}`; call one of {}", names.join(", ")));
        };
        Self::new(tool, arguments(tool, entry.parameters, entry.required, given)?)
    }

    fn new(tool: &str, mut given: Map<String, Value>) -> Result<Self, String> {
        let tokens = match given.remove("tokens") {
            None => DEFAULT_TOKENS,
            Some(tokens) => usize::try_from(tokens.as_u64().unwrap_or_default()).unwrap_or(MOST_TOKENS),
        };
        let tokens = tokens.clamp(LEAST_TOKENS, MOST_TOKENS) - OVERHEAD;
        let terms = Terms { tokens: Some(tokens), format: lodemap_wire::Format::Text, ..Terms::default() };
        let requests = requests(tool, given)?;
        Ok(Self { requests, terms })
    }
}

/// What a call asks.
fn requests(tool: &str, mut given: Map<String, Value>) -> Result<Vec<Request>, String> {
    let mut word = |name: &str| match given.remove(name) {
        Some(Value::String(word)) => word,
        _ => String::new(),
    };
    let methods: Vec<&str> = match tool {
        "repo_map" => vec!["map"],
        "select_context" => vec!["context"],
        "index_status" => vec!["status"],
        "search_code" => match word("in").as_str() {
            "names" => vec!["symbols"],
            "text" => vec!["search"],
            _ => match given.contains_key("lang") || given.contains_key("files") || !is_name(&given["query"])
            {
                true => vec!["search"],
                false => vec!["symbols", "search"],
            },
        },
        "get_symbol" => {
            let (subject, path) = (given.contains_key("subject"), given.contains_key("path"));
            match (subject, path) {
                (true, false) => {
                    given.insert("code".into(), true.into());
                    vec!["definition"]
                }
                (false, true) => vec!["outline"],
                _ => return Err("get_symbol needs either `subject` or `path`; call it again with one".into()),
            }
        }
        "find_references" => match word("direction").as_str() {
            "callers" => vec!["callers"],
            "callees" => vec!["callees"],
            _ => {
                given.remove("depth");
                vec!["references"]
            }
        },
        "impact" => match word("direction").as_str() {
            "dependencies" => {
                given.remove("depth");
                given.remove("limit");
                match (given.remove("subjects").as_ref().and_then(Value::as_array).map(Vec::as_slice), &given)
                {
                    (Some([path]), rest) if rest.is_empty() => {
                        let path = path.clone();
                        given.insert("path".into(), path);
                        vec!["dependencies"]
                    }
                    _ => return Err("dependencies are those of one file; give its path in `subjects`".into()),
                }
            }
            _ if !given.contains_key("subjects") && !given.contains_key("diff") => {
                return Err(
                    "impact needs `subjects` that change, or a `diff` with a revision such as HEAD".into()
                );
            }
            _ => vec!["impact"],
        },
        _ => vec![],
    };
    let parse = |method: &&str| {
        let mut own = given.clone();
        if methods.len() > 1 || *method == "symbols" {
            // What one of several has no use for says nothing to it.
            own.retain(|name, _| {
                Request::parameters(method).is_some_and(|known| known.contains(&name.as_str()))
            });
        }
        Request::parse(method, own).map_err(|problem| problem.message)
    };
    methods.iter().map(parse).collect()
}

/// Whether a query is one identifier, perhaps a qualified one.
fn is_name(query: &Value) -> bool {
    let Some(query) = query.as_str() else { return false };
    let is_letter = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '#' | '/' | '$');
    query.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$')
        && query.chars().all(is_letter)
        && !query.contains("re:")
        && ["kind:", "path:", "lang:"].iter().all(|filter| !query.starts_with(filter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn methods(tool: &str, given: Value) -> Vec<&'static str> {
        let requests = requests(tool, given.as_object().unwrap().clone()).unwrap();
        requests.iter().map(Request::method).collect()
    }

    #[test]
    fn each_call_is_one_question() {
        for (tool, given, wanted) in [
            ("repo_map", json!({"focus": ["a.py"]}), vec!["map"]),
            ("select_context", json!({"task": "x"}), vec!["context"]),
            ("search_code", json!({"query": "Pool.acquire"}), vec!["symbols", "search"]),
            ("search_code", json!({"query": "pool timeout"}), vec!["search"]),
            ("search_code", json!({"query": "/a.b/"}), vec!["search"]),
            ("search_code", json!({"query": "pool", "lang": "python"}), vec!["search"]),
            ("search_code", json!({"query": "pool", "in": "text"}), vec!["search"]),
            ("search_code", json!({"query": "acquire pool", "in": "names", "lang": "rust"}), vec!["symbols"]),
            ("get_symbol", json!({"subject": "Pool"}), vec!["definition"]),
            ("get_symbol", json!({"path": "a.py"}), vec!["outline"]),
            ("find_references", json!({"subject": "Pool", "depth": 2}), vec!["references"]),
            (
                "find_references",
                json!({"subject": "Pool", "direction": "callers", "depth": 2}),
                vec!["callers"],
            ),
            ("find_references", json!({"subject": "Pool", "direction": "callees"}), vec!["callees"]),
            ("impact", json!({"subjects": ["a.py"]}), vec!["impact"]),
            ("impact", json!({"subjects": ["a.py"], "direction": "dependencies"}), vec!["dependencies"]),
            ("index_status", json!({}), vec!["status"]),
        ] {
            assert_eq!(methods(tool, given.clone()), wanted, "{tool} {given}");
        }
    }

    #[test]
    fn how_far_the_index_is_is_said_in_words() {
        for (name, done, total, wanted) in [
            ("", 0, 0, "(it has just begun)"),
            ("linking", 3, 0, "(linking: 3 so far)"),
            ("reading files", 812, 5310, "(reading files: 812 of 5310)"),
        ] {
            let text = not_yet(&Stage { name: name.into(), done, total });
            assert!(text.starts_with("Still indexing ") && text.contains(wanted), "{text}");
            assert!(text.contains("Ask again in a moment"), "{text}");
        }
    }

    #[test]
    fn every_parameter_of_a_tool_is_one_of_its_requests() {
        for entry in TOOLS {
            for parameter in entry.parameters {
                let known = ["in", "direction", "tokens"].contains(&parameter.name)
                    || Request::METHODS.iter().any(|method| {
                        Request::parameters(method).is_some_and(|names| names.contains(&parameter.name))
                    });
                assert!(known, "{}: {}", entry.name, parameter.name);
            }
            assert!(entry.required.iter().all(|name| entry.parameters.iter().any(|p| p.name == *name)));
        }
    }
}
