// @ts-check

import { byId, make, plural, size } from "./elements.js";
import { drawSparkline } from "./sparkline.js";

const ECHO_EVERY_MS = 1000;
const ECHO_TIMEOUT_MS = 5000;
const SAMPLES = 48;
const LOG_LINES = 14;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** The live view of the connection: everything it shows is read from the client's own events. */
export class ConnectionPanel {
  #socket;
  /** @type {(number | undefined)[]} Milliseconds; undefined where there was no answer. */
  #roundTrips = [];
  #traffic = { sentBytes: 0, sentPackets: 0, receivedBytes: 0, receivedPackets: 0 };
  #reconnections = 0;
  #attempts = 0;
  #cutByHand = false;
  #drawing = false;

  /** @param {import("./link.js").ChatSocket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.io.on("open", () => this.#followEngine());
    socket.io.on("reconnect_error", (error) => this.#log("bad", `Attempt failed: ${error.message}`));
    byId("cut").addEventListener("click", () => this.#cut());
    setInterval(() => this.#measure(), ECHO_EVERY_MS);
  }

  /** @param {import("./link.js").LinkState} link */
  setLink(link) {
    for (const dot of document.querySelectorAll("[data-link-state]")) dot.setAttribute("data-link-state", link.state);
    byId("cut", HTMLButtonElement).disabled = link.state !== "online";
    if (link.state === "online") this.#noteOnline(link.again);
    else if (link.state === "lost") this.#noteLost(link);
    else if (link.state === "refused") this.#say("Refused", link.reason);
    else this.#say("Connecting", "Opening the first transport");
    if (link.state !== "online") byId("bar-rtt").textContent = link.state === "lost" ? "offline" : "…";
  }

  /** @param {number} waiting */
  setWaiting(waiting) {
    byId("waiting").textContent = `${waiting}`;
  }

  /** @param {boolean} again */
  #noteOnline(again) {
    if (again) this.#reconnections += 1;
    const attempts = this.#attempts > 0 ? ` at attempt ${this.#attempts}` : "";
    this.#log("good", again ? `Connected again${attempts}` : "Connected");
    byId("reconnections").textContent = `${this.#reconnections}`;
    this.#attempts = 0;
    this.#drawTransport();
    this.#measure();
  }

  /** @param {{ reason: string, attempt: number }} link */
  #noteLost({ reason, attempt }) {
    this.#attempts = attempt;
    if (attempt > 0) {
      this.#log("none", `Attempt ${attempt} to reconnect`);
      byId("attempts").textContent = `last: ${plural(attempt, "attempt")}`;
    } else {
      this.#log("bad", this.#cutByHand ? "You cut the connection" : `Connection lost: ${reason}`);
      this.#cutByHand = false;
      this.#addRoundTrip(undefined);
    }
    for (const step of byId("path").children) step.classList.remove("active");
    this.#say("Reconnecting", attempt > 0 ? `Attempt ${attempt}` : "Next attempt in a few seconds");
  }

  #followEngine() {
    const { engine } = this.#socket.io;
    const openedAt = performance.now();
    byId("path").replaceChildren();
    byId("upgrade").textContent = "";
    this.#addTransport(engine.transport.name);
    engine.on("upgrade", ({ name }) => {
      this.#addTransport(name);
      const took = milliseconds(performance.now() - openedAt);
      byId("upgrade").textContent = `Upgraded after ${took}, while messages flowed.`;
      this.#log("good", `Upgraded to ${name} after ${took}`);
      this.#drawTransport();
    });
    engine.on("packet", (packet) => this.#count("received", packet.data));
    engine.on("packetCreate", (packet) => this.#count("sent", packet.data));
  }

  /** @param {string} name */
  #addTransport(name) {
    for (const step of byId("path").children) step.classList.remove("active");
    byId("path").append(make("li", { class: "active", "data-transport": name }, name));
  }

  #drawTransport() {
    if (!this.#socket.connected) return;
    this.#say("Connected", `over ${this.#socket.io.engine.transport.name}`);
  }

  /**
   * @param {"sent" | "received"} way
   * @param {unknown} data
   */
  #count(way, data) {
    this.#traffic[`${way}Packets`] += 1;
    this.#traffic[`${way}Bytes`] += 1 + byteLength(data);
    // Many packets, one drawing.
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => this.#drawTraffic());
  }

  #drawTraffic() {
    this.#drawing = false;
    for (const way of /** @type {const} */ (["sent", "received"])) {
      byId(`${way}-bytes`).textContent = size(this.#traffic[`${way}Bytes`]);
      byId(`${way}-packets`).textContent = plural(this.#traffic[`${way}Packets`], "packet");
    }
  }

  #measure() {
    if (!this.#socket.connected || document.visibilityState === "hidden") return;
    const askedAt = performance.now();
    this.#socket.timeout(ECHO_TIMEOUT_MS).emit("echo", (error) => {
      this.#addRoundTrip(error ? undefined : performance.now() - askedAt);
    });
  }

  /** @param {number | undefined} took */
  #addRoundTrip(took) {
    this.#roundTrips.push(took);
    if (this.#roundTrips.length > SAMPLES) this.#roundTrips.shift();
    const known = this.#roundTrips.filter((value) => value !== undefined);
    const text = took === undefined ? "–" : milliseconds(took);
    byId("rtt").textContent = text;
    if (this.#socket.connected) byId("bar-rtt").textContent = text;
    const range = known.length > 1 ? `${milliseconds(Math.min(...known))} to ${milliseconds(Math.max(...known))}` : "";
    byId("rtt-range").textContent = range;
    drawSparkline(this.#roundTrips, SAMPLES);
    byId("spark", SVGElement).setAttribute(
      "aria-label",
      `Last ${plural(known.length, "round trip")}: ${range || text}`,
    );
  }

  #cut() {
    this.#cutByHand = true;
    this.#socket.io.engine.close();
  }

  /**
   * @param {string} title
   * @param {string} detail
   */
  #say(title, detail) {
    byId("link-title").textContent = title;
    byId("link-detail").textContent = detail;
  }

  /**
   * @param {"good" | "bad" | "none"} tone
   * @param {string} text
   */
  #log(tone, text) {
    const now = new Date();
    const time = make("time", { datetime: now.toISOString() }, clock.format(now));
    byId("log").prepend(make("li", { "data-tone": tone }, time, make("span", {}, text)));
    while (byId("log").children.length > LOG_LINES) byId("log").lastElementChild?.remove();
  }
}

/**
 * @param {unknown} data
 * @returns {number}
 */
function byteLength(data) {
  if (typeof data === "string") return new TextEncoder().encode(data).length;
  if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return data.byteLength;
  return data instanceof Blob ? data.size : 0;
}

/**
 * @param {number} value
 * @returns {string}
 */
function milliseconds(value) {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}
