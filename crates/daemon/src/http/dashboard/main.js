// The dashboard: what the repository is like now, and how it changes.

import { admit, ask, follow, forget, Refused, setToken, token } from "./api.js";
import { make, one, visible } from "./dom.js";
import * as graph from "./graph.js";
import * as panels from "./panels.js";
import * as treemap from "./treemap.js";

/** More than any repository has: every file is to be drawn. */
const ALL = { files: true, tokens: 100_000_000 };
/** Numbers that no event tells of, such as what is pending, are asked for so often. */
const EVERY = 10_000;

/** Which folder and which file are looked at. */
const state = { folder: "", focus: null };
let shown = null;
let titles = new Map();
let isFollowed = false;

function link(kind, text) {
  one("link").dataset.state = kind;
  one("link").textContent = text;
}

/** Without a token that is taken there is nothing to see. */
function lock(note) {
  forget();
  shown = null;
  isFollowed = false;
  one("board").hidden = true;
  one("door").hidden = false;
  link("wait", "");
  one("door-note").classList.toggle("bad", Boolean(note));
  if (note) one("door-note").textContent = note;
  one("token").focus();
}

/** Runs something that asks the server, and says what became of it. */
async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused) lock("This token is not the one of this server.");
    else link("lost", visible(error.message));
    return undefined;
  }
}

function paint() {
  treemap.show(shown.tree, state, shown.colours.of, open);
}

/** Asks for everything that is shown, and shows it. */
async function refresh() {
  const [status, map] = await Promise.all([ask("status"), ask("map", ALL)]);
  shown = { tree: treemap.tree(map.files), colours: panels.palette(map.files), scores: new Map(map.files.map((file) => [file.path, file.score])), map };
  one("door").hidden = true;
  one("board").hidden = false;
  panels.numbers(status, map);
  panels.languages(shown.colours, titles);
  one("paths").replaceChildren(
    ...map.files.slice(0, 2000).map((file) => {
      const option = make("option", "");
      option.value = file.path;
      return option;
    }),
  );
  state.focus ??= map.files[0]?.path ?? null;
  paint();
  await look();
}

/** Shows the file that is looked at. */
async function look() {
  const path = state.focus;
  // A file that is gone has no dependencies: that is an answer, and no failure.
  const [links, outline] = path === null || !shown.scores.has(path)
    ? [null, null]
    : await Promise.all([ask("dependencies", { path }), ask("outline", { path })]);
  if (path !== state.focus) return;
  one("path").value = path ?? "";
  graph.show(path, links, shown.scores, open);
  panels.outline(outline);
}

/** Another folder or file. */
function open(choice) {
  Object.assign(state, choice);
  paint();
  attempt(look);
}

/** One refresh at a time; what comes meanwhile asks for one more. */
let running = null;
let again = false;
function renew() {
  if (running) {
    again = true;
    return;
  }
  running = attempt(refresh).finally(() => {
    running = null;
    if (again) {
      again = false;
      renew();
    }
  });
}

async function start() {
  link("wait", "asking …");
  const languages = await attempt(() => ask("languages"));
  if (!languages) return;
  titles = new Map(languages.languages.map((language) => [language.name, language.title]));
  // The server may still be reading the repository; the answer waits for it.
  link("wait", "reading the repository …");
  await attempt(refresh);
  if (!shown || isFollowed) return;
  isFollowed = true;
  follow({
    opened: () => {
      link("live", "live");
      renew();
    },
    told: (event) => {
      panels.event(event);
      renew();
    },
    lost: (refused) => (refused ? lock("This token is not the one of this server any more.") : link("lost", "connection lost, trying again")),
  });
}

one("door").addEventListener("submit", (event) => {
  event.preventDefault();
  setToken(one("token").value);
  one("token").value = "";
  start();
});
one("find").addEventListener("submit", (event) => event.preventDefault());
one("path").addEventListener("change", () => {
  if (shown?.scores.has(one("path").value)) open({ focus: one("path").value });
});
addEventListener("hashchange", () => {
  admit();
  start();
});
let width = 0;
new ResizeObserver(() => {
  if (!shown || one("treemap").clientWidth === width) return;
  width = one("treemap").clientWidth;
  paint();
  attempt(look);
}).observe(one("treemap"));
setInterval(() => {
  if (shown && !document.hidden) attempt(async () => panels.numbers(await ask("status"), shown.map));
}, EVERY);

treemap.keys(state, open);
admit();
if (token() === null) lock("");
else start();
