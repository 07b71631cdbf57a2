// What is on its way to the house: one thing at a time, in order, each under an id of its own, so that sending it
// again is never sending it twice. Texts outlive a reload of the page.

import { bubble, make } from "./lines.js";
import { say, time } from "./words.js";

const PATIENCE = 20_000; // ms for a text's answer
const STALLED = 60_000; // ms without progress of an upload

function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

class Unsent extends Error {
  // `final`: sending the same again is useless; `rest`: seconds to wait first; `gone`: the session has ended.
  constructor(why, { final = false, rest = 0, gone = false } = {}) {
    super(why);
    Object.assign(this, { final, rest, gone });
  }
}

function refusal(status, body, file) {
  const detail = body?.detail ?? "";
  if (status === 401) return new Unsent(say.unsent, { gone: true });
  if (status === 429) return new Unsent(detail, { rest: body?.extra?.retry_after_s ?? 5 });
  if (status >= 500) return new Unsent(say.unsent);
  return new Unsent(file && status === 413 ? say.tooLarge(file.name, file.limit) : detail || say.refused, { final: true });
}

export class Outbox {
  constructor({ root, address, storage, key, opened, uploadLimit, onSent, onChange, onEdit }) {
    Object.assign(this, { root, address, storage, key, opened, uploadLimit, onSent, onChange, onEdit });
    this.items = [];
    this.busy = false;
    this.tries = 0;
    addEventListener("online", () => this.retry());
  }

  get uploading() {
    return this.items.some((item) => item.file);
  }

  // Take up what an earlier page could not send; `known` are the ids that the house already has.
  restore(known) {
    for (const { id, text, label } of JSON.parse(this.storage.getItem(this.key) ?? "[]")) {
      if (!known.has(id)) this.#put({ id, text, label });
    }
    this.#keep();
    this.#go();
  }

  sendText(text, label) {
    this.#put({ id: newId(), text, label });
    this.#keep();
    this.#go();
  }

  sendFile(file, caption) {
    const picture = /^image\/(jpeg|png|webp|gif)$/.test(file.type) ? URL.createObjectURL(file) : null;
    this.#put({ id: newId(), file, text: caption, picture });
    this.#go();
  }

  // The house has this one: its line stands in the log.
  settle(id) {
    const item = this.items.find((each) => each.id === id);
    if (!item) return;
    this.items = this.items.filter((each) => each !== item);
    item.element.remove();
    this.#keep();
    this.onChange();
  }

  retry() {
    clearTimeout(this.timer);
    this.tries = 0;
    this.#again();
  }

  // --- one thing at a time ---

  async #go() {
    if (this.busy) return;
    this.busy = true;
    try {
      for (let item; (item = this.#next()); ) await this.#try(item);
    } finally {
      this.busy = false;
      this.onChange();
    }
  }

  // The oldest that can still be sent, unless it has to rest: what came later never overtakes it.
  #next() {
    const oldest = this.items.find((item) => !item.refused);
    return oldest && !oldest.failed ? oldest : null;
  }

  async #try(item) {
    item.sending = true;
    this.#draw(item);
    try {
      await this.#deliver(item);
      this.tries = 0;
    } catch (trouble) {
      if (!(trouble instanceof Unsent)) throw trouble;
      this.#failed(item, trouble);
    } finally {
      item.sending = false;
      if (this.items.includes(item)) this.#draw(item);
    }
  }

  #failed(item, trouble) {
    item.failed = trouble.message;
    item.refused = trouble.final;
    if (trouble.final || item.cancelled) return;
    this.tries += 1;
    const rest = trouble.rest || Math.min(30, 2 ** (this.tries - 1));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#again(), rest * 1000);
  }

  #again() {
    this.items.forEach((item) => {
      if (!item.refused) item.failed = "";
    });
    this.#go();
  }

  async #deliver(item) {
    try {
      if (!this.opened) await this.#open();
      await this.#post(item);
    } catch (trouble) {
      if (!trouble.gone) throw trouble;
      await this.#open();
      await this.#post(item);
    }
  }

  // The first thing that is sent opens a chat for this browser.
  async #open() {
    await this.#ask("session");
    this.opened = true;
  }

  async #post(item) {
    const told = await (item.file ? this.#upload(item) : this.#write(item));
    this.onSent(told, item);
    this.settle(item.id);
  }

  async #write({ id, text, label }) {
    const answer = await this.#ask("messages", label ? { id, text, label } : { id, text });
    return answer.json();
  }

  async #ask(what, body) {
    const answer = await fetch(this.address(what), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE),
    }).catch(() => { throw new Unsent(say.unsent); });
    if (answer.ok) return answer;
    throw refusal(answer.status, await answer.json().catch(() => null));
  }

  // fetch() tells nothing of an upload's progress; XMLHttpRequest does. The first line announces the file.
  #upload(item) {
    return new Promise((resolve, reject) => {
      const { id, file, text } = item;
      const request = new XMLHttpRequest();
      let stalled;
      const alive = () => {
        clearTimeout(stalled);
        stalled = setTimeout(() => request.abort(), STALLED);
      };
      request.open("POST", this.address("files"));
      request.responseType = "json";
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.addEventListener("progress", ({ loaded, total }) => {
        alive();
        item.progress = total ? loaded / total : 0;
        this.#drawProgress(item);
      });
      request.addEventListener("load", () => {
        if (request.status === 200) resolve(request.response);
        else reject(refusal(request.status, request.response, { name: file.name, limit: this.uploadLimit }));
      });
      for (const end of ["error", "abort"]) {
        request.addEventListener(end, () => reject(new Unsent(say.unsentFile)));
      }
      request.addEventListener("loadend", () => clearTimeout(stalled));
      item.request = request;
      alive();
      request.send(new Blob([JSON.stringify({ id, name: file.name, caption: text }), "\n", file]));
    });
  }

  // --- what the page shows of it ---

  #put(item) {
    item.at = new Date();
    item.element = make("div", "line mine unsent");
    this.items.push(item);
    this.#draw(item);
    this.root.append(item.element);
    this.onChange();
  }

  #keep() {
    const texts = this.items.filter((item) => !item.file).map(({ id, text, label }) => ({ id, text, label }));
    this.storage.setItem(this.key, JSON.stringify(texts));
  }

  #draw(item) {
    const files = item.file ? [{ name: item.file.name, size: item.file.size }] : [];
    const box = bubble({ mine: true, text: item.label ?? item.text, files }, item.picture);
    item.bar = null;
    if (item.file && item.sending) {
      item.bar = make("progress");
      item.bar.max = 1;
      item.bar.setAttribute("aria-label", say.upload(item.file.name));
      box.append(item.bar);
    }
    item.meta = make("span", item.failed ? "meta why" : "meta");
    item.element.replaceChildren(box, item.meta);
    this.#drawProgress(item);
    const deeds = this.#deeds(item);
    if (deeds.length) {
      const row = make("div", "deeds");
      row.append(...deeds);
      item.element.append(row);
    }
  }

  #drawProgress(item) {
    const state = item.failed || (item.sending ? say.sending : say.waiting);
    const done = item.bar && item.progress ? ` ${Math.round(item.progress * 100)}%` : "";
    item.meta.textContent = item.failed ? state : `${state}${done}`;
    if (item.bar) item.bar.value = item.progress ?? 0;
  }

  #deeds(item) {
    const deed = (word, act) => {
      const button = make("button", "", word);
      button.type = "button";
      button.addEventListener("click", act);
      return button;
    };
    if (item.sending) return item.file ? [deed(say.cancel, () => this.#drop(item))] : [];
    if (!item.failed) return [];
    const drop = deed(say.drop, () => this.#drop(item));
    if (!item.refused) return [deed(say.again, () => this.retry()), drop];
    return item.file ? [drop] : [deed(say.edit, () => this.#edit(item)), drop];
  }

  #drop(item) {
    item.cancelled = true;
    item.request?.abort();
    this.settle(item.id);
    this.#go();
  }

  #edit(item) {
    this.settle(item.id);
    this.onEdit(item.text);
  }
}
