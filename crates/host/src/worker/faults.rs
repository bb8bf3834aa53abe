//! Files that ask their worker to fail, in builds for tests: what a grammar does by mistake, on demand.

/// Does what a text asks for, if it does.
pub(super) fn run(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    let Some(fault) = text.split_once("lodemap-fault: ").and_then(|(_, rest)| rest.split_whitespace().next())
    else {
        return;
    };
    match fault {
        "abort" => std::process::abort(),
        // The first one only takes the runtime's handler away.
        "crash" => loop {
            _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::SEGV);
        },
        "exit" => std::process::exit(7),
        "panic" => panic!("a file asked for it"),
        // Without a signal to wake it, and without work that is counted. Tests wait for the word.
        "sleep" => {
            _ = rustix::io::write(std::io::stderr(), b"asleep");
            std::thread::sleep(std::time::Duration::from_secs(3600));
        }
        "spin" => loop {
            std::hint::black_box(&text);
        },
        "bloat" => {
            let mut held = Vec::new();
            loop {
                held.push(vec![1_u8; 8 << 20]);
            }
        }
        "overflow" => {
            std::hint::black_box(deep(&[0; 64]));
        }
        "nonsense" => {
            _ = rustix::io::write(std::io::stdout(), &[0xff; 4096]);
        }
        "open" => {
            // Exits with what opening says, which must be that there are too many open files.
            let code = std::fs::File::open("/").err().and_then(|e| e.raw_os_error());
            std::process::exit(code.unwrap_or(0));
        }
        _ => {}
    }
}

#[expect(unconditional_recursion, reason = "it is to end by that")]
fn deep(below: &[u8; 64]) -> [u8; 64] {
    let mut here = [below[0].wrapping_add(1); 64];
    here[1] = deep(&here)[1];
    std::hint::black_box(here)
}
