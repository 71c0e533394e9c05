import type { Base64 } from "./base64.ts";

/** Base64 by `btoa` and `atob`, which every browser has. */
export const base64: Base64 = {
  encode: (bytes) => btoa(bytes.reduce((binary, byte) => binary + String.fromCharCode(byte), "")),
  decode: (text) =>
    text.length % 4 === 0 && GRAMMAR.test(text) ? Uint8Array.from(atob(text), (unit) => unit.charCodeAt(0)) : undefined,
};

/** `atob` alone would skip white space and do without padding. */
const GRAMMAR = /^[a-z\d+/]*={0,2}$/i;
