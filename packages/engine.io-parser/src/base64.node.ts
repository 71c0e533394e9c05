import { Buffer } from "node:buffer";
import type { Base64 } from "./base64.ts";

/** Base64 by Node.js buffers. */
export const base64: Base64 = {
  encode: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64"),
  decode: (text) => Buffer.from(text, "base64"),
};
