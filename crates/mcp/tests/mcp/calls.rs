//! Every tool, called as a model calls it.

use crate::bed::{Bed, fenced, tokens};
use lodemap_mcp::{MOST_TOKENS, Tools};
use serde_json::json;

/// An answer without the mark, which is another one in each process.
fn unmarked(text: &str) -> String {
    let mark = text.split("`end ").nth(1).and_then(|rest| rest.split('`').next()).unwrap_or("no mark");
    text.replace(mark, "MARK")
}

#[test]
fn every_tool_answers() {
    let bed = Bed::pool();
    let said: Vec<String> = [
        ("repo_map", json!({})),
        ("repo_map", json!({"focus": "app.py", "tokens": "300"})),
        ("select_context", json!({"task": "timeout in Pool.acquire"})),
        ("search_code", json!({"query": "acquire"})),
        ("search_code", json!({"query": "Lends connections"})),
        ("search_code", json!({"query": "lends"})),
        ("get_symbol", json!({"subject": "Pool.acquire"})),
        ("get_symbol", json!({"path": "src/pool.py"})),
        ("find_references", json!({"subject": "Pool"})),
        ("find_references", json!({"subject": "Pool.acquire", "direction": "callers"})),
        ("find_references", json!({"subject": "main", "direction": "callees"})),
        ("impact", json!({"subjects": ["src/pool.py"]})),
        ("impact", json!({"subjects": ["src/pool.py"], "direction": "dependencies"})),
        ("index_status", json!({"why": "app.py"})),
    ]
    .into_iter()
    .map(|(tool, arguments)| {
        let text = bed.ask(tool, arguments.clone());
        assert!(text.ends_with('\n') && !fenced(&text).is_empty(), "{text}");
        format!("-- {tool} {arguments}\n{}", unmarked(&text))
    })
    .collect();
    insta::assert_snapshot!(said.concat());
    let status = bed.ask("index_status", json!({}));
    assert!(fenced(&status).starts_with("ready: 3 files indexed"), "{status}");
}

#[test]
fn errors_say_what_to_do() {
    let bed = Bed::pool();
    for (tool, arguments, hint) in [
        ("frob", json!({}), "call one of repo_map, select_context"),
        ("repo_map", json!({"depth": 3}), "it takes focus, mention, tokens"),
        ("select_context", json!({"task": "  "}), "needs `task`"),
        ("search_code", json!({"query": "/(/"}), "/(/"),
        ("search_code", json!({"query": "x", "kind": "thing"}), "function"),
        ("search_code", json!({"query": "x", "limit": "many"}), "limit"),
        ("get_symbol", json!({}), "either `subject` or `path`"),
        ("get_symbol", json!({"subject": "Pol"}), "Pool"),
        ("find_references", json!({"subject": "nosuchthing"}), "nosuchthing"),
        ("find_references", json!({"subject": "Pool", "direction": "callers", "depth": 100000}), "1 to 1000"),
        ("impact", json!({}), "`subjects`"),
        ("impact", json!({"diff": "--output=x"}), "revision"),
        ("impact", json!({"subjects": ["a", "b"], "direction": "dependencies"}), "one file"),
        ("index_status", json!({"why": "../x"}), "outside"),
    ] {
        let message = bed.fails(tool, arguments);
        assert!(message.contains(hint), "{tool}: {message}");
        assert!(
            !message.contains("--") || message.contains("--output"),
            "{tool} speaks of options: {message}"
        );
    }
}

#[test]
fn what_is_not_there_is_said_without_alarm() {
    let bed = Bed::pool();
    let text = bed.ask("search_code", json!({"query": "zebra"}));
    assert!(text.starts_with("nothing found: "), "{text}");
    let text = bed.ask("find_references", json!({"subject": "main"}));
    assert!(text.contains("nothing found: nothing in the repository refers to it"), "{text}");
}

#[test]
fn no_answer_exceeds_its_budget() {
    let many: String =
        (0..4000).map(|n| format!("def function_{n}(argument: int) -> int:\n    return {n}\n\n")).collect();
    let bed = Bed::new(&[("many.py", &many)]);
    for (asked, most) in
        [(json!(500), 500), (json!(4000), 4000), (json!(1_000_000), MOST_TOKENS), (json!(0), 240)]
    {
        for (tool, mut arguments) in [
            ("repo_map", json!({})),
            ("select_context", json!({"task": "function argument"})),
            ("search_code", json!({"query": "function argument", "limit": 0})),
            ("search_code", json!({"query": "function", "in": "names", "limit": 0})),
            ("get_symbol", json!({"path": "many.py"})),
            ("get_symbol", json!({"subject": "many.py"})),
            ("impact", json!({"subjects": ["many.py"], "limit": 0})),
            ("index_status", json!({})),
        ] {
            arguments["tokens"] = asked.clone();
            let text = bed.ask(tool, arguments);
            assert!(tokens(&text) <= most, "{tool} with {asked}: {} tokens", tokens(&text));
        }
    }
    let text = bed.ask("get_symbol", json!({"path": "many.py"}));
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("… ") && last.ends_with("more; raise tokens"), "{last}");
}

#[test]
fn a_root_that_cannot_be_opened_is_told_by_each_call() {
    let bed = Bed::unopened(&[]);
    let open = lodemap_daemon::OpenOptions { root: Some(bed.beside("missing")), ..Default::default() };
    let options = lodemap_daemon::LiveOptions { open, ..Default::default() };
    let tools = Tools::new(lodemap_daemon::Opening::start(options));
    for tool in ["repo_map", "index_status", "repo_map"] {
        let reply = tools.call(tool, serde_json::Map::new());
        assert!(reply.is_error && reply.text.contains("missing"), "{reply:?}");
        assert!(reply.text.contains("--root"), "{reply:?}");
    }
}
