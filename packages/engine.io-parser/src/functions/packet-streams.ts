import type { EngineMessage } from "@halyard/contracts";
import { hasCode } from "@halyard/core";
import { FrameDecoder } from "../webtransport/frame-decoder.ts";
import { encodeFrameHeader } from "../webtransport/frame-header.ts";
import { errorPacket, type Packet } from "./packet.ts";

/** A stream of packets to bytes; header and payload leave as two chunks. */
export function encoderStream(
  encode: (packet: Packet) => EngineMessage | Promise<EngineMessage>,
): TransformStream<Packet, Uint8Array> {
  const encoder = new TextEncoder();
  return new TransformStream<Packet, Uint8Array>({
    async transform(packet, controller) {
      const frame = await encode(packet);
      const payload = typeof frame === "string" ? encoder.encode(frame) : frame;
      controller.enqueue(encodeFrameHeader(typeof frame !== "string", payload.length));
      controller.enqueue(payload);
    },
  });
}

/** A stream of bytes to packets. After a violation comes one error packet, and nothing more. */
export function decoderStream(
  maxPayload: number,
  decode: (frame: EngineMessage) => Packet,
): TransformStream<Uint8Array, Packet> {
  const decoder = new FrameDecoder(maxPayload);
  let failed = false;
  return new TransformStream<Uint8Array, Packet>({
    transform(chunk, controller) {
      if (failed) return;
      decoder.push(chunk);
      try {
        for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) controller.enqueue(decode(frame));
      } catch (error) {
        if (!hasCode(error, "ENGINE_PARSE")) throw error;
        failed = true;
        controller.enqueue(errorPacket());
      }
    },
  });
}
