import type { BusMessage } from "@halyard/contracts";
import { BATCH_TYPE } from "../batches/tick-batches.ts";
import { plainCopy } from "../plain-copy.ts";

/** What marks the messages of `@socket.io/cluster-adapter` among all that processes say to each other. */
export const SOURCE = "_sio_adapter";

/** A message on its way between processes. */
export interface IpcMessage extends BusMessage {
  readonly source: typeof SOURCE;
  /** The node that it is for; absent if it is for all. */
  readonly requesterUid?: string;
}

/** What marks messages between our own worker and our own primary process about batches. */
const BATCH_SOURCE = "_halyard_batches";

/**
 * From a worker: it reads batches. From the primary process: it takes batches apart for the workers that have not said so; then
 * those of a worker reach everybody, whoever starts in that moment.
 */
export interface BatchNotice {
  readonly source: typeof BATCH_SOURCE;
}

/** See {@link BatchNotice}. */
export const batchNotice: BatchNotice = { source: BATCH_SOURCE };

/** Whether a message is a {@link BatchNotice}. */
export function isBatchNotice(value: unknown): boolean {
  return typeof value === "object" && value !== null && "source" in value && value.source === BATCH_SOURCE;
}

/** Puts several messages of one node, all of them for everybody, into one. */
export function writeIpcBatch(messages: readonly IpcMessage[]): IpcMessage | undefined {
  const [first] = messages;
  if (first === undefined || messages.length === 1) return first;
  const parts = messages.map(({ nsp, type, data }) => ({ nsp, type, data }));
  return { source: SOURCE, uid: first.uid, nsp: first.nsp, type: BATCH_TYPE, data: parts };
}

/** Takes a message apart that holds others; any other is returned as the only one. */
export function readIpcBatch(message: IpcMessage): readonly IpcMessage[] {
  const { source, uid, type, data } = message;
  if (type !== BATCH_TYPE || !Array.isArray(data)) return [message];
  return data.map((part: Omit<IpcMessage, "source" | "uid">) => ({ ...part, source, uid }));
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
