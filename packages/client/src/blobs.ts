import type { SocketPacket } from "@halyard/contracts";
import { codedError } from "@halyard/core";

/** As deep as parsers take data. */
const MAX_DEPTH = 256;

/**
 * Tells whether data holds a `Blob` or `File`, which parsers cannot encode because their bytes come asynchronously.
 * @throws `SOCKET_ENCODE` when it nests too deep, as whatever contains itself does.
 */
export function holdsBlob(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (depth > MAX_DEPTH) throw codedError("SOCKET_ENCODE", `the data is circular or deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) {
      const item: unknown = value[at];
      if (typeof item === "object" && item !== null && holdsBlob(item, depth + 1)) return true;
    }
    return false;
  }
  if (ArrayBuffer.isView(value)) return false;
  if (isBlob(value)) return true;
  for (const key in value) {
    const item: unknown = value[key as keyof typeof value];
    if (typeof item === "object" && item !== null && holdsBlob(item, depth + 1)) return true;
  }
  return false;
}

/** The packet with bytes where it held blobs; the original stays as it is. */
export async function readBlobs(packet: SocketPacket): Promise<SocketPacket> {
  if (packet.type !== "event" && packet.type !== "ack") return packet;
  const [first, ...rest] = await Promise.all(packet.data.map(read));
  if (packet.type === "ack") return { ...packet, data: packet.data.length === 0 ? [] : [first, ...rest] };
  return { ...packet, data: [packet.data[0], ...rest] };
}

async function read(value: unknown): Promise<unknown> {
  if (!holdsBlob(value)) return value;
  if (isBlob(value)) return new Uint8Array(await value.arrayBuffer());
  if (Array.isArray(value)) return Promise.all(value.map(read));
  const members = Object.entries(Object(value)).map(async ([key, member]) => [key, await read(member)] as const);
  return Object.fromEntries(await Promise.all(members));
}

function isBlob(value: unknown): value is Blob {
  return typeof Blob === "function" && value instanceof Blob;
}
