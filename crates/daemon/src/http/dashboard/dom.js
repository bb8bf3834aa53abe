// Elements. What a repository says becomes text, never markup: nothing here or elsewhere parses HTML.

export const one = (id) => document.getElementById(id);

/** An element with a class, texts and elements in it. */
export function make(name, kind, ...inside) {
  const element = document.createElement(name);
  if (kind) element.className = kind;
  element.append(...inside.map(plain));
  return element;
}

/** An element of a drawing with its attributes. */
export function draw(name, attributes, ...inside) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...inside.map(plain));
  return element;
}

const plain = (part) => (part instanceof Node ? part : visible(String(part)));

/** Marks that turn the direction of a text, or cannot be seen, are shown as what they are. */
export const visible = (text) =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (mark) => `\\u{${mark.codePointAt(0).toString(16)}}`);

export const count = (number) => Number(number).toLocaleString("en");

/** One thing, or so many. */
export const several = (number, word) => `${count(number)} ${word}${number === 1 ? "" : "s"}`;

/** The name of a file without its folder. */
export const bare = (path) => path.slice(path.lastIndexOf("/") + 1);
