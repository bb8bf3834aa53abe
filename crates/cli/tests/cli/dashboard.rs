//! The page at the address of `lodemap serve`, in a real browser.

use crate::browser::Browser;
use crate::daemon::Bed;
use crate::repo::column;
use crate::web::Web;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// The text of a selector's elements.
fn texts(browser: &Browser, selector: &str) -> Vec<String> {
    let found = browser.run(&format!(
        "return [...document.querySelectorAll({})].map((e) => e.textContent)",
        json!(selector)
    ));
    found.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// The paths of a selector's elements, in order.
fn paths(browser: &Browser, selector: &str) -> Vec<String> {
    let found = browser.run(&format!(
        "return [...document.querySelectorAll({})].map((e) => e.dataset.path).sort()",
        json!(selector)
    ));
    found.as_array().unwrap().iter().map(|path| path.as_str().unwrap().to_owned()).collect()
}

fn ask(web: &Web, method: &str, params: &Value) -> Value {
    let (status, body) = web.send(&format!("POST /v1/{method}"), &[], &params.to_string());
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

/// Whether the page shows the graph of a file.
fn shows(path: &str) -> String {
    format!("document.querySelector('#graph .node.focus')?.dataset.path === {}", json!(path))
}

/// Opens the page with the token, as the link does that `serve` prints.
fn open(browser: &Browser, web: &Web) {
    browser.go(&format!("{}/#token={}", web.url(), web.token()));
    browser.until("document.querySelector('#link').dataset.state === 'live'");
    browser.until("document.querySelector('#graph .node.focus')");
}

/// Nothing was asked of anybody else, and nothing went wrong.
fn is_at_home(browser: &Browser, web: &Web) {
    let asked = browser.run("return performance.getEntriesByType('resource').map((e) => e.name)");
    let asked: Vec<&str> = asked.as_array().unwrap().iter().map(|url| url.as_str().unwrap()).collect();
    assert!(asked.len() > 8, "{asked:?}");
    assert!(asked.iter().all(|url| url.starts_with(&format!("{}/", web.url()))), "{asked:?}");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn the_page_says_what_the_requests_say_and_follows_the_files() {
    let Some(browser) = Browser::start() else { return };
    let bed = Bed::new();
    let web = Web::start(&bed, &[]);
    open(&browser, &web);
    assert_eq!(
        browser.run("return location.href"),
        json!(format!("{}/", web.url())),
        "no token is left there"
    );

    let status = ask(&web, "status", &json!({}));
    let number = |name: &str| texts(&browser, &format!("[data-number={name}]")).concat();
    for (name, value) in [
        ("state", status["state"].as_str().unwrap().to_owned()),
        ("generation", status["generation"].to_string()),
        ("files", status["files"].to_string()),
        ("symbols", status["memory"]["symbols"].to_string()),
        ("watcher", status["watcher"]["mode"].as_str().unwrap().to_owned()),
        ("freshness", "fresh".to_owned()),
    ] {
        assert_eq!(number(name), value, "{name}");
    }
    assert_eq!(texts(&browser, ".language"), ["Python3 files"]);

    // A cell for each file, the more important ones larger.
    let files = ask(&web, "map", &json!({"files": true}))["files"].clone();
    let mut wanted = column(&files, "path");
    let area = |path: &str| {
        let cell = format!("document.querySelector('#treemap .file[data-path={}]')", json!(path));
        browser.run(&format!("return {cell}.offsetWidth * {cell}.offsetHeight")).as_f64().unwrap()
    };
    assert_eq!(wanted.len(), 3);
    assert!(area("src/pool.py") > 2.0 * area("src/__init__.py"));
    wanted.sort();
    assert_eq!(paths(&browser, "#treemap .file"), wanted);

    // A file leads to what is around it, and from there on.
    for path in ["app.py", "src/pool.py"] {
        browser.click(&format!("#treemap .file[data-path='{path}']"));
        browser.until(&shows(path));
        let links = ask(&web, "dependencies", &json!({"path": path}));
        assert_eq!(paths(&browser, "#graph .dependency"), column(&links["imports"], "path"), "{path}");
        assert_eq!(paths(&browser, "#graph .dependent"), column(&links["importers"], "path"), "{path}");
    }
    assert_eq!(paths(&browser, "#graph .dependent"), ["app.py"]);
    assert!(texts(&browser, "#outline li").iter().any(|row| row.contains("acquire")));
    browser.click("#graph .dependent");
    browser.until(&shows("app.py"));

    // A folder opens and closes.
    // It is met where its name stands: its files lie on the rest of it.
    browser.run(
        "const at = document.querySelector('#treemap .folder[data-path=src]').getBoundingClientRect(); \
         document.elementFromPoint(at.left + 20, at.top + 8).click()",
    );
    browser.until("document.querySelectorAll('#treemap .file').length === 2");
    browser.click("#crumbs button");
    browser.until("document.querySelectorAll('#treemap .file').length === 3");

    // It is not loaded again, and knows of every edit.
    browser.run("window.stayed = true");
    bed.repo.write("src/other.py", b"from src.pool import Pool\n\n\ndef other():\n    return Pool(1)\n");
    browser.until("document.querySelector('#events li .paths')?.textContent.includes('src/other.py')");
    browser.until("document.querySelectorAll('#treemap .file').length === 4");
    browser.until(&format!(
        "Number(document.querySelector('[data-number=generation]').textContent) > {}",
        status["generation"]
    ));
    browser.click("#treemap .file[data-path='src/pool.py']");
    browser.until("document.querySelectorAll('#graph .dependent').length === 2");
    std::fs::remove_file(bed.repo.root().join("src/other.py")).unwrap();
    browser.until("document.querySelectorAll('#graph .dependent').length === 1");
    assert_eq!(number("generation"), ask(&web, "status", &json!({}))["generation"].to_string());
    assert_eq!(browser.run("return window.stayed"), true);
    is_at_home(&browser, &web);
}

#[test]
fn the_page_needs_no_mouse() {
    const RIGHT: &str = "\u{E014}";
    const LEFT: &str = "\u{E012}";
    const ENTER: &str = "\u{E007}";
    const TAB: &str = "\u{E004}";
    let Some(browser) = Browser::start() else { return };
    let bed = Bed::new();
    let web = Web::start(&bed, &[]);
    open(&browser, &web);
    let at = || browser.run("return document.activeElement.dataset.path ?? document.activeElement.id");
    // One stop for all cells, wherever that is in the order.
    for _ in 0..5 {
        browser.press(TAB);
        if browser.run("return document.querySelector('#treemap').contains(document.activeElement)") == true {
            break;
        }
    }
    let mut seen = vec![at().as_str().unwrap().to_owned()];
    for key in [RIGHT, RIGHT, RIGHT, LEFT, LEFT, LEFT] {
        browser.press(key);
        seen.push(at().as_str().unwrap().to_owned());
    }
    assert!(seen.iter().any(|path| path == "app.py"), "{seen:?}");
    browser.run("document.querySelector('#treemap .file[data-path=\"app.py\"]').focus()");
    browser.press(ENTER);
    browser.until(&shows("app.py"));
    assert_eq!(at(), "app.py", "the choice leaves the keyboard where it was");
    browser.run("document.querySelector('#graph .dependency').focus()");
    browser.press(ENTER);
    browser.until(&shows("src/pool.py"));
    assert_eq!(at(), "src/pool.py");
    is_at_home(&browser, &web);
}

#[test]
fn the_page_is_readable_narrow_and_wide_by_day_and_by_night() {
    // How far the brightness of a text is from what lies under it, as WCAG counts it.
    const LEAST_CONTRAST: &str = "
        const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
        const bright = (colour) => {
            const [r, g, b] = parts(colour).slice(0, 3).map((c) => c / 255)
                .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const under = (e) => {
            const own = getComputedStyle(e).backgroundColor;
            return (parts(own)[3] ?? 1) > 0 || !e.parentElement ? own : under(e.parentElement);
        };
        const texts = [...document.querySelectorAll('h1, h2, p, dt, dd, span, button, input')]
            .filter((e) => e.offsetWidth && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
        const all = texts.map((e) => {
            const [a, b] = [bright(getComputedStyle(e).color), bright(under(e))].sort((x, y) => y - x);
            return [(a + 0.05) / (b + 0.05), e.textContent];
        });
        return all.sort((x, y) => x[0] - y[0])[0]";
    let Some(browser) = Browser::start() else { return };
    let bed = Bed::new();
    let deep = "a_folder_with_a_long_name/and_another_one_in_it/and_a_file_whose_name_is_longer_than_all.py";
    bed.repo.write(
        deep,
        b"from src.pool import Pool\n\n\ndef a_function_with_a_long_name_too():\n    return Pool(1)\n",
    );
    let web = Web::start(&bed, &[]);
    open(&browser, &web);
    for (width, colours) in [(1200, "light"), (400, "light"), (400, "dark"), (1200, "dark")] {
        browser.look(width, colours);
        browser.until(&format!("document.querySelector('#graph svg').viewBox.baseVal.width <= {width}"));
        browser.until("document.querySelectorAll('#treemap .file').length === 4");
        let wide = browser.run("return document.documentElement.scrollWidth").as_u64().unwrap();
        assert!(wide <= u64::from(width), "{wide} of {width}");
        let inside = browser.run(
            "const map = document.querySelector('#treemap').getBoundingClientRect(); \
             return [...document.querySelectorAll('#treemap button')].map((e) => e.getBoundingClientRect()) \
                 .every((r) => r.left >= map.left && r.right <= map.right + 1 && r.bottom <= map.bottom + 1)",
        );
        assert_eq!(inside, true, "{width}");
        let worst = browser.run(LEAST_CONTRAST);
        assert!(worst[0].as_f64().unwrap() >= 4.5, "{width} {colours}: {worst}");
    }
    is_at_home(&browser, &web);
}

#[test]
fn a_server_that_comes_back_is_found_again() {
    let Some(browser) = Browser::start() else { return };
    let bed = Bed::new();
    let web = Web::start(&bed, &[]);
    let port = web.url().rsplit_once(':').unwrap().1.to_owned();
    open(&browser, &web);
    drop(web);
    browser.until("document.querySelector('#link').dataset.state === 'lost'");
    bed.repo.write("meanwhile.py", b"def f(): pass\n");
    let _web = Web::start_at(&port, &bed, &[]);
    browser.until("document.querySelector('#link').dataset.state === 'live'");
    browser.until("document.querySelectorAll('#treemap .file').length === 4");
    bed.repo.write("later.py", b"def g(): pass\n");
    browser.until("document.querySelector('#events').textContent.includes('later.py')");
    browser.until("document.querySelectorAll('#treemap .file').length === 5");
}

#[test]
fn without_the_token_there_is_nothing_to_see() {
    let Some(browser) = Browser::start() else { return };
    let bed = Bed::new();
    let web = Web::start(&bed, &[]);
    let is_shut = || {
        browser.until("!document.querySelector('#door').hidden && document.querySelector('#board').hidden");
        let text = browser.run("return document.documentElement.outerHTML");
        assert!(!text.as_str().unwrap().contains("pool"), "{text}");
    };
    browser.go(&web.url());
    is_shut();
    knock(&browser, "nonsense");
    browser.until("document.querySelector('#door-note').textContent.includes('not the one')");
    is_shut();
    // A wrong token is refused by the server, and the browser says so.
    let complaints = browser.complaints();
    assert!(!complaints.is_empty() && complaints.iter().all(|text| text.contains("401")), "{complaints:?}");
    knock(&browser, web.token());
    browser.until("document.querySelectorAll('#treemap .file').length === 3");
    // It stays with the tab, and with the tab alone.
    browser.run("location.reload()");
    browser.until("document.querySelectorAll('#treemap .file').length === 3");
    assert_eq!(browser.run("return [localStorage.length, document.cookie]"), json!([0, ""]));
    is_at_home(&browser, &web);
}

/// Types a token where the page asks for it.
fn knock(browser: &Browser, token: &str) {
    browser.run(&format!("document.querySelector('#token').value = {}", json!(token)));
    browser.click("#door button");
}

#[test]
fn what_a_repository_says_is_text() {
    let Some(browser) = Browser::start() else { return };
    let bed = Bed::new();
    let image = "<img src=x onerror=window.hit=1>.py";
    let folder = "<svg onload=window.hit=1>";
    let script = format!("{folder}/\"><script>window.hit=1<.js");
    bed.repo.write(
        image,
        b"from src.pool import Pool\n\ndef f(a=\"<img src=x onerror=window.hit=1>\"): return Pool(1)\n",
    );
    bed.repo.write(
        &script,
        "class A { '<img src=y onerror=window.hit=2>'() {} 'right\u{202e}to\u{200b}left'(a = '\u{202e}') {} }\nexport function g(a = '</title><script>window.hit=1</script>') {}\n".as_bytes(),
    );
    bed.repo.write("right\u{202e}to\u{200b}left.py", b"x = 1\n");
    let web = Web::start(&bed, &[]);
    open(&browser, &web);
    browser.until("document.querySelectorAll('#treemap .file').length === 6");
    for path in [image, &script] {
        browser.run(&format!(
            "[...document.querySelectorAll('#treemap .file')].find((e) => e.dataset.path === {}).click()",
            json!(path)
        ));
        browser.until(&shows(path));
        browser.until("document.querySelectorAll('#outline li').length");
    }
    let rows = texts(&browser, "#outline li");
    assert!(rows.iter().any(|row| row.contains("<img src=y onerror=window.hit=2>")), "{rows:?}");
    let titles =
        browser.run("return [...document.querySelectorAll('#outline li')].map((e) => e.title).join()");
    let rows = rows.concat() + titles.as_str().unwrap();
    assert!(rows.contains("left") && !rows.contains(['\u{202e}', '\u{200b}']), "{rows}");
    browser.run("document.querySelector('#treemap .file[data-path=\"src/pool.py\"]').click()");
    browser.until("document.querySelectorAll('#graph .dependent').length === 2");
    let shown = texts(&browser, "#graph .dependent title").concat();
    assert!(shown.contains(image), "{shown}");
    // An event names it too.
    bed.repo.write(image, b"x = 2\n");
    browser.until("document.querySelector('#events li')");
    browser.until("document.querySelectorAll('#graph .dependent').length === 1");
    assert!(texts(&browser, "#events .paths").concat().contains(image));
    let page = browser.run("return document.body.innerText + document.body.outerHTML");
    assert!(!page.as_str().unwrap().contains(['\u{202e}', '\u{200b}']), "{page}");
    assert_eq!(
        browser.run("return document.querySelectorAll('img, script:not([src]), main svg[onload]').length"),
        0
    );
    assert_eq!(browser.run("return window.hit ?? null"), Value::Null);
    is_at_home(&browser, &web);
    // Should a text ever become markup, the policy is in its way.
    let refused = browser.run(
        "try { document.body.innerHTML = '<img src=x onerror=window.hit=1>'; return 'done' } catch (e) { return e.name }",
    );
    assert_eq!(refused, "TypeError");
    assert_eq!(browser.run("return window.hit ?? null"), Value::Null);
}

#[test]
fn the_files_of_the_page_are_all_that_is_open() {
    let bed = Bed::new();
    let web = Web::start(&bed, &[]);
    let open = [("Authorization", ""), ("Content-Type", "")];
    for path in ["/", "/dashboard/main.js", "/dashboard/style.css"] {
        assert_eq!(web.send(&format!("GET {path}"), &open, "").0, 200, "{path}");
        for heads in [("Host", "evil.com"), ("Origin", "http://evil.com")] {
            let (status, _) = web.send(&format!("GET {path}"), &[open[0], heads], "");
            assert_eq!(status, 403, "{path} {heads:?}");
        }
    }
    assert_eq!(web.send("GET /dashboard/..%2F..%2Fv1%2Fstatus", &open, "").0, 404);
    assert_eq!(web.send("POST /", &open, "").0, 401);
    assert_eq!(web.send("POST /v1/status", &open, "{}").0, 401);
    assert_eq!(web.send("GET /v1/events", &open, "").0, 401);
    assert_eq!(web.send("GET /dashboard", &open, "").0, 401);
}

#[test]
fn the_token_is_shown_to_nobody_but_a_person() {
    let bed = Bed::new();
    let mut command = bed.command(&["serve", "--http", "0"]);
    let mut server = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let notes = BufReader::new(server.stderr.take().unwrap()).lines().map(Result::unwrap);
    let notes: Vec<String> = notes.take(2).collect();
    server.kill().unwrap();
    server.wait().unwrap();
    let file = notes[0].rsplit_once(' ').unwrap().1;
    let token = std::fs::read_to_string(file).unwrap();
    assert!(notes[1].contains("browser") && notes[1].ends_with('/'), "{notes:?}");
    assert!(!notes.concat().contains(token.trim()), "{notes:?}");
}
