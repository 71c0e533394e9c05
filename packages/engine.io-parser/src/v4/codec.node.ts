import type { EngineCodec } from "@halyard/contracts";
import { decodeBase64 } from "../base64.ts";
import { base64 } from "../base64.node.ts";
import { decodeControl, encodeControl } from "../packet-types.ts";
import { parseError } from "../parse-error.ts";
import { SEPARATOR } from "./separator.ts";

/** Encodes one packet as the payload of one WebSocket frame: `codec.encodePacket`. */
export const encodeFrame: EngineCodec["encodePacket"] = (packet, supportsBinary) => {
  if (packet.type !== "message") return encodeControl(packet);
  const { data } = packet;
  if (typeof data === "string") return "4" + data;
  return supportsBinary === false ? "b" + base64.encode(data) : data;
};

/** Decodes the payload of one WebSocket frame: `codec.decodePacket`. */
export const decodeFrame: EngineCodec["decodePacket"] = (frame) => {
  if (typeof frame !== "string") return { type: "message", data: frame };
  const prefix = frame.charCodeAt(0);
  if (prefix === 52 /* 4 */) return { type: "message", data: frame.slice(1) };
  if (prefix === 98 /* b */) return { type: "message", data: decodeBase64(base64, frame.slice(1)) };
  return decodeControl(frame);
};

/** Encodes one body of long-polling: `codec.encodePayload`. */
export const encodeBody: EngineCodec["encodePayload"] = (packets) => {
  const [first] = packets;
  if (packets.length === 1 && first !== undefined) return encodeFrame(first, false); // as nearly always
  return packets.map((packet) => encodeFrame(packet, false)).join(SEPARATOR);
};

/** Decodes one body of long-polling: `codec.decodePayload`. */
export const decodeBody: EngineCodec["decodePayload"] = (body) => {
  if (typeof body !== "string") throw parseError("invalid payload");
  return body.includes(SEPARATOR) ? body.split(SEPARATOR).map(decodeFrame) : [decodeFrame(body)];
};

/**
 * The wire format of Engine.IO protocol revision 4. A text frame is a type digit and its data; a binary frame is the
 * message itself; where only text can go, `b` and base64 stand for a binary message. Its decoders throw an error with
 * code `ENGINE_PARSE`. Its functions are there one by one, too, so that bundlers leave out those that are not called.
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
