//! `lodemap mcp` beside a daemon: agents share its index, and go on without it.

use crate::daemon::Bed;
use crate::mcp::{Server, bare};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

/// Nothing takes so long, on the slowest machine.
const LONG: Duration = Duration::from_secs(120);

fn agent(bed: &Bed) -> Server {
    Server::of(bed.command(&["mcp"]))
}

fn subscribers(bed: &Bed) -> u64 {
    bed.status()["repositories"][0]["subscribers"].as_u64().unwrap_or(0)
}

/// What the tools say of a name.
fn symbol(agent: &mut Server, name: &str) -> String {
    bare(&agent.ask("get_symbol", &json!({"subject": name})))
}

#[test]
fn agents_share_one_index() {
    let bed = Bed::new();
    bed.start();
    let mut agents: Vec<Server> = (0..5).map(|_| agent(&bed)).collect();
    for agent in &mut agents {
        assert!(symbol(agent, "Pool").contains("class Pool"));
    }
    let status = bed.status();
    assert_eq!(status["repositories"].as_array().map(Vec::len), Some(1), "{status}");
    assert_eq!(subscribers(&bed), 5, "{status}");
    // What one wrote all see, and what one saw before is known to the daemon.
    bed.repo.write("src/new.py", b"def written_now():\n    pass\n");
    for agent in &mut agents {
        assert!(symbol(agent, "written_now").contains("def written_now"));
    }
    let context = json!({"task": "written_now"});
    let first = agents[0].ask("select_context", &context);
    let generation = first.split("generation ").nth(1).and_then(|rest| rest.split(':').next());
    let since: u64 = generation.and_then(|n| n.trim().parse().ok()).unwrap_or_else(|| panic!("{first}"));
    let again = agents[1].ask("select_context", &json!({"task": "written_now", "since": since}));
    assert!(again.contains("nothing changed since generation"), "{again}");
    for agent in agents {
        agent.end();
    }
    bed.until("all have left", || subscribers(&bed) == 0);
}

/// Ends the daemon, whether or not it is asked.
fn end(bed: &Bed, pid: u64, is_killed: bool) {
    if is_killed {
        let raw = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        rustix::process::kill_process(raw, rustix::process::Signal::KILL).unwrap();
    } else {
        bed.run(&["daemon", "stop"]);
    }
}

#[test]
fn an_agent_goes_on_without_a_daemon_that_leaves() {
    for is_killed in [false, true] {
        let bed = Bed::new();
        let pid = bed.start();
        let mut agent = agent(&bed);
        let before = symbol(&mut agent, "Pool");
        assert_eq!(subscribers(&bed), 1);
        end(&bed, pid, is_killed);
        // At once: what was asked on the way is answered too.
        assert_eq!(symbol(&mut agent, "Pool"), before);
        bed.repo.write("src/new.py", b"def written_now():\n    pass\n");
        assert!(symbol(&mut agent, "written_now").contains("def written_now"));
        agent.end();
    }
}

/// Whether a process has the system tell it of changes, as one does that keeps a repository open.
fn is_told(pid: u32) -> bool {
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten();
    let mut leads = open.filter_map(|fd| std::fs::read_link(fd.path()).ok());
    leads.any(|to| to.to_string_lossy().contains("inotify"))
}

/// Writes something each time, which the next answer must know; nothing else changes.
fn stays_right(bed: &Bed, agent: &mut Server, times: &mut usize, pool: &str) {
    *times += 1;
    let text = format!("def written_{times}():\n    pass\n");
    bed.repo.write("src/new.py", text.as_bytes());
    let said = symbol(agent, &format!("written_{times}"));
    assert!(said.contains(&format!("def written_{times}")), "{said}");
    assert_eq!(symbol(agent, "Pool"), pool);
}

#[test]
fn an_agent_comes_back_to_a_daemon() {
    let bed = Bed::new();
    let mut pid = bed.start();
    let mut agent = agent(&bed);
    let (pool, mut times) = (symbol(&mut agent, "Pool"), 0);
    assert!(!is_told(agent.pid()), "it is the daemon that has it open");
    for is_killed in [true, false] {
        end(&bed, pid, is_killed);
        (0..3).for_each(|_| stays_right(&bed, &mut agent, &mut times, &pool));
        assert!(is_told(agent.pid()), "nobody else has it open");
        pid = bed.start();
        let begun = Instant::now();
        while subscribers(&bed) == 0 {
            assert!(begun.elapsed() < LONG, "it does not come back");
            stays_right(&bed, &mut agent, &mut times, &pool);
        }
        let begun = Instant::now();
        while is_told(agent.pid()) {
            assert!(begun.elapsed() < LONG, "it keeps what it opened");
            stays_right(&bed, &mut agent, &mut times, &pool);
        }
        (0..3).for_each(|_| stays_right(&bed, &mut agent, &mut times, &pool));
        assert_eq!(subscribers(&bed), 1);
    }
    agent.end();
    bed.until("it has left", || subscribers(&bed) == 0);
}

#[test]
fn who_looks_for_a_daemon_keeps_no_call_waiting() {
    let bed = Bed::new();
    let mut agent = agent(&bed);
    let (pool, mut times) = (symbol(&mut agent, "Pool"), 0);
    // One that would take four seconds to be given up.
    hanging(&bed);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(12) {
        let call = Instant::now();
        stays_right(&bed, &mut agent, &mut times, &pool);
        assert!(call.elapsed() < Duration::from_secs(3), "{:?}", call.elapsed());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(is_told(agent.pid()));
    agent.end();
}

#[test]
fn who_wants_a_daemon_gets_one() {
    let bed = Bed::new();
    let mut command = bed.command(&["mcp"]);
    command.env("LODEMAP_DAEMON", "auto");
    let mut agent = Server::of(command);
    assert!(symbol(&mut agent, "Pool").contains("class Pool"));
    assert_eq!(subscribers(&bed), 1);
    agent.end();
    // Without a word of it, none is started, and with another one's wishes none is asked.
    let bed = Bed::new();
    let mut agent = self::agent(&bed);
    assert!(symbol(&mut agent, "Pool").contains("class Pool"));
    assert_eq!(bed.run(&["daemon", "status"]).code, Some(1));
    agent.end();
    bed.start();
    let mut agent = Server::of(bed.command(&["mcp", "--no-daemon"]));
    assert!(symbol(&mut agent, "Pool").contains("class Pool"));
    assert_eq!(bed.status()["repositories"].as_array().map(Vec::len), Some(0));
    agent.end();
}

fn receive(stream: &mut UnixStream) -> Value {
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut body = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut body).unwrap();
    serde_json::from_slice(&body).unwrap()
}

fn send(stream: &mut UnixStream, message: &Value) {
    let body = message.to_string();
    stream
        .write_all(&(body.len() as u32).to_be_bytes())
        .and_then(|()| stream.write_all(body.as_bytes()))
        .unwrap();
}

/// In place of the daemon somebody who says who it is, and nothing more.
fn hanging(bed: &Bed) {
    bed.start();
    let socket = bed.status()["socket"].as_str().unwrap().to_owned();
    let mut stream = UnixStream::connect(&socket).unwrap();
    send(&mut stream, &json!({"jsonrpc": "2.0", "id": 1, "method": "hello"}));
    let hello = receive(&mut stream)["result"].take();
    drop(stream);
    bed.run(&["daemon", "stop"]);
    let listener = UnixListener::bind(&socket).unwrap();
    std::thread::spawn(move || {
        let mut held = vec![];
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let id = receive(&mut stream)["id"].take();
            send(&mut stream, &json!({"jsonrpc": "2.0", "id": id, "result": hello}));
            held.push(stream);
        }
    });
}

#[test]
fn nobody_hangs_with_a_daemon_that_hangs() {
    let bed = Bed::new();
    hanging(&bed);
    let with = bed.run(&["symbols", "Pool"]);
    let without = bed.run(&["symbols", "Pool", "--no-daemon"]);
    assert_eq!((with.code, &with.out), (Some(0), &without.out));
    assert!(with.err.contains("does not answer") && with.err.contains("by itself"), "{with:?}");
    // An agent is told at once that there is nothing yet, and before long is answered without it.
    let mut agent = agent(&bed);
    let (text, _) = agent.call("get_symbol", &json!({"subject": "Pool"}));
    assert!(text.starts_with("Still indexing (it has just begun)"), "{text}");
    assert!(symbol(&mut agent, "Pool").contains("class Pool"));
    agent.end();
}

#[test]
fn a_cold_daemon_keeps_no_agent_waiting() {
    let bed = Bed::new();
    let body: String = (0..200).map(|n| format!("def f{n}(a, b):\n    return a + b * {n}\n\n")).collect();
    (0..400).for_each(|n| bed.repo.write(&format!("many/m{n}.py"), body.as_bytes()));
    bed.start();
    let begun = std::time::Instant::now();
    let mut agent = agent(&bed);
    let (text, is_error) = agent.call("repo_map", &json!({}));
    println!("{:?}: {}", begun.elapsed(), text.lines().next().unwrap());
    // Whichever it is, it is honest; how far the daemon is, it tells itself.
    assert!(!is_error && (text.starts_with("Still indexing (") || text.contains("class Pool")), "{text}");
    assert!(agent.ask("search_code", &json!({"query": "acquire"})).contains("pool.py"));
    assert_eq!(subscribers(&bed), 1);
    agent.end();
}
