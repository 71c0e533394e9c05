import type { EngineCodec, EngineMessage, EnginePacket } from "@halyard/contracts";
import { decodeBase64 } from "../base64.ts";
import { base64 } from "../base64.browser.ts";
import { PACKET_TYPES } from "../packet-types.ts";
import { parseError } from "../parse-error.ts";
import { SEPARATOR } from "./separator.ts";

/** A packet of any type, as far as all have the same members. */
interface AnyPacket {
  readonly type: EnginePacket["type"];
  readonly data?: EngineMessage;
}

/** Encodes one packet as the payload of one WebSocket frame, in little code: `codec.encodePacket`. */
export const encodeFrame: EngineCodec["encodePacket"] = (packet, supportsBinary) => {
  const { type, data = "" }: AnyPacket = packet;
  if (typeof data === "string") return PACKET_TYPES.indexOf(type) + data;
  return supportsBinary === false ? "b" + base64.encode(data) : data;
};

/** Decodes the payload of one WebSocket frame, in little code: `codec.decodePacket`. */
export const decodeFrame: EngineCodec["decodePacket"] = (frame) => {
  if (typeof frame !== "string") return { type: "message", data: frame };
  const data = frame.slice(1);
  if (frame[0] === "b") return { type: "message", data: decodeBase64(base64, data) };
  const type = PACKET_TYPES[frame.charCodeAt(0) - 48];
  if (type === "message" || type === "open" || (data && (type === "ping" || type === "pong"))) return { type, data };
  if (data || !type) throw parseError("invalid packet");
  return { type };
};

/** Encodes one body of long-polling: `codec.encodePayload`. */
export const encodeBody: EngineCodec["encodePayload"] = (packets) =>
  packets.map((packet) => encodeFrame(packet, false)).join(SEPARATOR);

/** Decodes one body of long-polling: `codec.decodePayload`. */
export const decodeBody: EngineCodec["decodePayload"] = (body) => String(body).split(SEPARATOR).map(decodeFrame);

/**
 * The wire format of Engine.IO protocol revision 4. Its decoders throw an error with code `ENGINE_PARSE`. Its functions
 * are there one by one, too, so that bundlers leave out those that are not called.
 *
 * @example
 * codec.encodePacket({ type: "message", data: "hello" }); // "4hello"
 * codec.decodePayload("2\x1e4hello"); // [{ type: "ping" }, { type: "message", data: "hello" }]
 */
export const codec: EngineCodec = {
  protocol: 4,
  encodePacket: encodeFrame,
  decodePacket: decodeFrame,
  encodePayload: encodeBody,
  decodePayload: decodeBody,
};
