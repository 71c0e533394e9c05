import type { BusMessage } from "@halyard/contracts";
import { hasBinary } from "../bus/has-binary.ts";
import { decodePacked, encodePacked } from "../bus/bus-codec.ts";

/** One entry of a stream: its place, and its fields as text. */
export interface StreamEntry {
  readonly id: string;
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * Writes the fields of an entry, as nodes of socket.io do. `number` counts the sender's messages, so that one that is sent again
 * is told; others skip it.
 * @throws for data that cannot be encoded
 */
export function writeFields({ uid, nsp, type, data }: BusMessage, number: number, onlyPlaintext: boolean): string[] {
  const fields = ["uid", uid, "nsp", nsp, "type", String(type), "n", String(number)];
  if (data === undefined) return fields;
  const isPacked = !onlyPlaintext && hasBinary(data);
  return [...fields, "data", isPacked ? encodePacked(data).toString("base64") : JSON.stringify(data)];
}

/**
 * Reads a message from the fields of an entry.
 * @throws for data that cannot be decoded
 */
export function readFields(fields: ReadonlyMap<string, string>): unknown {
  const data = fields.get("data");
  const message = { uid: fields.get("uid"), nsp: fields.get("nsp"), type: Number(fields.get("type")) };
  if (data === undefined) return message;
  return { ...message, data: data.startsWith("{") ? JSON.parse(data) : decodePacked(Buffer.from(data, "base64")) };
}

/** Reads what `XREAD` answers for one stream; clients give it as list, as map or as object. */
export function readReply(reply: unknown): StreamEntry[] {
  if (typeof reply !== "object" || reply === null) return [];
  const [first]: unknown[] =
    reply instanceof Map ? [...reply.values()] : Array.isArray(reply) ? [entriesOf(reply)] : Object.values(reply);
  return readEntries(first);
}

/** Reads what `XRANGE` answers. */
export function readEntries(reply: unknown): StreamEntry[] {
  if (!Array.isArray(reply)) return [];
  return reply.filter(isPair).map(([id, list]) => ({ id: String(id), fields: readPairs(list) }));
}

/** `[[name, entries]]` or, from some clients, `[name, entries]`. */
function entriesOf(reply: readonly unknown[]): unknown {
  const [first] = reply;
  return Array.isArray(first) ? first[1] : reply[1];
}

function isPair(value: unknown): value is readonly [unknown, unknown] {
  return Array.isArray(value) && value.length === 2;
}

function readPairs(list: unknown): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  if (!Array.isArray(list)) return fields;
  for (let at = 0; at + 1 < list.length; at += 2) fields.set(String(list[at]), String(list[at + 1]));
  return fields;
}
