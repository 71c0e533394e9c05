export { codecCases, type CodecHarness } from "./codec/codec-cases.ts";
export type { ConformanceCase } from "./conformance-case.ts";
export { parserCases } from "./parser/parser-cases.ts";
export type { ForgedPacket, MalformedInput, ParserHarness } from "./parser/parser-harness.ts";
export { transportCases } from "./transport/transport-cases.ts";
export type { TransportHarness, TransportPair } from "./transport/transport-harness.ts";
