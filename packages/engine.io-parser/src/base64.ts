import { parseError } from "./parse-error.ts";

/** Standard base64 with padding, as the platform does it fastest. */
export interface Base64 {
  encode(bytes: Uint8Array): string;
  /** Gives nothing for text outside the grammar: a foreign character, missing or misplaced padding. */
  decode(text: string): Uint8Array | undefined;
}

/**
 * Decodes base64 that came from a peer.
 * @throws `ENGINE_PARSE` for text outside the grammar.
 */
export function decodeBase64(base64: Base64, text: string): Uint8Array {
  const bytes = base64.decode(text);
  if (bytes === undefined) throw parseError("invalid base64");
  return bytes;
}
