// The upload page: files chosen, sent one after another, taken up again after a reload; *Xong*, then the receipt.

import { make } from "./lines.js";
import { Stopped, announce, fingerprint, forget, offset, sendPiece } from "./tus.js";
import { say } from "./upload-words.js";
import { size } from "./words.js";

const { limit, piece, most } = Object.fromEntries(Object.entries(document.body.dataset).map(([name, value]) => [name, Number(value)]));
const here = location.pathname.replace(/\/$/, "");
const base = `${here}/files`;
const LONGEST_REST = 30; // seconds
const part = (id) => document.getElementById(id);

// --- one file -----------------------------------------------------------------------------------------------------

class Item {
  // `file` is missing for what an earlier visit began; `id` for what the house does not know yet.
  constructor({ file = null, id = null, name, size, offset = 0, fingerprint, state = "waiting", why = "" }) {
    Object.assign(this, { file, id, name, size, offset, fingerprint, state, why });
    this.tries = 0;
    this.sent = offset;
    this.element = make("li");
    this.draw();
  }

  static chosen(file) {
    return new Item({ file, name: file.name, size: file.size, fingerprint: fingerprint(file) });
  }

  static known(view) {
    const state = view.state === "open" ? "left" : view.state;
    return new Item({ ...view, name: view.name ?? say.nameless, state });
  }

  get address() {
    return `${base}/${this.id}`;
  }

  // Something can be done about it without the person.
  get goesOn() {
    return this.state === "waiting" || this.state === "resting" || this.state === "whole";
  }

  get unfinished() {
    return !["good", "refused"].includes(this.state);
  }

  turn(state, why = "") {
    Object.assign(this, { state, why });
    this.draw();
    summed();
  }

  is(file) {
    return this.fingerprint === fingerprint(file) && this.name === file.name.normalize("NFC");
  }

  draw() {
    const share = this.size ? this.sent / this.size : 0;
    const words = {
      waiting: say.waiting, sending: say.sending(share), checking: say.checking, whole: say.checking,
      good: say.good, left: say.left(share), resting: say.resting, refused: this.why,
    };
    const head = make("div", "head");
    const text = make("span");
    text.append(make("span", "name", this.name), " ", make("span", "size", size(this.size)), make("p", "state", words[this.state]));
    head.append(text, this.#button("", say.drop, say.dropThis(this.name), () => drop(this)));
    this.element.className = this.state;
    this.element.replaceChildren(head);
    if (["sending", "checking", "left", "resting", "whole"].includes(this.state)) this.element.append(this.#bar(share));
    if (this.state === "resting") this.element.append(this.#button("again", say.again, "", () => again()));
  }

  // While bytes go, only the bar and its words move: the button keeps its focus.
  progress(sent) {
    this.sent = sent;
    const share = this.size ? sent / this.size : 0;
    this.element.querySelector("progress").value = share;
    this.element.querySelector(".state").textContent = share < 1 ? say.sending(share) : say.checking;
  }

  #bar(share) {
    const bar = make("progress");
    bar.max = 1;
    bar.value = share;
    bar.setAttribute("aria-label", say.progress(this.name));
    return bar;
  }

  #button(kind, word, label, act) {
    const button = make("button", kind, word);
    button.type = "button";
    if (label) button.setAttribute("aria-label", label);
    button.addEventListener("click", act);
    return button;
  }
}

// --- all of them --------------------------------------------------------------------------------------------------

let items = [];
let busy = false;
let timer;

function add(item) {
  items.push(item);
  part("list").append(item.element);
}

function take(files) {
  const notices = [];
  for (const file of files) {
    const known = items.find((item) => item.unfinished && !item.file && item.is(file));
    if (file.size > limit) notices.push(say.tooLarge(file.name, limit));
    else if (known) resume(known, file);
    else if (items.length >= most) notices.push(say.tooMany(most));
    else if (!items.some((item) => item.state !== "refused" && item.is(file))) add(Item.chosen(file));
  }
  part("notice").textContent = [...new Set(notices)].join(" ");
  summed();
  go();
}

function resume(item, file) {
  item.file = file;
  item.turn("waiting");
}

async function drop(item) {
  item.stop?.abort();
  items = items.filter((each) => each !== item);
  const next = item.element.nextElementSibling ?? item.element.previousElementSibling;
  item.element.remove();
  (next?.querySelector("button") ?? part("files")).focus();
  summed();
  if (item.id) await forget(item.address).catch(() => setTimeout(() => forget(item.address).catch(() => {}), 3000));
}

// --- sending ------------------------------------------------------------------------------------------------------

async function go() {
  if (busy) return;
  busy = true;
  try {
    for (let item; (item = items.find((each) => each.goesOn && each.state !== "resting")); ) await attempt(item);
  } finally {
    busy = false;
    summed();
  }
}

function again() {
  clearTimeout(timer);
  for (const item of items) if (item.state === "resting") item.turn(item.file ? "waiting" : "whole");
  go();
}

async function attempt(item) {
  item.stop = new AbortController();
  try {
    await send(item);
    item.tries = 0;
  } catch (trouble) {
    if (!(trouble instanceof Stopped)) throw trouble;
    if (items.includes(item)) await stopped(item, trouble);
  }
}

async function stopped(item, trouble) {
  if (trouble.final) return item.turn("refused", trouble.message);
  if (trouble.over) return look();
  item.tries += 1;
  item.turn("resting");
  clearTimeout(timer);
  timer = setTimeout(again, 1000 * (trouble.rest || Math.min(LONGEST_REST, 2 ** (item.tries - 1))));
}

async function send(item) {
  const { signal } = item.stop;
  if (!item.id) await introduce(item, signal);
  let start = item.tries || item.offset ? await offset(item.address, signal) : 0;
  item.turn("sending");
  item.progress(start);
  do {
    const from = start;
    const bytes = item.file ? item.file.slice(from, from + piece) : null;
    start = await sendPiece(item.address, from, bytes, { signal, onProgress: (loaded) => item.progress(Math.min(item.size, from + loaded)) });
    item.progress(start);
  } while (start < item.size);
  item.sent = item.offset = item.size;
  await look();
}

// An announcement whose answer was lost is found again, not made twice.
async function introduce(item, signal) {
  if (item.tries) {
    const view = await read();
    const ours = view.files?.find((file) => file.fingerprint === item.fingerprint && file.name === item.name && !items.some((each) => each.id === file.id));
    if (ours) item.id = ours.id;
  }
  if (item.id) return;
  const address = await announce(base, item.file, signal);
  item.id = address.split("/").pop();
}

// --- what the house says ------------------------------------------------------------------------------------------

async function read() {
  const answer = await fetch(`${here}/state`, { signal: AbortSignal.timeout(20_000) }).catch(() => { throw new Stopped(""); });
  if (answer.status === 404 || answer.status === 410) location.reload();
  if (!answer.ok) throw new Stopped("", { rest: Number(answer.headers.get("Retry-After")) });
  return answer.json();
}

async function look() {
  const view = await read();
  if (view.receipts) return receive(view);
  if (!view.open) return location.reload();
  for (const known of view.files) settle(known);
  for (const item of items) if (item.id && !view.files.some((file) => file.id === item.id)) item.turn("refused", say.notFiled);
  summed();
}

function settle(known) {
  const item = items.find((each) => each.id === known.id);
  if (!item) return add(Item.known(known));
  Object.assign(item, { name: known.name ?? say.nameless, offset: known.offset });
  if (known.state === "good" || known.state === "refused") item.turn(known.state, known.why);
  else if (known.state === "whole") item.turn("whole");
}

// --- done ---------------------------------------------------------------------------------------------------------

let sure = false;

function summed() {
  const good = items.filter((item) => item.state === "good").length;
  const rest = items.filter((item) => item.unfinished).length;
  const moving = items.some((item) => ["sending", "checking", "waiting", "whole"].includes(item.state));
  part("done").disabled = !good || moving;
  part("sum").textContent = good || rest ? (good ? say.sum(good, rest) : say.none) : "";
  sure = false;
}

async function finish() {
  const rest = items.filter((item) => item.unfinished).length;
  if (rest && !sure) {
    part("sum").textContent = say.dropRest(rest);
    sure = true;
    return;
  }
  part("done").disabled = true;
  part("sum").textContent = say.filing;
  const answer = await fetch(`${here}/done`, { method: "POST", signal: AbortSignal.timeout(180_000) }).catch(() => null);
  const told = await answer?.json().catch(() => null);
  if (answer?.ok) return receive(told);
  if (answer?.status === 410) return location.reload();
  summed();
  part("notice").textContent = told?.detail || say.notFiled;
}

function receive(view) {
  items.forEach((item) => item.stop?.abort());
  items = [];
  part("said").textContent = view.said;
  part("receipts").replaceChildren(...view.receipts.map((one) => {
    const line = make("li");
    line.append(make("span", "name", one.name ?? say.nameless), make("b", "", one.receipt));
    return line;
  }));
  for (const id of ["sending", "bar", "left"]) part(id).hidden = true;
  part("receipt").hidden = false;
  part("receipt").focus();
}

// --- begin --------------------------------------------------------------------------------------------------------

part("files").addEventListener("change", ({ target }) => {
  take([...target.files]);
  target.value = "";
});
part("done").addEventListener("click", finish);
addEventListener("online", again);
addEventListener("beforeunload", (leaving) => {
  if (busy) leaving.preventDefault();
});
document.addEventListener("dragover", (drag) => {
  drag.preventDefault();
  document.body.classList.add("dropping");
});
document.addEventListener("dragleave", (drag) => {
  if (!drag.relatedTarget) document.body.classList.remove("dropping");
});
document.addEventListener("drop", (drop) => {
  drop.preventDefault();
  document.body.classList.remove("dropping");
  if (!part("sending").hidden) take([...drop.dataTransfer.files]);
});

const view = JSON.parse(part("view").textContent);
if (view.receipts) receive(view);
else {
  view.files.forEach((file) => add(Item.known(file)));
  summed();
  go();
}
document.body.dataset.ready = "1";
