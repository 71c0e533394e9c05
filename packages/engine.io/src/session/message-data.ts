import type { EngineMessage } from "@halyard/contracts";

/** What is sent for whatever an application hands over: bytes as bytes, nothing as nothing, all else as text. */
export function messageData(data: unknown): EngineMessage {
  if (typeof data === "string" || data instanceof Uint8Array) return data;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [data].join(""); // nothing for nothing, else its text
}
