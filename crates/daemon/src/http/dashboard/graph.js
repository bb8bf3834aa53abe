// A file between what depends on it and what it depends on.

import { bare, draw, make, one, several, visible } from "./dom.js";

const MOST = 18;
const ROW = 26;
const BOX = 20;
const LETTER = 7.3;

/** The graph of a file; without one, a word about how to choose it. */
export function show(focus, links, scores, open) {
  const place = one("graph");
  if (!links) {
    place.replaceChildren(make("p", "note", focus === null ? "Choose a file above." : "This file is not indexed."));
    return;
  }
  const held = place.contains(document.activeElement) ? document.activeElement.dataset.path : null;
  const width = Math.max(place.clientWidth, 280);
  const isNarrow = width < 620;
  const best = (list) => [...list].sort((a, b) => (scores.get(b.path) ?? 0) - (scores.get(a.path) ?? 0));
  const sides = [best(links.importers), best(links.imports)];
  const shown = sides.map((side) => side.slice(0, MOST));
  const rows = Math.max(1, ...shown.map((side, at) => side.length + (sides[at].length > MOST ? 1 : 0)));
  // In a narrow place the file stands above both columns, with one to each side elsewhere.
  const column = isNarrow ? (width - 16) / 2 : Math.min(300, (width - 120) / 3);
  const top = isNarrow ? 84 : 28;
  const height = top + rows * ROW + 4;
  const left = [0, width - column];
  const middle = isNarrow
    ? { x: width / 2 - Math.min(column * 1.4, width) / 2, y: 4, width: Math.min(column * 1.4, width) }
    : { x: (width - column) / 2, y: top + ((rows - 1) * ROW) / 2, width: column };
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "group", "aria-label": "Dependencies" });
  const edges = draw("g", {});
  svg.append(edges);
  sides.forEach((side, at) => {
    const x = left[at];
    const headAt = at === 0 ? { x } : { x: x + column, "text-anchor": "end" };
    svg.append(draw("text", { class: "head", ...headAt, y: top - 12 }, head(at, side.length)));
    shown[at].forEach((link, row) => {
      const y = top + row * ROW;
      edges.append(draw("path", { class: `edge ${link.tier === "inferred" ? "inferred" : ""}`, d: line(at, x, y, column, middle, isNarrow) }));
      svg.append(node(link.path, { x, y, width: column }, at === 0 ? "dependent" : "dependency", open));
    });
    if (side.length > MOST) {
      const y = top + MOST * ROW + 15;
      svg.append(draw("text", { class: "more", x: x + 6, y }, `… ${side.length - MOST} more`));
    }
  });
  svg.append(node(focus, middle, "focus", open));
  place.replaceChildren(svg);
  if (held !== null) ([...svg.querySelectorAll(".node")].find((box) => box.dataset.path === held) ?? svg.querySelector(".focus")).focus();
}

const head = (side, files) => {
  const said = several(files, "file");
  return side === 0 ? `${said} ${files === 1 ? "depends" : "depend"} on it` : `it depends on ${said}`;
};

function line(side, x, y, column, middle, isNarrow) {
  const row = y + BOX / 2;
  if (isNarrow) {
    const [from, foot] = [middle.x + middle.width / 2, middle.y + BOX];
    const to = side === 0 ? x + column : x;
    return `M${from} ${foot} C${from} ${row} ${from} ${row} ${to} ${row}`;
  }
  const [from, to] = side === 0 ? [x + column, middle.x] : [middle.x + middle.width, x];
  const centre = middle.y + BOX / 2;
  const [a, b] = side === 0 ? [row, centre] : [centre, row];
  const half = (from + to) / 2;
  return `M${from} ${a} C${half} ${a} ${half} ${b} ${to} ${b}`;
}

function node(path, { x, y, width }, kind, open) {
  const room = Math.floor((width - 12) / LETTER);
  const shown = visible(path);
  const short = shown.length <= room ? shown : tail(shown, room);
  const group = draw(
    "g",
    { class: `node ${kind}`, tabindex: 0, role: "button", "aria-label": `${kind}: ${shown}` },
    draw("title", {}, path),
    draw("rect", { x: x + 0.5, y: y + 0.5, width: width - 1, height: BOX, rx: 4 }),
    draw("text", { x: x + 6, y: y + 14 }, short),
  );
  group.dataset.path = path;
  group.addEventListener("click", () => open({ focus: path }));
  group.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    open({ focus: path });
  });
  return group;
}

/** The end of a path says more than its beginning; a name that is too long shows its beginning. */
function tail(path, room) {
  const name = bare(path);
  return name.length + 2 > room ? `${name.slice(0, room - 1)}…` : `…${path.slice(path.length - room + 1)}`;
}
