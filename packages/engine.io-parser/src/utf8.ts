import { parseError } from "./parse-error.ts";

/**
 * Decodes text of a peer. A byte order mark stays part of the text: the grammar has no place for it.
 * @throws `ENGINE_PARSE` for bytes that are not UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    decoder ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return decoder.decode(bytes);
  } catch (cause) {
    throw parseError("text that is not UTF-8", cause);
  }
}

/** Made when it is needed: not every platform that has other transports has the class. */
let decoder: TextDecoder | undefined;
