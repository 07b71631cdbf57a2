// The line where one writes: Enter sends, Shift+Enter breaks the line, files wait in a tray, a draft is never lost.

import { make } from "./lines.js";
import { grouped, length, say, size } from "./words.js";

export class Composer {
  constructor({ form, storage, key, textLimit, uploadLimit, onText, onFile }) {
    Object.assign(this, { form, storage, key, textLimit, uploadLimit, onText, onFile });
    for (const id of ["text", "files", "attach", "tray", "tray-files", "notice", "counter"]) {
      this[id.replace("-f", "F")] = document.getElementById(id);
    }
    this.waiting = [];
    this.text.value = storage.getItem(key) ?? "";
    this.#changed();
    this.#listen();
  }

  fill(text) {
    this.text.value = text;
    this.#changed();
    this.text.focus();
  }

  attachFiles(files) {
    const fitting = [...files].filter((file) => file.size <= this.uploadLimit);
    const large = [...files].find((file) => file.size > this.uploadLimit);
    this.notice.textContent = large ? say.tooLarge(large.name, this.uploadLimit) : "";
    this.waiting.push(...fitting);
    this.#drawTray();
    this.text.focus();
  }

  #listen() {
    this.text.addEventListener("input", () => this.#changed());
    this.text.addEventListener("keydown", (press) => {
      if (press.key !== "Enter" || press.shiftKey || press.isComposing) return;
      press.preventDefault();
      this.#send();
    });
    this.form.addEventListener("submit", (submit) => {
      submit.preventDefault();
      this.#send();
    });
    this.attach.addEventListener("click", () => this.files.click());
    this.files.addEventListener("change", () => {
      this.attachFiles(this.files.files);
      this.files.value = "";
    });
    this.text.addEventListener("paste", (paste) => {
      if (!paste.clipboardData?.files.length) return;
      paste.preventDefault();
      this.attachFiles(paste.clipboardData.files);
    });
    this.#listenToDrops();
  }

  #listenToDrops() {
    const carriesFiles = (drag) => drag.dataTransfer?.types.includes("Files");
    document.addEventListener("dragover", (drag) => {
      if (!carriesFiles(drag)) return;
      drag.preventDefault();
      document.body.classList.add("dropping");
    });
    document.addEventListener("dragleave", (drag) => {
      if (!drag.relatedTarget) document.body.classList.remove("dropping");
    });
    document.addEventListener("drop", (drop) => {
      document.body.classList.remove("dropping");
      if (!carriesFiles(drop)) return;
      drop.preventDefault();
      this.attachFiles(drop.dataTransfer.files);
    });
  }

  // Nothing leaves that the house would not take, and nothing typed is thrown away.
  #send() {
    const text = this.text.value.normalize("NFC").trim();
    const count = length(text);
    this.notice.textContent = count > this.textLimit ? say.tooLong(count, this.textLimit) : "";
    if (count > this.textLimit || (!text && !this.waiting.length)) return;
    const files = this.waiting;
    this.waiting = [];
    this.fill("");
    this.#drawTray();
    if (files.length) files.forEach((file) => this.onFile(file, text));
    else this.onText(text);
  }

  #changed() {
    const text = this.text.value;
    if (text) this.storage.setItem(this.key, text);
    else this.storage.removeItem(this.key);
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight + 2}px`;
    const count = length(text.normalize("NFC").trim());
    this.counter.textContent = count > this.textLimit * 0.9 ? `${grouped(count)}/${grouped(this.textLimit)}` : "";
    this.counter.classList.toggle("over", count > this.textLimit);
    if (count <= this.textLimit) this.notice.textContent = "";
  }

  #drawTray() {
    this.tray.hidden = !this.waiting.length;
    this.trayFiles.replaceChildren(...this.waiting.map((file) => this.#trayFile(file)));
  }

  #trayFile(file) {
    const item = make("li");
    const button = make("button", "", say.drop);
    button.type = "button";
    button.setAttribute("aria-label", say.remove(file.name));
    button.addEventListener("click", () => {
      this.waiting = this.waiting.filter((each) => each !== file);
      this.#drawTray();
      this.text.focus();
    });
    item.append(make("span", "", `${file.name} (${size(file.size)})`), button);
    return item;
  }
}
