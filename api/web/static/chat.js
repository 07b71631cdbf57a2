// Puts the page together: the log, what is on its way, what comes in, and the line where one writes.

import { Composer } from "./composer.js";
import { Log } from "./lines.js";
import { Outbox } from "./outbox.js";
import { Stream } from "./stream.js";
import { say } from "./words.js";

const { phone, textLimit, uploadLimit, page } = document.body.dataset;
const find = (id) => document.getElementById(id);
const scroll = find("scroll");
const title = document.title;
let unread = 0;
let shown = 0;

function address(what, query = {}) {
  const asked = new URLSearchParams(phone ? { ...query, phone } : query);
  return `/chat/${what}${asked.size ? `?${asked}` : ""}`;
}

// --- scrolling and what was seen ---

const isLow = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 120;

function sink() {
  scroll.scrollTop = scroll.scrollHeight;
  find("newest").hidden = true;
}

let telling;
function tellSeen() {
  if (document.hidden || !outbox.opened || log.top <= shown) return;
  clearTimeout(telling);
  telling = setTimeout(async () => {
    const upto = log.top;
    const told = await post("seen", { upto }).catch(() => null);
    if (told?.ok) shown = Math.max(shown, upto);
  }, 300);
}

function badge() {
  document.title = unread ? `(${unread}) ${title}` : title;
}

const post = (what, body) =>
  fetch(address(what), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });

// --- the parts ---

const log = new Log(find("log"), (choice, press) => {
  outbox.sendText(choice.says, choice.label);
  if (press.detail === 0) find("text").focus();
  else scroll.focus({ preventScroll: true });
});

function receive(line) {
  const low = isLow();
  if (line.message) outbox.settle(line.message);
  if (!log.add(line)) return;
  find("empty").hidden = true;
  if (low || line.mine) sink();
  else find("newest").hidden = false;
  if (!line.mine) {
    if (document.hidden) unread += 1;
    badge();
    if (parent !== window) parent.postMessage({ phone, told: line.id }, location.origin);
  }
  log.hold(outbox.items.length > 0);
  tellSeen();
}

const stream = new Stream({ address, banner: find("connection"), top: () => log.top, onLine: receive });

const outbox = new Outbox({
  root: find("pending"),
  storage: sessionStorage,
  key: `giaouoc-pending-${phone}`,
  uploadLimit: Number(uploadLimit),
  opened: Boolean(document.body.dataset.open),
  address,
  onSent({ line, places }, item) {
    if (item.picture) log.pictures.set(item.id, item.picture);
    receive(line);
    find("places").textContent = places.join(" · ") || say.unlinked;
    if (!stream.started) stream.start();
  },
  onChange() {
    log.hold(this.items.length > 0);
    const begun = log.lines.length + this.items.length > 0;
    find("empty").hidden ||= begun;
    find("link").hidden ||= begun && !find("code").value;
    if (this.items.length) sink();
  },
  onEdit: (text) => composer.fill(text),
});

const composer = new Composer({
  form: find("composer"),
  storage: sessionStorage,
  key: `giaouoc-draft-${phone}`,
  textLimit: Number(textLimit),
  uploadLimit: Number(uploadLimit),
  onText: (text) => outbox.sendText(text),
  onFile: (file, caption) => outbox.sendFile(file, caption),
});

// --- the card for the link code ---

find("link").addEventListener("submit", (submit) => {
  submit.preventDefault();
  const digits = find("code").value.replace(/[\s.-]/g, "");
  const good = /^\d{8}$/.test(digits);
  find("code-error").textContent = good ? "" : say.badCode;
  if (!good) return find("code").focus();
  find("code").value = "";
  find("link").hidden = true;
  if (location.search.includes("code=")) history.replaceState(null, "", address("").replace(/\/(?=\?|$)/, ""));
  outbox.sendText(`${digits.slice(0, 4)} ${digits.slice(4)}`);
  return find("text").focus();
});

// --- history ---

async function earlier() {
  const answer = await fetch(address("timeline", { before: log.first })).catch(() => null);
  if (!answer?.ok) return;
  const { lines } = await answer.json();
  const height = scroll.scrollHeight;
  lines.forEach((line) => log.add(line));
  scroll.scrollTop += scroll.scrollHeight - height;
  find("earlier").hidden = lines.length < Number(page);
}

find("earlier").addEventListener("click", earlier);
find("help").addEventListener("click", () => {
  outbox.sendText("/giup", find("help").textContent);
  find("text").focus();
});
find("newest").addEventListener("click", sink);
scroll.addEventListener("scroll", () => { if (isLow()) find("newest").hidden = true; });
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unread = 0;
  badge();
  tellSeen();
});
addEventListener("beforeunload", (leaving) => { if (outbox.uploading) leaving.preventDefault(); });

// The demo's first page copies its suggestions into this phone.
addEventListener("message", async ({ origin, source, data }) => {
  if (origin !== location.origin || source !== parent || parent === window) return;
  if (data.picture) {
    const bytes = await (await fetch(data.picture)).blob();
    composer.attachFiles([new File([bytes], data.name, { type: bytes.type })]);
  }
  if (typeof data.text === "string") composer.fill(data.text);
});

const told = JSON.parse(find("history").textContent);
told.forEach((line) => log.add(line));
find("earlier").hidden = told.length < Number(page);
outbox.restore(new Set(told.map((line) => line.message)));
sink();
if (outbox.opened || told.length) stream.start();
tellSeen();
document.body.dataset.ready = "1";
