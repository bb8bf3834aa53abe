// Numbers, languages, definitions of a file, and changes.

import { count, make, one, several, visible } from "./dom.js";

export function numbers(status, map) {
  const { watcher } = status;
  const watch = watcher.problem ? [`${watcher.mode}: ${watcher.problem}`, "bad"] : [watcher.mode, watcher.mode === "none" ? "bad" : "good"];
  const pending = status.stale || status.pending > 0;
  const problems = status.problems.length + status.quarantined.length;
  const rows = [
    ["State", status.state, status.state === "ready" ? "good" : "wait", "state"],
    ["Generation", count(status.generation), "", "generation"],
    ["Files", count(status.files), "", "files"],
    ["Symbols", count(status.memory?.symbols ?? 0), "", "symbols"],
    ["Freshness", pending ? `${count(status.pending)} pending` : "fresh", pending ? "wait" : "good", "freshness"],
    ["Watcher", watch[0], watch[1], "watcher"],
    ["Folders watched", count(watcher.dirs), "", "folders"],
    ["Problems", count(problems), problems ? "bad" : "", "problems"],
  ];
  one("numbers").replaceChildren(
    ...rows.map(([name, value, tone, key]) => {
      const said = make("dd", tone, value);
      said.dataset.number = key;
      return make("div", "", make("dt", "", name), said);
    }),
  );
  const cut = map.omitted.files ? ` ${several(map.omitted.files, "file")} of less importance not drawn.` : "";
  one("map-note").textContent = `Area is importance: how much leads to a file. A folder opens, a file shows its dependencies.${cut}`;
}

/** Which colour stands for a language: the most frequent ones have one each. */
export function palette(files) {
  const counts = new Map();
  for (const file of files) counts.set(file.lang, (counts.get(file.lang) ?? 0) + 1);
  const order = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const places = new Map(order.map(([lang], at) => [lang, `c${Math.min(at, 7)}`]));
  return { order, of: (lang) => places.get(lang) ?? "c7" };
}

export function languages({ order, of }, titles) {
  const most = order[0]?.[1] ?? 1;
  one("languages").replaceChildren(
    ...order.map(([lang, files]) => {
      const bar = make("div", of(lang));
      bar.style.width = `${(files / most) * 100}%`;
      const row = make("div", "language", make("span", "", titles.get(lang) ?? lang), make("div", "track", bar), make("span", "count", several(files, "file")));
      row.dataset.lang = lang;
      return row;
    }),
  );
}

const LISTED = 300;

export function outline(answer) {
  const rows = [];
  const add = (symbols, depth) => {
    for (const symbol of symbols ?? []) {
      if (rows.length >= LISTED) return;
      const row = make("li", "", make("span", "kind", symbol.kind), symbol.name, make("span", "line", `${symbol.line}`));
      row.title = visible(symbol.signature);
      row.style.paddingLeft = `${depth * 14}px`;
      rows.push(row);
      add(symbol.symbols, depth + 1);
    }
  };
  add(answer?.symbols, 0);
  one("outline").replaceChildren(...rows);
}

const KEPT = 100;
const NAMED = 6;

export function event(told) {
  one("events-note").hidden = true;
  const lists = ["changed", "added", "removed"].map((kind) => [kind, told[kind] ?? []]);
  const parts = lists.filter(([, paths]) => paths.length).map(([kind, paths]) => `${count(paths.length)} ${kind}`);
  const paths = lists.flatMap(([, paths]) => paths);
  const more = paths.length > NAMED ? [`… ${count(paths.length - NAMED)} more`] : [];
  const what = told.event === "update" ? `generation ${count(told.generation)}: ${parts.join(", ") || "nothing in files"}` : told.event;
  const took = told.micros?.total === undefined ? "" : `${(told.micros.total / 1000).toFixed(1)} ms`;
  const row = make(
    "li",
    "new",
    make("span", "when", new Date().toLocaleTimeString("en-GB")),
    make("span", "what", what),
    make("span", "took", took),
    make("span", "paths", [...paths.slice(0, NAMED), ...more].join(", ")),
  );
  if (told.generation !== undefined) row.dataset.generation = told.generation;
  const list = one("events");
  list.prepend(row);
  while (list.children.length > KEPT) list.lastChild.remove();
}
