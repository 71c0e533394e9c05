import { parseError } from "./parse-error.ts";

/**
 * Decodes text of a peer. A byte order mark stays part of the text: the grammar has no place for it.
 * @throws `ENGINE_PARSE` for bytes that are not UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return DECODER.decode(bytes);
  } catch (cause) {
    throw parseError("text that is not UTF-8", cause);
  }
}

const DECODER = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
