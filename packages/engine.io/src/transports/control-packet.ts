import type { EngineCodec, EngineControlPacket } from "@halyard/contracts";
import { codedError } from "@halyard/core";

/** Encodes a packet that is no message; it is text in every revision. */
export function encodeControl(codec: EngineCodec, packet: EngineControlPacket): string {
  const encoded = codec.encodePacket(packet);
  if (typeof encoded === "string") return encoded;
  throw codedError("ENGINE_ENCODE", `a ${packet.type} packet was encoded as binary`);
}
