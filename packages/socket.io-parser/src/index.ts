export type { Reviver } from "./decoder.ts";
export type { Replacer } from "./encode.ts";
export { checkPacket } from "./foreign-packet.ts";
export { createParser, parser, type JsonParserOptions } from "./parser.ts";
export { RESERVED_EVENTS } from "./reserved-events.ts";
export { resolveParser } from "./resolve-parser.ts";
