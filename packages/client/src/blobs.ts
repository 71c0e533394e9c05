import { codedError } from "@halyard/core";

/** As deep as parsers take data. */
const MAX_DEPTH = 256;

/**
 * Puts bytes in place of each `Blob` and `File`, which parsers cannot encode because their bytes come asynchronously: they
 * are there once what is added to `reads` has settled. Data without any, which is most, is returned as it is, other data
 * as a copy.
 * @throws `SOCKET_ENCODE` when it nests too deep, as whatever contains itself does.
 */
export function readBlobs(value: unknown, reads: Promise<void>[], depth = 0): unknown {
  if (!isObject(value) || ArrayBuffer.isView(value)) return value;
  // as the arguments of most events
  if (Array.isArray(value) && !value.some(isObject)) return value;
  if (depth > MAX_DEPTH) throw codedError("SOCKET_ENCODE", "data too deep");
  // what it is made of may refer to anything, and is not what is sent
  if ("toJSON" in value) return value;
  if (typeof Blob === "function" && value instanceof Blob) {
    const bytes = new Uint8Array(value.size);
    reads.push(value.arrayBuffer().then((buffer) => bytes.set(new Uint8Array(buffer))));
    return bytes;
  }
  let copy: object | undefined;
  for (const key in value) {
    const member: unknown = value[key as keyof typeof value];
    // looked at here, because most members are no objects and a call for each would be slow
    const read = isObject(member) ? readBlobs(member, reads, depth + 1) : member;
    if (read !== member) Reflect.set((copy ??= Array.isArray(value) ? [...value] : { ...value }), key, read);
  }
  return copy ?? value;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
