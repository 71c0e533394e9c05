// @ts-check

import { byId } from "./elements.js";
import { rememberName, suggestName } from "./identity.js";
import { spellName } from "./protocol.js";

/**
 * Asks for a name until there is one; on a change of name the person may also leave it as it is.
 *
 * @param {string} [known]
 * @returns {Promise<string>}
 */
export function askName(known) {
  const dialog = byId("hello", HTMLDialogElement);
  const input = byId("hello-name", HTMLInputElement);
  const first = known === undefined;
  byId("hello-title").textContent = first ? "Come aboard" : "Change your name";
  byId("hello-text").hidden = !first;
  byId("hello-go").textContent = first ? "Join the chat" : "Use this name";
  input.value = known ?? suggestName();
  dialog.showModal();
  input.select();
  return new Promise((resolve) => {
    const over = new AbortController();
    const { signal } = over;
    const done = (/** @type {string} */ name) => {
      over.abort();
      rememberName(name);
      dialog.close();
      resolve(name);
    };
    byId("hello-form").addEventListener(
      "submit",
      (event) => {
        event.preventDefault();
        const name = spellName(input.value);
        input.setCustomValidity(name === "" ? "A name needs something to read." : "");
        if (input.reportValidity()) done(name);
      },
      { signal },
    );
    input.addEventListener("input", () => input.setCustomValidity(""), { signal });
    dialog.addEventListener(
      "cancel",
      (event) => {
        event.preventDefault();
        if (known !== undefined) done(known);
      },
      { signal },
    );
  });
}
