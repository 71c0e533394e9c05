import { BATCH_TYPE } from "@halyard/adapter";
import type { BusMessage } from "@halyard/contracts";
import { encodeMessage, encodePacked } from "./bus-codec.ts";
import { compactMessage, expandBroadcast, expandMessage } from "./compact.ts";
import { hasBinary } from "./has-binary.ts";

/** Stands for the namespace where several may be concerned; no namespace is called so. */
const NO_NAMESPACE = "";

/** A message for a batch, encoded. */
export interface BatchPart {
  readonly payload: string | Buffer;
  /** Whether it can travel alone as well: then it is as nodes of socket.io know it. */
  readonly isWhole: boolean;
}

/**
 * Encodes a message for a batch: broadcasts in a short form of our own, as JSON, or as MessagePack if they hold bytes.
 * @throws for data that cannot be encoded
 */
export function encodePart(message: BusMessage): BatchPart {
  const part = compactMessage(message);
  if (part === undefined) return { payload: encodeMessage(message), isWhole: true };
  return { payload: hasBinary(part) ? encodePacked(part) : JSON.stringify(part), isWhole: false };
}

/** Encodes a message that travels alone, with what it needs for that. */
export function encodeWhole(message: BusMessage): BatchPart {
  return { payload: encodeMessage(message), isWhole: true };
}

/**
 * Puts messages of one node, all of them JSON or all MessagePack, into one that nodes of socket.io would skip: its type is none
 * of theirs. Nothing is encoded again. One that can travel alone does.
 */
export function joinMessages(uid: string, parts: readonly BatchPart[]): string | Buffer {
  const [first] = parts;
  if (first !== undefined && first.isWhole && parts.length === 1) return first.payload;
  const frame = { uid, nsp: NO_NAMESPACE, type: BATCH_TYPE };
  if (typeof first?.payload === "string") {
    const payloads = parts.map(({ payload }) => payload);
    return `${JSON.stringify(frame).slice(0, -1)},"data":[${payloads.join(",")}]}`;
  }
  const head = encodePacked(frame);
  head[0] = PACKED_MAP + Object.keys(frame).length + 1;
  const payloads = parts.flatMap(({ payload }) => (typeof payload === "string" ? [] : [payload]));
  return packedList(Buffer.concat([head, encodePacked("data")]), payloads);
}

/** Splits messages where JSON and MessagePack meet: what {@link joinMessages} takes is all of one form. */
export function runsOfOneForm(parts: readonly BatchPart[]): readonly (readonly BatchPart[])[] {
  const runs: (readonly BatchPart[])[] = [];
  for (let from = 0, at = 1; at <= parts.length; at++) {
    if (at < parts.length && typeof parts[at]?.payload === typeof parts[from]?.payload) continue;
    runs.push(from === 0 && at === parts.length ? parts : parts.slice(from, at));
    from = at;
  }
  return runs;
}

/** Takes a message apart that holds others; any other is returned as the only one. */
export function splitMessage(message: unknown): readonly unknown[] {
  if (typeof message !== "object" || message === null || !("type" in message) || message.type !== BATCH_TYPE)
    return [message];
  if (!("uid" in message) || !("data" in message) || !Array.isArray(message.data)) return [message];
  const { uid } = message;
  return message.data.map((part: unknown) => (Array.isArray(part) ? expandMessage(uid, part) : part));
}

/**
 * Puts several broadcasts, written by `compactBroadcast()` and packed, into one message of classic pub/sub. Nodes of socket.io skip
 * it, as the namespace of its packet is not theirs.
 */
export function joinBroadcasts(uid: string, payloads: readonly Buffer[]): Buffer {
  const head = encodePacked([uid, { nsp: NO_NAMESPACE }]);
  head[0] = PACKED_LIST + 3;
  return packedList(head, payloads);
}

/**
 * Takes broadcasts apart that {@link joinBroadcasts} has put into one, each in the form of classic pub/sub, `[uid, packet, options]`;
 * any other message is returned as the only one.
 */
export function splitBroadcasts(message: unknown): readonly unknown[] {
  if (!Array.isArray(message)) return [message];
  const [uid, packet, parts]: readonly unknown[] = message;
  const isBatch = typeof packet === "object" && packet !== null && "nsp" in packet && packet.nsp === NO_NAMESPACE;
  if (!isBatch || !Array.isArray(parts)) return [message];
  return parts.map((part: unknown) => (Array.isArray(part) ? wholeBroadcast(uid, part) : part));
}

function wholeBroadcast(uid: unknown, part: readonly unknown[]): unknown {
  const { packet, options, mark } = expandBroadcast(part);
  return [uid, packet, mark === undefined || typeof options !== "object" ? options : { ...options, mark }];
}

/** What short maps and lists of MessagePack begin with, to which their length is added. */
const PACKED_MAP = 0x80;
const PACKED_LIST = 0x90;
/** What a list of any length begins with, before four bytes that tell it. */
const PACKED_LONG_LIST = 0xdd;
const LIST_HEAD_BYTES = 5;

/** Writes a list of what is packed already, behind what comes before it. */
function packedList(before: Buffer, payloads: readonly Buffer[]): Buffer {
  let length = before.length + LIST_HEAD_BYTES;
  for (const payload of payloads) length += payload.length;
  const list = Buffer.allocUnsafe(length);
  list.set(before);
  list[before.length] = PACKED_LONG_LIST;
  list.writeUInt32BE(payloads.length, before.length + 1);
  copyAll(payloads, list, before.length + LIST_HEAD_BYTES);
  return list;
}

/** Copies at once what lies side by side, as what is packed in one turn does. */
function copyAll(payloads: readonly Buffer[], to: Buffer, at: number): void {
  let run: Buffer | undefined;
  let bytes = 0;
  for (const payload of payloads) {
    if (run !== undefined && payload.buffer === run.buffer && payload.byteOffset === run.byteOffset + bytes)
      bytes += payload.length;
    else {
      at += copyRun(run, bytes, to, at);
      run = payload;
      bytes = payload.length;
    }
  }
  copyRun(run, bytes, to, at);
}

/** Copies so many bytes of the memory that a payload begins. @returns how many */
function copyRun(start: Buffer | undefined, bytes: number, to: Buffer, at: number): number {
  if (start !== undefined) to.set(new Uint8Array(start.buffer, start.byteOffset, bytes), at);
  return bytes;
}
