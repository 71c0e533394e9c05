import { randomFillSync } from "node:crypto";

const ID_BYTES = 15; // 20 characters of base64url
const POOL_BYTES = ID_BYTES * 128;

const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
let used = POOL_BYTES;

/** Makes an unguessable socket id of 20 characters. Random bytes are drawn many at a time, which is cheaper. */
export function createSocketId(): string {
  if (used === POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const start = used;
  used += ID_BYTES;
  return pool.toString("base64url", start, used);
}

/** Makes the id of an old client's socket: the client knows it from the engine's; the namespace keeps it apart. */
export function legacySocketId(namespace: string, engineId: string): string {
  return namespace === "/" ? engineId : `${namespace}#${engineId}`;
}
