import type { EngineCodec } from "@halyard/contracts";
import { base64 } from "../base64.node.ts";
import { createCodec } from "./create-codec.ts";

/**
 * The wire format of Engine.IO protocol revision 4. Its decoders throw an error with code `ENGINE_PARSE`.
 *
 * @example
 * codec.encodePacket({ type: "message", data: "hello" }); // "4hello"
 * codec.decodePayload("2\x1e4hello"); // [{ type: "ping" }, { type: "message", data: "hello" }]
 */
export const codec: EngineCodec = /* @__PURE__ */ createCodec(base64);
