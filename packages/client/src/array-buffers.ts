/** Deeper than any decoder's limit lets data be by default; what lies deeper stays as it is. */
const MAX_DEPTH = 1_000;

/**
 * Turns the bytes in freshly decoded data into `ArrayBuffer`s, in place: that is what applications in browsers expect.
 * Without a copy where the bytes fill their buffer.
 */
export function useArrayBuffers(holder: object, depth = 0): void {
  if (depth > MAX_DEPTH) return;
  for (const [key, value] of Object.entries(holder)) {
    if (value instanceof Uint8Array) Reflect.set(holder, key, bufferOf(value));
    else if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value))
      useArrayBuffers(value, depth + 1);
  }
}

function bufferOf(bytes: Uint8Array): ArrayBufferLike {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : new Uint8Array(bytes).buffer;
}
