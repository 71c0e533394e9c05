import type { EngineCodec, EngineMessage, EnginePacket } from "@halyard/contracts";
import { decodeBase64 } from "../base64.ts";
import { base64 } from "../base64.node.ts";
import { decodeControl, encodeControl } from "../packet-types.ts";
import { parseError } from "../parse-error.ts";
import { joinBinary, splitBinary } from "./binary-payload.node.ts";
import { joinText, splitText } from "./text-payload.ts";

/** The type digit of a message, which in binary packets is a byte of that value. */
const MESSAGE = 4;

/**
 * The wire format of Engine.IO protocol revision 3, which clients of Socket.IO 2 speak. Its decoders throw an error
 * with code `ENGINE_PARSE`.
 *
 * @example
 * codecV3.encodePayload([{ type: "message", data: "hello" }]); // "6:4hello"
 */
export const codecV3: EngineCodec = /* @__PURE__ */ createCodecV3();

/**
 * The packets of an HTTP long-polling body, decoded as they are asked for: a body may have very many.
 * @throws `ENGINE_PARSE` at the first that is malformed
 */
export function* readPayloadV3(body: EngineMessage): Generator<EnginePacket, void, undefined> {
  for (const frame of typeof body === "string" ? splitText(body) : splitBinary(body)) yield decodePacket(frame);
}

function createCodecV3(): EngineCodec {
  return {
    protocol: 3,
    encodePacket,
    decodePacket,
    encodePayload(packets, supportsBinary) {
      const binary = supportsBinary !== false && packets.some(isBinary);
      return binary
        ? joinBinary(packets.map((packet) => encodePacket(packet)))
        : joinText(packets.map((packet) => encodeText(packet)));
    },
    decodePayload: (body) => [...readPayloadV3(body)],
  };
}

function isBinary(packet: EnginePacket): boolean {
  return packet.type === "message" && typeof packet.data !== "string";
}

function encodePacket(packet: EnginePacket, supportsBinary?: boolean): EngineMessage {
  if (supportsBinary === false || packet.type !== "message" || typeof packet.data === "string")
    return encodeText(packet);
  const frame = new Uint8Array(packet.data.length + 1);
  frame[0] = MESSAGE;
  frame.set(packet.data, 1);
  return frame;
}

function encodeText(packet: EnginePacket): string {
  if (packet.type !== "message") return encodeControl(packet);
  const { data } = packet;
  return typeof data === "string" ? `${MESSAGE}${data}` : `b${MESSAGE}${base64.encode(data)}`;
}

function decodePacket(frame: EngineMessage): EnginePacket {
  if (typeof frame !== "string") {
    if (frame[0] !== MESSAGE) throw parseError("a binary packet that is no message");
    return { type: "message", data: frame.subarray(1) };
  }
  if (frame.startsWith("4")) return { type: "message", data: frame.slice(1) };
  if (frame.startsWith("b4")) return { type: "message", data: decodeBase64(base64, frame.slice(2)) };
  return decodeControl(frame);
}
