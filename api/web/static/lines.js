// The log: lines in the order of their numbers, a heading a day, and the newest message's choices as buttons.

import { day, say, size, time } from "./words.js";

const FILE = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8z"/><path d="M14 3v5h5"/></svg>';
const CODES = /\b(BN-\d{4,}|K\d{1,3}(?:-[A-ZĐ]{2,12})?)(?![\p{L}\d])/u;

export function make(tag, name = "", text = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text) element.textContent = text;
  return element;
}

const LINKS = /(https?:\/\/\S+\/(?:u|p)\/[\w-]{40,60})(?![\w-])/u;

// Text as it was written; task codes and receipt numbers stand out, and a link to the upload page or to a file can be
// followed: it leads to this very house, whatever address stands before it.
function written(text) {
  const whole = document.createDocumentFragment();
  text.split(LINKS).forEach((part, place) => whole.append(place % 2 ? link(part) : coded(part)));
  return whole;
}

function link(text) {
  const found = make("a", "", text);
  found.href = text.slice(text.lastIndexOf("/", text.lastIndexOf("/") - 1));
  found.target = "_blank";
  found.rel = "noopener noreferrer";
  return found;
}

function coded(text) {
  const whole = document.createDocumentFragment();
  text.split(CODES).forEach((part, place) => whole.append(place % 2 ? make("b", "", part) : part));
  return whole;
}

export function fileCard(file, picture) {
  const whole = document.createDocumentFragment();
  if (picture) {
    const image = make("img");
    image.src = picture;
    image.alt = "";
    whole.append(image);
  }
  const card = make("div", "file");
  card.innerHTML = FILE;
  card.append(make("span", "name", file.name ?? say.file), make("span", "size", file.size === null ? "" : size(file.size)));
  whole.append(card);
  return whole;
}

export function bubble(line, picture) {
  const box = make("div", "bubble");
  box.append(make("span", "apart", line.mine ? say.me : say.bot));
  for (const file of line.files ?? []) box.append(fileCard(file, picture));
  if (line.text) {
    const text = make("div", "caption");
    text.append(written(line.text));
    box.append(text);
  }
  return box;
}

export class Log {
  constructor(root, choose) {
    this.root = root;
    this.choose = choose;
    this.lines = [];
    this.pictures = new Map();
  }

  get top() {
    return this.lines.at(-1)?.id ?? 0;
  }

  get first() {
    return this.lines[0]?.id ?? 0;
  }

  // Put a line where it belongs. False: it stands there already.
  add(line) {
    let place = this.lines.length;
    while (place > 0 && this.lines[place - 1].id > line.id) place -= 1;
    if (this.lines[place - 1]?.id === line.id) return false;
    const next = this.lines[place];
    this.lines.splice(place, 0, line);
    this.root.insertBefore(this.#element(line), next ? this.#of(next) : null);
    this.#days(place);
    this.#choices();
    return true;
  }

  #of(line) {
    return this.root.querySelector(`[data-line="${line.id}"]`);
  }

  #element(line) {
    const whole = make("div", line.mine ? "line mine" : "line bot");
    whole.dataset.line = line.id;
    const at = make("time", "meta", time(line.at));
    at.dateTime = line.at;
    whole.append(bubble(line, this.pictures.get(line.message)), at);
    return whole;
  }

  // A heading stands before the first line of each day; only the neighbours of a new line can change.
  #days(place) {
    for (const index of [place, place + 1]) {
      const line = this.lines[index];
      if (!line) continue;
      const element = this.#of(line);
      if (element.previousElementSibling?.classList.contains("day")) element.previousElementSibling.remove();
      const before = this.lines[index - 1];
      if (!before || day(before.at) !== day(line.at)) element.before(make("h2", "day", day(line.at)));
    }
  }

  // Only the newest line, when it is the bot's, can be answered by a button.
  #choices() {
    const newest = this.lines.at(-1);
    if (newest === this.offering) return;
    this.offering = newest;
    this.root.querySelectorAll(".choices").forEach((old) => old.remove());
    if (!newest || newest.mine || !newest.choices.length) return;
    const group = make("div", "choices");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", say.choose);
    for (const choice of newest.choices) {
      const button = make("button");
      button.type = "button";
      button.append(make("span", "key", `${choice.key}.`), make("span", "", choice.label));
      button.addEventListener("click", (press) => this.choose(choice, press));
      group.append(button);
    }
    this.#of(newest).querySelector("time").before(group);
  }

  hold(busy) {
    this.root.querySelectorAll(".choices button").forEach((button) => { button.disabled = busy; });
  }
}
