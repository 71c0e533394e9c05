// @ts-check
// Who this tab is. It lives in sessionStorage: a reload keeps it, and a second tab is a second person.

const FIRST = [
  "Amber",
  "Brisk",
  "Calm",
  "Coral",
  "Dusty",
  "Early",
  "Fern",
  "Golden",
  "Keen",
  "Misty",
  "Quiet",
  "Silver",
];
const SECOND = ["Albatross", "Barnacle", "Curlew", "Dolphin", "Gannet", "Heron", "Marlin", "Otter", "Petrel", "Puffin"];

/** @returns {string} 32 random hexadecimal digits; works on plain-HTTP addresses too, unlike `crypto.randomUUID` */
export function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @returns {string} the secret by which the server knows this tab again */
export function tabKey() {
  const known = recall("key");
  if (known !== undefined) return known;
  const key = randomId();
  remember("key", key);
  return key;
}

/** @returns {string | undefined} the name chosen earlier in this tab */
export function rememberedName() {
  return recall("name");
}

/** @param {string} name */
export function rememberName(name) {
  remember("name", name);
}

/** @returns {string} */
export function suggestName() {
  return `${pick(FIRST)} ${pick(SECOND)}`;
}

/**
 * @param {string[]} words
 * @returns {string}
 */
function pick(words) {
  return words[Math.floor(Math.random() * words.length)] ?? "";
}

/**
 * @param {string} what
 * @returns {string | undefined}
 */
function recall(what) {
  try {
    return sessionStorage.getItem(`chat:${what}`) ?? undefined;
  } catch {
    return undefined; // Storage is switched off: this tab is somebody new after each reload.
  }
}

/**
 * @param {string} what
 * @param {string} value
 */
function remember(what, value) {
  try {
    sessionStorage.setItem(`chat:${what}`, value);
  } catch {
    // As above.
  }
}
