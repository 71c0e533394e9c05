import type { EngineCodec } from "@halyard/contracts";
import { base64 } from "../base64.browser.ts";
import { createBodyDecoder, createBodyEncoder, createFrameDecoder, createFrameEncoder } from "./create-codec.ts";

/** Encodes one packet as the payload of one WebSocket frame: `codec.encodePacket`. */
export const encodeFrame: EngineCodec["encodePacket"] = /* @__PURE__ */ createFrameEncoder(base64);

/** Decodes the payload of one WebSocket frame: `codec.decodePacket`. */
export const decodeFrame: EngineCodec["decodePacket"] = /* @__PURE__ */ createFrameDecoder(base64);

/** Encodes one body of long-polling: `codec.encodePayload`. */
export const encodeBody: EngineCodec["encodePayload"] = /* @__PURE__ */ createBodyEncoder(encodeFrame);

/** Decodes one body of long-polling: `codec.decodePayload`. */
export const decodeBody: EngineCodec["decodePayload"] = /* @__PURE__ */ createBodyDecoder(decodeFrame);

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
