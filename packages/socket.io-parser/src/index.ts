export { Decoder, Encoder, PacketType, isPacketValid, protocol, type DecoderOptions, type Packet } from "./compat.ts";
export type { Reviver } from "./decoder.ts";
export type { Replacer } from "./encode.ts";
export { resolveLimits, type ResolvedLimits } from "./limits.ts";
export { checkDepth } from "./nesting.ts";
export { checkPacket } from "./packet-sizes.ts";
export { createParser, parser, resolveParser, type JsonParserOptions } from "./parser.ts";
export { toRawPacket, type RawPacket } from "./raw-packet.ts";
export { RESERVED_EVENTS } from "./reserved-events.ts";
