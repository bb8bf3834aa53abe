// Files and folders as areas: the more important, the larger.

import { count, make, one, several, visible } from "./dom.js";

/** A file whose importance is nothing is drawn as if it had this share of the mean, to be there at all. */
const LEAST = 0.12;
/** What is smaller than this, in pixels, is drawn as a part of its folder where that has many. */
const SMALL = 7;
const TITLE = 17;
const GAP = 1;

/** Folders in folders, with the weight of all that is in them. */
export function tree(files) {
  const mean = files.reduce((sum, file) => sum + file.score, 0) / Math.max(files.length, 1);
  const root = { path: "", name: "", weight: 0, files: 0, children: new Map() };
  for (const file of files) {
    const weight = Math.max(file.score, mean * LEAST, 1);
    const parts = file.path.split("/");
    let folder = root;
    for (let at = 0; at < parts.length; at += 1) {
      folder.weight += weight;
      folder.files += 1;
      const name = parts[at];
      if (at === parts.length - 1) {
        // A name of its own kind: a folder of the same name cannot be beside it, but keys must not meet.
        folder.children.set(`${name}\0`, { ...file, name, weight });
      } else {
        const path = parts.slice(0, at + 1).join("/");
        if (!folder.children.has(name)) folder.children.set(name, { path, name, weight: 0, files: 0, children: new Map() });
        folder = folder.children.get(name);
      }
    }
  }
  return root;
}

const folderAt = (root, path) =>
  path.split("/").filter(Boolean).reduce((folder, name) => folder?.children.get(name), root);

/** Rectangles for weights, as square as can be: Bruls, Huizing and van Wijk. */
function squarify(items, x, y, width, height) {
  const out = [];
  const sum = items.reduce((all, item) => all + item.weight, 0);
  if (sum <= 0 || width <= 0 || height <= 0) return out;
  const scale = (width * height) / sum;
  let rest = items.map((item) => ({ item, area: item.weight * scale }));
  while (rest.length) {
    const side = Math.min(width, height);
    let row = 1;
    let area = rest[0].area;
    let [most, least] = [area, area];
    let worst = ratio(area, most, least, side);
    while (row < rest.length) {
      const next = rest[row].area;
      const [more, less] = [Math.max(most, next), Math.min(least, next)];
      const then = ratio(area + next, more, less, side);
      if (then > worst) break;
      [area, most, least, worst] = [area + next, more, less, then];
      row += 1;
    }
    const depth = area / side;
    let along = 0;
    for (const { item, area: own } of rest.slice(0, row)) {
      const length = own / depth;
      out.push(
        width >= height
          ? { item, x, y: y + along, width: depth, height: length }
          : { item, x: x + along, y, width: length, height: depth },
      );
      along += length;
    }
    if (width >= height) [x, width] = [x + depth, width - depth];
    else [y, height] = [y + depth, height - depth];
    rest = rest.slice(row);
  }
  return out;
}

const ratio = (area, most, least, side) =>
  Math.max((side * side * most) / (area * area), (area * area) / (side * side * least));

/** The picture of a folder. `state` says which folder and which file are looked at, `open` hears of a choice. */
export function show(root, state, colours, open) {
  const place = one("treemap");
  const held = place.contains(document.activeElement) ? document.activeElement.dataset.path : null;
  let folder = folderAt(root, state.folder);
  if (!folder?.children) [folder, state.folder] = [root, ""];
  const cells = [];
  const put = (element, { x, y, width, height }, path) => {
    Object.assign(element.style, {
      left: `${x}px`, top: `${y}px`, width: `${Math.max(width - GAP, 1)}px`, height: `${Math.max(height - GAP, 1)}px`,
    });
    element.type = "button";
    element.tabIndex = -1;
    element.dataset.path = path;
    cells.push(element);
  };
  const fill = (parent, x, y, width, height, depth) => {
    const items = [...parent.children.values()].sort((a, b) => b.weight - a.weight || (a.path < b.path ? -1 : 1));
    for (const box of squarify(items, x, y, width, height)) {
      let { item } = box;
      let { name } = item;
      // A folder with nothing but a folder in it is one place.
      while (item.children?.size === 1 && item.children.values().next().value.children) {
        item = item.children.values().next().value;
        name = `${name}/${item.name}`;
      }
      const isThin = box.width < 24 || box.height < TITLE - 4;
      const cell = make("button", "", isThin ? "" : make("span", "", name));
      if (item.children) {
        cell.className = depth % 2 ? "folder odd" : "folder";
        cell.title = `${visible(item.path)}/\n${several(item.files, "file")}`;
        cell.addEventListener("click", () => open({ folder: item.path }));
        put(cell, box, item.path);
        const title = box.height > 2.5 * TITLE && !isThin ? TITLE : 2;
        if (title !== TITLE) cell.replaceChildren();
        const inner = [box.x + 2, box.y + title, box.width - 4 - GAP, box.height - title - 2 - GAP];
        if (Math.min(inner[2], inner[3]) > SMALL) fill(item, ...inner, depth + 1);
      } else if (Math.min(box.width, box.height) >= SMALL || parent.files <= (parent === folder ? 2000 : 40)) {
        cell.className = `file ${colours(item.lang)}`;
        cell.title = `${visible(item.path)}\n${visible(item.lang)}, importance ${count(item.score)}`;
        if (item.path === state.focus) cell.setAttribute("aria-current", "true");
        cell.addEventListener("click", () => open({ focus: item.path }));
        put(cell, box, item.path);
      }
      cell.setAttribute("aria-label", `${item.children ? "folder" : "file"} ${visible(item.path)}`);
    }
  };
  fill(folder, 0, 0, place.clientWidth + GAP, place.clientHeight + GAP, 0);
  place.replaceChildren(...cells);
  const entry = cells.find((cell) => cell.dataset.path === (held ?? state.focus)) ?? cells[0];
  if (entry) entry.tabIndex = 0;
  if (held !== null) entry?.focus();
  crumbs(state, open);
}

function crumbs(state, open) {
  const parts = state.folder.split("/").filter(Boolean);
  const out = [];
  ["all", ...parts].forEach((name, at) => {
    if (at) out.push(make("span", "", " / "));
    const button = make("button", "", name);
    button.type = "button";
    if (at === parts.length) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => open({ folder: parts.slice(0, at).join("/") }));
    out.push(button);
  });
  one("crumbs").replaceChildren(...out);
}

const TOWARDS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** One cell is in the order of the tabulator, arrows go to what lies there, Backspace goes up. */
export function keys(state, open) {
  one("treemap").addEventListener("keydown", (event) => {
    if (event.key === "Backspace" && state.folder) {
      event.preventDefault();
      return open({ folder: state.folder.split("/").slice(0, -1).join("/") });
    }
    const towards = TOWARDS[event.key];
    const from = document.activeElement;
    if (!towards || !from.dataset.path) return;
    event.preventDefault();
    const middle = (cell) => {
      // The title of a folder is where it is met: what is in it lies on the rest.
      const height = cell.classList.contains("folder") ? TITLE : cell.offsetHeight;
      return [cell.offsetLeft + cell.offsetWidth / 2, cell.offsetTop + height / 2];
    };
    const [x, y] = middle(from);
    let best = null;
    for (const cell of one("treemap").children) {
      const [dx, dy] = [middle(cell)[0] - x, middle(cell)[1] - y];
      const ahead = dx * towards[0] + dy * towards[1];
      if (cell === from || ahead <= 0) continue;
      const far = ahead + 3 * Math.abs(dx * towards[1] + dy * towards[0]);
      if (!best || far < best.far) best = { cell, far };
    }
    if (!best) return;
    from.tabIndex = -1;
    best.cell.tabIndex = 0;
    best.cell.focus();
  });
}
