import type { EngineCodec } from "@halyard/contracts";
import { decodeBase64, type Base64 } from "../base64.ts";
import { decodeControl, encodeControl } from "../packet-types.ts";
import { parseError } from "../parse-error.ts";

/** Stands between the packets of a payload. JSON escapes it, so that no Socket.IO packet contains it. */
const SEPARATOR = "\x1e";

/**
 * Makes what encodes packets in protocol revision 4. A text frame is a type digit and its data; a binary frame is the
 * message itself; where only text can go, `b` and base64 stand for a binary message.
 */
export function createFrameEncoder(base64: Base64): EngineCodec["encodePacket"] {
  return (packet, supportsBinary) => {
    if (packet.type !== "message") return encodeControl(packet);
    const { data } = packet;
    if (typeof data === "string") return "4" + data;
    return supportsBinary === false ? "b" + base64.encode(data) : data;
  };
}

/** Makes what decodes packets in protocol revision 4. */
export function createFrameDecoder(base64: Base64): EngineCodec["decodePacket"] {
  return (frame) => {
    if (typeof frame !== "string") return { type: "message", data: frame };
    const prefix = frame.charCodeAt(0);
    if (prefix === 52 /* 4 */) return { type: "message", data: frame.slice(1) };
    if (prefix === 98 /* b */) return { type: "message", data: decodeBase64(base64, frame.slice(1)) };
    return decodeControl(frame);
  };
}

/** Makes what encodes bodies of long-polling in protocol revision 4. */
export function createBodyEncoder(encodeFrame: EngineCodec["encodePacket"]): EngineCodec["encodePayload"] {
  return (packets) => packets.map((packet) => encodeFrame(packet, false)).join(SEPARATOR);
}

/** Makes what decodes bodies of long-polling in protocol revision 4. */
export function createBodyDecoder(decodeFrame: EngineCodec["decodePacket"]): EngineCodec["decodePayload"] {
  return (body) => {
    if (typeof body !== "string") throw parseError("invalid payload");
    return body.split(SEPARATOR).map(decodeFrame);
  };
}
