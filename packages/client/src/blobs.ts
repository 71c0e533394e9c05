import { codedError } from "@halyard/core";

/** As deep as parsers take data. */
const MAX_DEPTH = 256;

/**
 * Tells whether data holds a `Blob` or `File`, which parsers cannot encode because their bytes come asynchronously.
 * @throws `SOCKET_ENCODE` when it nests too deep, as whatever contains itself does.
 */
export function holdsBlob(value: unknown, depth = 0): boolean {
  if (!isObject(value) || ArrayBuffer.isView(value)) return false;
  if (depth > MAX_DEPTH) throw codedError("SOCKET_ENCODE", "data is circular or nests too deep");
  if (isBlob(value)) return true;
  // looked at here, because most members are no objects and a call for each would be slow
  if (Array.isArray(value)) return value.some((item) => isObject(item) && holdsBlob(item, depth + 1));
  for (const key in value) {
    const member: unknown = value[key as keyof typeof value];
    if (isObject(member) && holdsBlob(member, depth + 1)) return true;
  }
  return false;
}

/** A copy of data with bytes where it holds blobs. */
export async function readBlobs(value: unknown): Promise<unknown> {
  if (!holdsBlob(value)) return value;
  if (isBlob(value)) return new Uint8Array(await value.arrayBuffer());
  if (Array.isArray(value)) return Promise.all(value.map((item) => readBlobs(item)));
  const members = Object.entries(Object(value)).map(async ([key, member]) => [key, await readBlobs(member)] as const);
  return Object.fromEntries(await Promise.all(members));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isBlob(value: unknown): value is Blob {
  return typeof Blob === "function" && value instanceof Blob;
}
