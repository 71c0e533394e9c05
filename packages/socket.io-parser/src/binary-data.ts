import type { EngineMessage } from "@halyard/contracts";
import { toBytes } from "@halyard/core";
import { limitError } from "./errors.ts";
import { MAX_DEPTH } from "./max-depth.ts";

/** Bytes that travel beside the text of their packet. */
export type Attachment = Exclude<EngineMessage, string>;

/** As they came: a `Buffer` stays one, and so does an `ArrayBuffer`. */
export type Bytes = ArrayBuffer | Uint8Array;

/** A place in a packet's data that waits for an attachment. */
export interface Slot {
  readonly holder: object;
  readonly key: PropertyKey;
  /** The number of the attachment, as the text has it. */
  readonly num: unknown;
}

/**
 * Takes the bytes out of data, with a placeholder for each (Socket.IO v5, "Binary events"). What holds none is returned
 * as it is, which is most data; what does is copied, because the original belongs to the caller.
 * @throws `RangeError` when the data nests too deep, as whatever contains itself does.
 */
export function extractBytes(value: unknown, key: PropertyKey, depth: number, attachments: Attachment[]): unknown {
  if (!isObject(value)) return value;
  if (depth > MAX_DEPTH) throw new RangeError("data is circular or nests too deep");
  if (Array.isArray(value)) return extractFromItems(value, depth, attachments);
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    const bytes = toBytes(value);
    if (bytes) return { _placeholder: true, num: attachments.push(bytes) - 1 };
  }
  // dates hold no bytes, and JSON.stringify knows what to do with them
  if (!(value instanceof Date) && hasToJson(value)) {
    const json = value.toJSON(String(key));
    // what it returned is not asked again, as in JSON.stringify
    return extractBytes(
      hasToJson(json) && !toBytes(json) ? { ...json, toJSON: undefined } : json,
      "",
      depth,
      attachments,
    );
  }
  let copy: Record<string, unknown> | undefined;
  for (const name in value) {
    const member = value[name];
    if (!isObject(member) || !Object.hasOwn(value, name)) continue;
    const extracted = extractBytes(member, name, depth + 1, attachments);
    if (extracted !== member) (copy ??= { ...value })[name] = extracted;
  }
  return copy ?? value;
}

function extractFromItems(items: readonly unknown[], depth: number, attachments: Attachment[]): unknown {
  let copy: unknown[] | undefined;
  for (let at = 0; at < items.length; at++) {
    const item = items[at];
    if (!isObject(item)) continue;
    const extracted = extractBytes(item, at, depth + 1, attachments);
    if (extracted !== item) (copy ??= [...items])[at] = extracted;
  }
  return copy ?? items;
}

/**
 * Finds the places where attachments belong.
 * @throws `SOCKET_PARSE` when the data nests too deep.
 */
export function findSlots(holder: object, levels: number, slots: Slot[]): void {
  // brackets were counted before, but a reviver may have made anything of them
  if (levels <= 0) throw limitError("maxDepth");
  for (const key of Array.isArray(holder) ? holder.keys() : Object.keys(holder)) {
    const value: unknown = Reflect.get(holder, key);
    if (!isObject(value)) continue;
    const { _placeholder, num } = value;
    if (_placeholder !== true) findSlots(value, levels - 1, slots);
    else slots.push({ holder, key, num });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function hasToJson(value: unknown): value is { toJSON(key: string): unknown } {
  return isObject(value) && typeof value["toJSON"] === "function";
}
