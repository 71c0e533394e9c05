import type { EngineMessage } from "@halyard/contracts";

/** What may be sent: text or any kind of binary. */
export type SendData = string | ArrayBuffer | ArrayBufferView | Blob;

/** Brings what the application sends into the form that goes on the wire; a Blob's bytes are not at hand at once. */
export function toMessage(data: SendData): EngineMessage | Promise<EngineMessage> {
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return typeof data === "object" ? data.arrayBuffer().then((bytes) => new Uint8Array(bytes)) : data;
}
