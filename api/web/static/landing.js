// The demo's first page: its clock, its first moves, and which phone is in front on a narrow screen.

import { day, time } from "./words.js";

const find = (id) => document.getElementById(id);
const frames = new Map([...document.querySelectorAll("iframe")].map((frame) => [frame.dataset.phone, frame]));
const tabs = [...document.querySelectorAll('[role="tab"]')];

// --- the clock ---

const hold = find("hold");

function show({ now, paused }) {
  find("date").textContent = day(now);
  find("date").dateTime = now;
  find("time").textContent = time(now);
  hold.textContent = paused ? "Tiếp" : "Dừng";
  hold.dataset.deed = paused ? "resume" : "pause";
  hold.disabled = false;
  hold.parentElement.classList.toggle("held", paused);
}

async function look() {
  if (document.hidden) return;
  const answer = await fetch("/demo/clock").catch(() => null);
  if (answer?.ok) show(await answer.json());
}

hold.addEventListener("click", async () => {
  const answer = await fetch(`/demo/${hold.dataset.deed}`, { method: "POST" }).catch(() => null);
  if (answer?.ok) show(await answer.json());
});
document.addEventListener("visibilitychange", look);
setInterval(look, 1000);
look();

// --- which phone is in front ---

function choose(phone) {
  for (const tab of tabs) {
    const chosen = tab.id === `tab-${phone}`;
    tab.setAttribute("aria-selected", chosen);
    tab.tabIndex = chosen ? 0 : -1;
    if (chosen) tab.classList.remove("news");
  }
  for (const name of frames.keys()) find(`phone-${name}`).classList.toggle("chosen", name === phone);
}

tabs.forEach((tab, place) => {
  tab.addEventListener("click", () => choose(tab.id.slice(4)));
  tab.addEventListener("keydown", ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const next = tabs[(place + step + tabs.length) % tabs.length];
    choose(next.id.slice(4));
    next.focus();
  });
});

addEventListener("message", ({ origin, data }) => {
  if (origin !== location.origin || !data.told) return;
  const tab = find(`tab-${data.phone}`);
  if (tab?.getAttribute("aria-selected") === "false") tab.classList.add("news");
});

// --- first moves ---

for (const button of document.querySelectorAll(".moves button")) {
  button.addEventListener("click", () => {
    const { phone, text, picture, name } = button.dataset;
    choose(phone);
    frames.get(phone).contentWindow.postMessage({ text, picture, name }, location.origin);
    frames.get(phone).focus();
    button.classList.add("done");
    for (const each of frames.keys()) find(`phone-${each}`).classList.toggle("called", each === phone);
  });
}
