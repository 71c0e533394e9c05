import type { EngineMessage } from "@halyard/contracts";

/** The bytes of a packet's messages. */
export function bytesOf(messages: readonly EngineMessage[]): number {
  let bytes = 0;
  for (const message of messages) bytes += Buffer.byteLength(message);
  return bytes;
}
