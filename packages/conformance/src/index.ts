export { codecCases, type CodecHarness } from "./codec/codec-cases.ts";
export type { ConformanceCase } from "./conformance-case.ts";
export { transportCases } from "./transport/transport-cases.ts";
export type { TransportHarness, TransportPair } from "./transport/transport-harness.ts";
