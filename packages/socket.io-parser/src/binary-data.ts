import type { EngineMessage } from "@halyard/contracts";
import { toBytes } from "@halyard/core";
import { encodeError, limitError, parseError } from "./errors.ts";
import { MAX_DEPTH } from "./limits.ts";

/** Bytes that travel beside the text of their packet. */
export type Attachment = Exclude<EngineMessage, string>;

/** A place in a packet's data that waits for an attachment. */
export interface Slot {
  readonly holder: object;
  readonly key: PropertyKey;
  readonly num: number;
}

/**
 * Takes the bytes out of data, with a placeholder for each (Socket.IO v5, "Binary events"). What holds none is returned
 * as it is, which is most data; what does is copied, because the original belongs to the caller.
 * @throws `SOCKET_ENCODE` when the data nests too deep, as whatever contains itself does.
 */
export function extractBytes(value: object, key: PropertyKey, depth: number, attachments: Attachment[]): unknown {
  if (depth > MAX_DEPTH) throw encodeError("data is circular or nests too deep");
  if (Array.isArray(value)) return extractFromItems(value, depth, attachments);
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    const bytes = toBytes(value);
    if (bytes !== undefined) return { _placeholder: true, num: attachments.push(bytes) - 1 };
  }
  // dates hold no bytes, and JSON.stringify knows what to do with them
  if ("toJSON" in value && typeof value.toJSON === "function" && !(value instanceof Date))
    return extractFromJson(value.toJSON(String(key)), depth, attachments);
  return extractFromMembers(value, depth, attachments);
}

/** What `toJSON` returned is not asked again, as in `JSON.stringify`. */
function extractFromJson(value: unknown, depth: number, attachments: Attachment[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  const asked = "toJSON" in value && toBytes(value) === undefined ? { ...value, toJSON: undefined } : value;
  return extractBytes(asked, "", depth, attachments);
}

function extractFromItems(items: readonly unknown[], depth: number, attachments: Attachment[]): unknown {
  let copy: unknown[] | undefined;
  for (let at = 0; at < items.length; at++) {
    const item = items[at];
    if (typeof item !== "object" || item === null) continue;
    const extracted = extractBytes(item, at, depth + 1, attachments);
    if (extracted !== item) (copy ??= [...items])[at] = extracted;
  }
  return copy ?? items;
}

function extractFromMembers(value: object, depth: number, attachments: Attachment[]): unknown {
  let copy: Record<string, unknown> | undefined;
  for (const key in value) {
    const member: unknown = value[key as keyof typeof value];
    if (typeof member !== "object" || member === null || !Object.hasOwn(value, key)) continue;
    const extracted = extractBytes(member, key, depth + 1, attachments);
    if (extracted !== member) (copy ??= { ...value })[key] = extracted;
  }
  return copy ?? value;
}

/**
 * Finds the places where attachments belong, and checks that there is one for each and none for others.
 * @throws `SOCKET_PARSE`
 */
export function findSlots(data: object, count: number, maxDepth: number): readonly Slot[] {
  const slots: Slot[] = [];
  const used = new Uint8Array(count);
  search(data, maxDepth, slots, used);
  if (used.includes(0)) throw parseError("unused attachment");
  return slots;
}

function search(holder: object, levels: number, slots: Slot[], used: Uint8Array): void {
  // brackets were counted before, but a reviver may have made anything of them
  if (levels <= 0) throw limitError("maxDepth");
  for (const key of Array.isArray(holder) ? holder.keys() : Object.keys(holder)) {
    const value: unknown = Reflect.get(holder, key);
    if (typeof value !== "object" || value === null) continue;
    if ("_placeholder" in value && value._placeholder === true)
      slots.push({ holder, key, num: takeNumber(value, used) });
    else search(value, levels - 1, slots, used);
  }
}

function takeNumber(placeholder: object, used: Uint8Array): number {
  const num: unknown = "num" in placeholder && placeholder.num;
  if (typeof num !== "number" || used[num] === undefined) throw parseError("unknown attachment");
  used[num] = 1;
  return num;
}

/** Puts the attachments in their places; the data was decoded for this packet and belongs to nobody else yet. */
export function fillSlots(slots: readonly Slot[], attachments: readonly unknown[]): void {
  for (const { holder, key, num } of slots) Reflect.set(holder, key, attachments[num]);
}
