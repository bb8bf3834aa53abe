//! A real browser without a screen, driven by the few messages of WebDriver that a test needs.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Nothing takes so long, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one window.
pub(crate) struct Browser {
    driver: Child,
    address: String,
    session: String,
    /// What it learns must not outlive it, nor be known from before.
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts one. `None`, with a word about it, where there is none; where everything is checked that is a failure.
    #[expect(clippy::print_stderr, reason = "who looks at a test that did nothing is to know why")]
    pub(crate) fn start() -> Option<Self> {
        let spawned = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn();
        let mut driver = match spawned {
            Ok(driver) => driver,
            Err(e) => {
                let message =
                    format!("no browser: chromedriver cannot be run ({e}); install chromium-driver");
                assert!(std::env::var_os("CI").is_none(), "{message}");
                eprintln!("skipped: {message}");
                return None;
            }
        };
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        // It goes on to write, and must not be stopped by that.
        std::thread::spawn(move || lines.for_each(drop));
        let address = format!("127.0.0.1:{}", port.expect("the driver says where it listens"));
        let profile = tempfile::tempdir().unwrap();
        let own = format!("--user-data-dir={}", profile.path().display());
        let args = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1200,900",
            &own,
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"args": args},
        }}});
        let mut browser = Self { driver, address, session: String::new(), _profile: profile };
        let session = browser.send("POST", "/session", &wanted);
        browser.session = format!("/session/{}", session["sessionId"].as_str().unwrap());
        Some(browser)
    }

    pub(crate) fn go(&self, url: &str) {
        self.command("url", &json!({"url": url}));
    }

    /// What a function with this body gives.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.command("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Waits until an expression is true.
    pub(crate) fn until(&self, expression: &str) {
        let begun = Instant::now();
        while self.run(&format!("return Boolean({expression})")) != true {
            let page = || self.run("return document.body.innerText");
            assert!(begun.elapsed() < PATIENCE, "never: {expression}\n{}\n{:?}", page(), self.complaints());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Presses a key in the window, by its code in WebDriver.
    pub(crate) fn press(&self, key: &str) {
        let actions = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        self.command("actions", &json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]}));
    }

    /// Clicks at the middle of what a selector finds, as a mouse does: whatever lies above it is hit.
    pub(crate) fn click(&self, selector: &str) {
        let found = self.command("element", &json!({"using": "css selector", "value": selector}));
        let id = found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned();
        self.command(&format!("element/{id}/click"), &json!({}));
    }

    /// Has the window be so wide, and its colours be dark or light.
    pub(crate) fn look(&self, width: u32, colours: &str) {
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": colours}]});
        for (name, params) in
            [("Emulation.setDeviceMetricsOverride", size), ("Emulation.setEmulatedMedia", media)]
        {
            self.command("goog/cdp/execute", &json!({"cmd": name, "params": params}));
        }
    }

    /// What the console has to say since it was last asked.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let log = self.command("se/log", &json!({"type": "browser"}));
        log.as_array().unwrap().iter().map(|entry| entry["message"].as_str().unwrap().to_owned()).collect()
    }

    fn command(&self, name: &str, body: &Value) -> Value {
        self.send("POST", &format!("{}/{name}", self.session), body)
    }

    fn send(&self, verb: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(
            stream,
            "{verb} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             \r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        // The driver leaves connections open, so that its answer ends where its head says.
        let mut reply = BufReader::new(stream);
        let (mut line, mut head, mut length) = (String::new(), String::new(), 0);
        while reply.read_line(&mut line).unwrap() > 2 {
            if let Some((_, value)) = line.split_once(':').filter(|(name, _)| *name == "Content-Length") {
                length = value.trim().parse().unwrap();
            }
            head.push_str(&std::mem::take(&mut line));
        }
        let mut said = vec![0; length];
        reply.read_exact(&mut said).unwrap();
        let mut said: Value = serde_json::from_slice(&said).unwrap_or_else(|e| panic!("{e}: {head}"));
        assert!(head.starts_with("HTTP/1.1 200"), "{path} {body}: {said}");
        said["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver answers once the browser is gone; without being asked it would leave it behind.
        if let Ok(mut stream) = TcpStream::connect(&self.address) {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
            let _ = write!(stream, "DELETE {} HTTP/1.1\r\nHost: {}\r\n\r\n", self.session, self.address);
            let _ = stream.read(&mut [0; 1]);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
