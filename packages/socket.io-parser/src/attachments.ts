import { encodeError } from "./errors.ts";
import { MAX_DEPTH } from "./limits.ts";
import type { Attachment } from "./placeholders.ts";

/**
 * Tells whether `JSON.stringify` may take a value as it is: no bytes in it and no `toJSON` that might return some.
 * @throws `SOCKET_ENCODE` when it nests too deep, as whatever contains itself does.
 */
export function isPlain(value: object, depth: number): boolean {
  if (depth > MAX_DEPTH) throw tooDeep();
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) {
      const item: unknown = value[at];
      if (typeof item === "object" && item !== null && !isPlain(item, depth + 1)) return false;
    }
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    if (toBytes(value) !== undefined) return false;
    if ("toJSON" in value && typeof value.toJSON === "function") return value instanceof Date;
  }
  for (const key in value) {
    const item: unknown = value[key as keyof typeof value];
    if (typeof item === "object" ? item !== null && !isPlain(item, depth + 1) : key === "toJSON") return false;
  }
  return true;
}

/** Copies data while it takes the bytes out of it, a placeholder for each, and leaves the original untouched. */
export class Extraction {
  readonly attachments: Attachment[] = [];

  /** @throws `SOCKET_ENCODE` when the data nests too deep, as whatever contains itself does. */
  copy(value: unknown, key: string, depth: number): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (depth > MAX_DEPTH) throw tooDeep();
    const bytes = toBytes(value);
    if (bytes !== undefined) return { _placeholder: true, num: this.attachments.push(bytes) - 1 };
    if ("toJSON" in value && typeof value.toJSON === "function")
      return this.#copyJson(value.toJSON(key), depth);
    return this.#copyMembers(value, depth);
  }

  /** What `toJSON` returned is not asked again, as in `JSON.stringify`. */
  #copyJson(value: unknown, depth: number): unknown {
    if (typeof value !== "object" || value === null) return value;
    const bytes = toBytes(value);
    if (bytes !== undefined) return { _placeholder: true, num: this.attachments.push(bytes) - 1 };
    return this.#copyMembers(value, depth);
  }

  #copyMembers(value: object, depth: number): unknown {
    if (Array.isArray(value)) return value.map((item, at) => this.copy(item, String(at), depth + 1));
    if (value instanceof String || value instanceof Number || value instanceof Boolean) return value;
    const members = Object.entries(value).filter(([name, member]) => name !== "toJSON" || typeof member !== "function");
    return Object.fromEntries(members.map(([name, member]) => [name, this.copy(member, name, depth + 1)]));
  }
}

/** The bytes of a buffer or of exactly what a view shows of one, without a copy. */
export function toBytes(value: object): Attachment | undefined {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return isArrayBuffer(value) ? new Uint8Array(value) : undefined;
}

/** By its tag, because test frameworks and frames bring an `ArrayBuffer` of another realm. */
function isArrayBuffer(value: object): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}

function tooDeep(): Error {
  return encodeError(`the data is circular or nested deeper than ${MAX_DEPTH} levels`);
}
