// @ts-check

import { avatar, byId, hue, icon, make, plural } from "./elements.js";

/** Messages of one person closer together than this stand under one name. */
const GROUP_MS = 5 * 60_000;

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const fullTime = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const dayName = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const relativeDay = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });

/** @typedef {import("./transcript.js").Line} Line */

/** The list of messages: draws what changed, and stays at the newest one unless the reader has scrolled away. */
export class Timeline {
  #scroller = byId("timeline");
  #list = byId("messages");
  #empty = byId("empty");
  #toNewest = byId("to-newest", HTMLButtonElement);
  #retry;
  /** @type {Map<string, { element: HTMLElement, drawn: string }>} */
  #shown = new Map();
  #atNewest = true;
  #missed = 0;

  /** @param {(line: Line) => void} retry */
  constructor(retry) {
    this.#retry = retry;
    this.#scroller.addEventListener("scroll", () => this.#noticeScroll(), { passive: true });
    this.#toNewest.addEventListener("click", () => this.scrollToNewest());
    const sizes = new ResizeObserver(() => this.#atNewest && this.scrollToNewest("instant"));
    sizes.observe(this.#scroller);
    sizes.observe(this.#list);
    this.#list.addEventListener("click", (event) => openPicture(event.target));
    const lightbox = byId("lightbox", HTMLDialogElement);
    lightbox.addEventListener("click", (event) => {
      if (event.target !== byId("lightbox-image")) lightbox.close();
    });
  }

  /**
   * Shows a room's messages in place of another's.
   *
   * @param {string} room
   * @param {Line[]} lines
   */
  open(room, lines) {
    this.#scroller.setAttribute("aria-busy", "true");
    this.#list.replaceChildren();
    this.#shown.clear();
    this.#missed = 0;
    byId("empty-room").textContent = `#${room}`;
    this.draw(lines, { quiet: true });
    this.scrollToNewest("instant");
    this.#scroller.removeAttribute("aria-busy");
  }

  /**
   * @param {Line[]} lines
   * @param {{ quiet?: boolean }} [how] quiet: without the movement that greets a new message
   */
  draw(lines, { quiet = false } = {}) {
    this.#empty.hidden = lines.length > 0;
    const wanted = withDays(lines);
    const ids = new Set(wanted.map(({ key }) => key));
    for (const [key, { element }] of this.#shown) {
      if (ids.has(key)) continue;
      element.remove();
      this.#shown.delete(key);
    }
    /** @type {Element | null} */
    let place = this.#list.firstElementChild;
    for (const { key, drawn, build } of wanted) {
      let known = this.#shown.get(key);
      if (known === undefined || known.drawn !== drawn) {
        const element = build(this.#retry);
        if (known === undefined && !quiet) element.classList.add("fresh");
        if (known?.element === place) place = element;
        known?.element.replaceWith(element);
        known = { element, drawn };
        this.#shown.set(key, known);
      }
      if (known.element === place) place = place.nextElementSibling;
      else this.#list.insertBefore(known.element, place);
    }
    if (this.#atNewest) this.scrollToNewest("instant");
  }

  /** Counts a message that arrived below what the reader is looking at. */
  noteArrival() {
    if (this.#atNewest) return;
    this.#missed += 1;
    this.#drawToNewest();
  }

  /** @param {ScrollBehavior} [behavior] */
  scrollToNewest(behavior = "smooth") {
    this.#atNewest = true;
    this.#missed = 0;
    this.#drawToNewest();
    this.#scroller.scrollTo({ top: this.#scroller.scrollHeight, behavior });
  }

  #noticeScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    this.#atNewest = scrollHeight - scrollTop - clientHeight < 48;
    if (this.#atNewest) this.#missed = 0;
    this.#drawToNewest();
  }

  #drawToNewest() {
    this.#toNewest.hidden = this.#atNewest;
    byId("to-newest-text").textContent = this.#missed > 0 ? plural(this.#missed, "new message") : "Newest";
  }
}

/**
 * @typedef {object} Entry
 * @property {string} key
 * @property {string} drawn Changes whenever the element has to be built anew.
 * @property {(retry: (line: Line) => void) => HTMLElement} build
 *
 * @param {Line[]} lines
 * @returns {Entry[]}
 */
function withDays(lines) {
  /** @type {Entry[]} */
  const entries = [];
  const lastOwn = lines.findLast(({ own }) => own);
  for (const [index, line] of lines.entries()) {
    const { message } = line;
    const before = lines[index - 1]?.message;
    const day = new Date(message.at).toDateString();
    const newDay = before === undefined || new Date(before.at).toDateString() !== day;
    if (newDay) entries.push({ key: `day:${day}`, drawn: dayLabel(message.at), build: () => dayLine(message.at) });
    const follows = !newDay && before.from.id === message.from.id && Math.abs(message.at - before.at) < GROUP_MS;
    const look = { follows, spelledOut: line === lastOwn };
    const { id, name } = message.from;
    const drawn = JSON.stringify([look, line.status, line.delivery, line.error, message.at, id, name]);
    entries.push({ key: message.id, drawn, build: (retry) => messageLine(line, look, retry) });
  }
  return entries;
}

/** @param {number} at */
function dayLine(at) {
  return make("li", { class: "day" }, make("span", {}, dayLabel(at)));
}

/**
 * @param {number} at
 * @returns {string}
 */
function dayLabel(at) {
  const days = Math.round((startOfDay(at) - startOfDay(Date.now())) / 86_400_000);
  const label = days > -2 ? relativeDay.format(days, "day") : dayName.format(at);
  return label.charAt(0).toUpperCase() + label.slice(1);
}

/** @param {number} at */
function startOfDay(at) {
  return new Date(at).setHours(0, 0, 0, 0);
}

/**
 * @param {Line} line
 * @param {{ follows: boolean, spelledOut: boolean }} look
 * @param {(line: Line) => void} retry
 * @returns {HTMLElement}
 */
function messageLine(line, look, retry) {
  const { message, own, status } = line;
  const item = make("li", { class: "message", "data-id": message.id });
  item.classList.toggle("own", own);
  item.classList.toggle("follows", look.follows);
  if (status !== undefined) item.dataset["status"] = status;
  const bubble = make("div", { class: "bubble" });
  if (!own && !look.follows) bubble.append(author(message.from));
  else bubble.append(make("span", { class: "hidden" }, `${own ? "You" : message.from.name}:`));
  if (line.pictureUrl !== undefined) bubble.append(picture(line, line.pictureUrl));
  if (message.pictureGone)
    bubble.append(make("p", { class: "gone" }, icon("picture"), "This picture is no longer kept."));
  if (message.text !== "") bubble.append(words(message.text));
  bubble.append(footer(line, look.spelledOut));
  item.append(...(own ? [] : [avatar(message.from)]), bubble);
  if (status === "failed") item.append(failure(line, retry));
  return item;
}

/** @param {import("./protocol.js").Person} person */
function author(person) {
  const name = make("strong", { class: "author" }, person.name);
  name.style.setProperty("--hue", hue(person.id));
  return name;
}

/**
 * @param {Line} line
 * @param {string} url
 */
function picture({ message }, url) {
  const { width, height } = message.picture ?? { width: 4, height: 3 };
  const image = make("img", { src: url, alt: `Picture from ${message.from.name}` });
  // The space is known before the picture is decoded, so that nothing jumps.
  image.style.setProperty("--width", `${width}px`);
  image.style.setProperty("--ratio", `${width / height}`);
  return make(
    "button",
    { class: "picture", type: "button", "aria-label": `Open the picture from ${message.from.name}` },
    image,
  );
}

/**
 * @param {string} text
 * @returns {HTMLElement}
 */
function words(text) {
  const paragraph = make("p", { class: "text", dir: "auto" });
  const onlyEmoji = /^(?:\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\u200d|\ufe0f)*\s*){1,5}$/u.test(text);
  paragraph.classList.toggle("emoji", onlyEmoji);
  // Splitting by a captured group leaves the links at the odd places.
  for (const [index, part] of text.split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]])/u).entries()) {
    if (index % 2 === 0) paragraph.append(part);
    else paragraph.append(make("a", { href: part, target: "_blank", rel: "noopener noreferrer nofollow" }, part));
  }
  return paragraph;
}

/**
 * @param {Line} line
 * @param {boolean} spelledOut
 */
function footer(line, spelledOut) {
  const { at } = line.message;
  const time = make("time", { datetime: new Date(at).toISOString(), title: fullTime.format(at) }, clock.format(at));
  const foot = make("span", { class: "foot" }, time);
  if (line.status === undefined) return foot;
  const { symbol, label } = receipt(line);
  const tick = make("span", { class: "tick", title: label }, icon(symbol));
  tick.append(make("span", { class: spelledOut ? "tick-label" : "hidden" }, label));
  foot.append(tick);
  return foot;
}

/**
 * @param {Line} line
 * @returns {{ symbol: string, label: string }}
 */
function receipt({ status, delivery }) {
  switch (status) {
    case "waiting":
      return { symbol: "clock", label: "Waiting for the connection" };
    case "sending":
      return { symbol: "clock", label: "Sending" };
    case "failed":
      return { symbol: "alert", label: "Not sent" };
    case "sent":
    case "delivered":
    case undefined:
      if (delivery === undefined || delivery.count === 0) return { symbol: "check", label: "Sent" };
      return {
        symbol: delivery.count === delivery.of ? "checks" : "check",
        label: `Delivered to ${delivery.count} of ${delivery.of}`,
      };
  }
}

/**
 * @param {Line} line
 * @param {(line: Line) => void} retry
 */
function failure(line, retry) {
  const again = make("button", { type: "button" }, "Try again");
  again.addEventListener("click", () => retry(line));
  return make("p", { class: "failure" }, line.error ?? "Not sent.", " ", again);
}

/** @param {EventTarget | null} target */
function openPicture(target) {
  const small = target instanceof Element ? target.closest(".picture")?.querySelector("img") : undefined;
  if (!small) return;
  const large = byId("lightbox-image", HTMLImageElement);
  large.src = small.src;
  large.alt = small.alt;
  byId("lightbox", HTMLDialogElement).showModal();
}
