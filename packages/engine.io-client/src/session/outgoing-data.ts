import type { EngineMessage } from "@halyard/contracts";
import { toBytes } from "@halyard/core";

/** What may be sent: text or any kind of binary. */
export type SendData = string | ArrayBuffer | ArrayBufferView | Blob;

/** Brings what the application sends into the form that goes on the wire; a Blob's bytes are not at hand at once. */
export function toMessage(data: SendData): EngineMessage | Promise<EngineMessage> {
  if (typeof data === "string") return data;
  return toBytes(data) ?? (data as Blob).arrayBuffer().then((bytes) => new Uint8Array(bytes));
}
