// @ts-check

import { byId, plural } from "./elements.js";
import { reconnectNow } from "./link.js";

const GOOD_NEWS_MS = 3500;

/** The strip above the messages that appears when the connection is lost, and says so when it is back. */
export class Banner {
  #socket;
  #strip = byId("banner");
  #action = byId("banner-action");
  /** @type {import("./link.js").LinkState} */
  #link = { state: "connecting" };
  #waiting = 0;
  #mostWaiting = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {import("./link.js").ChatSocket} socket */
  constructor(socket) {
    this.#socket = socket;
    this.#action.addEventListener("click", () => reconnectNow(this.#socket));
  }

  /** @param {import("./link.js").LinkState} link */
  setLink(link) {
    this.#link = link;
    clearTimeout(this.#timer);
    if (link.state === "online" && link.again) {
      const sent = this.#mostWaiting > 0 ? ` ${plural(this.#mostWaiting, "waiting message")} sent.` : "";
      this.#show("good", `You are back online.${sent}`);
      this.#timer = setTimeout(() => this.#show("none", ""), GOOD_NEWS_MS);
    } else {
      this.#draw();
    }
    if (link.state === "online") this.#mostWaiting = 0;
  }

  /** @param {number} waiting */
  setWaiting(waiting) {
    this.#waiting = waiting;
    if (this.#link.state === "online") return;
    this.#mostWaiting = Math.max(this.#mostWaiting, waiting);
    this.#draw();
  }

  #draw() {
    switch (this.#link.state) {
      case "lost": {
        const { attempt } = this.#link;
        const waiting = this.#waiting > 0 ? ` ${plural(this.#waiting, "message")} waiting.` : "";
        const which = attempt > 1 ? ` (attempt ${attempt})` : "";
        this.#show("bad", `Connection lost, reconnecting${which}…${waiting}`, "Reconnect now");
        break;
      }
      case "refused":
        this.#show("bad", this.#link.reason, "Try again");
        break;
      case "connecting":
      case "online":
        this.#show("none", "");
    }
  }

  /**
   * @param {"none" | "good" | "bad"} tone
   * @param {string} text
   * @param {string} [action]
   */
  #show(tone, text, action) {
    this.#strip.dataset["tone"] = tone;
    // The last words stay while the strip folds away.
    if (tone !== "none") byId("banner-text").textContent = text;
    this.#action.hidden = action === undefined;
    this.#action.textContent = action ?? "";
  }
}
