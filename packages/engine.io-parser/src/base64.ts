import { parseError } from "./parse-error.ts";

/** Standard base64 with padding, as the platform does it fastest. */
export interface Base64 {
  encode(bytes: Uint8Array): string;
  /** Called with valid base64 only. */
  decode(text: string): Uint8Array;
}

/**
 * Decodes base64 that came from a peer. Platforms skip foreign characters, each in its own way; here they are refused.
 * @throws `ENGINE_PARSE`
 */
export function decodeBase64(base64: Base64, text: string): Uint8Array {
  if (text.length % 4 !== 0 || !GRAMMAR.test(text)) throw parseError("malformed base64");
  return base64.decode(text);
}

const GRAMMAR = /^[A-Za-z0-9+/]*={0,2}$/;
