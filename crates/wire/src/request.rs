//! What can be asked?
//!
//! One variant a method, each with the parameters that are its own; those that all have in common are in `call`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fields::fields_of;
use crate::parameter::{Parameter, Shape, Shaped};
use crate::problem::{Problem, ProblemKind};

/// The budget of maps and contexts: what a model reads without losing sight of its task.
pub const DEFAULT_TOKENS: usize = 4096;
/// So many files a context names.
pub const DEFAULT_CONTEXT_FILES: usize = 20;
/// So many hits a search shows.
pub const DEFAULT_SEARCH_HITS: usize = 20;
/// So many definitions are listed.
pub const DEFAULT_SYMBOLS: usize = 50;
/// So many references or calls are listed.
pub const DEFAULT_REFS: usize = 200;
/// So many steps calls are followed.
pub const DEFAULT_DEPTH: u32 = 1;
/// So many steps dependants are followed.
pub const DEFAULT_IMPACT_DEPTH: u32 = 3;
/// So many affected definitions are listed.
pub const DEFAULT_IMPACT_LIMIT: usize = 100;
/// Nobody follows anything further than this.
pub const MAX_DEPTH: u32 = 1000;

/// The name of a parameter, what it is for, and its shape.
type Row = (&'static str, &'static str, Shape);

macro_rules! requests {
    ($($(#[doc = $doc:literal])+ $variant:ident($params:ident) = $method:literal,)+) => {
        /// A question, whoever asks it.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Request {
            $($(#[doc = $doc])+ $variant($params),)+
        }

        impl Request {
            /// The names of all methods.
            pub const METHODS: &'static [&'static str] = &[$($method),+];

            /// The name of the method.
            pub fn method(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $method,)+
                }
            }

            /// Its parameters, but for those that all have in common.
            pub fn params(&self) -> Map<String, Value> {
                let value = match self {
                    $(Self::$variant(params) => serde_json::to_value(params),)+
                };
                match value {
                    Ok(Value::Object(map)) => map,
                    _ => Map::new(),
                }
            }

            /// The names of a method's own parameters; `None` if there is no such method.
            pub fn parameters(method: &str) -> Option<&'static [&'static str]> {
                match method {
                    $($method => Some(fields_of::<$params>()),)+
                    _ => None,
                }
            }

            /// What a method is asked for, as a question; `None` if there is no such method.
            pub fn about(method: &str) -> Option<&'static str> {
                match method {
                    $($method => Some(concat!($($doc),+).trim_ascii_start()),)+
                    _ => None,
                }
            }

            /// A method's own parameters with all that is to be said of them; `None` if there is no such method.
            pub fn described(method: &str) -> Option<Vec<Parameter>> {
                let (defaults, rows) = match method {
                    $($method => (serde_json::to_value($params::default()), $params::ROWS),)+
                    _ => return None,
                };
                let defaults = defaults.unwrap_or_default();
                let own = |row: &Row| Parameter::own(method, *row, defaults.get(row.0).cloned());
                Some(rows.iter().map(own).collect())
            }

            /// Reads a method and its own parameters.
            pub fn parse(method: &str, params: Map<String, Value>) -> Result<Self, Problem> {
                let Some(known) = Self::parameters(method) else {
                    let methods = Self::METHODS.join(", ");
                    let message = format!("there is no method `{}`; call one of {methods}", shown(method));
                    return Err(Problem::new(ProblemKind::NoSuchMethod, message));
                };
                if let Some(unknown) = params.keys().find(|key| !known.contains(&key.as_str())) {
                    let all: Vec<&str> = known.iter().chain(crate::COMMON).copied().collect();
                    return Err(Problem::usage(format!(
                        "`{method}` has no parameter `{}`; it takes {}", shown(unknown), all.join(", ")
                    )));
                }
                if let Some(missing) = Self::required(method).filter(|name| !params.contains_key(*name)) {
                    return Err(Problem::usage(format!(
                        "`{method}` needs the parameter `{missing}`; it takes {}", known.join(", ")
                    )));
                }
                let params = Value::Object(params);
                let wrong = |e: serde_json::Error| {
                    Problem::usage(format!("`{method}`: {}; it takes {}", shown(&e.to_string()), known.join(", ")))
                };
                match method {
                    $($method => serde_json::from_value(params).map(Self::$variant).map_err(wrong),)+
                    _ => Err(Problem::new(ProblemKind::NoSuchMethod, "there is no such method")),
                }
            }
        }
    };
}

/// What came from elsewhere, in a message: on one line and not for ever.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 200;
    let mut out: String = text.chars().take(MOST).flat_map(char::escape_debug).collect();
    if text.chars().nth(MOST).is_some() {
        out.push('…');
    }
    out
}

requests! {
    /// Which files and symbols matter most?
    Map(MapRequest) = "map",
    /// What must be read for a task?
    Context(ContextRequest) = "context",
    /// Where does it say so?
    Search(SearchRequest) = "search",
    /// What is defined, and where?
    Symbols(SymbolsRequest) = "symbols",
    /// Where is it defined?
    Definition(DefinitionRequest) = "definition",
    /// What is in this file?
    Outline(OutlineRequest) = "outline",
    /// Who refers to it?
    References(ReferencesRequest) = "references",
    /// Who calls it?
    Callers(CallsRequest) = "callers",
    /// What does it call?
    Callees(CallsRequest) = "callees",
    /// What can this change break?
    Impact(ImpactRequest) = "impact",
    /// What does this file depend on, and what depends on it?
    Dependencies(DependenciesRequest) = "dependencies",
    /// Is all well, and why is this file not there?
    Status(StatusRequest) = "status",
    /// What is understood?
    Languages(LanguagesRequest) = "languages",
    /// These files were written: what became of them?
    MarkDirty(MarkDirtyRequest) = "mark_dirty",
    /// Is the index what a fresh start would give?
    Verify(VerifyRequest) = "verify",
    /// What is known, for other programs?
    Export(ExportRequest) = "export",
}

impl Request {
    /// The parameter without which a method has no meaning.
    pub fn required(method: &str) -> Option<&'static str> {
        match method {
            "context" => Some("task"),
            "search" => Some("query"),
            "definition" | "references" | "callers" | "callees" => Some("subject"),
            "outline" | "dependencies" => Some("path"),
            "mark_dirty" => Some("paths"),
            "export" => Some("what"),
            _ => None,
        }
    }
}

macro_rules! params {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $fdoc:literal])+ $field:ident: $type:ty = $default:expr,)* }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[doc = $fdoc])+ pub $field: $type,)*
        }

        impl $name {
            const ROWS: &[Row] = &[$((stringify!($field), concat!($($fdoc),+), <$type as Shaped>::SHAPE)),*];
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }
    };
}

params! {
    /// The most important files and their key symbols.
    MapRequest {
        /// Files, folders and symbols near which things matter more.
        focus: Vec<String> = vec![],
        /// Texts whose names matter more.
        mention: Vec<String> = vec![],
        /// Name files, with their importance, and nothing of what is in them.
        files: bool = false,
    }
}

params! {
    /// What must be read for a task.
    ContextRequest {
        /// The task: an issue, a message, an error with its stack trace.
        task: String = String::new(),
        /// Files, folders and symbols that count as if the task named them.
        focus: Vec<String> = vec![],
        /// Tell only what changed since this generation.
        since: Option<u64> = None,
        /// Name files, and show nothing of them.
        files: bool = false,
        /// At most so many files; 0 for all.
        limit: usize = DEFAULT_CONTEXT_FILES,
        /// Name tests too.
        tests: bool = false,
    }
}

params! {
    /// Words, phrases and regular expressions in the text of all files.
    SearchRequest {
        /// What to search for.
        query: String = String::new(),
        /// Find files instead of definitions.
        files: bool = false,
        /// Only definitions of this kind.
        kind: Option<String> = None,
        /// Only in files that this glob matches.
        path: Option<String> = None,
        /// Only in files of this language.
        lang: Option<String> = None,
        /// At most so many; 0 for all.
        limit: usize = DEFAULT_SEARCH_HITS,
        /// Where to go on: `next` of the page before, or an empty text for the first page.
        cursor: Option<String> = None,
    }
}

params! {
    /// Definitions, by name if one is given.
    SymbolsRequest {
        /// A name, or letters of it in order; all definitions without it.
        query: Option<String> = None,
        /// Only definitions of this kind.
        kind: Option<String> = None,
        /// Only in files that this glob matches.
        path: Option<String> = None,
        /// At most so many; 0 for all.
        limit: usize = DEFAULT_SYMBOLS,
        /// Where to go on: `next` of the page before, or an empty text for the first page.
        cursor: Option<String> = None,
    }
}

params! {
    /// Where a name, or what stands at a place, is defined.
    DefinitionRequest {
        /// A name, an id, a path or a place (`path:line:col`).
        subject: String = String::new(),
        /// Show the code too.
        code: bool = false,
    }
}

params! {
    /// The definitions of one file.
    OutlineRequest {
        /// The file.
        path: String = String::new(),
    }
}

params! {
    /// Who refers to a definition.
    ReferencesRequest {
        /// A name, an id, a path or a place (`path:line:col`).
        subject: String = String::new(),
        /// At most so many; 0 for all.
        limit: usize = DEFAULT_REFS,
        /// Where to go on: `next` of the page before, or an empty text for the first page.
        cursor: Option<String> = None,
    }
}

params! {
    /// Who calls a function, or what it calls.
    CallsRequest {
        /// A name, an id or a place (`path:line:col`).
        subject: String = String::new(),
        /// So many steps.
        depth: u32 = DEFAULT_DEPTH,
        /// At most so many calls; 0 for all.
        limit: usize = DEFAULT_REFS,
        /// Where to go on: `next` of the page before, or an empty text for the first page.
        cursor: Option<String> = None,
    }
}

params! {
    /// What a change can break.
    ImpactRequest {
        /// Files, folders, symbols or places that change.
        subjects: Vec<String> = vec![],
        /// What is different from this revision changes too, as git tells.
        diff: Option<String> = None,
        /// So does what this diff touches; it must lead to the files as they are now.
        patch: Option<String> = None,
        /// So many steps.
        depth: u32 = DEFAULT_IMPACT_DEPTH,
        /// At most so many affected; 0 for all.
        limit: usize = DEFAULT_IMPACT_LIMIT,
    }
}

params! {
    /// The files that a file depends on, and those that depend on it.
    DependenciesRequest {
        /// The file.
        path: String = String::new(),
    }
}

params! {
    /// What is indexed, what is not, and why.
    StatusRequest {
        /// Explain why this path is or is not indexed.
        why: Option<String> = None,
    }
}

params! {
    /// The supported languages.
    LanguagesRequest {}
}

params! {
    /// A notice that files were written, created or removed.
    MarkDirtyRequest {
        /// The files.
        paths: Vec<String> = vec![],
        /// What was written, if it is one file: the answer tells if something else is on disk.
        content: Option<String> = None,
    }
}

params! {
    /// A comparison with a build from scratch.
    VerifyRequest {}
}

params! {
    /// All that is known of one sort, complete: a budget does not cut it.
    ExportRequest {
        /// `facts`, `edges` or `dump`, as the command line calls them.
        what: String = String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(method: &str, params: Value) -> Result<Request, Problem> {
        Request::parse(method, params.as_object().unwrap().clone())
    }

    /// A request with no more than it needs.
    fn least(method: &str) -> Request {
        let mut params = Map::new();
        if let Some(name) = Request::required(method) {
            assert!(Request::parse(method, Map::new()).unwrap_err().message.contains(name));
            params.insert(name.into(), if name == "paths" { json!([]) } else { json!("x") });
        }
        Request::parse(method, params).unwrap()
    }

    #[test]
    fn defaults_are_those_of_the_command_line() {
        let asked = parse("search", json!({"query": "pool"})).unwrap();
        let wanted = SearchRequest { query: "pool".into(), ..SearchRequest::default() };
        assert_eq!(asked, Request::Search(wanted));
        assert_eq!(parse("languages", json!({})).unwrap(), Request::Languages(LanguagesRequest {}));
    }

    #[test]
    fn every_method_is_read_as_it_is_written() {
        for method in Request::METHODS {
            let request = least(method);
            assert_eq!(request.method(), *method);
            let names: Vec<String> = request.params().keys().cloned().collect();
            let mut known = Request::parameters(method).unwrap().to_vec();
            known.sort_unstable();
            let mut sorted = names.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, known, "{method}");
            assert_eq!(Request::parse(method, request.params()).unwrap(), request);
        }
    }

    #[test]
    fn what_is_unknown_is_refused_with_what_is_known() {
        let error = parse("symbols", json!({"quary": "x"})).unwrap_err();
        assert_eq!(error.kind, ProblemKind::Usage);
        assert!(
            error.message.contains("`quary`; it takes query, kind, path, limit, cursor, root"),
            "{error}"
        );
        let error = parse("frob", json!({})).unwrap_err();
        assert!(error.kind == ProblemKind::NoSuchMethod && error.message.contains("mark_dirty"), "{error}");
        let error = parse("symbols", json!({"limit": "many"})).unwrap_err();
        assert!(error.kind == ProblemKind::Usage && error.message.contains("many"), "{error}");
        let error = parse("symbols", json!({"\n".repeat(5000): 1})).unwrap_err();
        assert!(error.message.len() < 1000 && !error.message.contains('\n'), "{error}");
    }
}
