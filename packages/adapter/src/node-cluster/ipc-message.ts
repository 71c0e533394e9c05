import type { BusMessage } from "@halyard/contracts";
import { plainCopy } from "../plain-copy.ts";

/** What marks the messages of `@socket.io/cluster-adapter` among all that processes say to each other. */
export const SOURCE = "_sio_adapter";

/** A message on its way between processes. */
export interface IpcMessage extends BusMessage {
  readonly source: typeof SOURCE;
  /** The node that it is for; absent if it is for all. */
  readonly requesterUid?: string;
}

/**
 * Copies a message for the way: processes may send it later. Bytes are Buffers, which survive both ways in which processes
 * serialise (`serialization` of `cluster.setupPrimary()`).
 * @throws `BUS_ENCODE`
 */
export function writeIpcMessage({ uid, nsp, type, data }: BusMessage, requesterUid: string | undefined): IpcMessage {
  return {
    source: SOURCE,
    uid,
    nsp,
    type,
    ...(data !== undefined && { data: plainCopy(data, (bytes) => Buffer.from(bytes)) }),
    ...(requesterUid !== undefined && { requesterUid }),
  };
}

/** Whether another process means us; it may have sent anything else. */
export function isIpcMessage(value: unknown): value is IpcMessage {
  return typeof value === "object" && value !== null && "source" in value && value.source === SOURCE;
}

/** Brings bytes back that have travelled as JSON. Other values stay the same objects. */
export function readBytes(value: unknown): unknown {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) value[index] = readBytes(item);
    return value;
  }
  if ("type" in value && value.type === "Buffer" && "data" in value && isByteList(value.data))
    return Uint8Array.from(value.data);
  for (const [key, item] of Object.entries(value)) {
    const read = readBytes(item);
    if (read !== item)
      Object.defineProperty(value, key, { value: read, configurable: true, enumerable: true, writable: true });
  }
  return value;
}

function isByteList(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isInteger(item) && item >= 0 && item <= 255);
}
