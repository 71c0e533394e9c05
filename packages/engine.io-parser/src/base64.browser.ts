import type { Base64 } from "./base64.ts";

/** Base64 by `btoa` and `atob`, which every browser has. */
export const base64: Base64 = {
  encode(bytes) {
    let binary = "";
    for (const byte of bytes) binary += String.fromCharCode(byte);
    return btoa(binary);
  },
  decode(text) {
    if (text.length % 4 !== 0 || !GRAMMAR.test(text)) return undefined;
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let index = 0; index < bytes.length; index++) bytes[index] = binary.charCodeAt(index);
    return bytes;
  },
};

/** `atob` alone would skip white space and do without padding. */
const GRAMMAR = /^[A-Za-z0-9+/]*={0,2}$/;
