// @ts-check

import { byId } from "./elements.js";

/** @type {Readonly<Record<string, string>>} From which width on a side is part of the page instead of a drawer. */
const SIDES = { sidebar: "(min-width: 760px)", panel: "(min-width: 1120px)" };

/** Lets the sides of the page slide in where there is no space for them. */
export function wireDrawers() {
  for (const [id, query] of Object.entries(SIDES)) {
    const fits = window.matchMedia(query);
    fits.addEventListener("change", () => closeDrawer(id));
    closeDrawer(id);
    for (const button of document.querySelectorAll(`[data-opens="${id}"]`)) {
      button.addEventListener("click", () => openDrawer(id));
    }
    for (const button of document.querySelectorAll(`[data-closes="${id}"]`)) {
      button.addEventListener("click", () => closeDrawer(id));
    }
  }
  byId("shade").addEventListener("click", closeDrawers);
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeDrawers());
}

/** Closes whichever drawer is open. */
export function closeDrawers() {
  for (const id of Object.keys(SIDES)) closeDrawer(id);
}

/** @param {string} id */
function openDrawer(id) {
  const side = byId(id);
  if (window.matchMedia(SIDES[id] ?? "all").matches) return;
  closeDrawers();
  side.inert = false;
  side.classList.add("open");
  byId("shade").hidden = false;
  setExpanded(id, true);
  side.querySelector("button")?.focus();
}

/** @param {string} id */
function closeDrawer(id) {
  const side = byId(id);
  const hadFocus = side.contains(document.activeElement);
  const wasOpen = side.classList.contains("open");
  side.classList.remove("open");
  side.inert = !window.matchMedia(SIDES[id] ?? "all").matches;
  setExpanded(id, false);
  if (!wasOpen) return;
  byId("shade").hidden = true;
  const opener = document.querySelector(`[data-opens="${id}"]`);
  if (hadFocus && opener instanceof HTMLElement) opener.focus();
}

/**
 * @param {string} id
 * @param {boolean} expanded
 */
function setExpanded(id, expanded) {
  for (const button of document.querySelectorAll(`[data-opens="${id}"]`)) {
    button.setAttribute("aria-expanded", `${expanded}`);
  }
}
