import type { ConformanceCase } from "../conformance-case.ts";
import { attachmentCases } from "./attachment-cases.ts";
import { limitCases } from "./limit-cases.ts";
import type { ParserHarness } from "./parser-harness.ts";
import { refusalCases } from "./refusal-cases.ts";
import { roundTripCases } from "./round-trip-cases.ts";

/**
 * Lists the cases that every Socket.IO parser must pass. Whether packets are text or bytes, and whether binary data
 * travels as attachments, is read from what the parser encodes.
 *
 * @example
 * for (const { name, run } of parserCases({ parser })) test(name, run);
 */
export function parserCases(harness: ParserHarness): ConformanceCase[] {
  return [
    ...roundTripCases(harness.parser),
    ...attachmentCases(harness),
    ...refusalCases(harness),
    ...limitCases(harness),
  ];
}
