// What the house tells this chat, as it comes: an event stream while the page is looked at, a slow look otherwise
// (a browser allows one site only six connections, and pages left open in the background would use them up).

import { say } from "./words.js";

const SLOW = 20_000; // ms between two looks of a hidden page
const AGAIN = 3_000; // ms before a closed stream is opened anew
const GRACE = 1_500; // ms of silence about a lost connection

export class Stream {
  constructor({ address, banner, top, onLine }) {
    Object.assign(this, { address, banner, top, onLine });
    document.addEventListener("visibilitychange", () => this.#anew());
    addEventListener("online", () => this.#anew());
  }

  start() {
    this.stop();
    this.started = true;
    if (document.hidden) this.#look();
    else this.#listen();
  }

  #anew() {
    if (this.started) this.start();
  }

  stop() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  #listen() {
    const source = new EventSource(this.address("events", { after: this.top() }));
    this.source = source;
    source.addEventListener("open", () => this.#connected(true));
    source.addEventListener("line", ({ data }) => this.onLine(JSON.parse(data)));
    source.addEventListener("error", () => {
      this.#connected(false);
      if (source.readyState === EventSource.CLOSED && source === this.source) {
        this.timer = setTimeout(() => this.start(), AGAIN);
      }
    });
  }

  async #look() {
    try {
      const answer = await fetch(this.address("timeline", { after: this.top() }));
      if (answer.ok) (await answer.json()).lines.forEach((line) => this.onLine(line));
    } catch {
      this.#connected(false);
    }
    if (document.hidden) this.timer = setTimeout(() => this.#look(), SLOW);
  }

  #connected(well) {
    clearTimeout(this.grace);
    if (well) this.banner.hidden = true;
    else this.grace = setTimeout(() => {
      this.banner.textContent = say.lost;
      this.banner.hidden = false;
    }, GRACE);
  }
}
