import { BATCH_TYPE } from "@halyard/adapter";
import type { BusMessage } from "@halyard/contracts";
import { hasBinary } from "../bus/has-binary.ts";
import { decodePacked, encodePacked } from "../bus/bus-codec.ts";
import { compactMessage, expandMessage } from "../bus/compact.ts";
import { isEntryId } from "./entry-id.ts";

/** One entry of a stream. */
export class StreamEntry {
  /** Its place. */
  readonly id: string;
  readonly #list: readonly unknown[];
  #fields: ReadonlyMap<string, string> | undefined;

  /** `list` has the names and the values in turn. */
  constructor(id: string, list: readonly unknown[]) {
    this.id = id;
    this.#list = list;
  }

  /** Its fields as text, which are read when they are looked at. */
  get fields(): ReadonlyMap<string, string> {
    this.#fields ??= readPairs(this.#list);
    return this.#fields;
  }

  /** Whether its first field says that a node has sent it, as all nodes write it: so that one's own entries need not be read. */
  isFrom(uid: string): boolean {
    return this.#list[1] === uid;
  }
}

/** A message as text. */
export interface WrittenMessage {
  readonly nsp: string;
  readonly type: number;
  /** JSON, or MessagePack in Base64 if it holds bytes. */
  readonly data: string | undefined;
}

/**
 * Writes a message as text.
 * @throws for data that cannot be encoded
 */
export function writeMessage({ nsp, type, data }: BusMessage, onlyPlaintext: boolean): WrittenMessage {
  if (data === undefined) return { nsp, type, data };
  const isPacked = !onlyPlaintext && hasBinary(data);
  return { nsp, type, data: isPacked ? encodePacked(data).toString("base64") : JSON.stringify(data) };
}

/**
 * Writes a message for a batch: broadcasts without bytes in a short form of our own, as JSON.
 * @throws for data that cannot be encoded
 */
export function writePart(message: BusMessage, onlyPlaintext: boolean): WrittenMessage | string {
  const part = compactMessage(message);
  const isText = part !== undefined && (onlyPlaintext || !hasBinary(part));
  return isText ? JSON.stringify(part) : writeMessage(message, onlyPlaintext);
}

/** Which of its sender's entries an entry is, of those in the same stream. */
export interface EntryNumber {
  readonly number: number;
  /** Everything up to this one is settled: what of it has not come will not come any more. */
  readonly settled: number;
}

/**
 * Writes the fields of an entry, as nodes of socket.io do; several messages, and parts of batches, become one that they skip, as its
 * type is none of theirs. By its number, which others skip, one that is sent again is told, and one that is missing.
 */
export function writeFields(
  uid: string,
  messages: readonly (WrittenMessage | string)[],
  { number, settled }: EntryNumber,
): string[] {
  const [first = NOTHING] = messages;
  const isAlone = messages.length === 1 && typeof first !== "string";
  const { nsp, type, data } = isAlone ? first : batchOf(messages);
  const count = settled === number - 1 ? String(number) : `${number}:${settled}`;
  const fields = ["uid", uid, "nsp", nsp, "type", String(type), "n", count];
  return data === undefined ? fields : [...fields, "data", data];
}

/** Reads the number of an entry; undefined for those of others. */
export function readNumber(fields: ReadonlyMap<string, string>): EntryNumber | undefined {
  const [count, before] = fields.get("n")?.split(":") ?? [];
  const number = Number(count);
  const settled = before === undefined ? number - 1 : Number(before);
  const isValid = Number.isSafeInteger(number) && Number.isSafeInteger(settled) && 0 <= settled && settled < number;
  return isValid ? { number, settled } : undefined;
}

/**
 * Reads the messages of an entry, each when it is come to.
 * @throws for data that cannot be decoded
 */
export function readFields(fields: ReadonlyMap<string, string>): readonly (() => unknown)[] {
  const [uid, nsp, type, data] = [fields.get("uid"), fields.get("nsp"), Number(fields.get("type")), fields.get("data")];
  if (type !== BATCH_TYPE || data === undefined) return [() => readMessage(uid, { nsp, type, data })];
  const { messages }: { messages?: unknown } = JSON.parse(data);
  if (!Array.isArray(messages)) throw new TypeError("a batch holds no messages");
  return messages.map((part: Partial<WrittenMessage> | readonly unknown[]) => () => {
    return isList(part) ? expandMessage(uid, part) : readMessage(uid, part);
  });
}

const NOTHING: WrittenMessage = { nsp: "", type: 0, data: undefined };

function batchOf(messages: readonly (WrittenMessage | string)[]): WrittenMessage {
  const parts = messages.map((message) => (typeof message === "string" ? message : JSON.stringify(message)));
  return { nsp: "", type: BATCH_TYPE, data: `{"messages":[${parts.join(",")}]}` };
}

function isList(value: object): value is readonly unknown[] {
  return Array.isArray(value);
}

function readMessage(
  uid: string | undefined,
  { nsp, type, data }: { nsp?: string | undefined; type?: number; data?: string | undefined },
): unknown {
  if (data === undefined) return { uid, nsp, type };
  return { uid, nsp, type, data: data.startsWith("{") ? JSON.parse(data) : decodePacked(Buffer.from(data, "base64")) };
}

/**
 * Reads what `XREAD` answers for one stream; clients give it as list, as map or as object. Undefined for what is the answer to another
 * command.
 */
export function readReply(reply: unknown): StreamEntry[] | undefined {
  if (reply === null || reply === undefined) return [];
  if (typeof reply !== "object") return undefined;
  const [first]: unknown[] =
    reply instanceof Map ? [...reply.values()] : Array.isArray(reply) ? [entriesOf(reply)] : Object.values(reply);
  const entries = readEntries(first);
  return entries?.length === 0 ? undefined : entries; // where there are none it answers nothing at all
}

/** Reads what `XRANGE` answers; undefined for what is the answer to another command. */
export function readEntries(reply: unknown): StreamEntry[] | undefined {
  if (!Array.isArray(reply)) return undefined;
  const entries = reply.filter(isEntry).map(([id, list]) => new StreamEntry(String(id), list));
  const [first] = entries;
  return entries.length === reply.length && (first === undefined || isEntryId(first.id)) ? entries : undefined;
}

/** `[[name, entries]]` or, from some clients, `[name, entries]`. */
function entriesOf(reply: readonly unknown[]): unknown {
  const [first] = reply;
  return Array.isArray(first) ? first[1] : reply[1];
}

function isEntry(value: unknown): value is readonly [unknown, readonly unknown[]] {
  return Array.isArray(value) && Array.isArray(value[1]);
}

function readPairs(list: readonly unknown[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at + 1 < list.length; at += 2) fields.set(String(list[at]), String(list[at + 1]));
  return fields;
}
