// @ts-check

import { byId, make } from "./elements.js";

/** A person whose tab went silent is no longer shown as typing after this long. */
const FORGET_MS = 5000;

/** The line under the messages that says who is writing. */
export class TypingLine {
  #line = byId("typing");
  /** @type {Map<string, { name: string, timer: ReturnType<typeof setTimeout> }>} */
  #typing = new Map();

  /**
   * @param {import("./protocol.js").Person} person
   * @param {boolean} busy
   */
  set({ id, name }, busy) {
    clearTimeout(this.#typing.get(id)?.timer);
    this.#typing.delete(id);
    if (busy) this.#typing.set(id, { name, timer: setTimeout(() => this.set({ id, name }, false), FORGET_MS) });
    this.#draw();
  }

  clear() {
    for (const { timer } of this.#typing.values()) clearTimeout(timer);
    this.#typing.clear();
    this.#draw();
  }

  #draw() {
    const names = [...this.#typing.values()].map(({ name }) => name);
    const sentence = say(names);
    if (this.#line.textContent === sentence) return;
    const dots = make("span", { class: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i"));
    this.#line.replaceChildren(...(sentence === "" ? [] : [dots, make("span", {}, sentence)]));
  }
}

/**
 * @param {string[]} names
 * @returns {string}
 */
function say(names) {
  const [first, second] = names;
  if (first === undefined) return "";
  if (second === undefined) return `${first} is typing…`;
  return names.length === 2 ? `${first} and ${second} are typing…` : "Several people are typing…";
}
