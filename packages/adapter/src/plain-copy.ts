import { codedError } from "@halyard/core";

/** How deep data may be nested, as in packets. */
const MAX_DEPTH = 256;

/** Makes what stands for bytes in a copy. */
export type MakeBytes = (bytes: Uint8Array) => unknown;

/**
 * Copies data as a serialiser would see it: `toJSON()` is honoured, functions and undefined are left out, numbers that JSON does
 * not know become null, and bytes become an array of their own.
 * @throws `BUS_ENCODE` for BigInts, circular data, and data nested deeper than 256 levels
 */
export function plainCopy(value: unknown, makeBytes: MakeBytes = copyBytes, depth = 0): unknown {
  if (typeof value === "bigint") throw codedError("BUS_ENCODE", "a BigInt cannot be sent to other nodes");
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value !== "object" || value === null) return value;
  if (depth === MAX_DEPTH) throw codedError("BUS_ENCODE", `data for other nodes is circular, or deeper than ${depth}`);
  const bytes = viewBytes(value);
  if (bytes !== undefined) return makeBytes(bytes);
  if ("toJSON" in value && typeof value.toJSON === "function") return plainCopy(value.toJSON(), makeBytes, depth + 1);
  if (Array.isArray(value)) return value.map((item: unknown) => plainCopy(item, makeBytes, depth + 1) ?? null);
  const copy: [string, unknown][] = [];
  for (const [key, item] of Object.entries(value)) {
    const plain = plainCopy(item, makeBytes, depth + 1);
    if (plain !== undefined) copy.push([key, plain]);
  }
  return Object.fromEntries(copy); // which makes `__proto__` a key like any other
}

function copyBytes(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}

function viewBytes(value: object): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : undefined;
}
