// @ts-check

/**
 * Finds an element of the page by its id.
 *
 * @template {Element} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [kind]
 * @returns {T}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof (kind ?? HTMLElement))) throw new Error(`The page has no #${id}`);
  return /** @type {T} */ (/** @type {unknown} */ (found));
}

/**
 * Makes an element. Text only ever becomes text: nothing that people write is read as HTML.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes one of the icons that `index.html` defines.
 *
 * @param {string} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/**
 * Makes the round badge of a person: initials on a colour of their own.
 *
 * @param {import("./protocol.js").Person} person
 * @returns {HTMLElement}
 */
export function avatar(person) {
  const badge = make("span", { class: "avatar", "aria-hidden": "true" });
  paintAvatar(badge, person);
  return badge;
}

/**
 * @param {HTMLElement} badge
 * @param {import("./protocol.js").Person} person
 */
export function paintAvatar(badge, { id, name }) {
  const words = name.split(/[\s_-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [name];
  badge.textContent = letters.map((word) => Array.from(word ?? "")[0]?.toUpperCase() ?? "").join("");
  badge.style.setProperty("--hue", hue(id));
}

/**
 * Gives a person's colour, the same in every tab.
 *
 * @param {string} id
 * @returns {string}
 */
export function hue(id) {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 100_003;
  return String(((sum % 24) * 15 + 10) % 360);
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 * @returns {string}
 */
export function plural(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}

/**
 * @param {number} bytes
 * @returns {string}
 */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1024 * 1000) return `${(bytes / 1024).toFixed(bytes < 10_240 ? 1 : 0)} kB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
