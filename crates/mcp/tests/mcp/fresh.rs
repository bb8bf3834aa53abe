//! What was written before a call is in its answer.

use crate::bed::{Bed, fenced};
use lodemap_testkit::{Rng, seeds};
use serde_json::json;

#[test]
fn a_call_sees_what_was_just_written() {
    for seed in seeds(4) {
        println!("seed {seed}");
        let mut random = Rng::new(seed);
        let bed = Bed::pool();
        for step in 0..50 {
            let (name, file) = (format!("fresh_{seed}_{step}"), format!("src/m{}.py", random.below(7)));
            bed.write(&file, &format!("def {name}():\n    return {step}\n"));
            // Whichever tool is asked.
            let (tool, arguments) = match random.below(5) {
                0 => ("get_symbol", json!({"subject": name})),
                1 => ("search_code", json!({"query": name})),
                2 => ("search_code", json!({"query": name, "in": "text"})),
                3 => ("get_symbol", json!({"path": file})),
                _ => ("select_context", json!({"task": format!("what does {name} return?")})),
            };
            let text = bed.ask(tool, arguments);
            assert!(!text.starts_with("! "), "seed {seed}, step {step}: {text}");
            assert!(fenced(&text).contains(&name), "seed {seed}, step {step}, {tool}: {text}");
        }
    }
}
