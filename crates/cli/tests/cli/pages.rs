//! Long lists in pages: together they are the list, of one state.

use crate::daemon::Bed;
use crate::web::Web;
use serde_json::{Value, json};

/// A method, what it is asked, and where its list is.
fn questions() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("symbols", json!({}), "symbols"),
        ("symbols", json!({"query": "use"}), "symbols"),
        ("references", json!({"subject": "target"}), "references"),
        ("callers", json!({"subject": "target"}), "calls"),
        ("callers", json!({"subject": "target", "depth": 3}), "calls"),
        ("callees", json!({"subject": "many"}), "calls"),
        ("search", json!({"query": "target"}), "hits"),
        ("search", json!({"query": "target", "files": true}), "files"),
    ]
}

/// A repository in which each of the questions has more than a few answers.
fn bed() -> Bed {
    let bed = Bed::new();
    bed.repo.write("target.py", b"def target():\n    pass\n");
    for n in 0..7 {
        let calls = "    target()\n".repeat(n % 3 + 1);
        let text = format!(
            "from target import target\n\n\ndef use_{n}():\n{calls}\n\ndef over_{n}():\n    use_{n}()\n"
        );
        bed.repo.write(&format!("use_{n}.py"), text.as_bytes());
    }
    let imports: String = (0..7).map(|n| format!("from use_{n} import use_{n}\n")).collect();
    let calls: String = (0..7).map(|n| format!("    use_{n}()\n")).collect();
    bed.repo.write("many.py", format!("{imports}\n\ndef many():\n{calls}").as_bytes());
    bed
}

fn send(web: &Web, method: &str, params: &Value) -> (u16, Value) {
    let (status, body) = web.send(&format!("POST /v1/{method}"), &[], &params.to_string());
    (status, serde_json::from_str(&body).unwrap_or_else(|e| panic!("{e}: {body}")))
}

fn ask(web: &Web, method: &str, params: &Value) -> Value {
    let (status, answer) = send(web, method, params);
    assert_eq!(status, 200, "{method} {params}: {answer}");
    answer
}

fn with(params: &Value, more: &Value) -> Value {
    let mut params = params.clone();
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    params
}

/// All pages one after the other; `between` is done after each.
fn pages(
    web: &Web,
    (method, params, list): &(&str, Value, &str),
    limit: usize,
    mut between: impl FnMut(usize),
) -> Vec<Value> {
    let (mut all, mut cursor, mut generation): (Vec<Value>, _, _) = (vec![], String::new(), None);
    for page in 0.. {
        let answer = ask(web, method, &with(params, &json!({"limit": limit, "cursor": cursor})));
        let rows = answer[list].as_array().unwrap();
        assert!(!rows.is_empty() && rows.len() <= limit, "{answer}");
        all.extend(rows.iter().cloned());
        assert_eq!(*generation.get_or_insert(answer["generation"].clone()), answer["generation"], "{page}");
        let Some(next) = answer["next"].as_str() else {
            assert_eq!(answer["omitted"], 0);
            break;
        };
        assert!(answer["omitted"].as_u64().unwrap() > 0);
        cursor = next.to_owned();
        between(page);
    }
    all
}

#[test]
fn pages_together_are_the_list() {
    let bed = bed();
    let web = Web::start(&bed, &[]);
    for question in questions() {
        let (method, params, list) = &question;
        let whole = ask(&web, method, &with(params, &json!({"limit": 0})));
        let wanted = whole[list].as_array().unwrap();
        assert!(wanted.len() >= 6, "{method}: {whole}");
        assert!(whole.get("next").is_none(), "nobody asked for pages");
        for limit in [1, 3, wanted.len() - 1, wanted.len(), 1000] {
            assert_eq!(&pages(&web, &question, limit, |_| ()), wanted, "{method} {params} {limit}");
        }
        // What is left is told as it is.
        let first = ask(&web, method, &with(params, &json!({"limit": 2, "cursor": ""})));
        assert_eq!(first["omitted"], wanted.len() - 2, "{method}");
        let all = ask(&web, method, &with(params, &json!({"limit": 0, "cursor": first["next"]})));
        assert_eq!(all[list].as_array().unwrap()[..], wanted[2..], "{method}");
    }
    let nothing = ask(&web, "symbols", &json!({"query": "zzzz", "cursor": ""}));
    assert!(nothing["symbols"] == json!([]) && nothing["note"].is_string(), "{nothing}");
}

#[test]
fn what_is_edited_between_pages_shows_in_none() {
    let bed = bed();
    let web = Web::start(&bed, &[]);
    for (at, question) in questions().into_iter().filter(|(method, ..)| *method != "search").enumerate() {
        let (method, params, list) = &question;
        let whole = ask(&web, method, &with(params, &json!({"limit": 0, "wait_ms": 60_000})));
        let edit = |page: usize| {
            let text = format!(
                "from target import target\ndef use_a{at}_{page}(): target()\ndef many(): target()\n"
            );
            bed.repo.write(&format!("a{}.py", page % 2), text.as_bytes());
            let params = json!({"query": format!("use_a{at}_{page}"), "wait_ms": 60_000});
            assert_eq!(ask(&web, "symbols", &params)["symbols"].as_array().unwrap().len(), 1);
        };
        assert_eq!(&pages(&web, &question, 2, edit), whole[list].as_array().unwrap(), "{method} {params}");
        for page in 0..2 {
            let file = bed.repo.root().join(format!("a{page}.py"));
            _ = std::fs::remove_file(file);
        }
    }
    // A later page says that it is not of the files as they are.
    let first = ask(&web, "symbols", &json!({"limit": 2, "cursor": "", "wait_ms": 60_000}));
    assert!(first.get("stale").is_none(), "{first}");
    bed.repo.write("b.py", b"def b(): pass\n");
    ask(&web, "symbols", &json!({"wait_ms": 60_000}));
    let second = ask(&web, "symbols", &json!({"limit": 2, "cursor": first["next"]}));
    assert!(second["stale"] == true && second["generation"] == first["generation"], "{second}");
}

#[test]
fn a_cursor_goes_with_its_question_and_its_state() {
    let bed = bed();
    let web = Web::start(&bed, &[]);
    let page = |method: &str, params: Value| send(&web, method, &with(&params, &json!({"limit": 1})));
    let first = page("symbols", json!({"query": "use", "cursor": ""})).1;
    let next = first["next"].as_str().unwrap();
    assert_eq!(page("symbols", json!({"query": "use", "cursor": next})).0, 200);
    let (head, seal) = next.rsplit_once('.').unwrap();
    let (generation, _) = head.split_once('.').unwrap();
    let forged = format!("{generation}.5.{seal}");
    for (method, params) in [
        ("symbols", json!({"query": "used", "cursor": next})),
        ("symbols", json!({"query": "use", "kind": "class", "cursor": next})),
        ("references", json!({"subject": "use", "cursor": next})),
        ("search", json!({"query": "use", "cursor": next})),
        ("symbols", json!({"query": "use", "cursor": forged})),
        ("symbols", json!({"query": "use", "cursor": "nonsense"})),
        ("symbols", json!({"query": "use", "cursor": next.to_uppercase() + " "})),
    ] {
        let (status, problem) = page(method, params.clone());
        assert_eq!((status, &problem["kind"]), (400, &json!("usage")), "{method} {params}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains("another question"), "{problem}");
    }
    for more in [json!({"format": "both"}), json!({"tokens": 500})] {
        let (status, problem) = page("symbols", with(&json!({"cursor": ""}), &more));
        assert!(status == 400 && problem["detail"].as_str().unwrap().contains("leave"), "{problem}");
    }
    assert_eq!(page("outline", json!({"path": "many.py", "cursor": ""})).0, 400);

    // Words are those of the newest state, so that their pages end with it.
    let words = page("search", json!({"query": "target", "cursor": ""})).1;
    bed.repo.write("c.py", b"def c(): pass\n");
    ask(&web, "symbols", &json!({"wait_ms": 60_000}));
    let (status, problem) = page("search", json!({"query": "target", "cursor": words["next"]}));
    assert_eq!((status, &problem["kind"]), (410, &json!("gone")), "{problem}");
    // Not all states are held for ever.
    for n in 0..9 {
        bed.repo.write("c.py", format!("def c_{n}(): pass\n").as_bytes());
        ask(&web, "symbols", &json!({"limit": 1, "cursor": "", "wait_ms": 60_000}));
    }
    let (status, problem) = page("symbols", json!({"query": "use", "cursor": next}));
    assert_eq!(
        (status, &problem["kind"], &problem["exit_code"]),
        (410, &json!("gone"), &json!(1)),
        "{problem}"
    );
    assert!(problem["detail"].as_str().unwrap().contains("begin again"), "{problem}");
}
